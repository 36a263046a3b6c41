"""Anthropic's Messages wire: usage excludes cached tokens, and streams report it cumulatively."""

from typing import Any

import msgspec

from bursar.metering.listener import Listener, bytes_shown
from bursar.metering.partition import Writes, divide_input, divide_output, writes_by_lifetime
from bursar.metering.reading import FLAG_ASIDE, FLAG_REPRICED, Aside, Reading
from bursar.metering.salvage import Decoder
from bursar.vocab.usage import Usage


class _CacheCreation(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    thinking_tokens: int | None = None


class _ServerTools(msgspec.Struct, gc=False):
    web_search_requests: int | None = None
    web_fetch_requests: int | None = None
    code_execution_requests: int | None = None


class _Counts(msgspec.Struct):
    """Counts that a message and each of its iterations share."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_creation: _CacheCreation | None = None
    output_tokens_details: _OutputDetails | None = None


class _Iteration(_Counts):
    type: str | None = None
    model: str | None = None


class _CreditStatus(msgspec.Struct, gc=False):
    type: str | None = None


class _Credit(msgspec.Struct):
    status: _CreditStatus | None = None


class MessageUsage(_Counts):
    """`usage` of a message, of message_start and of message_delta."""

    server_tool_use: _ServerTools | None = None
    iterations: list[_Iteration] | None = None
    fallback_credit: _Credit | None = None
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None


class _Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: MessageUsage | None = None


class _Event(msgspec.Struct):
    type: str | None = None
    message: _Message | None = None
    usage: MessageUsage | None = None
    delta: Any = None


_message = Decoder(_Message)
_event = Decoder(_Event)


def read_message(body: bytes) -> Reading:
    """A whole message."""
    reading = Reading()
    reply = _message.decode(body)
    if reply is not None:
        reading.finished = True
        _hear_message(reading, reply)
        if reply.usage is not None:
            hear_usage(reading, reply.usage)
    return reading


class MessageListener(Listener):
    """Hears a Messages stream; later usage replaces earlier, field by field, and is never added."""

    __slots__ = ("_delta_came", "_raw")

    def __init__(self) -> None:
        super().__init__()
        self._raw: MessageUsage | None = None
        self._delta_came = False

    def wants(self, data: bytes) -> bool:
        return (
            b'"usage"' in data
            or b"message_stop" in data
            or (not self.first_token_seen and b"content_block_delta" in data)
        )

    def take(self, payload: bytes) -> None:
        event = _event.decode(payload)
        if event is None:
            return
        match event.type:
            case "message_start" if event.message is not None:
                _hear_message(self._reading, event.message)
                self._replace(event.message.usage)
            case "message_delta":
                self._delta_came = self._delta_came or event.usage is not None
                self._replace(event.usage)
            case "content_block_delta":
                self.first_token_seen = True
            case "message_stop":
                self.finished = self._reading.finished = True

    def shown(self, payload: bytes) -> int:
        event = _event.decode(payload)
        if event is None or event.type != "content_block_delta":
            return 0
        return bytes_shown(event.delta)

    def needs_estimate(self) -> bool:
        """message_start's output count is only a beginning: without message_delta the output is unknown."""
        return not self._delta_came

    def _replace(self, raw: MessageUsage | None) -> None:
        if raw is None:
            return
        self._raw = raw = _overlaid(self._raw, raw)
        hear_usage(self._reading, raw)


def hear_usage(reading: Reading, raw: MessageUsage) -> None:
    """Put the usage of a message into `reading`, replacing what was there."""
    usage = _usage_of(raw, reading)
    if usage is None:
        return
    if raw.server_tool_use is not None:
        usage.web_searches = reading.believed(raw.server_tool_use.web_search_requests)
        usage.web_fetches = reading.believed(raw.server_tool_use.web_fetch_requests)
        usage.code_executions = reading.believed(raw.server_tool_use.code_execution_requests)
    if raw.iterations:
        _hear_iterations(reading, usage, raw.iterations)
    reading.usage = usage
    _hear_selectors(reading, raw)


def _usage_of(raw: _Counts, reading: Reading) -> Usage | None:
    if raw.input_tokens is None and raw.output_tokens is None:
        return None
    if not reading.plausible(raw.input_tokens, raw.output_tokens):
        return None
    believed = reading.believed
    read = believed(raw.cache_read_input_tokens)
    writes = _writes(raw, reading)
    fresh = believed(raw.input_tokens)
    usage = Usage()
    total = fresh + read + writes.unsaid + writes.m5 + writes.h1
    divide_input(usage, total, read=read, writes=writes, reading=reading)
    thinking = raw.output_tokens_details
    divide_output(
        usage,
        believed(raw.output_tokens),
        reasoning=believed(thinking.thinking_tokens) if thinking is not None else 0,
        reading=reading,
    )
    return usage


def _writes(raw: _Counts, reading: Reading) -> Writes:
    total = reading.believed(raw.cache_creation_input_tokens)
    split = raw.cache_creation
    if split is None:
        return Writes(total)
    return writes_by_lifetime(
        total,
        m5=reading.believed(split.ephemeral_5m_input_tokens),
        h1=reading.believed(split.ephemeral_1h_input_tokens),
        reading=reading,
    )


def _hear_message(reading: Reading, message: _Message) -> None:
    reading.model_served = message.model or reading.model_served
    reading.provider_call_id = message.id or reading.provider_call_id


def _hear_selectors(reading: Reading, raw: MessageUsage) -> None:
    reading.service_tier = raw.service_tier or reading.service_tier
    reading.speed = raw.speed or reading.speed
    reading.inference_geo = raw.inference_geo or reading.inference_geo
    if reading.service_tier == "batch":
        reading.processing = "batch"
    credit = raw.fallback_credit
    if credit is not None and credit.status is not None and credit.status.type == "redeemed":
        reading.flag(FLAG_REPRICED)


def _hear_iterations(reading: Reading, usage: Usage, iterations: list[_Iteration]) -> None:
    """Add what the top level leaves out: compaction at the same price, other models' work aside.

    `message` and `fallback_message` entries of the model that served repeat the top level.
    """
    asides = []
    fell_back = any(one.type == "fallback_message" for one in iterations)
    for one in iterations:
        extra = _usage_of(one, reading)
        if extra is None:
            continue
        model = one.model or ""
        if one.type == "compaction":
            _add(usage, extra)
        elif one.type == "advisor_message":
            asides.append(Aside("advisor", model, extra))
        elif one.type == "message" and fell_back and model not in ("", reading.model_served):
            asides.append(Aside("declined", model, extra))
    reading.asides = asides
    if asides:
        reading.flag(FLAG_ASIDE)


def _add(usage: Usage, extra: Usage) -> None:
    for name in Usage.__struct_fields__:
        count = getattr(extra, name)
        if count:
            setattr(usage, name, getattr(usage, name) + count)


def _overlaid(earlier: MessageUsage | None, later: MessageUsage) -> MessageUsage:
    """`later` with the fields that it leaves out taken from `earlier`."""
    if earlier is None:
        return later
    for name in MessageUsage.__struct_fields__:
        if getattr(later, name) is None:
            setattr(later, name, getattr(earlier, name))
    return later
