"""The forecasts of accounts, from rhythms that are read from the ledger once an hour."""

import threading
from collections.abc import Iterable, Mapping
from typing import Final

from bursar.alerts.crossing import has_forecasts
from bursar.budgets.account import AccountState
from bursar.estate.budgets import Budget
from bursar.forecasts.pace import project
from bursar.forecasts.reading import Rhythm, read
from bursar.forecasts.rhythm import HOUR_US, Outlook, project_window
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

_READ_MOST: Final = 20  # rhythms in one pass, so that a thousand accounts do not keep the ledger busy


class Forecasts:
    """Knows the rhythm of each account that has a threshold on its forecast. Safe for several threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._rhythms: dict[str, tuple[int, Rhythm]] = {}  # account: the hour it was read, and what was

    def learn(self, accounts: Iterable[AccountState], budgets: Mapping[str, Budget], now: InstantUs) -> int:
        """Read rhythms that are missing or an hour old, some in one pass; returns how many."""
        names = {budget.name for budget in has_forecasts(budgets.values())}
        wanted = [each for each in accounts if each.budget in names]
        with self._lock:
            self._rhythms = {each.id: self._rhythms[each.id] for each in wanted if each.id in self._rhythms}
            stale = [each for each in wanted if self._rhythms.get(each.id, (-1,))[0] != now // HOUR_US]
        for account in stale[:_READ_MOST]:
            rhythm = read(self._ledger, account, budgets[account.budget], now).rhythm
            with self._lock:
                self._rhythms[account.id] = (now // HOUR_US, rhythm)
        return len(stale[:_READ_MOST])

    def of(
        self, accounts: Iterable[AccountState], budgets: Mapping[str, Budget], now: InstantUs
    ) -> dict[str, int]:
        """What accounts will have spent at their period's end, by id; without those that cannot be said.

        Of a rolling budget it is the most that its window will hold in the next days. An account whose
        rhythm was not read yet has no forecast.
        """
        names = {budget.name for budget in has_forecasts(budgets.values())}
        found = {}
        for account in accounts:
            with self._lock:
                rhythm = self._rhythms.get(account.id)
            if account.budget not in names or rhythm is None:
                continue
            amount = _project(account, rhythm[1], now)
            if amount is not None:
                found[account.id] = amount
        return found


def _project(account: AccountState, rhythm: Rhythm, now: InstantUs) -> int | None:
    if isinstance(rhythm, Outlook):
        return project_window(rhythm, account.spent, now=now)
    if account.ends_at_us is None:  # a rolling window of which too little is known
        return None
    begins, ends = account.begins_at_us, account.ends_at_us
    return project(rhythm, account.spent, now=now, begins=begins, ends=ends)
