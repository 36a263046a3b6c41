"""One call of a trace in the shape of each wire, and what its reply says: the replay's own reading.

This reading is kept apart from the gateway's on purpose: two readers that agree prove more than one.
"""

from typing import Any, Final

import msgspec

from bursar.replay.trace import Row
from bursar.vocab.errors import InvalidInput

WIRES: Final = ("openai", "anthropic", "gemini")
_encode = msgspec.json.encode


class Tokens(msgspec.Struct, frozen=True):
    """What a reply says it consumed; `cached` is a part of `input` here, whichever way the wire puts it."""

    input: int = 0
    cached: int = 0
    output: int = 0


class Said(msgspec.Struct, frozen=True):
    """The reading of one whole reply: it has ended as it should, and its tokens if it names any."""

    ended: bool
    tokens: Tokens | None


def check_wire(wire: str) -> None:
    if wire not in WIRES:
        raise InvalidInput(f"--wire {wire!r} is not known: choose one of {', '.join(WIRES)}")


def target_of(wire: str, model: str, *, stream: bool) -> bytes:
    """The path of a call."""
    if wire == "anthropic":
        return b"/v1/messages"
    if wire == "gemini":
        action = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/v1beta/models/{model}:{action}".encode()
    return b"/v1/chat/completions"


def key_headers(wire: str, key: str) -> list[tuple[str, str]]:
    """Where each wire's SDK puts the key."""
    if wire == "anthropic":
        return [("x-api-key", key), ("anthropic-version", "2023-06-01")]
    if wire == "gemini":
        return [("x-goog-api-key", key)]
    return [("authorization", f"Bearer {key}")]


def body_of(wire: str, model: str, row: Row, *, stream: bool) -> bytes:
    """A request whose reply shall have exactly the row's tokens, if a simulated provider answers it."""
    cached = f" cached={row.tokens_cached}" if row.tokens_cached else ""
    wish = f"[[simulate input={row.tokens_input} output={row.tokens_output}{cached}]]"
    text = f"Row {row.number} of a replayed trace. {wish}"
    most = max(1, row.tokens_output)
    if wire == "gemini":
        return _encode(
            {
                "contents": [{"role": "user", "parts": [{"text": text}]}],
                "generationConfig": {"maxOutputTokens": most},
            }
        )
    content: dict[str, Any] = {
        "model": model,
        "max_tokens": most,
        "messages": [{"role": "user", "content": text}],
    }
    if stream:
        content["stream"] = True
        if wire == "openai":
            content["stream_options"] = {"include_usage": True}
    return _encode(content)


class _Details(msgspec.Struct):
    cached_tokens: int | None = 0


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _UsageMetadata(msgspec.Struct):
    promptTokenCount: int | None = 0  # noqa: N815 - the wire's own name
    cachedContentTokenCount: int | None = 0  # noqa: N815
    candidatesTokenCount: int | None = 0  # noqa: N815
    thoughtsTokenCount: int | None = 0  # noqa: N815


class _Candidate(msgspec.Struct):
    finishReason: str | None = None  # noqa: N815


class _Reply(msgspec.Struct):
    """The fields of any wire's whole reply or last events that matter here."""

    type: str = ""
    usage: _Usage | None = None
    usageMetadata: _UsageMetadata | None = None  # noqa: N815
    candidates: list[_Candidate] = []


_decode = msgspec.json.Decoder(_Reply).decode


def read_whole(body: bytes) -> Said:
    """Read a reply that did not stream; a body that is not JSON has not ended as it should."""
    try:
        reply = _decode(body)
    except msgspec.DecodeError:
        return Said(ended=False, tokens=None)
    return Said(ended=True, tokens=_tokens_of(reply))


def read_stream(body: bytes) -> Said:
    """Read a whole event stream: the last usage in it counts, as on every wire it is the total."""
    ended = False
    for line in reversed(body.split(b"\n")):
        data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
        if not data:
            continue
        if data == b"[DONE]":
            ended = True
            continue
        try:
            reply = _decode(data)
        except msgspec.DecodeError:
            return Said(ended=False, tokens=None)
        ended = ended or reply.type == "message_stop" or any(one.finishReason for one in reply.candidates)
        if reply.usage is not None or reply.usageMetadata is not None:
            return Said(ended, _tokens_of(reply))
    return Said(ended, tokens=None)


def _tokens_of(reply: _Reply) -> Tokens | None:
    if (metadata := reply.usageMetadata) is not None:
        return Tokens(
            metadata.promptTokenCount or 0,
            metadata.cachedContentTokenCount or 0,
            (metadata.candidatesTokenCount or 0) + (metadata.thoughtsTokenCount or 0),
        )
    usage = reply.usage
    if usage is None:
        return None
    if usage.prompt_tokens is not None:
        details = usage.prompt_tokens_details or _Details()
        return Tokens(usage.prompt_tokens, details.cached_tokens or 0, usage.completion_tokens or 0)
    if usage.input_tokens is None:
        return None
    cached = usage.cache_read_input_tokens or 0
    total = usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0)
    return Tokens(total, cached, usage.output_tokens or 0)
