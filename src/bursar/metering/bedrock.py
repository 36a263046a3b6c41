"""Amazon Bedrock's wires: Converse, whose shape is AWS's own, and InvokeModel, whose shape is the model's."""

import binascii
from collections.abc import Mapping

import msgspec

from bursar.metering.anthropic import MessageListener, read_message
from bursar.metering.listener import Listener, bytes_shown
from bursar.metering.openai_usage import TokenUsage
from bursar.metering.openai_usage import usage_of as usage_of_openai
from bursar.metering.partition import divide_input, divide_output, writes_by_lifetime
from bursar.metering.reading import FLAG_DISPUTED, Reading
from bursar.metering.salvage import Decoder
from bursar.vocab.usage import Usage


class _CacheDetail(msgspec.Struct, rename="camel"):
    ttl: str | None = None
    input_tokens: int | None = None


class ConverseUsage(msgspec.Struct, rename="camel"):
    """`usage` of Converse; excludes cached tokens from the input."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    cache_read_input_token_count: int | None = None
    cache_write_input_token_count: int | None = None
    cache_details: list[_CacheDetail] | None = None


class _Tier(msgspec.Struct, gc=False):
    type: str | None = None


class _Performance(msgspec.Struct, gc=False):
    latency: str | None = None


class _Router(msgspec.Struct, rename="camel", gc=False):
    invoked_model_id: str | None = None


class _Trace(msgspec.Struct, rename="camel"):
    prompt_router: _Router | None = None


class _Converse(msgspec.Struct, rename="camel"):
    usage: ConverseUsage | None = None
    service_tier: _Tier | None = None
    performance_config: _Performance | None = None
    trace: _Trace | None = None


class _Delta(msgspec.Struct):
    delta: dict[str, object] | None = None


class _Stop(msgspec.Struct, rename="camel"):
    stop_reason: str | None = None


class _ConverseEvent(msgspec.Struct, rename="camel"):
    content_block_delta: _Delta | None = None
    message_stop: _Stop | None = None
    metadata: _Converse | None = None


class _Metrics(msgspec.Struct, rename="camel"):
    input_token_count: int | None = None
    output_token_count: int | None = None
    cache_read_input_token_count: int | None = None
    cache_write_input_token_count: int | None = None


class _TitanResult(msgspec.Struct, rename="camel"):
    token_count: int | None = None


class _Invoked(msgspec.Struct):
    """The models' own shapes in one: Titan, Llama, Nova, and what speaks like OpenAI."""

    id: str | None = None
    model: str | None = None
    usage: msgspec.Raw = msgspec.Raw(b"")
    inputTextTokenCount: int | None = None  # noqa: N815 - the wire's own spelling
    results: list[_TitanResult] | None = None
    prompt_token_count: int | None = None
    generation_token_count: int | None = None


class _Chunk(msgspec.Struct):
    bytes: str | None = None


class _InvokeEvent(_ConverseEvent, rename="camel"):
    type: str | None = None
    bytes: str | None = None
    chunk: _Chunk | None = None
    metrics: _Metrics | None = msgspec.field(default=None, name="amazon-bedrock-invocationMetrics")
    guardrail: str | None = msgspec.field(default=None, name="amazon-bedrock-guardrailAction")
    output_text: str | None = None  # Titan
    input_text_token_count: int | None = None
    total_output_text_token_count: int | None = None
    generation: str | None = None  # Llama
    prompt_token_count: int | None = msgspec.field(default=None, name="prompt_token_count")
    generation_token_count: int | None = msgspec.field(default=None, name="generation_token_count")
    outputs: list[dict[str, object]] | None = None  # Mistral
    choices: list[dict[str, object]] | None = None


_converse = Decoder(_Converse)
_converse_event = Decoder(_ConverseEvent)
_converse_usage = Decoder(ConverseUsage)
_openai_usage = Decoder(TokenUsage)
_invoked = Decoder(_Invoked)
_invoke_event = Decoder(_InvokeEvent)


def read_converse(body: bytes) -> Reading:
    """A whole Converse reply."""
    reading = Reading()
    reply = _converse.decode(body)
    if reply is not None:
        reading.finished = True
        _hear_converse(reading, reply)
    return reading


def read_invoked(body: bytes, headers: Mapping[str, str]) -> Reading:
    """A whole InvokeModel reply: AWS's counts in the headers rule, the body tells what they leave out."""
    reading = read_message(body)
    reply = _invoked.decode(body)
    if reply is not None and reading.usage is None:
        reading.usage = _usage_of_invoked(reply, reading)
    known = {name.lower(): value for name, value in headers.items() if name.lower().startswith(_HEADER)}
    reading.usage = _usage_by_aws(_metrics_of(known), reading.usage, reading)
    reading.service_tier = known.get(_HEADER + "service-tier", "") or reading.service_tier
    reading.speed = known.get(_HEADER + "performanceconfig-latency", "") or reading.speed
    return reading


class ConverseListener(Listener):
    """Hears a ConverseStream, as event-stream frames or as decoded objects."""

    __slots__ = ()

    def wants(self, data: bytes) -> bool:
        return (
            b'"metadata"' in data
            or b'"messageStop"' in data
            or (not self.first_token_seen and b'"contentBlockDelta"' in data)
        )

    def take(self, payload: bytes) -> None:
        event = _converse_event.decode(payload)
        if event is None:
            return
        if event.content_block_delta is not None:
            self.first_token_seen = True
        if event.message_stop is not None:
            self._reading.finished = True
        if event.metadata is not None:
            _hear_converse(self._reading, event.metadata)
            self.finished = self._reading.finished = True

    def shown(self, payload: bytes) -> int:
        event = _converse_event.decode(payload)
        if event is None or event.content_block_delta is None:
            return 0
        return bytes_shown(event.content_block_delta.delta)


class InvokeListener(Listener):
    """Hears an InvokeModelWithResponseStream; AWS adds its own counts to the model's last chunk."""

    __slots__ = ("_messages", "_metadata_came", "_metrics", "_running")

    def __init__(self) -> None:
        super().__init__()
        self._messages = MessageListener()
        self._metadata_came = False
        self._metrics: _Metrics | None = None
        self._running = _Metrics()  # the model's own running counts; AWS's metrics count more

    def wants(self, data: bytes) -> bool:
        return True  # chunks are base64: nothing can be seen from outside

    def take(self, payload: bytes) -> None:
        event = _invoke_event.decode(payload)
        if event is None:
            return
        wrapped = event.bytes or (event.chunk.bytes if event.chunk is not None else None)
        if wrapped:
            self._take_wrapped(wrapped)
            return
        if event.type is not None:
            self._messages.take(payload)
        if event.metadata is not None:
            self._metadata_came = True
            _hear_converse(self._reading, event.metadata)
        self._running = _overlaid(self._running, event)
        if event.metrics is not None:
            self._metrics = event.metrics
        if event.metrics is not None or event.guardrail == _BLOCKED:
            self.finished = self._reading.finished = True
        if not self.first_token_seen:
            self.first_token_seen = self._messages.first_token_seen or _shown_by_invoke(event) > 0

    def shown(self, payload: bytes) -> int:
        event = _invoke_event.decode(payload)
        if event is None:
            return 0
        wrapped = event.bytes or (event.chunk.bytes if event.chunk is not None else None)
        if wrapped:
            inner = _unwrapped(wrapped)
            return self.shown(inner) if inner is not None else 0
        return _shown_by_invoke(event) or self._messages.shown(payload)

    def needs_estimate(self) -> bool:
        return (
            self._metrics is None
            and not self._metadata_came
            and self._running.output_token_count is None
            and self._messages.needs_estimate()
        )

    def reading(self) -> Reading:
        said = self._messages.reading()
        reading = self._reading
        reading.model_served = said.model_served or reading.model_served
        reading.provider_call_id = said.provider_call_id or reading.provider_call_id
        model_says = reading.usage or said.usage or _usage_of_metrics(self._running, reading)
        if self._metrics is not None:
            model_says = _usage_by_aws(self._metrics, model_says, reading)
        reading.usage = model_says
        return reading

    def _take_wrapped(self, wrapped: str) -> None:
        inner = _unwrapped(wrapped)
        if inner is not None and b'"bytes"' not in inner[:12]:
            self.take(inner)


_HEADER = "x-amzn-bedrock-"
_BLOCKED = "INTERVENED"  # a guardrail stopped the call: no metrics will come


def _hear_converse(reading: Reading, reply: _Converse) -> None:
    if reply.usage is not None:
        reading.usage = usage_of(reply.usage, reading) or reading.usage
    if reply.service_tier is not None and reply.service_tier.type:
        reading.service_tier = reply.service_tier.type
    if reply.performance_config is not None and reply.performance_config.latency:
        reading.speed = reply.performance_config.latency
    if reply.trace is not None and reply.trace.prompt_router is not None:
        reading.model_served = reply.trace.prompt_router.invoked_model_id or reading.model_served


def usage_of(raw: ConverseUsage, reading: Reading) -> Usage | None:
    """The disjoint classes of a Converse usage object; None where it holds no count."""
    if raw.input_tokens is None and raw.output_tokens is None:
        return None
    if not reading.plausible(raw.input_tokens, raw.output_tokens):
        return None
    believed = reading.believed
    lifetimes = {"5m": 0, "1h": 0}
    for detail in raw.cache_details or ():
        if detail.ttl in lifetimes:
            lifetimes[detail.ttl] += believed(detail.input_tokens)
    writes = writes_by_lifetime(
        believed(raw.cache_write_input_tokens or raw.cache_write_input_token_count),
        m5=lifetimes["5m"],
        h1=lifetimes["1h"],
        reading=reading,
    )
    read = believed(raw.cache_read_input_tokens or raw.cache_read_input_token_count)
    usage = Usage()
    total = believed(raw.input_tokens) + read + writes.unsaid + writes.m5 + writes.h1
    divide_input(usage, total, read=read, writes=writes, reading=reading)
    divide_output(usage, believed(raw.output_tokens), reading=reading)
    return usage


def _usage_by_aws(metrics: _Metrics, model_says: Usage | None, reading: Reading) -> Usage | None:
    """AWS bills by its own counts, which at times differ from the model's; it gives no cache lifetimes."""
    usage = _usage_of_metrics(metrics, reading)
    if usage is None or model_says is None or usage == model_says:
        return usage or model_says
    if metrics.cache_read_input_token_count is None:
        usage.tokens_cache_read = model_says.tokens_cache_read
    if metrics.cache_write_input_token_count is None:
        usage.tokens_cache_write = _written(model_says)
    if usage.tokens_cache_write == _written(model_says):
        usage.tokens_cache_write = model_says.tokens_cache_write
        usage.tokens_cache_write_5m = model_says.tokens_cache_write_5m
        usage.tokens_cache_write_1h = model_says.tokens_cache_write_1h
    if usage != model_says:
        reading.flag(FLAG_DISPUTED)
    return usage


def _written(usage: Usage) -> int:
    return usage.tokens_cache_write + usage.tokens_cache_write_5m + usage.tokens_cache_write_1h


def _usage_of_metrics(raw: _Metrics, reading: Reading) -> Usage | None:
    return usage_of(
        ConverseUsage(
            input_tokens=raw.input_token_count,
            output_tokens=raw.output_token_count,
            cache_read_input_tokens=raw.cache_read_input_token_count,
            cache_write_input_tokens=raw.cache_write_input_token_count,
        ),
        reading,
    )


def _overlaid(earlier: _Metrics, event: _InvokeEvent) -> _Metrics:
    """The running counts of Titan and Llama after one more chunk."""
    entered = event.input_text_token_count or event.prompt_token_count
    made = event.total_output_text_token_count or event.generation_token_count
    if entered is None and made is None:
        return earlier
    return _Metrics(
        input_token_count=entered or earlier.input_token_count,
        output_token_count=made or earlier.output_token_count,
    )


def _usage_of_invoked(reply: _Invoked, reading: Reading) -> Usage | None:
    raw = bytes(reply.usage)
    if raw:
        usage = _usage_of_raw(raw, reading)
        if usage is not None:
            return usage
    results = [one.token_count or 0 for one in reply.results or ()]
    return _usage_of_metrics(
        _Metrics(
            input_token_count=reply.inputTextTokenCount or reply.prompt_token_count,
            output_token_count=sum(results) if results else reply.generation_token_count,
        ),
        reading,
    )


def _usage_of_raw(raw: bytes, reading: Reading) -> Usage | None:
    nova = _converse_usage.decode(raw)
    usage = usage_of(nova, reading) if nova is not None else None
    if usage is not None:
        return usage
    openai = _openai_usage.decode(raw)
    return usage_of_openai(openai, reading) if openai is not None else None


def _metrics_of(headers: Mapping[str, str]) -> _Metrics:
    def count(name: str) -> int | None:
        text = headers.get(_HEADER + name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None

    return _Metrics(
        input_token_count=count("input-token-count"),
        output_token_count=count("output-token-count"),
        cache_read_input_token_count=count("cache-read-input-token-count"),
        cache_write_input_token_count=count("cache-write-input-token-count"),
    )


def _shown_by_invoke(event: _InvokeEvent) -> int:
    shown = bytes_shown(event.output_text) + bytes_shown(event.generation)
    shown += bytes_shown(event.outputs) + bytes_shown(event.choices)
    if event.content_block_delta is not None:
        shown += bytes_shown(event.content_block_delta.delta)
    return shown


def _unwrapped(wrapped: str) -> bytes | None:
    try:
        return binascii.a2b_base64(wrapped)
    except (binascii.Error, ValueError):
        return None
