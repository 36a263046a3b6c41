"""Exact costs from tokens and plain rates, for replies whose headers cannot tell them, such as streams."""

from decimal import Decimal, InvalidOperation, localcontext
from typing import Final

import msgspec

from bursar.replay.wires import Tokens
from bursar.vocab.errors import InvalidInput

_CLASSES: Final = ("input", "cache_read", "output")
_MILLION: Final = Decimal(1_000_000)
_DIGITS: Final = 60


class Rates(msgspec.Struct, frozen=True):
    """USD per million tokens; cached input costs as other input does if its rate is not given."""

    input: Decimal
    output: Decimal
    cache_read: Decimal

    def cost(self, tokens: Tokens) -> Decimal:
        """The exact cost in USD."""
        with localcontext(prec=_DIGITS):
            uncached = (tokens.input - tokens.cached) * self.input
            return (uncached + tokens.cached * self.cache_read + tokens.output * self.output) / _MILLION


def parse_rates(text: str) -> Rates | None:
    """Read `input=2.50,output=10[,cache_read=1.25]`; None if `text` is empty."""
    if not text:
        return None
    given: dict[str, Decimal] = {}
    for pair in text.split(","):
        name, _, amount = pair.strip().partition("=")
        try:
            given[name] = Decimal(amount)
        except InvalidOperation:
            given[name] = Decimal("NaN")
        if name not in _CLASSES or not given[name].is_finite() or given[name] < 0:
            raise InvalidInput(f"--rates {pair!r}: write class=USD per million tokens, such as input=2.50")
    if "input" not in given or "output" not in given:
        raise InvalidInput("--rates needs input and output, such as input=2.50,output=10")
    return Rates(given["input"], given["output"], given.get("cache_read", given["input"]))
