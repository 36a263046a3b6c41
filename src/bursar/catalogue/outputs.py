"""How long a model's answer can be at most: what is held for a call that names no maximum itself.

The figures are the vendors' own, from their model pages of November 2026; a model that is not listed is held
to `OUTPUT_TOKENS_MAX`.
"""

import re
from functools import lru_cache
from typing import Final

OUTPUT_TOKENS_MAX: Final = 131_072

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
