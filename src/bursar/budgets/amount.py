"""Amounts of a budget in whole numbers of its unit: picodollars, tokens or calls."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Final

import msgspec

from bursar.estate.budgets import Budget, Unit, UseBased
from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import Event
from bursar.vocab.money import Picodollars, from_usd, usd_text
from bursar.vocab.usage import TOKEN_CLASSES

_astuple: Final = msgspec.structs.astuple
_TOKEN_CLASSES: Final = len(TOKEN_CLASSES)  # they come first among the classes

FLAG_ASIDE: Final = "aside"
"""Marks the events of what is billed beside a call, which is no call of its own."""


def in_units(text: str, unit: Unit) -> int:
    """A decimal text in whole numbers of the unit; InvalidInput where it is finer than the unit."""
    if unit == "usd":
        return from_usd(Decimal(text))
    amount = Decimal(text)
    if amount != amount.to_integral_value():
        raise InvalidInput(f"{text} is no whole number of {unit}")
    return int(amount)


def shown(amount: int, unit: Unit) -> str:
    """An amount as decimal text: dollars for `usd`, else the number."""
    return usd_text(Picodollars(amount)) if unit == "usd" else str(amount)


def worded(amount: int, unit: Unit) -> str:
    """An amount as people say it: `$1.25`, `1200 tokens`."""
    return f"${shown(amount, unit)}" if unit == "usd" else f"{amount} {unit}"


def amount_of(budget: Budget, drivers: Mapping[str, Decimal]) -> int:
    """What a budget has in a period; a driver whose value nobody has told counts as 0."""
    if isinstance(budget.amount, str):
        return in_units(budget.amount, budget.unit)
    return in_units(_use_based(budget.amount, drivers, budget.unit), budget.unit)


def _use_based(amount: UseBased, drivers: Mapping[str, Decimal], unit: Unit) -> str:
    with localcontext() as context:
        context.prec = 60
        total = Decimal(amount.base) + sum(
            (Decimal(rate) * drivers.get(name, Decimal(0)) for name, rate in amount.per.items()), Decimal(0)
        )
        if amount.cap:
            total = min(total, Decimal(amount.cap))
        finest = Decimal("1e-12") if unit == "usd" else Decimal(1)
        return f"{total.quantize(finest, rounding=ROUND_DOWN):f}"


def charge(event: Event, unit: Unit) -> int:
    """What one event costs a budget of this unit; an unpriced one costs no money that anybody knows of."""
    if unit == "usd":
        return event.cost_pico or 0
    if unit == "calls":
        return 0 if FLAG_ASIDE in event.flags else 1
    return sum(_astuple(event.usage)[:_TOKEN_CLASSES])
