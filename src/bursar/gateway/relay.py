"""A streamed reply on its way through: metered beside, and held back before its end."""

from typing import Final

from bursar.gateway.call import Call
from bursar.gateway.cutting import StreamCut
from bursar.gateway.decoding import Decode, Undecodable, decoder
from bursar.gateway.headers import ReplyHead, advice_line
from bursar.gateway.paths import Route
from bursar.gateway.strip import UsageChunkFilter
from bursar.http1 import UpstreamBroken
from bursar.metering import StreamReader

_ECHO: Final = b'"echo"'


class StreamRelay:
    """Takes the provider's pieces, gives the client's; `held` is the piece that carries the wire's end."""

    def __init__(self, call: Call, route: Route, head: ReplyHead) -> None:
        self._call = call
        self.reader = StreamReader(route.wire, route.operation)
        self.finished = False
        self.cut = False  # ended here, because the rest is not paid for
        self._meter = _meter_of(call, route)
        self.held = b""
        self._decode: Decode | None = None
        self._is_unreadable = False
        self._filter: UsageChunkFilter | None = None
        encoded = self._open_decoder(head)
        if self._is_unreadable:  # what cannot be read cannot be cut
            self._meter = None
        # A chunk is taken out of plain text only, and an end added to it: the client gets that then.
        self._gives_plain = encoded and (call.usage_injected or self._meter is not None)
        lines = head.lines(encoded=not self._gives_plain)
        self.lines = b"%bx-bursar-call-id: %b\r\n" % (lines, call.event.call_id.encode())
        if call.advice:
            self.lines += advice_line(call.advice)
        if call.usage_injected:
            self._filter = UsageChunkFilter()

    def _open_decoder(self, head: ReplyHead) -> bool:
        """Whether the reply is compressed in a way that can be read."""
        try:
            self._decode = decoder(head.content_encoding)
        except Undecodable:
            self._unreadable()
        return self._decode is not None

    def _unreadable(self) -> None:
        self._is_unreadable = True
        self._call.event.flags = [*self._call.event.flags, "reply_unreadable"]

    def take(self, data: bytes) -> bytes:
        """Read a piece; the bytes that the client should get now, or `finished` and `held`.

        UpstreamBroken where the client is given plain text and there is none.
        """
        event = self._call.event
        event.bytes_reply += len(data)
        plain = data
        if self._decode is not None:
            try:
                plain = self._decode(data)
            except Undecodable as error:
                self._decode = None
                self._unreadable()
                if self._gives_plain:  # nothing can be passed on that the client could read
                    raise UpstreamBroken(str(error)) from error
                plain = b""
        reader = self.reader
        reader.feed(plain)
        if event.first_token_us is None and reader.first_token_seen:
            event.first_token_us = self._call.elapsed_us()
        passing = plain if self._gives_plain else data
        if reader.finished:
            self.finished = True
        elif self._meter is not None and (end := self._meter.take(plain)) is not None:
            self.finished = self.cut = True
            passing = passing[:end]
        out = passing if self._filter is None else self._filter.feed(passing)
        if self.finished:
            self.held = out
        return out

    def end_early(self) -> None:
        """The wire's own end behind what was held back; call it when the usage has been estimated."""
        if self._meter is not None:
            self.held += self._meter.ending(self._call.event)

    def after_end(self, data: bytes) -> bytes:
        """Bytes that follow the wire's end, such as a last line feed."""
        self._call.event.bytes_reply += len(data)
        if self._gives_plain and self._decode is not None:
            try:
                data = self._decode(data)
            except Undecodable:  # garbage behind the end is nobody's loss
                return b""
        return data if self._filter is None else self._filter.feed(data)

    def rest(self) -> bytes:
        """What the filter still holds at the stream's end."""
        return self._filter.rest() if self._filter is not None else b""


def _meter_of(call: Call, route: Route) -> StreamCut | None:
    """What holds the stream to its hold; None where what it shows may not be the model's."""
    if route.operation == "completions" and _ECHO in call.request.body:
        return None  # the prompt comes back in pieces, too
    wants_usage = call.ask.wants_usage
    return StreamCut.of(route.wire, route.operation, call.output_held, call.ask.n, tells_usage=wants_usage)
