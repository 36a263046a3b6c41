"""Gemini's generateContent wire: thoughts are outside the candidates, and every chunk has a running total."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bursar.metering.listener import Listener, bytes_shown
from bursar.metering.partition import NO_MODES, Modes, divide_input, divide_output
from bursar.metering.reading import Reading
from bursar.metering.salvage import Decoder
from bursar.vocab.usage import Usage


class _ModalityCount(msgspec.Struct, gc=False):
    modality: str | int | None = None
    tokenCount: int | None = None  # noqa: N815 - the wire's own spelling


class UsageMetadata(msgspec.Struct, rename="camel"):
    """`usageMetadata` of generateContent and streamGenerateContent, on the Gemini API and on Vertex AI."""

    prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    prompt_tokens_details: list[_ModalityCount] | None = None
    cache_tokens_details: list[_ModalityCount] | None = None
    candidates_tokens_details: list[_ModalityCount] | None = None
    tool_use_prompt_tokens_details: list[_ModalityCount] | None = None
    traffic_type: str | int | None = None
    service_tier: str | int | None = None


class _Content(msgspec.Struct):
    parts: Any = None


class _Grounding(msgspec.Struct, rename="camel"):
    web_search_queries: list[str] | None = None


class _Grounded(msgspec.Struct, rename="camel"):
    grounding_metadata: _Grounding | None = None


class _Candidate(_Grounded, rename="camel"):
    finish_reason: str | int | None = None
    content: _Content | None = None


class _Identified(msgspec.Struct, rename="camel"):
    usage_metadata: UsageMetadata | None = None
    model_version: str | None = None
    response_id: str | None = None


class _Reply(_Identified, rename="camel"):
    candidates: list[_Grounded] | None = None


class _Chunk(_Identified, rename="camel"):
    candidates: list[_Candidate] | None = None


_reply = Decoder(_Reply)
_chunk = Decoder(_Chunk)

# Some servers write enums as numbers (proto3 JSON allows both): MediaModality and TrafficType.
_AUDIO = ("AUDIO", 4)
_IMAGE = ("IMAGE", 2)
_VIDEO = ("VIDEO", 3)
# Up to Gemini 2 a grounded prompt is billed once, however often it searched; from Gemini 3 on each search is.
# Source: "Grounding with Google Search", Gemini API documentation.
_BILLED_BY_PROMPT = ("gemini-1", "gemini-2")
_TRAFFIC = {1: "ON_DEMAND", 2: "PROVISIONED_THROUGHPUT"}


def read_content(body: bytes) -> Reading:
    """A whole generateContent reply."""
    reading = Reading()
    reply = _reply.decode(body)
    if reply is not None:
        reading.finished = True
        _hear(reading, reply)
        _hear_searches(reading, reply.candidates)
    return reading


class ContentListener(Listener):
    """Hears a streamGenerateContent stream. The last chunk counts; chunks stay unread until someone asks."""

    __slots__ = ("_unread",)

    def __init__(self) -> None:
        super().__init__()
        self._unread = b""

    def wants(self, data: bytes) -> bool:
        return (
            not self.first_token_seen
            or b"usageMetadata" in data
            or b"finishReason" in data
            or b"webSearchQueries" in data
        )

    def take(self, payload: bytes) -> None:
        if self.first_token_seen and b"finishReason" not in payload and b"webSearchQueries" not in payload:
            self._unread = payload
            return
        self._unread = b""
        chunk = _chunk.decode(payload)
        if chunk is None:
            return
        _hear(self._reading, chunk)
        _hear_searches(self._reading, chunk.candidates)
        for candidate in chunk.candidates or ():
            if candidate.finish_reason:
                self.finished = self._reading.finished = True
            if candidate.content is not None and not self.first_token_seen:
                self.first_token_seen = bytes_shown(candidate.content.parts) > 0

    def shown(self, payload: bytes) -> int:
        chunk = _chunk.decode(payload)
        if chunk is None:
            return 0
        return sum(
            bytes_shown(candidate.content.parts)
            for candidate in chunk.candidates or ()
            if candidate.content is not None
        )

    def reading(self) -> Reading:
        if self._unread:
            reply = _reply.decode(self._unread)
            self._unread = b""
            if reply is not None:
                _hear(self._reading, reply)
        return self._reading


def _hear(reading: Reading, reply: _Identified) -> None:
    reading.model_served = reply.model_version or reading.model_served
    reading.provider_call_id = reply.response_id or reading.provider_call_id
    raw = reply.usage_metadata
    if raw is None:
        return
    reading.usage = usage_of(raw, reading) or reading.usage
    _add_searches(reading)
    tier = raw.traffic_type or raw.service_tier
    if tier:
        reading.service_tier = _TRAFFIC.get(tier, "") if isinstance(tier, int) else tier


def _hear_searches(reading: Reading, candidates: "Sequence[_Grounded] | None") -> None:
    """Count Google searches; a stream names them once, in one of its chunks."""
    searches = 0
    for candidate in candidates or ():
        grounding = candidate.grounding_metadata
        if grounding is not None:
            searches += sum(map(bool, grounding.web_search_queries or ()))
    if not searches:
        return
    if reading.model_served.startswith(_BILLED_BY_PROMPT):
        searches = 1
    counted = reading.counted.web_searches if reading.counted is not None else 0
    reading.counted = Usage(web_searches=max(searches, counted))
    _add_searches(reading)


def _add_searches(reading: Reading) -> None:
    if reading.usage is not None and reading.counted is not None:
        reading.usage.web_searches = reading.counted.web_searches


def usage_of(raw: UsageMetadata, reading: Reading) -> Usage | None:
    """The disjoint classes; None where the object holds no count, as in the first chunks of a stream."""
    if raw.prompt_token_count is None and raw.candidates_token_count is None:
        return None
    if not reading.plausible(raw.prompt_token_count, raw.candidates_token_count):
        return None
    believed = reading.believed
    usage = Usage()
    divide_input(
        usage,
        believed(raw.prompt_token_count) + believed(raw.tool_use_prompt_token_count),
        read=believed(raw.cached_content_token_count),
        modes=_modes(raw.prompt_tokens_details, raw.tool_use_prompt_tokens_details, reading),
        read_modes=_modes(raw.cache_tokens_details, None, reading),
        reading=reading,
    )
    thoughts = believed(raw.thoughts_token_count)
    divide_output(
        usage,
        believed(raw.candidates_token_count) + thoughts,
        reasoning=thoughts,
        modes=_modes(raw.candidates_tokens_details, None, reading),
        reading=reading,
    )
    return usage


def _modes(counts: list[_ModalityCount] | None, more: list[_ModalityCount] | None, reading: Reading) -> Modes:
    """Tokens by modality over both lists; documents and text are text."""
    audio = image = video = 0
    for one in (*(counts or ()), *(more or ())):
        if one.modality in _AUDIO:
            audio += reading.believed(one.tokenCount)
        elif one.modality in _IMAGE:
            image += reading.believed(one.tokenCount)
        elif one.modality in _VIDEO:
            video += reading.believed(one.tokenCount)
    return Modes(audio, image, video) if audio or image or video else NO_MODES
