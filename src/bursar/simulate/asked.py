"""What a request to a provider asks for, read from its path and body, whatever the wire."""

import functools
from typing import Any, Final

import msgspec

from bursar.vocab.errors import InvalidInput, NotFound

Raw = msgspec.Raw


class Route(msgspec.Struct, frozen=True):
    """Where a path leads: the wire, what is done there, and the model if the path names it."""

    wire: str  # openai | azure | anthropic | gemini
    operation: str
    model: str = ""
    streamed: bool = False


class Asked(msgspec.Struct):
    """One request for a model, in the words of all wires. Counts are tokens unless they say otherwise."""

    wire: str
    operation: str
    model: str
    prompt: (
        bytes  # the raw JSON of what the model would read: its length and its hash matter, never its sense
    )
    streamed: bool = False
    usage_in_stream: bool = True
    as_array: bool = False  # Gemini streams without alt=sse are one JSON array
    output_most: int | None = None
    choices: int = 1
    inputs: int = 1  # texts to embed
    dimensions: int = 1536
    floats_as_base64: bool = False
    tier: str = ""
    speed: str = ""
    inference_geo: str = ""


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = False


class _Chat(msgspec.Struct):
    model: str = ""
    messages: Raw = Raw(b"")
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    service_tier: str | None = None


class _Completions(msgspec.Struct):
    model: str = ""
    prompt: Raw = Raw(b"")
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    n: int | None = None


class _Responses(msgspec.Struct):
    model: str = ""
    input: Raw = Raw(b"")
    instructions: Raw = Raw(b"")
    stream: bool | None = False
    max_output_tokens: int | None = None
    service_tier: str | None = None


class _Embeddings(msgspec.Struct):
    model: str = ""
    input: str | list[Any] = ""
    dimensions: int | None = None
    encoding_format: str | None = None


class _Messages(msgspec.Struct):
    model: str = ""
    messages: Raw = Raw(b"")
    system: Raw = Raw(b"")
    max_tokens: int | None = None
    stream: bool | None = False
    speed: str | None = None
    inference_geo: str | None = None


class _GenerationConfig(msgspec.Struct, rename="camel"):
    max_output_tokens: int | None = None
    candidate_count: int | None = None


class _Generate(msgspec.Struct, rename="camel"):
    contents: Raw = Raw(b"")
    system_instruction: Raw = Raw(b"")
    generation_config: _GenerationConfig | None = None


_chat = msgspec.json.Decoder(_Chat).decode
_completions = msgspec.json.Decoder(_Completions).decode
_responses = msgspec.json.Decoder(_Responses).decode
_embeddings = msgspec.json.Decoder(_Embeddings).decode
_messages = msgspec.json.Decoder(_Messages).decode
_generate = msgspec.json.Decoder(_Generate).decode

_BY_ENDING: Final = (
    ("/chat/completions", "openai", "chat"),
    ("/completions", "openai", "completions"),
    ("/responses", "openai", "responses"),
    ("/embeddings", "openai", "embeddings"),
    ("/messages", "anthropic", "messages"),
)
_GEMINI_ACTIONS: Final = {"generateContent": False, "streamGenerateContent": True}


@functools.lru_cache(maxsize=4096)
def find_route(path: str) -> Route | None:
    """The route of a path, with or without `/v1` or another base before it; None if nothing is there."""
    name, colon, action = path.rpartition("/")[2].partition(":")
    if colon and action in _GEMINI_ACTIONS:
        return Route("gemini", "generate_content", name, _GEMINI_ACTIONS[action])
    for ending, wire, operation in _BY_ENDING:
        if path.endswith(ending):
            if "/openai/deployments/" in path:
                deployment = path.partition("/openai/deployments/")[2].partition("/")[0]
                return Route("azure", operation, deployment)
            return Route(wire, operation)
    return None


def read_asked(route: Route, query: str, body: bytes) -> Asked:
    """The request in the words of all wires.

    InvalidInput says what is wrong with the body; NotFound stands for a request without a model.
    """
    try:
        asked = _READERS[route.operation](route, query, body)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"the body cannot be read: {error}") from error
    if not asked.model:
        raise NotFound("you must provide a model parameter")
    if not asked.prompt and asked.operation != "embeddings":
        raise InvalidInput("missing required parameter: what the model shall read")
    return asked


def _read_chat(route: Route, _: str, body: bytes) -> Asked:
    said = _chat(body)
    return Asked(
        wire=route.wire,
        operation="chat",
        model=route.model or said.model,
        prompt=bytes(said.messages),
        streamed=bool(said.stream),
        usage_in_stream=said.stream_options is not None and bool(said.stream_options.include_usage),
        output_most=said.max_completion_tokens if said.max_completion_tokens is not None else said.max_tokens,
        choices=max(1, min(said.n or 1, 128)),
        tier=said.service_tier or "",
    )


def _read_completions(route: Route, _: str, body: bytes) -> Asked:
    said = _completions(body)
    return Asked(
        wire=route.wire,
        operation="completions",
        model=route.model or said.model,
        prompt=bytes(said.prompt),
        streamed=bool(said.stream),
        usage_in_stream=said.stream_options is not None and bool(said.stream_options.include_usage),
        output_most=said.max_tokens,
        choices=max(1, min(said.n or 1, 128)),
    )


def _read_responses(route: Route, _: str, body: bytes) -> Asked:
    said = _responses(body)
    return Asked(
        wire=route.wire,
        operation="responses",
        model=route.model or said.model,
        prompt=bytes(said.instructions) + bytes(said.input),
        streamed=bool(said.stream),
        output_most=said.max_output_tokens,
        tier=said.service_tier or "",
    )


def _read_embeddings(route: Route, _: str, body: bytes) -> Asked:
    said = _embeddings(body)
    many = isinstance(said.input, list) and not (said.input and isinstance(said.input[0], int))
    return Asked(
        wire=route.wire,
        operation="embeddings",
        model=route.model or said.model,
        prompt=msgspec.json.encode(said.input),
        inputs=max(1, len(said.input)) if many else 1,
        dimensions=max(1, min(said.dimensions or 1536, 8192)),
        floats_as_base64=said.encoding_format == "base64",
    )


def _read_messages(route: Route, _: str, body: bytes) -> Asked:
    said = _messages(body)
    if said.max_tokens is None:
        raise InvalidInput("max_tokens: Field required")
    return Asked(
        wire="anthropic",
        operation="messages",
        model=route.model or said.model,
        prompt=bytes(said.system) + bytes(said.messages),
        streamed=bool(said.stream),
        output_most=said.max_tokens,
        speed=said.speed or "",
        inference_geo=said.inference_geo or "",
    )


def _read_generate(route: Route, query: str, body: bytes) -> Asked:
    said = _generate(body)
    config = said.generation_config or _GenerationConfig()
    return Asked(
        wire="gemini",
        operation="generate_content",
        model=route.model,
        prompt=bytes(said.system_instruction) + bytes(said.contents),
        streamed=route.streamed,
        as_array=route.streamed and "alt=sse" not in query,
        output_most=config.max_output_tokens,
        choices=max(1, min(config.candidate_count or 1, 8)),
    )


_READERS: Final = {
    "chat": _read_chat,
    "completions": _read_completions,
    "responses": _read_responses,
    "embeddings": _read_embeddings,
    "messages": _read_messages,
    "generate_content": _read_generate,
}
