"""What a request asks of the simulator: in `x-simulate-*` headers, or in its text as `[[simulate ...]]`."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from bursar.vocab.errors import InvalidInput

HEADER_PREFIX: Final = b"x-simulate-"
_OPENING: Final = b"[[simulate"
_TEXT: Final = re.compile(rb"\[\[simulate((?: +[a-z0-9_]+=[A-Za-z0-9._:/@-]+)*) *\]\]")
_TOKENS_MOST: Final = 100_000_000
_MILLISECONDS_MOST: Final = 3_600_000.0


class Directive(msgspec.Struct, kw_only=True):
    """The wishes of one request; None or empty leaves the choice to the simulator.

    `input` and `output` are totals as a provider bills them: `cached` and the cache writes are parts of
    `input`, `reasoning` is a part of `output`, whichever way the wire in question reports them.
    """

    input: int | None = None
    output: int | None = None
    cached: int = 0
    cache_write: int = 0  # with the wire's usual lifetime: 5 minutes at Anthropic
    cache_write_1h: int = 0
    reasoning: int = 0
    chunks: int | None = None  # pieces of text in a stream
    latency_ms: float | None = None
    chunk_ms: float | None = None
    error: str = ""  # an HTTP status such as 429, or `disconnect`
    error_model: str = ""  # the only model that fails so; all if empty
    usage: bool = True  # `usage=no` answers without any usage, as some servers do
    model: str = ""  # the model name that the reply gives
    tier: str = ""  # the service tier that the reply gives
    encoding: str = ""  # `gzip` compresses the reply


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _TOKENS_MOST:
        raise ValueError(text)
    return number


def _milliseconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= _MILLISECONDS_MOST:
        raise ValueError(text)
    return number


def _yes(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _error(text: str) -> str:
    if text != "disconnect" and not 400 <= int(text) <= 599:
        raise ValueError(text)
    return text


def _encoding(text: str) -> str:
    if text != "gzip":
        raise ValueError(text)
    return text


# One row a wish: its name in text, the rest of its header's name, its reader, and what it must be.
WISHES: Final[tuple[tuple[str, str, Callable[[str], Any], str], ...]] = (
    ("input", "input-tokens", _count, "a count of tokens"),
    ("output", "output-tokens", _count, "a count of tokens"),
    ("cached", "cached-tokens", _count, "a count of tokens"),
    ("cache_write", "cache-write-tokens", _count, "a count of tokens"),
    ("cache_write_1h", "cache-write-1h-tokens", _count, "a count of tokens"),
    ("reasoning", "reasoning-tokens", _count, "a count of tokens"),
    ("chunks", "chunks", _count, "a count of chunks"),
    ("latency_ms", "latency-ms", _milliseconds, "milliseconds"),
    ("chunk_ms", "chunk-ms", _milliseconds, "milliseconds"),
    ("error", "error", _error, "a status from 400 to 599, or disconnect"),
    ("error_model", "error-model", str, "a model name"),
    ("usage", "usage", _yes, "yes or no"),
    ("model", "model", str, "a model name"),
    ("tier", "tier", str, "a service tier"),
    ("encoding", "encoding", _encoding, "gzip"),
)
_BY_TEXT: Final = {text: (text, read, kind) for text, _, read, kind in WISHES}
_BY_HEADER: Final = {
    HEADER_PREFIX + header.encode(): (text, read, kind) for text, header, read, kind in WISHES
}
NONE: Final = Directive()


def read_directive(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Directive:
    """The wishes of a request; a header wins over the text. InvalidInput says which wish cannot be read."""
    asked = [item for item in headers if item[0].startswith(HEADER_PREFIX)]
    if not asked and _OPENING not in body:
        return NONE
    directive = Directive()
    for name, value in _text_wishes(body):
        _set(directive, _BY_TEXT.get(name), name, value)
    for header, raw in asked:
        _set(directive, _BY_HEADER.get(header), header.decode("latin-1"), raw.decode("latin-1"))
    return directive


def write_directive(**wishes: object) -> str:
    """The text form of wishes: `write_directive(input=12, output=3)` -> `[[simulate input=12 output=3]]`."""
    unknown = wishes.keys() - _BY_TEXT.keys()
    if unknown:
        raise InvalidInput(f"unknown wishes: {', '.join(sorted(unknown))}")
    return "[[simulate" + "".join([f" {name}={value}" for name, value in wishes.items()]) + "]]"


def _text_wishes(body: bytes) -> list[tuple[str, str]]:
    start = body.find(_OPENING)
    if start < 0:
        return []
    match = _TEXT.match(body, start)
    if match is None:
        raise InvalidInput("a [[simulate ...]] directive holds name=value pairs parted by spaces")
    pairs = [pair.split("=", 1) for pair in match[1].decode("ascii").split()]
    return [(name, value) for name, value in pairs]


def _set(
    directive: Directive, wish: tuple[str, Callable[[str], Any], str] | None, name: str, value: str
) -> None:
    if wish is None:
        known = ", ".join([text for text, *_ in WISHES])
        raise InvalidInput(f"the simulator does not know {name}; it knows {known}")
    field, read, kind = wish
    try:
        setattr(directive, field, read(value))
    except (ValueError, KeyError) as error:
        raise InvalidInput(f"{name} must be {kind}, not {value!r}") from error
