"""Usage times rate card: what a call costs, and what there is to say about that."""

from typing import Final, NamedTuple

import msgspec

from bursar.catalogue.card import FREE_CLASSES, RateCard
from bursar.vocab.money import Picodollars
from bursar.vocab.usage import USAGE_CLASSES, Usage

FLAG_UNPRICED: Final = "unpriced"
FLAG_PARTLY_UNPRICED: Final = "partly_unpriced"
FLAG_CLASS_PRICE_BORROWED: Final = "class_price_borrowed"
FLAG_COST_IMPLAUSIBLE: Final = "cost_implausible"

COST_MAX_PICO: Final = 9 * 10**18
"""Nine million dollars for one call cannot be right, and would not fit the event's 64 bits."""

_astuple = msgspec.structs.astuple


class Rated(NamedTuple):
    """The cost of a call (None: unpriced, which is never zero), and flags for its event."""

    cost_pico: Picodollars | None
    flags: tuple[str, ...]


_UNPRICED: Final = Rated(None, (FLAG_UNPRICED,))


def rate(card: RateCard | None, usage: Usage) -> Rated:
    """Price `usage`; where only a part of it has a price, that part is charged and flagged.

    Sound, pictures or film at a model without a price for them pay that of text, and are flagged too.
    """
    if card is None:
        return _UNPRICED
    counts = _astuple(usage)
    cost = card.cost_of_counts(counts)
    if cost > COST_MAX_PICO:
        return Rated(None, (FLAG_UNPRICED, FLAG_COST_IMPLAUSIBLE))
    if card.is_usual(counts):
        return Rated(cost, card.flags)
    missing = card.unpriced(usage)
    consumed = sum(1 for name in USAGE_CLASSES if name not in FREE_CLASSES and getattr(usage, name))
    if missing and consumed == len(missing) and not cost:
        return _UNPRICED
    partly = (FLAG_PARTLY_UNPRICED,) if missing else ()
    borrowed = (FLAG_CLASS_PRICE_BORROWED,) if card.borrowed(usage) else ()
    return Rated(cost, (*card.flags, *partly, *borrowed))
