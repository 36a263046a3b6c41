"""Routes of budgets: how they stand, grants, and the drivers that amounts move with."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.alerts.content import sentence
from bursar.alerts.crossing import thresholds_of
from bursar.api import budget_workers, drivers
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.rows import (
    account_in_sight,
    budget_in_sight,
    budget_is_shown,
    check_row,
    seen_scope,
)
from bursar.api.services import Services, WithServices
from bursar.budgets import grants
from bursar.budgets.account import AccountState
from bursar.budgets.amount import shown
from bursar.directory.keys import parse_expiry
from bursar.estate.budgets import Budget, Unit
from bursar.estate.period import period_of
from bursar.estate.scope import words
from bursar.vocab.errors import NotFound, near_names
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import format_instant
from bursar.vocab.sight import Sight

ReadsBudgets = Annotated[Principal, need("budgets.read")]
WritesBudgets = Annotated[Principal, need("budgets.write")]
WritesDrivers = Annotated[Principal, need("drivers.write")]

_AMOUNT: Final[dict[str, Any]] = {"pattern": r"^[0-9]{1,12}(\.[0-9]{1,12})?$"}
_NAME: Final[dict[str, Any]] = {"pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"}
_WHEN: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhdw]$"},
    ]
}


class Account(BaseModel):
    """One budget for one value and one period. Amounts are decimal text in the budget's unit."""

    id: str
    value: str = Field(description="Of the dimension `each`; empty where the budget is one for all.")
    begins_at: str
    ends_at: str | None = Field(description="When it begins anew; null for a rolling one.")
    amount: str
    granted: str
    rolled_over: str
    limit: str = Field(description="amount + granted + rolled_over")
    spent: str
    external: str = Field(description="Of `spent`: what was used without a gateway holding money for it.")
    held: str = Field(description="By calls in flight.")
    written_off: str = Field(
        description="Of `spent`: charged for workers that were written off and have not told what they spent."
    )
    left: str = Field(description="limit - spent - held; negative if external usage went over.")
    used_percent: float = Field(description="spent / limit, for people; may exceed 100.")


class ThresholdReply(BaseModel):
    """A share of the limit, and what is done when it is reached."""

    at: int = Field(description="Percent.")
    on: Literal["actual", "forecast"]
    steps: list[str] = Field(description="In words, in their order.")


class BudgetReply(BaseModel):
    """A budget and how its accounts stand now."""

    name: str
    owner: str
    scope: str = Field(description="The calls that it pays for, in words.")
    each: str
    unit: Literal["usd", "tokens", "calls"]
    period: dict[str, Any]
    budget_class: Literal["production", "experiment"]
    mode: Literal["hard", "soft"]
    parent: str
    expires: str
    moves_with: str = Field(description="How the amount moves with drivers, in words; empty if it is fixed.")
    on_exhausted: str = Field(description="`refuse`, or the model that answers instead.")
    thresholds: list[ThresholdReply] = Field(description="The lowest first.")
    accounts: list[Account]


class BudgetsReply(BaseModel):
    """Every budget, by name."""

    budgets: list[BudgetReply]


class GrantRequest(BaseModel):
    """A temporary increase."""

    model_config = ConfigDict(extra="forbid", strict=True)

    amount: str = Field(description="Decimal text in the budget's unit.", json_schema_extra=_AMOUNT)
    until: str = Field(
        description="An instant in the future, ISO 8601, or a span such as 12h, 30d.", json_schema_extra=_WHEN
    )
    reason: str = Field(min_length=1, max_length=2000)
    value: str = Field(default="", description="Only for this value of the dimension `each`.")


class GrantReply(BaseModel):
    """A grant as it was given."""

    id: str
    budget: str
    value: str
    amount: str
    reason: str
    begins_at: str
    ends_at: str
    actor: str
    made_at: str


class GrantsReply(BaseModel):
    """Grants of a budget, ended ones too, newest first."""

    grants: list[GrantReply]


BudgetName = Annotated[str, Path(description="The budget's name.")]


def budgets_router(*, random_bytes: Callable[[int], bytes]) -> APIRouter:
    """The routes; `random_bytes` makes the ids of grants."""
    router = APIRouter(tags=["budgets"])
    router.include_router(budget_workers.router)
    router.include_router(drivers.router)

    @router.get("/budgets", responses=responses(503))
    def read_budgets(who: ReadsBudgets, services: WithServices) -> BudgetsReply:
        """Every budget in sight, and how it stands."""
        sight = who.sight("budgets.read")
        documents = budgets_shown(services, sight)
        states = services.budgets.accounts()
        return BudgetsReply(
            budgets=[_reply(budget, states, documents, sight) for budget in documents.values()]
        )

    @router.get("/budgets/{name}", responses=responses(404, 503))
    def read_budget(who: ReadsBudgets, name: BudgetName, services: WithServices) -> BudgetReply:
        """One budget and how it stands."""
        sight = who.sight("budgets.read")
        documents = budgets_shown(services, sight)
        budget = _find(documents, name)
        return _reply(budget, services.budgets.accounts(budget=name), documents, sight)

    @router.post("/budgets/{name}/grants", status_code=201, responses=responses(400, 404, 503))
    def give_grant(
        who: WritesBudgets, name: BudgetName, request: GrantRequest, services: WithServices
    ) -> GrantReply:
        """Give a budget more for a while; the next call that needs it has it."""
        now = services.now()
        budget = _grantable(who, name, request.value, services)
        grant = grants.give(
            services.engine,
            grant_id=uuid7(now, random_bytes(8)),
            budget=name,
            value=request.value,
            amount=request.amount,
            reason=request.reason,
            until=parse_expiry(request.until, now=now),
            actor=who.actor,
            now=now,
        )
        return _grant_reply(grant, budget.unit)

    @router.get("/budgets/{name}/grants", responses=responses(404, 503))
    def read_grants(who: ReadsBudgets, name: BudgetName, services: WithServices) -> GrantsReply:
        """What was given to a budget, by whom and why."""
        return _grants_seen(name, services, who.sight("budgets.read"))

    return router


def budgets_shown(services: Services, sight: Sight) -> dict[str, Budget]:
    """The budgets of which something is seen, by name."""
    budgets = directory.snapshot(services.engine).budgets
    return {budget.name: budget for budget in budgets if budget_is_shown(budget, sight)}


def _no_part(budget: Budget, value: str) -> NotFound:
    if value or not budget.each:
        return NotFound(f"the budget {budget.name} has no part for {value!r}")
    return NotFound(f"the budget {budget.name} is one for each {budget.each}: say for which")


def _grantable(who: Principal, name: str, value: str, services: Services) -> Budget:
    """The budget of which a part is granted to; NotFound or Forbidden if that part is none of theirs."""
    budget = _find(budgets_shown(services, who.sight("budgets.read")), name)
    check_row(
        who,
        "budgets.read",
        "budgets.write",
        lambda sight: account_in_sight(budget, value, sight),
        _no_part(budget, value),
    )
    return budget


def _grants_seen(name: str, services: Services, sight: Sight) -> GrantsReply:
    budget = _find(budgets_shown(services, sight), name)
    found = grants.list_grants(services.engine, budget=name)
    seen = [one for one in found if not one.value or account_in_sight(budget, one.value, sight)]
    return GrantsReply(grants=[_grant_reply(grant, budget.unit) for grant in seen])


def account_of(services: Services, sight: Sight, name: str, value: str) -> tuple[Budget, AccountState]:
    """A budget and its account for a value, as it stands; NotFound if there is none in sight."""
    budget = _find(budgets_shown(services, sight), name)
    for account in services.budgets.accounts(budget=name):
        if account.value == value and account_in_sight(budget, value, sight):
            return budget, account
    part = " with that value" if value else ""
    raise NotFound(f"no call{part} has used the budget {budget.name} in this period")


def _find(documents: dict[str, Budget], name: str) -> Budget:
    if name not in documents:
        near = near_names(name, documents)
        hint = f"; near it: {', '.join(near)}" if near else ": `bursar budget list` shows them"
        raise NotFound(f"there is no budget {name!r}{hint}")
    return documents[name]


def _reply(
    budget: Budget, states: list[AccountState], documents: dict[str, Budget], sight: Sight
) -> BudgetReply:
    whole = budget_in_sight(budget, sight)
    return BudgetReply(
        name=budget.name,
        owner=budget.owner,
        scope=words(seen_scope(budget, sight)),
        each=budget.each,
        unit=budget.unit,
        period=msgspec.to_builtins(period_of(budget)),
        budget_class=budget.class_,
        mode=budget.mode,
        parent=budget.parent if budget.parent in documents else "",
        expires=budget.expires,
        moves_with=_moves_with(budget),
        on_exhausted=budget.on_exhausted,
        thresholds=[
            ThresholdReply(at=one.at, on=one.on, steps=[sentence(step) for step in one.steps])
            for one in thresholds_of(budget)
        ],
        accounts=[
            _account(state)
            for state in states
            if state.budget == budget.name and (whole or account_in_sight(budget, state.value, sight))
        ],
    )


def _moves_with(budget: Budget) -> str:
    amount = budget.amount
    if isinstance(amount, str):
        return ""
    rates = " + ".join(f"{rate} x {driver}" for driver, rate in amount.per.items())
    most = f", at most {amount.cap}" if amount.cap else ""
    return f"{amount.base} + {rates}{most}"


def _account(state: AccountState) -> Account:
    def text(amount: int) -> str:
        return shown(amount, state.unit)

    return Account(
        id=state.id,
        value=state.value,
        begins_at=format_instant(state.begins_at_us),
        ends_at=None if state.ends_at_us is None else format_instant(state.ends_at_us),
        amount=text(state.amount),
        granted=text(state.granted),
        rolled_over=text(state.rolled_over),
        limit=text(state.limit),
        spent=text(state.spent),
        external=text(state.external),
        held=text(state.held),
        written_off=text(state.written_off),
        left=text(state.left),
        used_percent=round(100 * state.spent / state.limit, 2) if state.limit > 0 else 100.0,
    )


def _grant_reply(grant: grants.Grant, unit: Unit) -> GrantReply:
    return GrantReply(
        id=grant.id,
        budget=grant.budget,
        value=grant.value,
        amount=shown(grant.amount, unit),
        reason=grant.reason,
        begins_at=format_instant(grant.begins_at_us),
        ends_at=format_instant(grant.ends_at_us),
        actor=grant.actor,
        made_at=format_instant(grant.made_at_us),
    )
