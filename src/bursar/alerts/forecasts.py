"""The forecasts of accounts, from rhythms that are read from the ledger once an hour."""

import threading
from collections.abc import Iterable, Mapping
from typing import Final

from bursar.alerts.crossing import has_forecasts
from bursar.alerts.forecast import HOUR_US, Weights, project, week_weights
from bursar.alerts.history import hourly
from bursar.budgets.account import AccountState
from bursar.estate.budgets import Budget
from bursar.estate.interventions import narrowed
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

_READ_MOST: Final = 20  # rhythms in one pass, so that a thousand accounts do not keep the ledger busy


class Forecasts:
    """Knows the rhythm of each account that has a threshold on its forecast. Safe for several threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._rhythms: dict[str, tuple[int, Weights | None]] = {}  # account: the hour it was read, weights

    def learn(self, accounts: Iterable[AccountState], budgets: Mapping[str, Budget], now: InstantUs) -> int:
        """Read rhythms that are missing or an hour old, some in one pass; returns how many."""
        names = {budget.name for budget in has_forecasts(budgets.values())}
        wanted = [each for each in accounts if each.budget in names]
        with self._lock:
            self._rhythms = {each.id: self._rhythms[each.id] for each in wanted if each.id in self._rhythms}
            stale = [each for each in wanted if self._rhythms.get(each.id, (-1,))[0] != now // HOUR_US]
        for account in stale[:_READ_MOST]:
            budget = budgets[account.budget]
            scope = narrowed(budget.scope, budget.each, account.value)
            history = hourly(self._ledger, scope, account.unit, now=now)
            weights = None if history is None else week_weights(history, until=now)
            with self._lock:
                self._rhythms[account.id] = (now // HOUR_US, weights)
        return len(stale[:_READ_MOST])

    def of(
        self, accounts: Iterable[AccountState], budgets: Mapping[str, Budget], now: InstantUs
    ) -> dict[str, int]:
        """What accounts will have spent at their period's end, by id; without those that cannot be said.

        A rolling budget has no end, and an account whose rhythm was not read yet has no forecast.
        """
        names = {budget.name for budget in has_forecasts(budgets.values())}
        found = {}
        for account in accounts:
            with self._lock:
                rhythm = self._rhythms.get(account.id)
            if account.budget not in names or account.ends_at_us is None or rhythm is None:
                continue
            begins, ends = account.begins_at_us, account.ends_at_us
            amount = project(rhythm[1], account.spent, now=now, begins=begins, ends=ends)
            if amount is not None:
                found[account.id] = amount
        return found
