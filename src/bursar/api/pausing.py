"""Routes that pause a budget and let it go on."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.rows import account_in_sight, budget_in_sight, budget_is_shown, check_row
from bursar.api.services import Services, WithServices
from bursar.budgets import pausing
from bursar.directory import Recorded
from bursar.directory.keys import parse_expiry
from bursar.estate.budgets import Budget
from bursar.vocab.errors import NotFound
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.sight import Sight

ReadsBudgets = Annotated[Principal, need("budgets.read")]
WritesBudgets = Annotated[Principal, need("budgets.write")]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_WHEN: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhdw]$"},
        {"type": "null"},
    ]
}
_VALUE: Final = "Only for this value of the dimension `each`; empty: all of it."

BudgetName = Annotated[str, Path(description="The budget's name.")]


class PauseRequest(BaseModel):
    """Why a budget shall be paused, and how long."""

    model_config = _STRICT

    reason: str = Field(min_length=1, max_length=500, description="Who is refused is told.")
    value: str = Field(default="", max_length=256, description=_VALUE)
    until: str | None = Field(
        default=None,
        description="An instant, or a span such as 12h; until resumed if not given.",
        json_schema_extra=_WHEN,
    )


class ResumeRequest(BaseModel):
    """What shall go on."""

    model_config = _STRICT

    value: str = Field(default="", max_length=256, description=_VALUE)


class PauseReply(BaseModel):
    """A budget whose calls are refused."""

    budget: str
    value: str
    reason: str
    since: str
    until: str | None
    in_force: bool


class PausesReply(BaseModel):
    """The pauses in force."""

    pauses: list[PauseReply]


def pausing_router(*, random_bytes: Callable[[int], bytes]) -> APIRouter:
    """The routes; `random_bytes` makes ids."""
    router = APIRouter(tags=["budgets"])

    @router.get("/budget-pauses", responses=responses(503))
    def read_pauses(who: ReadsBudgets, services: WithServices) -> PausesReply:
        """Budgets that somebody paused."""
        now, sight = services.now(), who.sight("budgets.read")
        budgets = {one.name: one for one in directory.snapshot(services.engine).budgets}
        found = pausing.paused(services.engine, now=now)
        seen = [one for one in found if _is_seen(budgets.get(one.intervention.budget), one, sight)]
        return PausesReply(pauses=[_reply(one, now) for one in seen])

    @router.post("/budgets/{name}/pause", status_code=201, responses=responses(400, 404, 409, 503))
    def pause(
        who: WritesBudgets, name: BudgetName, request: PauseRequest, services: WithServices
    ) -> PauseReply:
        """Refuse the calls that a budget pays for; within a second in every gateway."""
        now = services.now()
        made = pausing.pause(
            services.engine,
            _writable(who, name, request.value, services),
            pause_id=uuid7(now, random_bytes(8)),
            value=request.value,
            reason=request.reason,
            until=None if request.until is None else parse_expiry(request.until, now=now),
            actor=who.actor,
            now=now,
        )
        return _reply(made, now)

    @router.post("/budgets/{name}/resume", responses=responses(400, 404, 503))
    def resume(
        who: WritesBudgets, name: BudgetName, request: ResumeRequest, services: WithServices
    ) -> PauseReply:
        """Let the calls through again, within a second."""
        now = services.now()
        _writable(who, name, request.value, services)
        ended = pausing.resume(services.engine, name, value=request.value, actor=who.actor, now=now)
        return _reply(ended, now)

    return router


def _writable(who: Principal, name: str, value: str, services: Services) -> Budget:
    missing = NotFound(f"there is no budget {name!r}: `bursar budget list` shows them")
    budgets = {one.name: one for one in directory.snapshot(services.engine).budgets}
    budget = budgets.get(name)
    if budget is None or not budget_is_shown(budget, who.sight("budgets.read")):
        raise missing

    def is_seen(sight: Sight) -> bool:
        return account_in_sight(budget, value, sight) if value else budget_in_sight(budget, sight)

    check_row(who, "budgets.read", "budgets.write", is_seen, missing)
    return budget


def _is_seen(budget: Budget | None, one: Recorded, sight: Sight) -> bool:
    if budget is None:
        return sight.is_everything
    value = one.intervention.value
    return account_in_sight(budget, value, sight) if value else budget_is_shown(budget, sight)


def _reply(one: Recorded, now: InstantUs) -> PauseReply:
    rule = one.intervention
    return PauseReply(
        budget=rule.budget,
        value=rule.value,
        reason=rule.reason,
        since=format_instant(InstantUs(rule.since_us)),
        until=None if rule.until_us is None else format_instant(InstantUs(rule.until_us)),
        in_force=one.holds(now),
    )
