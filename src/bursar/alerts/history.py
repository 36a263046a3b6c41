"""Questions to the ledger about the calls of a scope: by the hour, and what made up most of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from bursar.alerts.forecast import Hourly
from bursar.estate.budgets import Unit
from bursar.estate.scope import Scope, any_fits, is_glob, terms
from bursar.ledger.dimensions import Dimension, dimension
from bursar.ledger.explore import ExploreQuery
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery
from bursar.vocab.instant import InstantUs
from bursar.vocab.sight import EVERYTHING, Sight
from bursar.vocab.usage import TOKEN_CLASSES

_ALTERNATIVES_MOST: Final = 50
_HOURS_MOST: Final = 9000  # in one question
_HOUR_US: Final = 3_600_000_000
_CAUSES_MOST: Final = 3
CAUSES_BY: Final = ("team", "product", "use_case", "model")

Filters = Mapping[Dimension, tuple[str, ...]]


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


def hourly(ledger: Ledger, scope: Scope, unit: Unit, *, since: InstantUs, now: InstantUs) -> Hourly | None:
    """What a scope used in each hour since an instant; None if the ledger cannot tell its calls apart."""
    filters = filters_of(ledger, scope, since, now)
    if filters is None:
        return None
    return hours_of(ledger, filters, unit, since=since, now=now)


def hours_of(
    ledger: Ledger,
    filters: Filters,
    unit: Unit,
    *,
    since: InstantUs,
    now: InstantUs,
    sight: Sight = EVERYTHING,
) -> Hourly:
    """What the calls in sight that the filters leave used in each hour; hours without use are left out.

    Years of hours are asked for in parts. Only what is added up is read, so it takes a tenth of the time of
    a question for all figures.
    """
    columns = {"usd": ("cost",), "calls": ("calls",), "tokens": TOKEN_CLASSES}[unit]
    found: list[tuple[InstantUs, int]] = []
    while since < now:
        hours = range(since // _HOUR_US + 1, -(-now // _HOUR_US))[:_HOURS_MOST]
        end = now if len(hours) < _HOURS_MOST else InstantUs(hours[-1] * _HOUR_US)
        inner = tuple(InstantUs(hour * _HOUR_US) for hour in hours if since < hour * _HOUR_US < end)
        query = ExploreQuery(
            bounds=(since, *inner, end), filters=filters, columns=columns, rank=columns[:1], sight=sight
        )
        firsts = (InstantUs(since // _HOUR_US * _HOUR_US), *inner)
        sums = map(sum, ledger.explore(query).whole)
        found += [(at, amount) for at, amount in zip(firsts, sums, strict=True) if amount]
        since = end
    return found


def causes(ledger: Ledger, scope: Scope, unit: Unit, *, begins: InstantUs, now: InstantUs) -> Causes | None:
    """What made up most of a scope since `begins` and in the last hour; None as in `hourly`."""
    # What was spent a moment ago is in the ledger, and its clock may be a little ahead of ours.
    end = InstantUs(now + _HOUR_US)
    filters = filters_of(ledger, scope, begins, end)
    if filters is None:
        return None
    since, total = _largest(ledger, filters, unit, begins, end)
    last, last_total = _largest(ledger, filters, unit, InstantUs(now - _HOUR_US), end)
    return Causes(period=since, period_total=total, last_hour=last, last_hour_total=last_total)


def filters_of(ledger: Ledger, scope: Scope, start: InstantUs, end: InstantUs) -> Filters | None:
    """A scope as filters of the ledger, its wildcards replaced by the values that were there in the span.

    None for a scope by tier, which events do not carry, and for one of too many values.
    """
    filters: dict[Dimension, tuple[str, ...]] = {}
    for name, allowed in terms(scope):
        if name == "tier":
            return None
        by = dimension(name)
        values = _values(ledger, by, allowed, start, end)
        if len(values) > _ALTERNATIVES_MOST:
            return None
        # A scope that fits nothing is no scope that fits all.
        filters[by] = values or ("\x00",)
    return filters


def _values(
    ledger: Ledger, by: Dimension, allowed: tuple[str, ...], start: InstantUs, end: InstantUs
) -> tuple[str, ...]:
    if not any(map(is_glob, allowed)):
        return allowed
    there = ledger.usage(UsageQuery(start=start, end=end, by=(by,))).keys
    return tuple(value for (value,) in there if any_fits(allowed, (value,)))


def _largest(
    ledger: Ledger, filters: Filters, unit: Unit, start: InstantUs, end: InstantUs
) -> tuple[tuple[Cause, ...], int]:
    """The largest values of each dimension, and the total."""
    by = tuple(dimension(name) for name in CAUSES_BY)
    found = ledger.usage(UsageQuery(start=start, end=end, by=by, filters=filters))
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
