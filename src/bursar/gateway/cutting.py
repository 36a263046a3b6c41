"""Ends a stream that would pass what is held for it, with the wire's own word for an answer that is too long.

A provider that keeps to the maximum it was given never gets here: what is counted is the fewest tokens that
the answer can have so far, so no answer is cut that is within its bounds.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from bursar.gateway.endings import ChatEnding, CompletionEnding, ContentEnding, Ending, MessageEnding
from bursar.gateway.response_ending import ResponseEnding
from bursar.metering.framing import BYTES_PENDING_MAX, Objects
from bursar.vocab.event import Event

FLAG_CUT_AT_HOLD: Final = "cut_at_hold"
_ENDINGS: Final[dict[tuple[str, str], Callable[[int, int], Ending[Any]]]] = {
    ("openai", "chat"): ChatEnding,
    ("openai", "completions"): CompletionEnding,
    ("openai", "responses"): ResponseEnding,
    ("azure", "chat"): ChatEnding,
    ("azure", "completions"): CompletionEnding,
    ("azure", "responses"): ResponseEnding,
    ("anthropic", "messages"): MessageEnding,
    ("gemini", "generate_content"): ContentEnding,
}
_BLANK_LINE: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_BEGINNING: Final = b"\xef\xbb\xbf \t\r\n"
Piece = tuple[int, int, bytes]
"""Where a piece begins and ends in the bytes that completed it (it may have begun before), and its JSON."""


class StreamCut:
    """Counts one stream's answer against the most tokens that are held for it."""

    __slots__ = ("_after_piece", "_ending", "_framing", "_is_over")

    def __init__(self, ending: Ending[Any]) -> None:
        self._ending = ending
        self._framing: _Events | _Array | None = None
        self._after_piece = False
        self._is_over = False  # nothing will be cut any more

    @staticmethod
    def of(
        wire: str, operation: str, most: int | None, answers: int, *, tells_usage: bool = False
    ) -> "StreamCut | None":
        """None where nothing is held, or where the wire has no word for it."""
        kind = _ENDINGS.get((wire, operation))
        if not most or kind is None:
            return None
        ending = kind(most, answers)
        ending.tells_usage = tells_usage
        return StreamCut(ending)

    def take(self, data: bytes) -> int | None:
        """Count a part of the stream; how many of its bytes are still to be passed, or None if it goes on.

        It ends before the piece that would pass the hold, or after it: where its beginning has been passed
        already, or where the provider itself counts more than is held, and so bills that piece.
        """
        if self._is_over:
            return None
        ending = self._ending
        for start, end, payload in self._pieces(data):
            piece = ending.read(payload)
            if piece is None:
                continue
            if start >= 0 and ending.tokens(piece) > ending.left:
                return start
            ending.add(piece)
            if ending.has_ended:
                self._is_over = True
                return None
            if ending.left < 0:
                self._after_piece = True
                return end
        return None

    def ending(self, event: Event) -> bytes:
        """What the client gets in place of the rest."""
        if not isinstance(self._framing, _Array):
            return self._ending.written(event, bare=False)
        return b"%b%b]" % (b"," if self._after_piece else b"", self._ending.written(event, bare=True))

    def _pieces(self, data: bytes) -> list[Piece]:
        if self._framing is None:
            first = data.lstrip(_BEGINNING)[:1]
            if first == b"{":  # one whole object: nothing to cut
                self._is_over = True
            if not first or self._is_over:
                return []
            self._framing = _Array() if first == b"[" else _Events()
        pieces = self._framing.feed(data)
        self._is_over = self._framing.has_lost
        return pieces


class _Events:
    """Cuts server-sent events out of a stream, in any split of its bytes."""

    __slots__ = ("_pending", "has_lost")

    def __init__(self) -> None:
        self._pending = bytearray()
        self.has_lost = False

    def feed(self, data: bytes) -> list[Piece]:
        """The events that `data` completes."""
        pending = self._pending
        known = len(pending)
        pending += data
        found = []
        start = 0
        for match in _BLANK_LINE.finditer(pending, max(0, known - 3)):
            end = match.end()
            found.append((start - known, end - known, _json_of(bytes(pending[start:end]))))
            start = end
        if start == len(pending):
            self._pending = bytearray()
        else:
            self._pending = pending[start:] if start else pending
        self.has_lost = len(self._pending) > BYTES_PENDING_MAX
        return found


def _json_of(event: bytes) -> bytes:
    """The data of a server-sent event; every wire writes it on one line."""
    for line in event.splitlines():
        if line.startswith(b"data:"):
            return line[5:].strip()
    return b""


class _Array:
    """Cuts a JSON array, which is how Gemini streams without `alt=sse`, into its objects."""

    __slots__ = ("_objects",)

    def __init__(self) -> None:
        self._objects = Objects()

    @property
    def has_lost(self) -> bool:
        return self._objects.cut

    def feed(self, data: bytes) -> list[Piece]:
        """The objects that `data` completes."""
        found = []
        start = 0
        while start < len(data):
            end = data.find(b"}", start) + 1 or len(data)
            # An object can only end at a brace, so no part that is fed completes more than one.
            found += [(end - len(payload), end, payload) for payload in self._objects.feed(data[start:end])]
            start = end
        return found
