"""Usage times rate card: what a call costs, and what there is to say about that."""

from typing import Final, NamedTuple

from bursar.catalogue.card import FREE_CLASSES, RateCard
from bursar.vocab.money import Picodollars
from bursar.vocab.usage import USAGE_CLASSES, Usage

FLAG_UNPRICED: Final = "unpriced"
FLAG_PARTLY_UNPRICED: Final = "partly_unpriced"
FLAG_COST_IMPLAUSIBLE: Final = "cost_implausible"

COST_MAX_PICO: Final = 9 * 10**18
"""Nine million dollars for one call cannot be right, and would not fit the event's 64 bits."""


class Rated(NamedTuple):
    """The cost of a call (None: unpriced, which is never zero), and flags for its event."""

    cost_pico: Picodollars | None
    flags: tuple[str, ...]


_UNPRICED: Final = Rated(None, (FLAG_UNPRICED,))


def rate(card: RateCard | None, usage: Usage) -> Rated:
    """Price `usage`; where only a part of it has a price, that part is charged and flagged."""
    if card is None:
        return _UNPRICED
    cost = card.cost(usage)
    if cost > COST_MAX_PICO:
        return Rated(None, (FLAG_UNPRICED, FLAG_COST_IMPLAUSIBLE))
    missing = card.unpriced(usage)
    if not missing:
        return Rated(cost, card.flags)
    consumed = sum(1 for name in USAGE_CLASSES if name not in FREE_CLASSES and getattr(usage, name))
    if consumed == len(missing) and not cost:
        return _UNPRICED
    return Rated(cost, (*card.flags, FLAG_PARTLY_UNPRICED))
