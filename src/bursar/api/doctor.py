"""GET /api/v1/doctor and /api/v1/ledger/workers: whether the ledger agrees with itself, and who delivers."""

import time
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.budgets.audit import check_budgets
from bursar.vocab.instant import format_instant

ReadsSystem = Annotated[Principal, need("system.read")]

router: Final = APIRouter(tags=["doctor"])


def _pause() -> None:
    """What workers spent in the last second is told by then."""
    time.sleep(0.4)


class CheckedFact(BaseModel):
    """One thing that was checked. `attention` is no fault, but somebody should look."""

    name: str
    state: Literal["ok", "attention", "broken"]
    sentence: str
    found: dict[str, Any] = Field(description="What was found where it is not ok.")


class Diagnosis(BaseModel):
    """`ok` if nothing is broken."""

    ok: bool
    facts: list[CheckedFact]
    workers: dict[str, int] = Field(description="The last number stored of each worker, to compare outboxes.")


class DeliveringWorker(BaseModel):
    """A source of events: the last number the ledger has of it, and when it last delivered."""

    worker: str
    high_water: int
    first_seen_at: str
    last_seen_at: str
    silent_s: float = Field(description="Seconds since its last delivery.")


class Workers(BaseModel):
    """Every source of events, by name."""

    workers: list[DeliveringWorker]


@router.get("/doctor", responses=responses(503))
def get_diagnosis(who: ReadsSystem, services: WithServices) -> Diagnosis:
    """Check the whole ledger: events, rollups, numbers, prices. Takes seconds on a large one."""
    facts = services.ledger.checks()
    facts += check_budgets(
        services.engine, services.ledger, services.budgets, now=services.now(), pause=_pause
    )
    return Diagnosis(
        ok=all(fact.state != "broken" for fact in facts),
        facts=[
            CheckedFact(name=fact.name, state=fact.state, sentence=fact.sentence, found=fact.found)
            for fact in facts
        ],
        workers={each.worker: each.high_water for each in services.ledger.workers()},
    )


@router.get("/ledger/workers", responses=responses(503))
def get_workers(who: ReadsSystem, services: WithServices) -> Workers:
    """Who delivers events, and how far each has come."""
    now = services.now()
    return Workers(
        workers=[
            DeliveringWorker(
                worker=each.worker,
                high_water=each.high_water,
                first_seen_at=format_instant(each.first_seen_at),
                last_seen_at=format_instant(each.last_seen_at),
                silent_s=max(0, now - each.last_seen_at) / 1_000_000,
            )
            for each in services.ledger.workers()
        ]
    )
