"""Ends a stream that would pass what is held for it, with the wire's own word for an answer that is too long.

A provider that keeps to the maximum it was given never gets here. Pieces of an answer are counted, since each
carries at least one token: that is a count from below, so no answer is cut that is within its bounds. Where a
wire tells its usage as it goes, that counts.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from bursar.gateway.cutting_responses import ResponseCut
from bursar.gateway.cutting_shared import ENDS, FLAG_CUT_AT_HOLD, StreamCut, named
from bursar.vocab.event import Event

__all__ = ["FLAG_CUT_AT_HOLD", "StreamCut", "cut_of"]


class _ChatCut(StreamCut):
    """Chat completions: a chunk is a piece, whichever of the answers it belongs to."""

    __slots__ = ()
    _piece = re.compile(rb"data: ?\{")

    def ending(self, event: Event) -> bytes:
        choices = [{"index": index, "delta": {}, "finish_reason": "length"} for index in range(self._answers)]
        return _chunk("chat.completion.chunk", event, choices)


class _CompletionCut(StreamCut):
    """Legacy completions."""

    __slots__ = ()
    _piece = re.compile(rb"data: ?\{")

    def ending(self, event: Event) -> bytes:
        choices: list[dict[str, object]] = [
            {"index": index, "text": "", "logprobs": None, "finish_reason": "length"}
            for index in range(self._answers)
        ]
        return _chunk("text_completion", event, choices)


def _chunk(kind: str, event: Event, choices: list[dict[str, object]]) -> bytes:
    chunk = {
        "id": event.provider_call_id,
        "object": kind,
        "created": event.started_at_us // 1_000_000,
        "model": event.model_served or event.model,
        "choices": choices,
    }
    return b"data: %b\n\ndata: [DONE]\n\n" % msgspec.json.encode(chunk)


class _MessageCut(StreamCut):
    """Anthropic's messages: pings and the beginnings of blocks are no pieces."""

    __slots__ = ()
    _piece = re.compile(rb'"content_block_delta"')

    def ending(self, event: Event) -> bytes:
        delta = {"stop_reason": "max_tokens", "stop_sequence": None}
        usage = {"output_tokens": event.usage.tokens_output}
        return named("message_delta", {"delta": delta, "usage": usage}) + named("message_stop", {})


class _ContentCut(StreamCut):
    """Gemini's generateContent: chunks tell the usage so far. As events, or as one JSON array."""

    __slots__ = ("_after", "_is_array", "_used")
    _piece = re.compile(rb'"candidates"\s*:')
    _counted = re.compile(rb'"(candidates|thoughts)TokenCount"\s*:\s*(\d+)')

    def __init__(self, most: int, answers: int) -> None:
        super().__init__(most, answers)
        self._used = {b"candidates": 0, b"thoughts": 0}
        self._is_array: bool | None = None
        self._after = b""  # the last byte that is no white space

    def is_over(self, data: bytes, *, is_whole: bool) -> bool:
        tail = data.rstrip()
        if tail:
            if self._is_array is None:
                self._is_array = tail.lstrip()[:1] == b"["
            self._after = tail[-1:]
        for name, count in self._counted.findall(data):
            self._used[name] = int(count)
        over = self._passes(data) or sum(self._used.values()) > self._most
        if self._is_array:
            return over and is_whole and self._after in (b"}", b",")
        return over and data.endswith(ENDS)

    def ending(self, event: Event) -> bytes:
        usage = event.usage
        candidates = [
            {
                "index": index,
                "content": {"role": "model", "parts": [{"text": ""}]},
                "finishReason": "MAX_TOKENS",
            }
            for index in range(self._answers)
        ]
        chunk = {
            "candidates": candidates,
            "usageMetadata": {
                "promptTokenCount": usage.tokens_input + usage.tokens_cache_read,
                "candidatesTokenCount": usage.tokens_output,
                "thoughtsTokenCount": usage.tokens_reasoning,
                "totalTokenCount": usage.tokens_input
                + usage.tokens_cache_read
                + usage.tokens_output
                + usage.tokens_reasoning,
            },
            "modelVersion": event.model_served or event.model,
            "responseId": event.provider_call_id,
        }
        encoded = msgspec.json.encode(chunk)
        if self._is_array:
            return (b"" if self._after == b"," else b",") + b"\r\n" + encoded + b"]"
        return b"data: %b\r\n\r\n" % encoded


_OPENAI: Final[Mapping[str, Callable[[int, int], StreamCut]]] = {
    "chat": _ChatCut,
    "completions": _CompletionCut,
    "responses": ResponseCut,
}
_CUTS: Final[Mapping[str, Mapping[str, Callable[[int, int], StreamCut]]]] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "anthropic": {"messages": _MessageCut},
    "gemini": {"generate_content": _ContentCut},
}


def cut_of(wire: str, operation: str, most: int | None, answers: int) -> StreamCut | None:
    """What ends a stream of `answers` for which `most` tokens are held; None where nothing is held."""
    make = _CUTS.get(wire, {}).get(operation)
    return make(most, answers) if most and make is not None else None
