"""Proves that the counters are the sums of their events: for `bursar doctor`, on a live system."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine, select

from bursar.budgets.account import AccountState
from bursar.budgets.amount import shown
from bursar.budgets.store import BudgetStore
from bursar.budgets.tables import ACCOUNTS, LEASES, PURSES
from bursar.ledger.checks import Fact
from bursar.ledger.ledger import Ledger
from bursar.store.state import reading
from bursar.vocab.instant import InstantUs

_TRIES: Final = 8


def check_budgets(
    engine: Engine, ledger: Ledger, store: BudgetStore, *, now: InstantUs, pause: Callable[[], None]
) -> list[Fact]:
    """Counters against the ledger, promises against limits, and workers that are silent with money in hand.

    `pause` waits a moment: events and reports of the last second may still be on their way.
    """
    return [_counters(ledger, store, pause), *_promises(store), *_silent(engine, now, store.silent_us)]


def _counters(ledger: Ledger, store: BudgetStore, pause: Callable[[], None]) -> Fact:
    """A counter may be behind the ledger by what workers have not told yet: at most what they were lent.

    The same holds for what those had been lent that were written off; what was charged for them is no event.
    """
    for _ in range(_TRIES):
        before = store.all_accounts()
        charged = ledger.charged_by_account()
        after = {account.id: account for account in store.all_accounts()}
        wrong = []
        for account in before:
            events = charged[account.id].of(account.unit) if account.id in charged else 0
            later = after[account.id]
            is_ahead = events > _posted(later) + later.leased + later.lost
            if is_ahead or events < _posted(account):
                wrong.append((account, events, bool(is_ahead or not later.lost)))
        if not wrong:
            return Fact("budgets_equal_events", "ok", "every budget's counter is the sum of its events")
        pause()
    found = {
        "count": len(wrong),
        "first": [_difference(account, events) for account, events, _ in wrong[:10]],
    }
    if any(is_fault for _, _, is_fault in wrong):
        sentence = "the counters of some budgets are not the sums of their events"
        return Fact("budgets_equal_events", "broken", sentence, found)
    sentence = (
        "workers that were written off had told of calls whose events did not reach the ledger: they are in "
        "those workers' outboxes, or lost with them"
    )
    return Fact("budgets_equal_events", "attention", sentence, found)


def _posted(account: AccountState) -> int:
    return account.spent - account.external - account.carried - account.written_off


def _difference(account: AccountState, events: int) -> dict[str, str]:
    return {
        "budget": account.budget,
        "value": account.value,
        "counter": shown(_posted(account), account.unit),
        "events": shown(events, account.unit),
    }


def _promises(store: BudgetStore) -> list[Fact]:
    """Spent and lent within the limit, unless usage that nobody could refuse went over."""
    over = [
        account
        for account in store.accounts()
        if account.hard and account.spent + account.leased > account.limit
    ]
    found = [
        {
            "budget": account.budget,
            "value": account.value,
            "limit": shown(account.limit, account.unit),
            "spent": shown(account.spent, account.unit),
            "external": shown(account.external, account.unit),
        }
        for account in over
    ]
    if not over:
        return [Fact("budgets_within_limits", "ok", "no budget has spent and lent more than it has")]
    sentence = (
        "some budgets are over: by usage that passed no gateway (`external`), a limit that was lowered, or a "
        "provider that used more than it was asked to"
    )
    return [Fact("budgets_within_limits", "attention", sentence, {"count": len(found), "first": found[:10]})]


def _silent(engine: Engine, now: InstantUs, silent_us: int) -> list[Fact]:
    """Workers that say nothing while money is lent to them: nobody else may spend it."""
    query = (
        select(PURSES.c.name, PURSES.c.heard_at_us)
        .join(LEASES, LEASES.c.purse == PURSES.c.name)
        .join(ACCOUNTS, ACCOUNTS.c.id == LEASES.c.account)
        .where(PURSES.c.heard_at_us < now - silent_us, ACCOUNTS.c.ends_at_us > now, LEASES.c.amount != 0)
        .distinct()
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    if not rows:
        return [Fact("budget_workers_answer", "ok", "every worker that was lent money has been heard of")]
    found = {
        "workers": [{"worker": row.name, "silent_s": (now - row.heard_at_us) // 1_000_000} for row in rows]
    }
    sentence = (
        "workers are silent that were lent money, so nobody can spend it: start them again, or write those "
        "off that are lost for ever (`bursar budget write-off`)"
    )
    return [Fact("budget_workers_answer", "attention", sentence, found)]
