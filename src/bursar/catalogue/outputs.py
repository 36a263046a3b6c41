"""How much a model can read and write at most: what is held where a request does not tell.

The figures of answers are the vendors' own, from their model pages of November 2026; a model that is not
listed is held to `OUTPUT_TOKENS_MAX`.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from bursar.catalogue.card import RateCard

OUTPUT_TOKENS_MAX: Final = 131_072

WINDOW_TOKENS: Final = 1_048_576
"""The longest context that is commonly sold, for models of which nobody says what they can read."""


class Reach(NamedTuple):
    """The most tokens that a model reads in one go, and that one answer of it has."""

    window: int
    output: int


_FAMILIES: Final = tuple(
    (re.compile(pattern), most)
    for pattern, most in (
        (r"gpt-3\.5", 4_096),
        (r"gpt-4o|chatgpt-4o", 16_384),
        (r"gpt-4\.1", 32_768),
        (r"gpt-4\.5", 16_384),
        (r"gpt-4-turbo|gpt-4-1106|gpt-4-0125|gpt-4-vision", 4_096),
        (r"gpt-4", 8_192),
        (r"gpt-5", 128_000),
        (r"o1-preview", 32_768),
        (r"o1-mini", 65_536),
        (r"o[134]", 100_000),
        (r"claude-3-5|claude-3\.5", 8_192),
        (r"claude-3-7|claude-3\.7", 128_000),
        (r"claude-3", 4_096),
        (r"claude-(opus-4|.*opus-4)", 64_000),
        (r"gemini-1\.|gemini-2\.0", 8_192),
        (r"gemini", 65_536),
        (r"deepseek-(chat|coder)", 8_192),
        (r"deepseek", 65_536),
    )
)


@lru_cache(maxsize=4096)
def output_tokens_max(model: str) -> int:
    """The most tokens that one answer of a model can have."""
    name = model.rsplit("/", 1)[-1].lower()
    return next((most for pattern, most in _FAMILIES if pattern.match(name)), OUTPUT_TOKENS_MAX)


def window_tokens(listed: int | None, card: RateCard | None) -> int:
    """The most tokens that a model can read, by the public list.

    Where the model has a price for longer inputs than the list lets it read, as where a header makes the
    window longer, the list is not believed.
    """
    longest = -1 if card is None else max(band.input_over for band in card.content.bands)
    return listed if listed is not None and listed > longest else max(WINDOW_TOKENS, longest)
