"""How an answer ends on each wire when it is too long: what of it came, and the words that end it.

Each wire's class hears the pieces of one stream. It counts the fewest tokens that they can hold, at least one
for each piece that shows output, and notes what is open, so that all of it can be closed.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final, Generic, TypeVar

import msgspec

from bursar.metering.listener import bytes_shown
from bursar.metering.salvage import Decoder
from bursar.vocab.event import Event
from bursar.vocab.usage import tokens_input_total, tokens_output_total

_Piece = TypeVar("_Piece", bound=msgspec.Struct)
_encode: Final = msgspec.json.Encoder().encode
_ANSWERS_MOST: Final = 128
"""More than any provider gives for one call, whatever number a request asks for."""


class Ending(ABC, Generic[_Piece]):
    """What is left of one stream's hold, and how the stream ends if it is used up."""

    __slots__ = ("has_ended", "left", "tells_usage")

    decoder: Decoder[_Piece]

    def __init__(self, most: int, answers: int) -> None:
        """`most` tokens are held for all of the `answers` of one call."""
        self.left = most  # tokens of output; negative: there were more than `most`
        self.has_ended = False  # by the provider itself
        self.tells_usage = False  # the caller asked for it, where a wire tells it only then

    def read(self, payload: bytes) -> _Piece | None:
        """One piece of the stream; None where it is none."""
        return self.decoder.decode(payload)

    @abstractmethod
    def tokens(self, piece: _Piece) -> int:
        """The fewest tokens of the answer that a piece adds: 1, or 0 where it shows nothing.

        0 also where it says itself how many there were up to now; `add` goes by that.
        """

    @abstractmethod
    def add(self, piece: _Piece) -> None:
        """Count a piece that is passed on, and note what it opens and closes."""

    @abstractmethod
    def written(self, event: Event, *, bare: bool) -> bytes:
        """The wire's own end, as events or, where the stream is a JSON array, as its last element."""


class _Delta(msgspec.Struct):
    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    refusal: Any = None
    tool_calls: Any = None
    function_call: Any = None


class _Choice(msgspec.Struct):
    index: int | None = None
    delta: _Delta | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Total(msgspec.Struct, gc=False):
    completion_tokens: int | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Total | None = None


class CompletionEnding(Ending[_Chunk]):
    """Legacy completions, and what they share with chat: choices, of which each ends for itself."""

    __slots__ = ("_most", "_open")

    decoder = Decoder(_Chunk)
    kind = "text_completion"
    nothing: ClassVar[dict[str, object]] = {"text": "", "logprobs": None}

    def __init__(self, most: int, answers: int) -> None:
        super().__init__(most, answers)
        self._most = most
        self._open = set(range(min(answers, _ANSWERS_MOST)))

    def tokens(self, piece: _Chunk) -> int:
        if piece.usage is not None and piece.usage.completion_tokens:
            return 0  # a running total
        return int(any(not one.finish_reason and self.shows(one) for one in piece.choices or ()))

    def shows(self, choice: _Choice) -> bool:
        """Whether a piece shows something of the model's."""
        return bool(choice.text)

    def add(self, piece: _Chunk) -> None:
        self.left -= self.tokens(piece)
        if piece.usage is not None and piece.usage.completion_tokens:
            self.left = min(self.left, self._most - piece.usage.completion_tokens)
        self._open -= {choice.index or 0 for choice in piece.choices or () if choice.finish_reason}
        self.has_ended = not self._open

    def written(self, event: Event, *, bare: bool) -> bytes:
        head = {
            "id": event.provider_call_id,
            "object": self.kind,
            "created": event.started_at_us // 1_000_000,
            "model": event.model_served or event.model,
        }
        chunks = [{**head, "choices": [self._closed(index) for index in sorted(self._open)]}]
        if self.tells_usage:
            chunks.append({**head, "choices": [], "usage": _told(event)})
        return b"".join(b"data: %b\n\n" % _encode(chunk) for chunk in chunks) + b"data: [DONE]\n\n"

    def _closed(self, index: int) -> dict[str, object]:
        return {"index": index, **self.nothing, "finish_reason": "length"}


def _told(event: Event) -> dict[str, object]:
    usage = event.usage
    given, made = tokens_input_total(usage), tokens_output_total(usage)
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": usage.tokens_cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.tokens_reasoning},
    }


class ChatEnding(CompletionEnding):
    """Chat completions."""

    __slots__ = ()

    kind = "chat.completion.chunk"
    nothing: ClassVar[dict[str, object]] = {"delta": {}}

    def shows(self, choice: _Choice) -> bool:
        delta = choice.delta
        return delta is not None and bool(
            delta.content
            or delta.reasoning_content
            or delta.reasoning
            or delta.refusal
            or (delta.tool_calls and bytes_shown(delta.tool_calls))
            or (delta.function_call and bytes_shown(delta.function_call))
        )


class _BlockDelta(msgspec.Struct):
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None


class _MessageEvent(msgspec.Struct):
    type: str | None = None
    index: int | None = None
    delta: _BlockDelta | None = None


class MessageEnding(Ending[_MessageEvent]):
    """Anthropic's messages: blocks one after the other."""

    __slots__ = ("_block",)

    decoder = Decoder(_MessageEvent)

    def __init__(self, most: int, answers: int) -> None:
        super().__init__(most, answers)
        self._block: int | None = None

    def tokens(self, piece: _MessageEvent) -> int:
        delta = piece.delta
        if delta is None or piece.type != "content_block_delta":
            return 0
        # Thinking may be a summary, but comes in pieces of a dozen tokens: far fewer than are billed for it.
        return int(bool(delta.text or delta.thinking or delta.partial_json))

    def add(self, piece: _MessageEvent) -> None:
        self.left -= self.tokens(piece)
        match piece.type:
            case "content_block_start":
                self._block = piece.index
            case "content_block_stop":
                self._block = None
            case "message_delta" | "message_stop":
                self.has_ended = True

    def written(self, event: Event, *, bare: bool) -> bytes:
        closed = b"" if self._block is None else named("content_block_stop", {"index": self._block})
        delta = {"stop_reason": "max_tokens", "stop_sequence": None}
        usage = {"output_tokens": tokens_output_total(event.usage)}
        last = named("message_delta", {"delta": delta, "usage": usage})
        return closed + last + named("message_stop", {})


class _Content(msgspec.Struct):
    parts: list[dict[str, Any]] | None = None


class _Candidate(msgspec.Struct, rename="camel"):
    index: int | None = None
    content: _Content | None = None
    finish_reason: str | int | None = None


class _Running(msgspec.Struct, rename="camel", gc=False):
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None


class _ContentChunk(msgspec.Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: _Running | None = None


class ContentEnding(Ending[_ContentChunk]):
    """Gemini: chunks of many tokens each, of which most say how many there were so far, thoughts included."""

    __slots__ = ("_most", "_open")

    decoder = Decoder(_ContentChunk)

    def __init__(self, most: int, answers: int) -> None:
        super().__init__(most, answers)
        self._most = most
        self._open = set(range(min(answers, _ANSWERS_MOST)))

    def tokens(self, piece: _ContentChunk) -> int:
        if piece.usage_metadata is not None and piece.usage_metadata.candidates_token_count:
            return 0
        return int(any(_shows(one) for one in piece.candidates or () if not one.finish_reason))

    def add(self, piece: _ContentChunk) -> None:
        self.left -= self.tokens(piece)
        told = piece.usage_metadata
        if told is not None:
            total = (told.candidates_token_count or 0) + (told.thoughts_token_count or 0)
            self.left = min(self.left, self._most - total)
        self._open -= {one.index or 0 for one in piece.candidates or () if one.finish_reason}
        self.has_ended = not self._open

    def written(self, event: Event, *, bare: bool) -> bytes:
        usage = event.usage
        given, thought = tokens_input_total(usage), usage.tokens_reasoning
        made = tokens_output_total(usage) - thought
        total = {
            "promptTokenCount": given,
            "candidatesTokenCount": made,
            "totalTokenCount": given + made + thought,
        }
        if thought:
            total["thoughtsTokenCount"] = thought
        chunk = _encode(
            {
                "candidates": [_stopped(index) for index in sorted(self._open)],
                "usageMetadata": total,
                "modelVersion": event.model_served or event.model,
                "responseId": event.provider_call_id,
            }
        )
        return chunk if bare else b"data: %b\r\n\r\n" % chunk


def _shows(candidate: _Candidate) -> bool:
    """Whether a candidate says something that the model has written.

    Summaries of thoughts are left out: nobody says that they are shorter than what they sum up. So is what
    comes of code that was run, which counts as input.
    """
    parts = candidate.content.parts if candidate.content is not None else None
    return any(
        bytes_shown(part)
        for part in parts or ()
        if not part.get("thought") and not part.get("codeExecutionResult")
    )


def _stopped(index: int) -> dict[str, object]:
    content = {"parts": [{"text": ""}], "role": "model"}
    return {"content": content, "finishReason": "MAX_TOKENS", "index": index}


def named(name: str, fields: dict[str, object]) -> bytes:
    """A server-sent event with a name, which its data says again."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode({"type": name, **fields}))
