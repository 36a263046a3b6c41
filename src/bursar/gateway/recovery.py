"""What a killed worker left behind: calls in flight become interrupted events, exactly once."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

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


_NOTHING: Final[Mapping[str, int]] = {}


def settle_last_life(
    budgets: BudgetStore, outbox: Path, purse: str, *, through: int, held: Mapping[str, int] = _NOTHING
) -> int:
    """Tell the budget store what a worker spent and did not tell before its last life ended; the new epoch.

    `through` is the last event of that life, and `held` what calls held then, by account, that go on.
    """
    reader = OutboxReader(outbox)
    try:
        while True:
            after = budgets.seq_of(purse)
            posted = _posted_between(reader, after, through, budgets)
            try:
                return budgets.start_life(purse, posted, held, after_seq=after, seq=max(after, through))
            except Conflict:  # another process of this worker did so meanwhile
                continue
    finally:
        reader.close()


def _posted_between(reader: OutboxReader, after: int, through: int, budgets: BudgetStore) -> dict[str, int]:
    """What events cost, by account."""
    charged = [event for event in reader.events_between(after, through) if event.budgets]
    units = budgets.units(_accounts_of(charged))
    posted: dict[str, int] = {}
    for event in charged:
        for account in event.budgets.split(","):
            if account in units:
                posted[account] = posted.get(account, 0) + charge(event, units[account])
    return posted


def _accounts_of(events: Iterable[Event]) -> set[str]:
    return {account for event in events for account in event.budgets.split(",")}
