"""Which budgets are there for a while only: experiments, those that expire, those of one span."""

from typing import Final

from bursar.estate.budgets import Budget
from bursar.estate.period import period_of
from bursar.ledger.spans import Aside
from bursar.vocab.instant import InstantUs, parse_instant

_EVER: Final = InstantUs(253_402_300_799_999_999)


def is_temporary(budget: Budget) -> bool:
    """Whether what it pays for is meant to end."""
    return budget.class_ == "experiment" or bool(budget.expires) or bool(period_of(budget).from_)


def aside_of(budget: Budget) -> Aside:
    """The calls of a temporary budget as the ledger tells them apart."""
    period = period_of(budget)
    ends = [parse_instant(text) for text in (budget.expires, period.to) if text]
    begins = parse_instant(period.from_) if period.from_ else InstantUs(0)
    return Aside(scope=budget.scope, start=begins, end=min(ends, default=_EVER))
