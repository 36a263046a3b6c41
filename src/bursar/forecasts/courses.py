"""The courses of accounts and of the whole, from hours that are read from the ledger once an hour."""

import threading
from collections.abc import Sequence
from typing import Final, NamedTuple

from bursar.budgets.account import AccountState
from bursar.budgets.grants import Grant
from bursar.estate.budgets import Budget, Period
from bursar.estate.period import Span, midnights_around, period_of, span_at
from bursar.forecasts.course import Course, LimitAt, Point, course, running_total, window_totals
from bursar.forecasts.hours import Filters, hours_of
from bursar.forecasts.pace import Pace, Range, pace_of_period, pace_of_window, spread_of
from bursar.forecasts.reading import Read, read, window_days
from bursar.forecasts.rhythm import (
    DAY_US,
    HISTORY_US,
    HOUR_US,
    Outlook,
    week_weights,
)
from bursar.ledger.explore import ExploreQuery
from bursar.ledger.ledger import Ledger
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, parse_instant
from bursar.vocab.sight import Sight

_KEPT_MOST: Final = 1000  # accounts whose hours are remembered
_BY_HOURS_US: Final = 8 * DAY_US  # periods that are shown hour by hour


class Courses:
    """Reads the hours of an account when it is asked for first in an hour. Safe for several threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._known: dict[str, Read] = {}

    def of(self, account: AccountState, budget: Budget, grants: Sequence[Grant], now: InstantUs) -> Course:
        """The course of an account as it stands now; `grants` are those of its budget."""
        known = self._remembered(account, budget, now)
        limit_at = _limits(account, grants, now)
        if period_of(budget).rolling_days:
            return _of_window(account, budget, known, limit_at, now)
        return _of_period(account, budget, known, limit_at, now)

    def _remembered(self, account: AccountState, budget: Budget, now: InstantUs) -> Read:
        hour = now // HOUR_US
        with self._lock:
            known = self._known.get(account.id)
        if known is not None and known.hour == hour:
            return known
        found = read(self._ledger, account, budget, now)
        with self._lock:
            self._known.pop(account.id, None)
            self._known[account.id] = found
            while len(self._known) > _KEPT_MOST:
                self._known.pop(next(iter(self._known)))
        return found


def _limits(account: AccountState, grants: Sequence[Grant], now: InstantUs) -> LimitAt:
    """The limit at any instant, as far as grants move it."""
    mine = [one for one in grants if one.value in ("", account.value)]

    def granted(at: InstantUs) -> int:
        return sum(one.amount for one in mine if one.begins_at_us <= at < one.ends_at_us)

    base = account.limit - granted(now)
    return lambda at: base + granted(at)


def _of_period(
    account: AccountState, budget: Budget, known: Read, limit_at: LimitAt, now: InstantUs
) -> Course:
    begins = account.begins_at_us
    ends = _before_it_expires(budget, account.ends_at_us or now, now)
    marks = _marks(period_of(budget), begins, ends)
    history = known.history
    past = [at for at in marks if begins < at < now] if history is not None else []
    totals = running_total(history or [], past, begins=begins)
    points = [
        Point(begins, 0, limit_at(begins)),
        *(Point(at, total, limit_at(at)) for at, total in zip(past, totals, strict=True)),
        Point(now, account.spent, account.limit),
    ]
    weights = known.rhythm if not isinstance(known.rhythm, Outlook) else None
    pace = pace_of_period(weights, known.spread, account.spent, now=now, begins=begins, ends=ends)
    return course(points, pace, marks=marks, ends=ends, limit_at=limit_at)


def _of_window(
    account: AccountState, budget: Budget, known: Read, limit_at: LimitAt, now: InstantUs
) -> Course:
    period = period_of(budget)
    days = period.rolling_days
    midnights = midnights_around(period, now)
    past = window_days(period, now)
    history = known.history
    totals = window_totals(history, past, days) if history is not None else []
    points = [
        *(Point(at, total, limit_at(at)) for at, total in zip(past[days:], totals, strict=False)),
        Point(now, account.spent, account.limit),
    ]
    pace: Pace | None = None
    drops: list[tuple[InstantUs, int]] = []
    if isinstance(known.rhythm, Outlook) and history is not None:
        pace = pace_of_window(known.rhythm, known.spread, now=now)
        running = running_total(history, midnights[:days], begins=midnights[0])
        drops = [(midnights[days + place], running[place + 1] - running[place]) for place in range(days - 1)]
    ends = _before_it_expires(budget, midnights[-1], now)
    return course(points, pace, drops=drops, marks=midnights, ends=ends, limit_at=limit_at)


def _before_it_expires(budget: Budget, ends: InstantUs, now: InstantUs) -> InstantUs:
    """The end of a span, or of the budget if that comes sooner; it lies ahead in any case."""
    if budget.expires:
        ends = min(ends, parse_instant(budget.expires))
    return InstantUs(max(now + 1, ends))


def _marks(period: Period, begins: InstantUs, ends: InstantUs) -> list[InstantUs]:
    """Where a period's chart has points: hours of a short one, midnights in its zone of a longer one."""
    if ends - begins <= _BY_HOURS_US:
        return [InstantUs(at) for at in range(begins, ends, HOUR_US)]
    daily = Period(every="day", timezone=period.timezone)
    found = []
    at = begins
    while at < ends and (span := span_at(daily, at)) is not None:
        found.append(at)
        at = span.ends_us
    return found


class Whole(NamedTuple):
    """What calls cost since a period began, and what they will have cost at its end; None: too early to say.

    Money in picodollars.
    """

    span: Span
    spent: int
    end: Range | None


def whole(ledger: Ledger, filters: Filters, sight: Sight, period: Period, now: InstantUs) -> Whole:
    """What the calls in sight that the filters leave cost in the period of now; of a calendar's period."""
    span = span_at(period, now)
    if span is None:
        raise InvalidInput("now lies outside of this period")
    since = InstantUs(now - HISTORY_US)
    history = hours_of(ledger, filters, "usd", since=since, now=now, sight=sight)
    query = ExploreQuery(
        bounds=(span.begins_us, InstantUs(now + 1)), filters=filters, columns=("cost", "calls"), sight=sight
    )
    spent = ledger.explore(query).total[0]
    weights = week_weights(history, until=now)
    spread = spread_of(history, weights, until=now)
    pace = pace_of_period(weights, spread, spent, now=now, begins=span.begins_us, ends=span.ends_us)
    return Whole(span, spent, None if pace is None else pace.to_come(span.ends_us).plus(spent))
