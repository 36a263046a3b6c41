"""Writes the demo's past through the way that gateways use, exactly once."""

import asyncio

from bursar.catalogue import Catalogue
from bursar.demo.control import Control
from bursar.demo.documents import COMPANY, Start, document_text
from bursar.demo.history import History
from bursar.estate.kinds import Price, Provider
from bursar.estate.parse import Source as File
from bursar.estate.parse import parse
from bursar.intake import Source
from bursar.vocab.instant import InstantUs

_SOURCE = "demo-history"


def demo_catalogue() -> Catalogue:
    """The prices that the gateway finds for the demo's estate."""
    # Prices do not depend on where the providers are, nor on the start.
    text = document_text(COMPANY, Start("http://127.0.0.1", "", InstantUs(0)))
    parsed = parse([File(path="demo/estate.yaml", text=text)])
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
    source = Source(_SOURCE)
    for events in history.by_day():
        batch = source.batch(events, {ref: card.to_json() for ref, card in history.cards.items()})
        if batch is not None:
            source.confirm(await control.deliver(batch))
        await asyncio.sleep(0)  # the live calls of the same loop come in between
    return source.seq_last
