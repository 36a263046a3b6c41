"""Writes the demo's past through the way that gateways use, exactly once."""

import asyncio

from bursar.catalogue import Catalogue, RateCard
from bursar.demo.control import Control, estate_text
from bursar.demo.history import History
from bursar.estate.kinds import Price, Provider
from bursar.estate.parse import Source, parse
from bursar.vocab.event import Batch, Event, encode_events

_WORKER = "demo-history"
_GROUP_EVENTS = 500


def demo_catalogue() -> Catalogue:
    """The prices that the gateway finds for the demo's estate."""
    # Prices do not depend on where the providers are.
    parsed = parse([Source(path="demo/estate.yaml", text=estate_text("http://127.0.0.1"))])
    documents = [placed.document for placed in parsed.documents]
    return Catalogue.of_estate(
        [document for document in documents if isinstance(document, Provider)],
        [document for document in documents if isinstance(document, Price)],
    )


async def deliver_history(history: History, control: Control) -> int:
    """Send day after day; the number of events that the history has.

    The ledger keeps a high-water mark for the history as for any worker, so whatever an earlier start has
    delivered is passed over, also if that start was killed in the middle.
    """
    high_water = 0
    sent = 0
    cards_sent: set[str] = set()
    for events in history.by_day():
        first, sent = sent + 1, sent + len(events)
        if events and sent > high_water:
            batch = _batch(events, first, _new_cards(history.cards, cards_sent))
            high_water = await control.deliver(batch)
        await asyncio.sleep(0)  # the live calls of the same loop come in between
    return sent


def _batch(events: list[Event], seq_first: int, cards: dict[str, bytes]) -> Batch:
    starts = range(0, len(events), _GROUP_EVENTS)
    return Batch(
        worker=_WORKER,
        seq_first=seq_first,
        seq_last=seq_first + len(events) - 1,
        groups=[encode_events(events[start : start + _GROUP_EVENTS]) for start in starts],
        cards=cards,
    )


def _new_cards(cards: dict[str, RateCard], sent: set[str]) -> dict[str, bytes]:
    new = {ref: card.to_json() for ref, card in cards.items() if ref not in sent}
    sent.update(new)
    return new
