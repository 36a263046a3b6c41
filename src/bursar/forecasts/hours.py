"""Questions to the ledger about the calls of a scope: what they used by the hour."""

from collections.abc import Mapping
from typing import Final

from bursar.estate.budgets import Unit
from bursar.estate.scope import Scope, any_fits, is_glob, terms
from bursar.forecasts.rhythm import Hourly
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

Filters = Mapping[Dimension, tuple[str, ...]]


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
    there = ledger.usage(UsageQuery(start=start, end=end, by=(by,), with_durations=False)).keys
    return tuple(value for (value,) in there if any_fits(allowed, (value,)))
