"""Which thresholds are crossed now and were not before in their period: a pure question over accounts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from bursar.budgets.account import AccountState
from bursar.estate.budgets import Budget, Notify, Step, Threshold, Unit
from bursar.estate.interventions import narrowed
from bursar.estate.period import midnights_around, period_of
from bursar.estate.scope import Scope
from bursar.vocab.instant import InstantUs

_DAY_US: Final = 86_400_000_000


class Occasion(NamedTuple):
    """What a threshold can be crossed in once. A rolling budget has one in each length of its period."""

    begins_at_us: InstantUs
    until_us: InstantUs | None


class CrossingKey(NamedTuple):
    """What makes a crossing one and the same, whoever sees it, before and after a restart."""

    budget: str
    value: str
    occasion_us: int
    measure: str  # actual or forecast
    percent: int


class Known(msgspec.Struct, kw_only=True, frozen=True):
    """A crossing that was seen; of several rounds the newest. `granted` is what had been granted then."""

    alert: str
    key: CrossingKey
    round: int = 0
    granted: int = 0
    lifted: bool = False


class Crossing(msgspec.Struct, kw_only=True, frozen=True):
    """A threshold reached, with everything that is known of it at that moment. Amounts as in AccountState."""

    budget: str
    value: str
    owner: str
    measure: str
    percent: int
    occasion_us: InstantUs
    round: int
    until_us: InstantUs | None
    begins_at_us: InstantUs
    rolling_days: int = 0
    unit: Unit
    limit: int
    spent: int
    external: int
    granted: int
    forecast: int | None
    hard: bool
    scope: Scope
    steps: tuple[Step, ...]

    @property
    def key(self) -> CrossingKey:
        return CrossingKey(self.budget, self.value, self.occasion_us, self.measure, self.percent)


def evaluate(
    accounts: Iterable[AccountState],
    budgets: Mapping[str, Budget],
    forecasts: Mapping[str, int],
    known: Iterable[Known],
    now: InstantUs,
) -> list[Crossing]:
    """The crossings that nobody has seen yet, in the order of accounts, the lowest threshold first.

    `forecasts` are by the account's id. A crossing comes once in its period; a grant that took the account
    below the threshold (see `lifted`) makes the next crossing a new one.
    """
    seen = {each.key: each for each in known}
    found = []
    for account in accounts:
        budget = budgets.get(account.budget)
        occasion = occasion_of(account, budget, now) if budget else None
        if budget is None or occasion is None:
            continue
        for threshold in thresholds_of(budget):
            key = _key(account, occasion, threshold)
            before = seen.get(key)
            if (before is None or before.lifted) and _is_reached(account, threshold, forecasts):
                found.append(_crossing(account, budget, occasion, threshold, before, forecasts))
    return found


def lifted(
    accounts: Iterable[AccountState],
    budgets: Mapping[str, Budget],
    forecasts: Mapping[str, int],
    known: Iterable[Known],
    now: InstantUs,
) -> list[Known]:
    """Crossings that a grant has undone: more was granted since, and the account is below again."""
    seen = {each.key: each for each in known if not each.lifted}
    found = []
    for account in accounts:
        budget = budgets.get(account.budget)
        occasion = occasion_of(account, budget, now) if budget else None
        if budget is None or occasion is None:
            continue
        for threshold in thresholds_of(budget):
            before = seen.get(_key(account, occasion, threshold))
            raised = before is not None and account.granted > before.granted
            # After a restart it takes a while until there are forecasts, which says nothing of a grant.
            is_known = threshold.on == "actual" or account.id in forecasts
            if before is not None and raised and is_known and not _is_reached(account, threshold, forecasts):
                found.append(before)
    return found


def occasion_of(account: AccountState, budget: Budget, now: InstantUs) -> Occasion | None:
    """The period of an account, None unless `now` is in it."""
    days = period_of(budget).rolling_days
    if days:
        length = days * _DAY_US
        begins = now // length * length
        return Occasion(InstantUs(begins), InstantUs(begins + length))
    if now < account.begins_at_us or (account.ends_at_us is not None and now >= account.ends_at_us):
        return None
    return Occasion(account.begins_at_us, account.ends_at_us)


def thresholds_of(budget: Budget) -> Sequence[Threshold]:
    """The thresholds, the lowest first; what is written twice is one, with the steps of both."""
    joined: dict[tuple[str, int], list[Step]] = {}
    for threshold in budget.thresholds:
        joined.setdefault((threshold.on, threshold.at), []).extend(threshold.steps or [Notify()])
    return [
        Threshold(at=at, on="forecast" if on == "forecast" else "actual", steps=steps)
        for (on, at), steps in sorted(joined.items(), key=lambda item: (item[0][1], item[0][0]))
    ]


def has_forecasts(budgets: Iterable[Budget]) -> Iterator[Budget]:
    """The budgets that have a threshold on what will be."""
    return (budget for budget in budgets if any(each.on == "forecast" for each in budget.thresholds))


def _key(account: AccountState, occasion: Occasion, threshold: Threshold) -> CrossingKey:
    return CrossingKey(account.budget, account.value, occasion.begins_at_us, threshold.on, threshold.at)


def _counts_since(account: AccountState, budget: Budget) -> InstantUs:
    """What was spent from here on is what counts: of a rolling budget, since the first day of its window."""
    period = period_of(budget)
    return midnights_around(period, account.begins_at_us)[0] if period.rolling_days else account.begins_at_us


def _is_reached(account: AccountState, threshold: Threshold, forecasts: Mapping[str, int]) -> bool:
    """An amount of nothing is reached by the first thing that is spent, not before."""
    spent = account.spent if threshold.on == "actual" else forecasts.get(account.id, 0)
    return spent > 0 and spent * 100 >= threshold.at * account.limit


def _crossing(
    account: AccountState,
    budget: Budget,
    occasion: Occasion,
    threshold: Threshold,
    before: Known | None,
    forecasts: Mapping[str, int],
) -> Crossing:
    return Crossing(
        budget=account.budget,
        value=account.value,
        owner=account.owner or budget.owner,
        measure=threshold.on,
        percent=threshold.at,
        occasion_us=occasion.begins_at_us,
        round=before.round + 1 if before else 0,
        until_us=occasion.until_us,
        begins_at_us=_counts_since(account, budget),
        rolling_days=period_of(budget).rolling_days,
        unit=account.unit,
        limit=account.limit,
        spent=account.spent,
        external=account.external,
        granted=account.granted,
        forecast=forecasts.get(account.id),
        hard=account.hard,
        scope=narrowed(budget.scope, budget.each, account.value),
        steps=tuple(threshold.steps),
    )
