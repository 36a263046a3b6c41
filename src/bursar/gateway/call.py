"""One call while it is in the gateway: the request, the reply, and the event that is being made."""

import asyncio
import time
from typing import Final

from bursar.estate.snapshot import Grant
from bursar.gateway.ask import Ask
from bursar.gateway.headers import ReplyHead, Sent
from bursar.gateway.journal import NO_SLOT
from bursar.gateway.paths import Route, wire_of
from bursar.http1 import Reply, Request, UpstreamReply
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs

_STREAMED_TYPES: Final = (
    b"text/event-stream",
    b"application/x-ndjson",
    b"audio/",
    b"application/octet-stream",
)


class Call:
    """Mutable while the call lasts; `event` is what remains of it."""

    __slots__ = (
        "_begun",
        "_loop",
        "_streams_by_path",
        "advice",
        "ask",
        "event",
        "grant",
        "output_limit",
        "reply",
        "request",
        "sent",
        "slot",
        "usage_injected",
        "wire",
    )

    def __init__(
        self,
        request: Request,
        reply: Reply,
        route: Route | None,
        *,
        call_id: str,
        now: InstantUs,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._loop = loop
        self._begun = time.perf_counter_ns()
        self.request = request
        self.reply = reply
        self.sent = Sent.of(request)
        self.ask = _NO_ASK
        self.advice: tuple[str, ...] = ()  # sentences for `x-bursar-advice`
        self.output_limit: int | None = (
            None  # the most tokens of the answer, where less than asked may be had
        )
        self.grant: Grant | None = None  # the approval that it goes on, where its cost counts against it
        self.slot = NO_SLOT
        self.usage_injected = False
        self._streams_by_path = route is not None and route.streamed  # Gemini's, also as a JSON array
        if route is None:
            self.wire = wire_of(request.path, frozenset(name for name, _ in request.headers))
            self.event = Event(call_id=call_id, started_at_us=now, finished_at_us=now, wire=self.wire)
        else:
            self.wire = route.wire
            self.event = Event(
                call_id=call_id,
                started_at_us=now,
                finished_at_us=now,
                wire=route.wire,
                operation=route.operation,
                bytes_request=len(request.body),
            )

    def advise(self, sentence: str) -> None:
        """Say something to the caller beside the reply."""
        self.advice = (*self.advice, sentence)

    def limit_output(self, most: int) -> bool:
        """Let the answer have at most so many tokens; whether that is less than it could have had."""
        asked = self.ask.output_max
        before = min([limit for limit in (asked, self.output_limit) if limit is not None], default=None)
        if before is not None and before <= most:
            return False
        self.output_limit = most
        return True

    def elapsed_us(self) -> int:
        """Microseconds since the request was read, by a clock that never steps."""
        return (time.perf_counter_ns() - self._begun) // 1000

    def streams(self, status: int, head: ReplyHead) -> bool:
        """Whether the reply comes in pieces that the client should see at once."""
        return status < 400 and (head.content_type.startswith(_STREAMED_TYPES) or self._streams_by_path)

    def guard(self, upstream: UpstreamReply, read_on_s: float) -> None:
        """When the client leaves, read the provider's reply on to its usage, but only for so long."""
        if upstream.complete:
            return

        def give_up_later() -> None:
            self._loop.call_later(read_on_s, upstream.abandon)

        if self.reply.disconnected:
            give_up_later()
        else:
            self.reply.on_disconnect = give_up_later


_NO_ASK: Final = Ask()
