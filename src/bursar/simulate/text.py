"""Reply text of a wished length: plain ASCII words that need no escaping in JSON."""

import itertools
from typing import Final

CHARACTERS_PER_TOKEN: Final = 4
# Text is made for at most so many tokens; beyond that only the counts go on growing.
TEXT_TOKENS_MOST: Final = 65_536

_PARAGRAPH: Final = (
    "A purse is counted before it is opened, and the count is written down where both sides can read it. "
    "Every call has an owner, a reason and a price; what has no price is said to have none. "
    "The ledger keeps what happened in the order in which it happened, and a mistake is mended by a new "
    "line, never by a rubbed out one. Small sums are kept whole, because many small sums make the large one. "
    "Whoever asks what was spent gets the figure, the rule behind it, and the name of the one to talk to. "
)
_REPEATED: Final = _PARAGRAPH * (2 + TEXT_TOKENS_MOST * CHARACTERS_PER_TOKEN // len(_PARAGRAPH))


def make_text(tokens: int, start: int) -> str:
    """Text of 4 characters a token, beginning `start` characters into the paragraph that is repeated."""
    offset = start % len(_PARAGRAPH)
    return _REPEATED[offset : offset + min(tokens, TEXT_TOKENS_MOST) * CHARACTERS_PER_TOKEN]


def split_text(text: str, parts: int) -> list[str]:
    """The same text in at most `parts` pieces of whole tokens, none of them empty."""
    tokens = -(-len(text) // CHARACTERS_PER_TOKEN)
    parts = max(1, min(parts, tokens))
    bounds = [CHARACTERS_PER_TOKEN * (tokens * part // parts) for part in range(parts + 1)]
    return [text[begin:end] for begin, end in itertools.pairwise(bounds) if end > begin]
