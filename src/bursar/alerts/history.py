"""Questions to the ledger about the calls of a scope: what made up most of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from bursar.estate.budgets import Unit
from bursar.estate.scope import Scope
from bursar.forecasts.hours import Filters, filters_of
from bursar.ledger.dimensions import dimension
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import TOKEN_CLASSES

_HOUR_US: Final = 3_600_000_000
_CAUSES_MOST: Final = 3
CAUSES_BY: Final = ("team", "product", "use_case", "model")


class Cause(msgspec.Struct, kw_only=True, frozen=True):
    """A value of a dimension and what it used in a span."""

    dimension: str
    value: str
    amount: int


class Causes(msgspec.Struct, kw_only=True, frozen=True):
    """The largest contributions, by dimension and falling; `total` is of the whole span."""

    period: tuple[Cause, ...] = ()
    period_total: int = 0
    last_hour: tuple[Cause, ...] = ()
    last_hour_total: int = 0


def causes(ledger: Ledger, scope: Scope, unit: Unit, *, begins: InstantUs, now: InstantUs) -> Causes | None:
    """What made up most of a scope since `begins` and in the last hour; None if the ledger cannot tell."""
    # What was spent a moment ago is in the ledger, and its clock may be a little ahead of ours.
    end = InstantUs(now + _HOUR_US)
    filters = filters_of(ledger, scope, begins, end)
    if filters is None:
        return None
    since, total = _largest(ledger, filters, unit, begins, end)
    last, last_total = _largest(ledger, filters, unit, InstantUs(now - _HOUR_US), end)
    return Causes(period=since, period_total=total, last_hour=last, last_hour_total=last_total)


def _largest(
    ledger: Ledger, filters: Filters, unit: Unit, start: InstantUs, end: InstantUs
) -> tuple[tuple[Cause, ...], int]:
    """The largest values of each dimension, and the total."""
    by = tuple(dimension(name) for name in CAUSES_BY)
    found = ledger.usage(UsageQuery(start=start, end=end, by=by, filters=filters, with_durations=False))
    sums: list[Counter[str]] = [Counter() for _ in CAUSES_BY]
    for row in found.rows:
        amount = _amount(row.figures, unit)
        for counter, value in zip(sums, row.keys, strict=True):
            counter[value] += amount
    top = [_top(name, counter) for name, counter in zip(CAUSES_BY, sums, strict=True)]
    return tuple(cause for causes in top for cause in causes), _amount(found.total.figures, unit)


def _top(name: str, counter: Counter[str]) -> Sequence[Cause]:
    return [
        Cause(dimension=name, value=value, amount=amount)
        for value, amount in sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:_CAUSES_MOST]
        if amount > 0
    ]


def _amount(figures: Mapping[str, int], unit: Unit) -> int:
    if unit == "usd":
        return figures["cost"]
    return figures["calls"] if unit == "calls" else sum(figures[name] for name in TOKEN_CLASSES)
