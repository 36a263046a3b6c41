"""What the gateway must know of a request's body, and the two changes it may make to it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from bursar.gateway.refusal import Refusal
from bursar.metering import Prompt

MODEL_CHARACTERS: Final = 256


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class Ask(Prompt):
    """The fields of a JSON request that routing and metering need; all others pass unread."""

    model: str = ""
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_completion_tokens: Any = None
    max_output_tokens: Any = None
    max_tokens: Any = None
    generationConfig: msgspec.Raw = msgspec.Raw()  # noqa: N815 - the wire's own spelling

    @property
    def output_max(self) -> int | None:
        """How many tokens the answer may have, as the caller says it; None if not, or in no way we know."""
        for asked in (self.max_completion_tokens, self.max_output_tokens, self.max_tokens):
            if asked is not None:
                return asked if type(asked) is int else None
        return _gemini_output_max(self.generationConfig)

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and bool(self.stream_options.include_usage)


class _GenerationConfig(msgspec.Struct):
    maxOutputTokens: int | None = None  # noqa: N815 - the wire's own spelling


def _gemini_output_max(config: msgspec.Raw) -> int | None:
    if not config:
        return None
    try:
        return _decode_config(config).maxOutputTokens
    except (msgspec.MsgspecError, ValueError):  # the provider will say what is wrong with it
        return None


_decode_config: Final = msgspec.json.Decoder(_GenerationConfig).decode
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
