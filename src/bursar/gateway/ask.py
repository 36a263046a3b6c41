"""What the gateway must know of a request's body, and the two changes it may make to it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from bursar.catalogue import STANDARD, PriceContext
from bursar.gateway.paths import Route
from bursar.gateway.refusal import Refusal
from bursar.metering import Prompt

MODEL_CHARACTERS: Final = 256
WORD_CHARACTERS: Final = 64
_NOTHING: Final = msgspec.Raw(b"")
_GEMINI_MAX: Final = ("maxOutputTokens", "max_output_tokens")
_GEMINI_COUNT: Final = ("candidateCount", "candidate_count")
# What each operation calls the limit of its answer; the first is added where none is written.
_LIMITS: Final[Mapping[str, tuple[str, ...]]] = {
    "chat": ("max_completion_tokens", "max_tokens"),
    "completions": ("max_tokens",),
    "responses": ("max_output_tokens",),
    "messages": ("max_tokens",),
}
_THOUGHT_LEAST: Final = 1024
_CONFIGS: Final = ("generationConfig", "generation_config")


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class Ask(Prompt):
    """The fields of a JSON request that routing and metering need; all others pass unread.

    Limits of the answer are kept as they were written: what is wrong with them is the provider's to say.
    """

    model: str = ""
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: msgspec.Raw = _NOTHING
    max_completion_tokens: msgspec.Raw = _NOTHING
    max_output_tokens: msgspec.Raw = _NOTHING
    generationConfig: msgspec.Raw = _NOTHING  # noqa: N815 - the wire's own spelling
    generation_config: msgspec.Raw = _NOTHING
    n_: msgspec.Raw = msgspec.field(default=_NOTHING, name="n")
    best_of: msgspec.Raw = _NOTHING
    thinking: msgspec.Raw = _NOTHING
    service_tier: msgspec.Raw = _NOTHING
    serviceTier: msgspec.Raw = _NOTHING  # noqa: N815 - the wire's own spelling
    speed: msgspec.Raw = _NOTHING
    inference_geo: msgspec.Raw = _NOTHING
    max_tool_calls: msgspec.Raw = _NOTHING
    web_search_options: msgspec.Raw = _NOTHING

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and bool(self.stream_options.include_usage)

    def output_max(self, operation: str) -> int | None:
        """The most tokens of one answer that the caller asks for; None if no limit was written.

        Only the names that the operation knows count: a provider keeps to no others. Where a limit is
        written twice, the larger one: whoever takes it for a bound is on the safe side.
        """
        if not (
            self.max_tokens
            or self.max_completion_tokens
            or self.max_output_tokens
            or self.generationConfig
            or self.generation_config
        ):
            return None
        if operation == "generate_content":
            written = [fields.get(name, _NOTHING) for fields in self._configs() for name in _GEMINI_MAX]
        else:
            written = [getattr(self, name) for name in _LIMITS.get(operation, ())]
        return max((limit for one in written if (limit := whole_number(one)) is not None), default=None)

    @property
    def n(self) -> int:
        """How many answers the provider makes, and bills."""
        if not (self.n_ or self.best_of or self.generationConfig or self.generation_config):
            return 1
        written = [self.n_, self.best_of]
        written += [fields.get(name, _NOTHING) for fields in self._configs() for name in _GEMINI_COUNT]
        return max((count for one in written if (count := whole_number(one))), default=1)

    @property
    def way(self) -> PriceContext:
        """The words by which the caller asks for another way of serving than the standard one."""
        if not (self.service_tier or self.serviceTier or self.speed or self.inference_geo):
            return STANDARD
        return _way(
            PriceContext(
                service_tier=_word(self.service_tier) or _word(self.serviceTier),
                speed=_word(self.speed),
                inference_geo=_word(self.inference_geo),
            )
        )

    def _configs(self) -> list[dict[str, msgspec.Raw]]:
        """Gemini's generation config, in either of the spellings that the provider reads."""
        return [_fields(raw) for raw in (self.generationConfig, self.generation_config) if raw]


def _word(raw: msgspec.Raw) -> str:
    """A short text; nothing for anything else, such as the number by which speech is sped up."""
    try:
        value = msgspec.json.decode(raw) if raw else ""
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return value if isinstance(value, str) and len(value) <= WORD_CHARACTERS else ""


def _way(named: PriceContext) -> PriceContext:
    """The one object for the standard way, by which the usual case is known quickly."""
    return named if named != STANDARD else STANDARD


_decode = msgspec.json.Decoder(Ask).decode
_decode_top: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode: Final = msgspec.json.Encoder().encode


def read_ask(body: bytes, content_type: bytes | None) -> Ask:
    """The needed fields of a JSON or multipart body; Refusal 400 says what is wrong with it."""
    if is_multipart(content_type):
        return Ask(model=body[_form_field(body, b"model")].decode("utf-8", "replace"))
    try:
        return _decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(
            400, "invalid_body", f"The request body does not fit: {error}. Correct that field and try again."
        ) from error
    except RecursionError as error:
        raise Refusal(
            400, "invalid_json", "The request body is nested too deeply. Send a flatter JSON object."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(
            400,
            "invalid_json",
            f"The request body is not valid JSON ({error}). Send a JSON object as application/json.",
        ) from error


def is_multipart(content_type: bytes | None) -> bool:
    return content_type is not None and content_type.lower().startswith(b"multipart/form-data")


def _form_field(body: bytes, name: bytes) -> slice:
    """Where a short form field's text is, found without reading the files beside it; empty if nowhere."""
    for quoted in (b'name="%b"' % name, b"name=%b" % name):
        start = body.find(quoted + b"\r\n")
        if start >= 0:
            begin = body.find(b"\r\n\r\n", start) + 4
            return slice(begin, max(begin, body.find(b"\r\n", begin)))
    return slice(0, 0)


def with_form_model(body: bytes, model: str) -> bytes:
    """The same form with another text in its `model` field."""
    field = _form_field(body, b"model")
    return body[: field.start] + model.encode() + body[field.stop :]


def with_fields(body: bytes, fields: Mapping[str, object]) -> bytes:
    """The same JSON object with top-level fields set; every other value keeps its bytes and its place."""
    top: dict[str, msgspec.Raw] = _decode_top(body)
    for name, value in fields.items():
        top[name] = msgspec.Raw(_encode(value))
    return _encode(top)


def with_usage_in_stream(body: bytes) -> bytes:
    """Ask for the usage chunk of an OpenAI chat stream, keeping other stream options."""
    options = msgspec.json.decode(_decode_top(body).get("stream_options", b"{}")) or {}
    if not isinstance(options, dict):
        raise Refusal(400, "invalid_body", "stream_options must be an object.")
    return with_fields(body, {"stream_options": {**options, "include_usage": True}})


def makes_text(route: Route) -> bool:
    """Whether the answer has a length that a request can limit."""
    return route.operation in _LIMITS or route.operation == "generate_content"


def with_output_max(route: Route, body: bytes, ask: Ask, most: int) -> bytes:
    """The same request for answers of at most `most` tokens; a limit that is lower already stays.

    What makes no text, such as embeddings, has no such limit and stays as it is.
    """
    if route.operation == "generate_content":
        written = [name for name in _CONFIGS if getattr(ask, name)] or [_CONFIGS[0]]
        return with_fields(
            body, {name: _lowered(_fields(getattr(ask, name)), _GEMINI_MAX, most) for name in written}
        )
    names = _LIMITS.get(route.operation)
    if names is None:
        return body
    fields = {name: raw for name in names if (raw := getattr(ask, name))}
    changed = _changed(fields, names, most)
    if ask.thinking and route.operation == "messages":
        changed |= _less_thinking(_fields(ask.thinking), most)
    return with_fields(body, changed)


def _less_thinking(thinking: dict[str, msgspec.Raw], most: int) -> dict[str, object]:
    """Anthropic refuses a budget of thought that the answer's limit does not exceed, or one under 1,024."""
    budget = whole_number(thinking.get("budget_tokens", _NOTHING))
    if budget is None or budget < most:
        return {}
    if most <= _THOUGHT_LEAST:
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {**thinking, "budget_tokens": most - 1}}


def _lowered(fields: dict[str, msgspec.Raw], names: tuple[str, ...], most: int) -> dict[str, object]:
    return {**fields, **_changed(fields, names, most)}


def _changed(fields: Mapping[str, msgspec.Raw], names: tuple[str, ...], most: int) -> dict[str, object]:
    """The limits as they shall be: those that are written, or else the first of the names."""
    written = [name for name in names if name in fields] or [names[0]]
    asked = ((name, whole_number(fields.get(name, _NOTHING))) for name in written)
    return {name: most if limit is None else min(limit, most) for name, limit in asked}


def _fields(raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The fields of an object; none where it is no object."""
    try:
        found: dict[str, msgspec.Raw] = _decode_top(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return found


def whole_number(raw: msgspec.Raw) -> int | None:
    """A positive whole number, also as the text that Gemini takes for one; None for anything else."""
    if not raw:
        return None
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:18])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
