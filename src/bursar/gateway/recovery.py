"""What a killed worker left behind: calls in flight become interrupted events, exactly once."""

from collections.abc import Callable, Iterable
from pathlib import Path

from bursar.budgets.amount import charge
from bursar.budgets.store import BudgetStore
from bursar.catalogue import RateCard
from bursar.gateway.journal import Journal
from bursar.gateway.outbox import Outbox, OutboxReader
from bursar.vocab.errors import Conflict
from bursar.vocab.event import Event, decode_events


def recover(outbox: Outbox, journal: Journal, complete: Callable[[Event], list[RateCard]]) -> int:
    """Move the journal's leftovers into the outbox; returns how many.

    `complete` sets what can be said of such a call, such as an estimate of its cost. A call
    whose event was committed just before the crash is in the outbox already and is not written again;
    the ledger drops an interrupted event whose call it knows, should the row be gone by now.
    """
    leftover = journal.leftover()
    if leftover:
        stored = _stored_call_ids(outbox)
        lost = [event for event in leftover if event.call_id not in stored]
        for event in lost:
            for card in complete(event):
                outbox.remember_card(card)
        if lost:
            outbox.store(lost)
    journal.clear()
    return len(leftover)


def _stored_call_ids(outbox: Outbox) -> set[str]:
    reader = OutboxReader(outbox.path)
    try:
        return {event.call_id for group in reader.all_groups() for event in decode_events(group.body)}
    finally:
        reader.close()


def settle_last_life(budgets: BudgetStore, outbox: Path, purse: str) -> int:
    """Tell the budget store what a worker spent and did not tell before it ended; returns its new epoch."""
    reader = OutboxReader(outbox)
    try:
        while True:
            after = budgets.seq_of(purse)
            posted, last = _posted_after(reader, after, budgets)
            try:
                return budgets.start_life(purse, posted, after_seq=after, seq=last)
            except Conflict:  # another process of this worker did so meanwhile
                continue
    finally:
        reader.close()


def _posted_after(reader: OutboxReader, after: int, budgets: BudgetStore) -> tuple[dict[str, int], int]:
    """What the events after a number cost, by account, and the number of the last event there is."""
    last = max(after, reader.events_numbered())
    charged = [event for event in reader.events_after(after) if event.budgets]
    units = budgets.units(_accounts_of(charged))
    posted: dict[str, int] = {}
    for event in charged:
        for account in event.budgets.split(","):
            if account in units:
                posted[account] = posted.get(account, 0) + charge(event, units[account])
    return posted, last


def _accounts_of(events: Iterable[Event]) -> set[str]:
    return {account for event in events for account in event.budgets.split(",")}
