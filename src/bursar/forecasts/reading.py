"""What is read from the ledger of an account, once an hour, to look ahead."""

from typing import NamedTuple

from bursar.budgets.account import AccountState
from bursar.estate.budgets import Budget, Period
from bursar.estate.interventions import narrowed
from bursar.estate.period import midnights_around, period_of, span_at, spans_before
from bursar.forecasts.hours import hourly
from bursar.forecasts.pace import Spread, spread_of
from bursar.forecasts.rhythm import HISTORY_US, HOUR_US, Hourly, Outlook, Weights, outlook, week_weights
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

Rhythm = Weights | Outlook | None
"""Of a period its weights, of a rolling window its outlook; None where too little is known."""


class Read(NamedTuple):
    """What the ledger said in some hour; no history where it cannot tell the account's calls apart."""

    hour: int
    history: Hourly | None
    rhythm: Rhythm
    spread: Spread | None


def read(ledger: Ledger, account: AccountState, budget: Budget, now: InstantUs) -> Read:
    """The hours of an account: of its period and the last weeks, of a rolling window twice its length."""
    period = period_of(budget)
    begins = window_days(period, now)[0] if period.rolling_days else account.begins_at_us
    scope = narrowed(budget.scope, budget.each, account.value)
    since = InstantUs(min(now - HISTORY_US, begins))
    history = hourly(ledger, scope, account.unit, since=since, now=now)
    hour = now // HOUR_US
    if history is None:
        return Read(hour, None, None, None)
    recent = [(at, amount) for at, amount in history if at >= now - HISTORY_US]
    weights = week_weights(recent, until=now)
    spread = spread_of(recent, weights, until=now)
    if period.rolling_days:
        return Read(hour, history, outlook(history, midnights_around(period, now), now=now), spread)
    return Read(hour, history, weights, spread)


def window_days(period: Period, now: InstantUs) -> list[InstantUs]:
    """The midnights of twice a rolling window's length up to the one before now."""
    today = span_at(period, now)
    if today is None:
        return [now]
    before = spans_before(period, today, 2 * period.rolling_days - 1)
    return [*(one.begins_us for one in reversed(before)), today.begins_us]
