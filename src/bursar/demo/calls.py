"""One call of the demo as it will be or was: drawn from its source's distributions."""

import math
from random import Random
from typing import Final

import msgspec

from bursar.demo.draws import draw_around, draw_cached, draw_tokens
from bursar.demo.fitted import CALL_INPUT_SIGMA, CALL_OUTPUT_SIGMA
from bursar.demo.sources import Means, Source

DISCONNECT: Final = "disconnect"
_ERROR_SHARE: Final = 0.012
_DISCONNECT_SHARE: Final = 0.003
_ERRORS: Final = ("429", "429", "500", "503")
_INPUT_MOST: Final = 190_000
_OUTPUT_MOST: Final = 16_000

# No trace at hand records these: seconds to the first token, and milliseconds for each token after it.
_FIRST_TOKEN_S: Final = 0.28
_FIRST_TOKEN_SIGMA: Final = 0.35
_FIRST_TOKEN_S_PER_INPUT_TOKEN: Final = 0.000_015
_TOKEN_MS: Final = {
    "claude-haiku-4-5": 6.0,
    "claude-sonnet-4-5": 13.0,
    "codestral-2508": 5.0,
    "gemini-2.5-flash": 5.0,
    "gemini-2.5-pro": 9.0,
    "gpt-5-mini": 7.0,
    "gpt-5.2": 12.0,
    "lab-tiny": 4.0,
    "mistral-small-latest": 6.0,
    "text-embedding-3-small": 0.0,
}


_OUTPUT_STEP: Final = 50
# How long an answer programs allow that say so once and for all; others ask for what they need.
_OUTPUT_ALLOWED: Final = {"chat": 4096, "triage": 1024, "completion": 256}


class Call(msgspec.Struct):
    """What one call will take. Tokens are totals: cached and written are parts of the input."""

    source: Source
    model: str
    tokens_input: int
    tokens_cached: int
    tokens_written: int  # to the cache
    tokens_output: int
    tokens_reasoning: int
    streamed: bool
    fault: str  # empty, an HTTP status, or `disconnect`
    first_token_us: int
    latency_us: int

    @property
    def output_allowed(self) -> int:
        """The limit of its answer that it asks for."""
        needed = -(-self.tokens_output // _OUTPUT_STEP) * _OUTPUT_STEP
        return max(1, needed, _OUTPUT_ALLOWED.get(self.source.use_case, 0))


def draw_call(source: Source, means: Means, model: str, random: Random, *, fault: str = "") -> Call:
    """One call; `fault` forces one, otherwise few calls draw one."""
    tokens_input, tokens_output = _draw_tokens(source, means, random)
    cached = draw_cached(tokens_input, random) if source.caches else 0
    # Who caches and misses writes what the next one reads; only Anthropic bills that apart.
    written = tokens_input // 2 if source.caches and not cached and source.provider == "anthropic" else 0
    streamed = random.random() < source.streams
    first_token_us = _first_token_us(tokens_input - cached, random)
    return Call(
        source=source,
        model=model,
        tokens_input=tokens_input,
        tokens_cached=cached,
        tokens_written=written,
        tokens_output=tokens_output,
        tokens_reasoning=math.floor(tokens_output * source.reasons * random.random()),
        streamed=streamed,
        fault=fault or _draw_fault(streamed, random),
        first_token_us=first_token_us,
        latency_us=first_token_us + round(tokens_output * _TOKEN_MS[model] * 1000),
    )


def _draw_tokens(source: Source, means: Means, random: Random) -> tuple[int, int]:
    if source.tokens is not None:
        tokens_input, tokens_output = draw_tokens(source.tokens, random)
    else:
        tokens_input = draw_around(means.input, CALL_INPUT_SIGMA, random)
        tokens_output = draw_around(means.output, CALL_OUTPUT_SIGMA, random)
    if source.operation == "embeddings":
        return min(tokens_input, 8192), 0
    tokens_output = max(1, round(tokens_output * source.output_factor))
    return min(tokens_input, _INPUT_MOST), min(tokens_output, _OUTPUT_MOST)


def _first_token_us(tokens_uncached: int, random: Random) -> int:
    base_s = _FIRST_TOKEN_S + _FIRST_TOKEN_S_PER_INPUT_TOKEN * tokens_uncached
    return round(1e6 * base_s * math.exp(_FIRST_TOKEN_SIGMA * random.gauss()))


def _draw_fault(streamed: bool, random: Random) -> str:
    drawn = random.random()
    if drawn < _ERROR_SHARE:
        return random.choice(_ERRORS)
    if streamed and drawn < _ERROR_SHARE + _DISCONNECT_SHARE:
        return DISCONNECT
    return ""
