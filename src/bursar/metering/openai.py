"""OpenAI's wire and what speaks like it: Azure, Groq, Mistral, DeepSeek, OpenRouter, vLLM, Ollama, xAI."""

import math
import re
from typing import Any

import msgspec

from bursar.metering.listener import Listener, bytes_shown
from bursar.metering.partition import (
    NO_MODES,
    NO_WRITES,
    Modes,
    Writes,
    divide_input,
    divide_output,
    writes_by_lifetime,
)
from bursar.metering.reading import COUNT_MAX, FLAG_ASIDE, FLAG_HIDDEN_OUTPUT, Aside, Reading
from bursar.metering.salvage import Decoder
from bursar.vocab.usage import Usage


class _ModeCounts(msgspec.Struct, gc=False):
    audio_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None


class _WriteCounts(msgspec.Struct, gc=False):
    ttl_30m_tokens: int | None = None
    ttl_12h_tokens: int | None = None


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_tokens_details: _WriteCounts | None = None
    cached_tokens_details: _ModeCounts | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None
    text_tokens: int | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None
    text_tokens: int | None = None


class TokenUsage(msgspec.Struct):
    """The usage object in all its spellings; see docs/reference/wires.md for who writes which."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: _InputDetails | None = None
    input_tokens_details: _InputDetails | None = None
    prompt_token_details: _InputDetails | None = None
    input_token_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None
    output_tokens_details: _OutputDetails | None = None
    completion_token_details: _OutputDetails | None = None
    output_token_details: _OutputDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek
    cached_tokens: int | None = None  # Moonshot
    prompt_audio_seconds: int | None = None  # Mistral
    num_search_queries: int | None = None  # Perplexity
    seconds: float | None = None  # transcription billed by time


class _Groq(msgspec.Struct):
    usage: TokenUsage | None = None


class _Chat(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    service_tier: str | None = None
    usage: TokenUsage | None = None
    x_groq: _Groq | None = None


class _Action(msgspec.Struct, gc=False):
    type: str | None = None


class _Item(msgspec.Struct):
    type: str | None = None
    action: _Action | None = None


class _WebSearchUse(msgspec.Struct, gc=False):
    num_requests: int | None = None


class _ToolUse(msgspec.Struct):
    image_gen: TokenUsage | None = None
    web_search: _WebSearchUse | None = None


class _Response(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    service_tier: str | None = None
    status: str | None = None
    usage: TokenUsage | None = None
    tool_usage: _ToolUse | None = None
    output: list[_Item] | None = None


class _Nothing(msgspec.Struct, gc=False):
    pass


class _SvgUsage(msgspec.Struct):
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None


class _Media(msgspec.Struct):
    """Replies of the image and audio endpoints, whole or as a stream's event."""

    id: str | None = None
    model: str | None = None
    type: str | None = None
    usage: TokenUsage | None = None
    svg_usage: _SvgUsage | None = None
    data: list[_Nothing] | None = None
    duration: float | None = None
    delta: str | None = None


_chat = Decoder(_Chat)
_response = Decoder(_Response)
_media = Decoder(_Media)

_UNFINISHED = frozenset(("queued", "in_progress"))


def read_chat(body: bytes) -> Reading:
    """Chat completions, legacy completions and embeddings."""
    reading = Reading()
    reply = _chat.decode(body)
    if reply is not None:
        _hear_chat(reading, reply)
        reading.finished = True
    return reading


def read_response(body: bytes) -> Reading:
    """The Responses API; a background response that still runs is not finished."""
    reading = Reading()
    reply = _response.decode(body)
    if reply is not None:
        _hear_response(reading, reply)
        reading.finished = reply.status not in _UNFINISHED
    return reading


def read_images(body: bytes) -> Reading:
    """Image generation and edits; without usage the pictures are counted, where they are billed by piece."""
    reading = Reading()
    reply = _media.decode(body)
    if reply is not None:
        _hear_media(reading, reply, output_is="image")
        if reading.usage is None and reply.data:
            reading.usage = Usage(images=len(reply.data))
        reading.finished = True
    return reading


def read_audio(body: bytes) -> Reading:
    """Transcription and translation; where nothing else is said, billed by the length of the audio."""
    reading = Reading()
    reply = _media.decode(body)
    if reply is not None:
        _hear_media(reading, reply, input_is="audio")
        if reading.usage is None and reply.duration:
            reading.usage = Usage(audio_ms=_milliseconds(reading, reply.duration))
        reading.finished = True
    return reading


class ChatListener(Listener):
    """Hears chat and legacy completion streams."""

    __slots__ = ()

    def wants(self, data: bytes) -> bool:
        return (
            not self.first_token_seen
            or b"[DONE]" in data
            or _usage_object(data) is not None
            or _finish_reason(data) is not None
        )

    def take(self, payload: bytes) -> None:
        if payload == b"[DONE]":
            self.finished = self._reading.finished = True
            return
        chunk = _chat_chunk.decode(payload)
        if chunk is None:
            return
        _hear_chat(self._reading, chunk)
        for choice in chunk.choices or ():
            if choice.finish_reason:
                self._reading.finished = True
            if not self.first_token_seen:
                self.first_token_seen = bool(choice.text or bytes_shown(choice.delta))

    def shown(self, payload: bytes) -> int:
        chunk = _chat_chunk.decode(payload)
        if chunk is None:
            return 0
        if chunk.usage is not None:
            _hear_chat(self._reading, chunk)
        return sum(bytes_shown(choice.delta) + bytes_shown(choice.text) for choice in chunk.choices or ())


class ResponseListener(Listener):
    """Hears the Responses API's stream of events."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        super().__init__()
        self._items: list[_Item] = []

    def wants(self, data: bytes) -> bool:
        return (
            (not self.first_token_seen and b'.delta"' in data)
            or b'"response"' in data
            or b"output_item.done" in data
        )

    def take(self, payload: bytes) -> None:
        event = _response_event.decode(payload)
        if event is None:
            return
        kind = event.type or ""
        self.first_token_seen = self.first_token_seen or kind.endswith(".delta")
        if event.item is not None and kind == "response.output_item.done":
            self._items.append(event.item)
        if event.response is not None:
            _hear_response(self._reading, event.response)
            if kind in _RESPONSE_ENDS:
                self.finished = self._reading.finished = True

    def shown(self, payload: bytes) -> int:
        event = _response_event.decode(payload)
        if event is None or not (event.type or "").endswith(".delta"):
            return 0
        return bytes_shown(event.delta)

    def reading(self) -> Reading:
        if self._items and self._reading.usage is None:
            self._reading.counted = counted = Usage()
            _count_tools(counted, self._items)
        return self._reading


class MediaListener(Listener):
    """Hears the streams of the image and audio endpoints."""

    __slots__ = ()

    def wants(self, data: bytes) -> bool:
        return not self.first_token_seen or b'"usage"' in data or b'.done"' in data or b'.completed"' in data

    def take(self, payload: bytes) -> None:
        event = _media.decode(payload)
        if event is None:
            return
        kind = event.type or ""
        self.first_token_seen = self.first_token_seen or bool(kind)
        if kind.startswith("image"):
            _hear_media(self._reading, event, output_is="image")
        elif kind.startswith("speech"):
            _hear_media(self._reading, event, output_is="audio")
        else:
            _hear_media(self._reading, event, input_is="audio")
        if kind.endswith((".done", ".completed")):
            self.finished = self._reading.finished = True

    def shown(self, payload: bytes) -> int:
        event = _media.decode(payload)
        if event is None or event.type != "transcript.text.delta":
            return 0
        return bytes_shown(event.delta)


class _Choice(msgspec.Struct):
    finish_reason: str | None = None
    text: str | None = None
    delta: Any = None


class _ChatChunk(_Chat):
    choices: list[_Choice] | None = None


class _ResponseEvent(msgspec.Struct):
    type: str | None = None
    response: _Response | None = None
    item: _Item | None = None
    delta: Any = None


_chat_chunk = Decoder(_ChatChunk)
_response_event = Decoder(_ResponseEvent)
_RESPONSE_ENDS = frozenset(("response.completed", "response.incomplete", "response.failed"))
# Real streams say `"usage":null` and `"finish_reason":null` in every chunk; both must stay cheap.
_usage_object = re.compile(rb'"usage"\s*:\s*\{').search
_finish_reason = re.compile(rb'"finish_reason"\s*:\s*"').search


def _hear_chat(reading: Reading, reply: _Chat) -> None:
    _hear_identity(reading, reply)
    raw = reply.usage
    if raw is None and reply.x_groq is not None:
        raw = reply.x_groq.usage
    if raw is not None:
        reading.usage = usage_of(raw, reading) or reading.usage


def _hear_response(reading: Reading, reply: _Response) -> None:
    _hear_identity(reading, reply)
    if reply.usage is None:
        return
    usage = usage_of(reply.usage, reading)
    if usage is None:
        return
    if reply.output:
        _count_tools(usage, reply.output)
    if reply.tool_usage is not None:
        _hear_tools(reading, usage, reply.tool_usage)
    reading.usage = usage


def _hear_media(reading: Reading, reply: _Media, *, input_is: str = "", output_is: str = "") -> None:
    reading.model_served = reply.model or reading.model_served
    reading.provider_call_id = reply.id or reading.provider_call_id
    if reply.usage is not None:
        reading.usage = (
            usage_of(reply.usage, reading, input_is=input_is, output_is=output_is) or reading.usage
        )
    if reply.svg_usage is not None:
        _hear_svg(reading, reply.svg_usage)


def _hear_identity(reading: Reading, reply: "_Chat | _Response") -> None:
    if reply.model:
        reading.model_served = reply.model
    if reply.id:
        reading.provider_call_id = reply.id
    if reply.service_tier:
        reading.service_tier = reply.service_tier


def usage_of(raw: TokenUsage, reading: Reading, *, input_is: str = "", output_is: str = "") -> Usage | None:
    """The disjoint classes of a usage object; None where it holds no count.

    `input_is` and `output_is` name the modality of tokens that the reply does not break down.
    """
    total_input = _first(raw.prompt_tokens, raw.input_tokens)
    total_output = _first(raw.completion_tokens, raw.output_tokens)
    if total_input is None and total_output is None:
        if raw.seconds is not None:
            return Usage(audio_ms=_milliseconds(reading, raw.seconds))
        total_input = raw.total_tokens  # embeddings of some servers say only this
        if total_input is None:
            return None
    if not reading.plausible(total_input, total_output):
        return None
    usage = Usage()
    believed = reading.believed
    given_input = total_input or 0
    given_output = total_output or 0
    _divide_given_input(usage, given_input, raw, input_is, reading)
    _divide_given_output(usage, given_input, given_output, raw, output_is, reading)
    if raw.num_search_queries:
        usage.web_searches = believed(raw.num_search_queries)
    if raw.prompt_audio_seconds:
        usage.audio_ms = believed(raw.prompt_audio_seconds * 1000)
    return usage


def _divide_given_input(usage: Usage, total: int, raw: TokenUsage, main: str, reading: Reading) -> None:
    details = (
        raw.prompt_tokens_details
        or raw.input_tokens_details
        or raw.prompt_token_details
        or raw.input_token_details
    )
    if details is None:
        read = reading.believed(_first(raw.prompt_cache_hit_tokens, raw.cached_tokens))
        divide_input(usage, total, read=read, modes=_modes(total, None, main, reading), reading=reading)
        return
    read = reading.believed(_first(details.cached_tokens, raw.prompt_cache_hit_tokens, raw.cached_tokens))
    divide_input(
        usage,
        total,
        read=read,
        writes=_writes(details, reading),
        modes=_modes(total, details, main, reading),
        read_modes=_read_modes(details.cached_tokens_details, reading),
        reading=reading,
    )


def _divide_given_output(
    usage: Usage, total_input: int, total: int, raw: TokenUsage, main: str, reading: Reading
) -> None:
    details = (
        raw.completion_tokens_details
        or raw.output_tokens_details
        or raw.completion_token_details
        or raw.output_token_details
    )
    reasoning = reading.believed(details.reasoning_tokens) if details is not None else 0
    hidden = _hidden_output(total_input + total, raw, reading)
    if hidden:
        reasoning = _with_hidden(reasoning, hidden, reading)
        total += hidden
    divide_output(
        usage, total, reasoning=reasoning, modes=_modes(total, details, main, reading), reading=reading
    )


def _hidden_output(named: int, raw: TokenUsage, reading: Reading) -> int:
    """Tokens inside `total_tokens` that neither input nor output holds: reasoning left out of the output.

    xAI's and Gemini's OpenAI APIs report like this. Mistral's total holds audio tokens instead.
    """
    if raw.total_tokens is None or raw.total_tokens <= named or raw.prompt_audio_seconds:
        return 0
    if raw.completion_tokens is None and raw.output_tokens is None:
        return 0
    return max(reading.believed(raw.total_tokens) - named, 0)


def _with_hidden(reasoning: int, hidden: int, reading: Reading) -> int:
    """The reasoning tokens once `hidden` ones are found: the same ones where the counts agree."""
    if reasoning == hidden:
        return reasoning
    reading.flag(FLAG_HIDDEN_OUTPUT)
    return reasoning + hidden


def _writes(details: _InputDetails, reading: Reading) -> Writes:
    total = reading.believed(details.cache_write_tokens)
    by_lifetime = details.cache_write_tokens_details
    if by_lifetime is None:
        return Writes(total) if total else NO_WRITES
    return writes_by_lifetime(
        total,
        m30=reading.believed(by_lifetime.ttl_30m_tokens),
        h12=reading.believed(by_lifetime.ttl_12h_tokens),
        reading=reading,
    )


def _modes(
    total: int, details: "_InputDetails | _OutputDetails | None", main: str, reading: Reading
) -> Modes:
    """Tokens by modality; those that the reply does not name are `main` ("" for text)."""
    if details is None:
        return _only(main, total)
    if not (details.audio_tokens or details.image_tokens or details.video_tokens):
        return _only(main, max(total - reading.believed(details.text_tokens), 0))
    return Modes(
        reading.believed(details.audio_tokens),
        reading.believed(details.image_tokens),
        reading.believed(details.video_tokens),
    )


def _only(mode: str, count: int) -> Modes:
    if mode == "audio":
        return Modes(audio=count)
    if mode == "image":
        return Modes(image=count)
    return NO_MODES


def _read_modes(counts: _ModeCounts | None, reading: Reading) -> Modes:
    if counts is None or not (counts.audio_tokens or counts.image_tokens or counts.video_tokens):
        return NO_MODES
    return Modes(
        reading.believed(counts.audio_tokens),
        reading.believed(counts.image_tokens),
        reading.believed(counts.video_tokens),
    )


def _count_tools(usage: Usage, items: list[_Item]) -> None:
    """Count the tool calls among the output items that are billed by the piece.

    A web search call that only opened a page or looked inside it is not billed as a search.
    """
    for item in items:
        match item.type:
            case "web_search_call":
                action = item.action.type if item.action is not None else None
                usage.web_searches += action in (None, "search")
            case "file_search_call":
                usage.file_searches += 1
            case "code_interpreter_call":
                usage.code_executions += 1
            case "image_generation_call":
                usage.images += 1


def _hear_tools(reading: Reading, usage: Usage, tools: _ToolUse) -> None:
    """Take the provider's own account of hosted tools, which is nearer to the bill than counted items."""
    if tools.web_search is not None and tools.web_search.num_requests is not None:
        usage.web_searches = reading.believed(tools.web_search.num_requests)
    if tools.image_gen is not None:
        made = usage_of(tools.image_gen, reading, output_is="image")
        if made is not None and made != Usage():
            usage.images = 0  # billed by its tokens, not by the piece
            _set_aside(reading, Aside("image_generation", "", made))


def _hear_svg(reading: Reading, raw: _SvgUsage) -> None:
    tokens = TokenUsage(
        input_tokens=raw.input_tokens,
        output_tokens=raw.output_tokens,
        total_tokens=raw.total_tokens,
        output_tokens_details=_OutputDetails(reasoning_tokens=raw.reasoning_tokens),
    )
    usage = usage_of(tokens, reading)
    if usage is not None and usage != Usage():
        _set_aside(reading, Aside("svg", raw.model or "", usage))


def _set_aside(reading: Reading, aside: Aside) -> None:
    reading.asides = [*(one for one in reading.asides if one.kind != aside.kind), aside]
    reading.flag(FLAG_ASIDE)


def _milliseconds(reading: Reading, seconds: float) -> int:
    """Whole milliseconds, rounded up; 0 and flagged where it is no length of time."""
    if not 0 <= seconds < COUNT_MAX / 1000:
        return reading.believed(-1)
    return math.ceil(seconds * 1000)


def _first(*counts: int | None) -> int | None:
    for count in counts:
        if count is not None:
            return count
    return None
