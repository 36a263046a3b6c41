"""What budgets would have meant for the past: which ones would have run out, and when."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from bursar.budgets.amount import amount_of
from bursar.estate.budgets import Budget, Period
from bursar.estate.period import period_of, span_at, spans_before
from bursar.estate.scope import any_fits, terms
from bursar.ledger.dimensions import Dimension
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import TOKEN_CLASSES

_BACK_MOST_US: Final = 400 * 86_400_000_000


class RunOut(NamedTuple):
    """A budget that would have run out in a period: in the hour that begins at `at`. Amounts in units."""

    budget: Budget
    value: str
    begins_at: InstantUs
    at: InstantUs
    amount: int
    used: int  # in the whole period, as far as it lies in the past


class _Hour(NamedTuple):
    at: InstantUs
    amount: int


def run_outs(
    ledger: Ledger,
    budgets: Sequence[Budget],
    drivers: Mapping[str, Decimal],
    *,
    start: InstantUs,
    end: InstantUs,
) -> tuple[list[RunOut], list[str]]:
    """Those that would have run out in periods that ended after `start`, and names of those not counted.

    The engine adds up hours; a budget whose scope names tiers is not counted, because the ledger keeps none.
    """
    found: list[RunOut] = []
    left_out: list[str] = []
    for budget in budgets:
        if any(dimension == "tier" for dimension, _ in terms(budget.scope)):
            left_out.append(budget.name)
            continue
        amount = amount_of(budget, drivers)
        for value, hours in _hours(ledger, budget, start, end).items():
            found += _run_outs_of(budget, value, hours, amount, start)
    return sorted(found, key=lambda one: (one.at, one.budget.name, one.value)), left_out


def _hours(ledger: Ledger, budget: Budget, start: InstantUs, end: InstantUs) -> dict[str, list[_Hour]]:
    """What each value of the budget's dimension used in every hour, in order."""
    wanted = terms(budget.scope)
    names = sorted({dimension for dimension, _ in wanted} | ({budget.each} if budget.each else set()))
    period = period_of(budget)
    span = span_at(period, start)
    first = start if span is None else min(start, span.begins_us)
    if period.rolling_days and span is not None:
        first = min([first, *(one.begins_us for one in spans_before(period, span, period.rolling_days - 1))])
    query = UsageQuery(
        start=InstantUs(max(first, end - _BACK_MOST_US, 0)),
        end=end,
        by=tuple(Dimension(name) for name in names),
        grain="hour",
        with_durations=False,
    )
    sums: dict[str, dict[InstantUs, int]] = {}
    for row in ledger.usage(query).rows:
        keys = dict(zip(names, row.keys, strict=True))
        if row.period is None or not all(any_fits(allowed, (keys[name],)) for name, allowed in wanted):
            continue
        hours = sums.setdefault(keys[budget.each] if budget.each else "", {})
        hours[row.period] = hours.get(row.period, 0) + _amount(row.figures, budget.unit)
    return {value: [_Hour(*item) for item in sorted(hours.items())] for value, hours in sums.items()}


def _amount(figures: Mapping[str, int], unit: str) -> int:
    if unit == "usd":
        return figures["cost"]
    if unit == "calls":
        return figures["calls"] - figures["errors"]
    return sum(figures[name] for name in TOKEN_CLASSES)


def _run_outs_of(
    budget: Budget, value: str, hours: Sequence[_Hour], amount: int, start: InstantUs
) -> list[RunOut]:
    """The periods in which the hours add up to more than the amount."""
    period = period_of(budget)
    if period.rolling_days:
        return _rolling(budget, period, value, hours, amount, start)
    used: dict[InstantUs, int] = {}
    ended: dict[InstantUs, InstantUs] = {}
    spans: dict[InstantUs, InstantUs] = {}
    for hour in hours:
        span = span_at(period, hour.at)
        if span is None:
            continue
        spans[span.begins_us] = span.ends_us
        used[span.begins_us] = used.get(span.begins_us, 0) + hour.amount
        if used[span.begins_us] > amount:
            ended.setdefault(span.begins_us, hour.at)
    return [
        RunOut(budget, value, begins, at, amount, used[begins])
        for begins, at in ended.items()
        if spans[begins] > start
    ]


def _rolling(
    budget: Budget, period: Period, value: str, hours: Sequence[_Hour], amount: int, start: InstantUs
) -> list[RunOut]:
    """The first hour at which the last days add up to more than the amount."""
    first, total = 0, 0
    for hour in hours:
        total += hour.amount
        earliest = _earliest(period, hour.at)
        while hours[first].at < earliest:
            total -= hours[first].amount
            first += 1
        if total > amount and hour.at >= start:
            return [RunOut(budget, value, InstantUs(earliest), hour.at, amount, total)]
    return []


def _earliest(period: Period, at: InstantUs) -> InstantUs:
    """The beginning of the first day that a rolling period counts at an instant."""
    day = span_at(period, at)
    if day is None:
        return at
    return [day, *spans_before(period, day, period.rolling_days - 1)][-1].begins_us
