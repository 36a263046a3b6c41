"""Ends a stream that would pass what is held for it, with the wire's own word for an answer that is too long.

A provider that keeps to the maximum it was given never gets here. Pieces of a stream are counted, since each
carries at least one token: that is a count from below, so no answer is cut that is within its bounds.
"""

from typing import Final

import msgspec

from bursar.vocab.event import Event

FLAG_CUT_AT_HOLD: Final = "cut_at_hold"
_SLACK: Final = 16
"""Pieces that carry no token of the answer: roles, pings, beginnings and ends of blocks, usage."""

_SLACK_ANSWER: Final = 4
"""The same for each of several answers of one call."""

_PIECE: Final = b"data: {"
_CUTTABLE: Final = frozenset((("openai", "chat"), ("azure", "chat"), ("anthropic", "messages")))


class StreamCut:
    """Counts the pieces of one stream against the most tokens that are held for it."""

    __slots__ = ("_left", "_wire")

    def __init__(self, wire: str, most: int, answers: int) -> None:
        self._wire = wire
        self._left = most + _SLACK + _SLACK_ANSWER * answers

    @staticmethod
    def of(wire: str, operation: str, most: int | None, answers: int) -> "StreamCut | None":
        """None where nothing is held, or where the wire has no word for it."""
        return StreamCut(wire, most, answers) if most and (wire, operation) in _CUTTABLE else None

    def is_over(self, data: bytes) -> bool:
        """Count a part of the stream; whether it should end here. Never in the middle of a piece."""
        self._left -= data.count(_PIECE)
        return self._left < 0 and data.endswith(b"\n\n")

    def ending(self, event: Event) -> bytes:
        """What the client gets in place of the rest."""
        if self._wire == "anthropic":
            delta = {"stop_reason": "max_tokens", "stop_sequence": None}
            usage = {"output_tokens": event.usage.tokens_output}
            return _named("message_delta", {"delta": delta, "usage": usage}) + _named("message_stop", {})
        choice = {"index": 0, "delta": {}, "finish_reason": "length"}
        chunk = {
            "id": event.provider_call_id,
            "object": "chat.completion.chunk",
            "created": event.started_at_us // 1_000_000,
            "model": event.model_served or event.model,
            "choices": [choice],
        }
        return b"data: %b\n\ndata: [DONE]\n\n" % msgspec.json.encode(chunk)


def _named(name: str, fields: dict[str, object]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode({"type": name, **fields}))
