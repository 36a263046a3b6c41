"""What a killed worker left behind: calls in flight become interrupted events, exactly once."""

from collections.abc import Callable

from bursar.catalogue import RateCard
from bursar.gateway.journal import Journal
from bursar.gateway.outbox import Outbox, OutboxReader
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
