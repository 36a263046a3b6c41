"""GET /api/v1/budgets/{name}/holdings: who has what of a budget, and the calls in flight that hold it."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bursar.access import Principal
from bursar.api.budgets import BudgetName, account_of
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.budgets.amount import shown
from bursar.budgets.holdings import Holding, holdings
from bursar.estate.budgets import Unit
from bursar.vocab.instant import format_instant

ReadsBudgets = Annotated[Principal, need("budgets.read")]
PartQuery = Annotated[
    str, Query(max_length=256, description="Of the budget's dimension `each`; empty without one.")
]

router: Final = APIRouter(tags=["budgets"])


class CallHold(BaseModel):
    """A call in flight that has lasted a second or longer."""

    call_id: str
    amount: str = Field(description="What is held for it; the rest is free when its true cost is known.")
    since: str
    expires_at: str = Field(description="When what it holds is free again, should it never end.")


class WorkerHolding(BaseModel):
    """What one gateway worker has. Amounts are decimal text in the budget's unit."""

    worker: str
    heard_at: str
    silent: bool = Field(description="It says nothing any more, so nobody may spend what it has.")
    leased: str = Field(description="What it may reserve from without asking, what its calls hold included.")
    held: str = Field(description="By its calls in flight.")
    held_by_others: str = Field(description="Of `held`: by calls that began within the last seconds.")
    told_at: str | None = Field(description="When it told of its calls one by one.")
    calls: list[CallHold] = Field(description="The oldest first.")


class HoldingsReply(BaseModel):
    """Who has what of one account, the most first."""

    budget: str
    value: str
    unit: Unit
    workers: list[WorkerHolding]


@router.get("/budgets/{name}/holdings", responses=responses(404, 503))
def read_holdings(
    who: ReadsBudgets, name: BudgetName, services: WithServices, value: PartQuery = ""
) -> HoldingsReply:
    """Leases of workers, and open holds of calls, one by one."""
    _, account = account_of(services, who.sight("budgets.read"), name, value)
    found = holdings(
        services.engine,
        account.id,
        account.unit,
        now=services.now(),
        silent_us=services.budgets.silent_us,
    )
    return HoldingsReply(
        budget=name, value=value, unit=account.unit, workers=[_reply(one, account.unit) for one in found]
    )


def _reply(one: Holding, unit: Unit) -> WorkerHolding:
    return WorkerHolding(
        worker=one.worker,
        heard_at=format_instant(one.heard_at_us),
        silent=one.is_silent,
        leased=shown(one.leased, unit),
        held=shown(one.held, unit),
        held_by_others=shown(one.held_by_others, unit),
        told_at=None if one.told_at_us is None else format_instant(one.told_at_us),
        calls=[
            CallHold(
                call_id=call.call_id,
                amount=shown(call.amount, unit),
                since=format_instant(call.since_us),
                expires_at=format_instant(call.expires_at_us),
            )
            for call in one.calls
        ],
    )
