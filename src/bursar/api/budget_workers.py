"""Routes of what workers were lent: who has what, and writing off one that is lost for ever."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.budgets import lost
from bursar.budgets.amount import shown
from bursar.vocab.instant import format_instant

ReadsSystem = Annotated[Principal, need("system.read")]
WritesSystem = Annotated[Principal, need("system.write")]

router: Final = APIRouter(tags=["budgets"])


class Lent(BaseModel):
    """What a worker has of one account, as decimal text in the budget's unit."""

    budget: str
    value: str
    unit: Literal["usd", "tokens", "calls"]
    leased: str = Field(description="What it may reserve from, what its calls hold included.")
    held: str = Field(description="By its calls in flight, by its last word.")
    in_doubt: str = Field(description="What nobody may spend, because the worker is silent.")


class BorrowingWorker(BaseModel):
    """A gateway worker that was lent something."""

    worker: str
    heard_at: str = Field(description="When it last spoke to the state store.")
    silent: bool = Field(description="For longer than its leases last; only then can it be written off.")
    lent: list[Lent]


class BorrowingWorkers(BaseModel):
    """Who was lent what; the longest silent first."""

    workers: list[BorrowingWorker]


class WriteOffRequest(BaseModel):
    """That a worker is lost for ever, and what of its money counts as spent."""

    model_config = ConfigDict(extra="forbid", strict=True)

    charge: Literal["lent", "held", "nothing"] = Field(
        default="held",
        description="Taken for spent, beside what the ledger knows: all that it was lent, what its calls "
        "held by its last word, or nothing.",
    )
    reason: str = Field(min_length=1, max_length=2000)


class Loss(BaseModel):
    """One account's part, as decimal text in the budget's unit."""

    budget: str
    value: str
    unit: Literal["usd", "tokens", "calls"]
    lent: str
    charged: str = Field(description="Counts as spent, until the worker tells what it did spend.")


class WriteOffReply(BaseModel):
    """What was lent to the worker, and what of it is free again: lent - charged."""

    worker: str
    accounts: list[Loss]


@router.get("/budget-workers", responses=responses(503))
def read_borrowers(who: ReadsSystem, services: WithServices) -> BorrowingWorkers:
    """Which workers were lent what, and which of them are silent."""
    found = lost.borrowers(services.engine, now=services.now(), silent_us=services.budgets.silent_us)
    return BorrowingWorkers(workers=[_borrower_reply(one) for one in found])


@router.post("/budget-workers/{worker}/write-off", responses=responses(400, 404, 409, 503))
def write_off_worker(
    who: WritesSystem,
    worker: Annotated[str, Path(description="The worker's name.")],
    request: WriteOffRequest,
    services: WithServices,
) -> WriteOffReply:
    """Write off a silent worker that is lost for ever: what it was lent is charged or free again."""
    losses = lost.write_off(
        services.engine,
        services.ledger,
        services.budgets,
        worker=worker,
        charge=request.charge,
        reason=request.reason,
        actor=who.actor,
        now=services.now(),
    )
    return WriteOffReply(worker=worker, accounts=[_loss_reply(one) for one in losses])


def _borrower_reply(one: lost.Borrower) -> BorrowingWorker:
    return BorrowingWorker(
        worker=one.worker,
        heard_at=format_instant(one.heard_at_us),
        silent=one.is_silent,
        lent=[
            Lent(
                budget=lent.budget,
                value=lent.value,
                unit=lent.unit,
                leased=shown(lent.leased, lent.unit),
                held=shown(lent.held, lent.unit),
                in_doubt=shown(lent.leased if one.is_silent else 0, lent.unit),
            )
            for lent in one.lent
        ],
    )


def _loss_reply(loss: lost.Loss) -> Loss:
    return Loss(
        budget=loss.budget,
        value=loss.value,
        unit=loss.unit,
        lent=shown(loss.lent, loss.unit),
        charged=shown(loss.charged, loss.unit),
    )
