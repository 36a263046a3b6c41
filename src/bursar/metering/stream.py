"""Reads a streamed reply while it passes, in any split of the bytes, at a microsecond or two a piece."""

from collections.abc import Callable
from typing import Final

from bursar.metering.anthropic import MessageListener
from bursar.metering.bedrock import ConverseListener, InvokeListener
from bursar.metering.estimate import tokens_of
from bursar.metering.framing import BYTES_PENDING_MAX, Frames, Objects
from bursar.metering.gemini import ContentListener
from bursar.metering.listener import Listener
from bursar.metering.openai import ChatListener, MediaListener, ResponseListener
from bursar.metering.reading import FLAG_CUT, Reading
from bursar.vocab.usage import tokens_output_total

BYTES_KEPT_MAX: Final = 32 * 1024
"""How much of a stream is kept until its usage comes. Without usage, the shown output is counted in what
was kept and scaled up by the whole length; it bounds memory to 32 KiB for each open stream."""

_OPENAI: Final[dict[str, Callable[[], Listener]]] = {
    "chat": ChatListener,
    "completions": ChatListener,
    "embeddings": ChatListener,
    "responses": ResponseListener,
    "images": MediaListener,
    "audio": MediaListener,
}

LISTENERS: Final[dict[str, dict[str, Callable[[], Listener]]]] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "anthropic": {"messages": MessageListener},
    "gemini": {"generate_content": ContentListener},
    "bedrock": {"converse": ConverseListener, "invoke_model": InvokeListener},
}


class StreamReader:
    """Reads one streamed reply. Feed it every byte in order, in any split; it never raises on odd bytes.

    Server-sent events, JSON arrays and AWS event-stream frames are told apart by the first byte.
    """

    __slots__ = ("_bytes_seen", "_framing", "_kept", "_kept_bytes", "_listener", "_pending", "_pending_bytes")

    def __init__(self, wire: str, operation: str) -> None:
        self._listener = LISTENERS.get(wire, {}).get(operation, _Deaf)()
        self._framing: Objects | Frames | bool | None = None  # False: lines; None: no byte came yet
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._kept: list[bytes] = []
        self._kept_bytes = 0
        self._bytes_seen = 0

    @property
    def first_token_seen(self) -> bool:
        """True once some output of the model came."""
        return self._listener.first_token_seen

    @property
    def finished(self) -> bool:
        """True once the wire's last event came: [DONE], message_stop, response.completed, finishReason ..."""
        return self._listener.finished

    @property
    def reading(self) -> Reading:
        """The reading as far as it is known."""
        return self._listener.reading()

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if self._framing is not False:
            self._feed_unframed(data)
            return
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._hold(data)
            return
        rest = None
        if cut != len(data):
            rest = data[cut:]
            data = data[:cut]
        if self._pending:
            self._pending.append(data)
            data = b"".join(self._pending)
            self._pending.clear()
            self._pending_bytes = 0
        if rest is not None:
            self._hold(rest)
        self._bytes_seen += len(data)
        if self._kept_bytes < BYTES_KEPT_MAX:
            self._kept.append(data)
            self._kept_bytes += len(data)
        if self._listener.wants(data):
            self._take_lines(data)

    def close(self) -> Reading:
        """The final reading, after the last byte or where the stream broke off."""
        self._take_rest()
        listener = self._listener
        reading = listener.reading()
        if listener.needs_estimate():
            self._estimate(reading)
            reading = listener.reading()
        if isinstance(self._framing, Objects | Frames) and self._framing.cut:
            reading.flag(FLAG_CUT)
        self._kept.clear()
        return reading

    def _feed_unframed(self, data: bytes) -> None:
        if self._framing is None:
            self._choose_framing(data)
            return
        if isinstance(self._framing, Objects | Frames):
            for payload in self._framing.feed(data):
                self._take_payload(payload)

    def _choose_framing(self, data: bytes) -> None:
        """Decide by the first byte that is not white space how the stream is framed."""
        if self._pending:
            data = b"".join(self._pending) + data
            self._pending.clear()
        start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start:
            self._pending.append(data)
            return
        if data[:1] == b"\0":
            self._framing = Frames()
        else:
            self._framing = Objects() if start[:1] in (b"[", b"{") else False
        self.feed(start if data[:1] != b"\0" else data)

    def _hold(self, data: bytes) -> None:
        """Keep the beginning of a line until its end comes; an endless line is passed over."""
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes > BYTES_PENDING_MAX:
            self._pending.clear()
            self._pending_bytes = 0
            self._listener.reading().flag(FLAG_CUT)

    def _take_lines(self, data: bytes) -> None:
        listener = self._listener
        for line in data.splitlines():
            if line.startswith(b"data:") and listener.wants(line):
                listener.take(line[5:].strip())

    def _take_payload(self, payload: bytes) -> None:
        self._bytes_seen += len(payload)
        if self._kept_bytes < BYTES_KEPT_MAX:
            self._kept.append(b"data:" + payload.replace(b"\n", b" ").replace(b"\r", b" "))
            self._kept_bytes += len(payload)
        if self._listener.wants(payload):
            self._listener.take(payload)

    def _take_rest(self) -> None:
        """A last line without an end, or an object that never closed, is read as it is."""
        self._listener.reading()  # what came whole counts, whatever the rest is
        if isinstance(self._framing, Objects):
            self._listener.take(self._framing.rest())
        elif self._framing is False and self._pending:
            line = b"".join(self._pending) + b"\n"
            self._pending.clear()
            self._pending_bytes = 0
            self.feed(line)

    def _estimate(self, reading: Reading) -> None:
        shown = sum(
            self._listener.shown(line[5:].strip())
            for kept in self._kept
            for line in kept.splitlines()
            if line.startswith(b"data:")
        )
        if self._kept_bytes:
            shown = -(-shown * self._bytes_seen // self._kept_bytes)
        reading.characters_output = shown
        usage = reading.usage
        if usage is None:
            return
        reading.estimated = True
        usage.tokens_output += max(tokens_of(shown) - tokens_output_total(usage), 0)


class _Deaf(Listener):
    """Stands for a wire or an operation that is not known: hears nothing."""

    def wants(self, data: bytes) -> bool:
        return False

    def take(self, payload: bytes) -> None:
        pass

    def shown(self, payload: bytes) -> int:
        return 0
