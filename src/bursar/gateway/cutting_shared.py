"""What the ends of cut streams have in common."""

import re
from abc import ABC, abstractmethod
from typing import ClassVar, Final

import msgspec

from bursar.vocab.event import Event

FLAG_CUT_AT_HOLD: Final = "cut_at_hold"
ENDS: Final = (b"\n\n", b"\r\n\r\n")
_SLACK: Final = 16
"""Pieces that carry no token of the answer: roles, signatures, beginnings and ends of blocks, usage."""

_SLACK_ANSWER: Final = 4
"""The same for each of several answers of one call."""


class StreamCut(ABC):
    """Counts the pieces of one stream against the most tokens that are held for it."""

    __slots__ = ("_answers", "_left", "_most")
    _piece: ClassVar[re.Pattern[bytes]]

    def __init__(self, most: int, answers: int) -> None:
        self._most = most
        self._answers = answers
        self._left = most + _SLACK + _SLACK_ANSWER * answers

    def is_over(self, data: bytes, *, is_whole: bool) -> bool:
        """Count a part of the stream; whether it should end here. Never in the middle of a piece.

        `is_whole` says of a JSON array that no object is open.
        """
        return self._passes(data) and data.endswith(ENDS)

    def _passes(self, data: bytes) -> bool:
        self._left -= len(self._piece.findall(data))
        return self._left < 0

    @abstractmethod
    def ending(self, event: Event) -> bytes:
        """What the client gets in place of the rest."""


def named(name: str, fields: dict[str, object]) -> bytes:
    """A server-sent event with its name, as Anthropic and OpenAI's responses have them."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode({"type": name, **fields}))
