"""POST /internal/v1/events: where gateway workers hand over their outboxes."""

import asyncio
from concurrent.futures import Future
from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bursar.api.problems import responses
from bursar.api.services import Services, WithServices
from bursar.ledger.decode import decompress, read_batch
from bursar.ledger.writer import Receipt

router: Final = APIRouter(tags=["internal"], include_in_schema=False)


class Taken(BaseModel):
    """What the ledger took over. The sender may forget every event up to `high_water`."""

    high_water: int
    stored: int = Field(description="Events that are new.")
    skipped: int = Field(description="Events that were there before.")
    dead_letters: int = Field(
        description="Parts that could not be read; they are kept for a person to look at."
    )


def _submit(services: Services, body: bytes) -> "Future[Receipt]":
    """Milliseconds of work for a full batch, so not on the event loop."""
    return services.ledger.submit(read_batch(decompress(body)), now=services.now())


@router.post("/events", responses=responses(400, 409, 413, 503))
async def take_events(request: Request, services: WithServices) -> Taken:
    """Store a batch exactly once.

    200: everything up to `high_water` is durable and visible. 409 with `expected`: send from there on. 400 or
    413: nothing was taken, the sender keeps the events. 503: send again later.
    """
    body = await request.body()
    receipt = await asyncio.wrap_future(await run_in_threadpool(_submit, services, body))
    return Taken(
        high_water=receipt.high_water,
        stored=receipt.stored,
        skipped=receipt.skipped,
        dead_letters=receipt.dead_letters,
    )
