"""OpenAI's wire and what speaks like it: Azure, Groq, Mistral, DeepSeek, OpenRouter, vLLM, Ollama, xAI."""

import re
from typing import Any

import msgspec

from bursar.metering.listener import Listener, bytes_shown
from bursar.metering.openai_usage import OutputDetails, TokenUsage, milliseconds, usage_of
from bursar.metering.reading import FLAG_ASIDE, Aside, Reading
from bursar.metering.salvage import Decoder
from bursar.vocab.usage import Usage


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
            reading.usage = Usage(audio_ms=milliseconds(reading, reply.duration))
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
        output_tokens_details=OutputDetails(reasoning_tokens=raw.reasoning_tokens),
    )
    usage = usage_of(tokens, reading)
    if usage is not None and usage != Usage():
        _set_aside(reading, Aside("svg", raw.model or "", usage))


def _set_aside(reading: Reading, aside: Aside) -> None:
    reading.asides = [*(one for one in reading.asides if one.kind != aside.kind), aside]
    reading.flag(FLAG_ASIDE)
