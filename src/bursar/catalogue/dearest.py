"""Many price lists made one that none of them exceeds."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from bursar.catalogue.card import Band, CardContent, Rate

_TEXT: Final = frozenset(("tokens_input", "tokens_output"))


def dearest(provider: str, contents: Sequence[CardContent]) -> CardContent | None:
    """Of each class the highest rate that any text model has, in any of its bands; None without any model.

    What has no price for tokens, such as sound by the minute or pictures by the piece, counts only where a
    provider sells nothing else: its price of a call or a character says nothing of a text.
    """
    text = [content for content in contents if _TEXT & content.bands[0].rates.keys()]
    rates: dict[str, Rate] = {}
    for name, rate in _all_rates(text or contents):
        if name not in rates or _unit(rate) > _unit(rates[name]):
            rates[name] = rate
    return CardContent(name=f"dearest/{provider}", bands=[Band(-1, rates)]) if rates else None


def _all_rates(contents: Iterable[CardContent]) -> Iterable[tuple[str, Rate]]:
    return (pair for content in contents for band in content.bands for pair in band.rates.items())


def _unit(rate: Rate) -> Decimal:
    return Decimal(rate.usd) / rate.per
