"""Decide, from a seed and a request alone, what the reply will say: tokens, id, text, fault, pace."""

import hashlib
import math
from statistics import NormalDist
from typing import Final

import msgspec

from bursar.simulate.asked import Asked
from bursar.simulate.directive import Directive
from bursar.simulate.text import CHARACTERS_PER_TOKEN, make_text, split_text
from bursar.vocab.options import SimulateOptions
from bursar.vocab.usage import Usage

_NORMAL: Final = NormalDist()
_OUTPUT_LEAST: Final = 16
_OUTPUT_SPAN: Final = 240
_CREATED_FIRST: Final = 1_767_225_600  # 2026-01-01, in Unix seconds
_CREATED_SPAN: Final = 31_536_000


class Draw:
    """Random figures that depend on the seed, the request and how often it came, and on nothing else."""

    __slots__ = ("digest", "hex")

    def __init__(self, seed: int, asked: Asked, occurrence: int = 0) -> None:
        key = b"%d\0%d\0%b\0%b\0" % (seed, occurrence, asked.operation.encode(), asked.model.encode())
        # 32 bytes: 12 for an id, the rest for four uniform numbers.
        self.digest = hashlib.blake2b(key + asked.prompt, digest_size=32).digest()
        self.hex = self.digest[:12].hex()

    def integer(self, index: int) -> int:
        """One of five independent integers below 2^32, `index` 0..4."""
        at = 12 + 4 * index
        return int.from_bytes(self.digest[at : at + 4], "big")

    def uniform(self, index: int) -> float:
        """One of five independent numbers in (0, 1), `index` 0..4."""
        return (self.integer(index) + 0.5) / 2**32


class Plan(msgspec.Struct):
    """Everything a reply says; the wires only give it their shape."""

    asked: Asked
    id: str  # 24 hex digits; each wire puts its own prefix before them
    created: int  # Unix seconds
    model: str
    usage: Usage
    usage_said: bool
    pieces: list[str]  # the visible text, cut as a stream will send it
    stopped_by_limit: bool
    tier: str
    error: str  # empty, an HTTP status, or `disconnect`
    latency_ms: float
    chunk_ms: float
    encoding: str

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def tokens_input_total(self) -> int:
        usage = self.usage
        return (
            usage.tokens_input
            + usage.tokens_cache_read
            + usage.tokens_cache_write
            + usage.tokens_cache_write_5m
            + usage.tokens_cache_write_1h
        )

    @property
    def tokens_output_total(self) -> int:
        return self.usage.tokens_output + self.usage.tokens_reasoning


def make_plan(options: SimulateOptions, asked: Asked, wished: Directive, occurrence: int = 0) -> Plan:
    """The same options, request and occurrence always make the same plan.

    The id and the tokens do not depend on `occurrence`; faults and pace do, so that a retry can succeed.
    """
    draw = Draw(options.seed, asked)
    usage, stopped_by_limit = _usage(asked, wished, draw)
    again = Draw(options.seed, asked, occurrence) if occurrence else draw
    text = make_text(-(-usage.tokens_output // asked.choices), draw.integer(1))
    return Plan(
        asked=asked,
        id=draw.hex,
        created=_created(options),
        model=wished.model or asked.model,
        usage=usage,
        usage_said=wished.usage,
        pieces=split_text(text, options.chunks if wished.chunks is None else wished.chunks),
        stopped_by_limit=stopped_by_limit,
        tier=wished.tier or ("" if asked.tier in ("auto", "default") else asked.tier),
        error=_wished_error(asked, wished) or _fault(options, again),
        latency_ms=_latency_ms(options, again) if wished.latency_ms is None else wished.latency_ms,
        chunk_ms=options.chunk_ms if wished.chunk_ms is None else wished.chunk_ms,
        encoding=wished.encoding,
    )


def _created(options: SimulateOptions) -> int:
    return _CREATED_FIRST + options.seed % _CREATED_SPAN if options.created is None else options.created


def _usage(asked: Asked, wished: Directive, draw: Draw) -> tuple[Usage, bool]:
    """The disjoint token classes, and whether the output limit cut the answer short."""
    tokens_input = wished.input
    if tokens_input is None:
        tokens_input = max(1, -(-len(asked.prompt) // CHARACTERS_PER_TOKEN))
    tokens_output, stopped = (0, False) if asked.operation == "embeddings" else _output(asked, wished, draw)
    cached = min(wished.cached, tokens_input)
    written_1h = min(wished.cache_write_1h, tokens_input - cached)
    written = min(wished.cache_write, tokens_input - cached - written_1h)
    reasoning = min(wished.reasoning, tokens_output)
    usage = Usage(
        tokens_input=tokens_input - cached - written - written_1h,
        tokens_cache_read=cached,
        tokens_cache_write_1h=written_1h,
        tokens_output=tokens_output - reasoning,
        tokens_reasoning=reasoning,
    )
    if asked.wire == "anthropic":
        usage.tokens_cache_write_5m = written
    else:
        usage.tokens_cache_write = written
    return usage, stopped


def _output(asked: Asked, wished: Directive, draw: Draw) -> tuple[int, bool]:
    """A limit in the request holds even against a wish, as it does at a real provider."""
    tokens = wished.output
    if tokens is None:
        tokens = _OUTPUT_LEAST + draw.integer(0) % _OUTPUT_SPAN
    most = asked.output_most
    if most is None or tokens <= most * asked.choices:
        return tokens, False
    return max(0, most) * asked.choices, True


def _wished_error(asked: Asked, wished: Directive) -> str:
    return wished.error if wished.error_model in ("", asked.model) else ""


def _fault(options: SimulateOptions, draw: Draw) -> str:
    if draw.uniform(2) >= options.error_rate:
        return ""
    return options.error_kinds[draw.integer(3) % len(options.error_kinds)]


def _latency_ms(options: SimulateOptions, draw: Draw) -> float:
    if not options.latency_ms or not options.latency_spread:
        return options.latency_ms
    return options.latency_ms * math.exp(options.latency_spread * _NORMAL.inv_cdf(draw.uniform(4)))
