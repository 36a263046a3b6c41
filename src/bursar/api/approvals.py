"""Routes of approvals: who waits for one, and the answer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.rows import approval_in_sight, check_row
from bursar.api.services import Services, WithServices
from bursar.directory import Approval
from bursar.estate.snapshot import Key
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.money import Picodollars, from_usd, usd_text

ReadsApprovals = Annotated[Principal, need("approvals.read")]
AnswersApprovals = Annotated[Principal, need("approvals.answer")]

RequestId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_USD: Final[dict[str, Any]] = {"pattern": r"^[0-9]{1,7}(\.[0-9]{1,12})?$"}


class GrantRequest(BaseModel):
    """How far a grant goes: it ends with the first of its limits, and needs one of them."""

    model_config = _STRICT

    until: str = Field(
        default="",
        description="An instant in the future, ISO 8601, or a span such as 90m, 12h, 30d, 4w.",
        max_length=64,
    )
    calls: int | None = Field(default=None, ge=1, le=10**12, description="The most calls.")
    usd: Annotated[str, Field(**_USD)] | None = Field(
        default=None, description="It ends with the call that brings its cost to this; a decimal text."
    )
    reason: str = Field(min_length=1, max_length=2000, description="Why, for the audit.")


class DeclineRequest(BaseModel):
    """Why not."""

    model_config = _STRICT

    reason: str = Field(min_length=1, max_length=2000, description="Why not; whoever asked is told.")


class ApprovalReply(BaseModel):
    """A request for approval. Instants are ISO 8601 in UTC, amounts decimal texts in USD."""

    id: str
    state: Literal["open", "granted", "declined", "ended"]
    key: str
    key_label: str = Field(description="What the key is called; empty if it has no label.")
    team: str
    rule: str = Field(description="policy/NAME or tier/NAME.")
    model: str
    owner: str
    reason: str = Field(description="Why the rule is there.")
    call: str = Field(description="The call that asked first.")
    approvers: list[str]
    approver: str = Field(description="Who is asked now.")
    escalated: bool = Field(description="Whether somebody before did not answer in time.")
    asked_at: str
    decided_at: str | None
    decided_by: str
    answer: str
    until: str | None
    calls_max: int | None
    calls_used: int
    usd_max: str | None
    usd_used: str


class ApprovalsReply(BaseModel):
    """Requests, newest first."""

    approvals: list[ApprovalReply]


def approvals_router() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["approvals"])

    @router.get("/approvals", responses=responses(400, 503))
    def list_approvals(
        who: ReadsApprovals,
        services: WithServices,
        state: Annotated[
            Literal["open", "granted", "declined", "ended"] | None, Query(description="Only these.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> ApprovalsReply:
        """Requests for approval in sight, newest first."""
        sight = who.sight("approvals.read")
        keys = {} if sight.is_everything else _keys(services)
        found = directory.list_approvals(
            services.engine,
            state=state,
            limit=limit,
            is_seen=None if sight.is_everything else lambda one: approval_in_sight(one, keys, sight),
        )
        return ApprovalsReply(approvals=_replies(services, found))

    @router.get("/approvals/{request_id}", responses=responses(400, 404, 503))
    def read_approval(who: ReadsApprovals, request_id: RequestId, services: WithServices) -> ApprovalReply:
        """One request."""
        found = directory.get_approval(services.engine, request_id)
        if not approval_in_sight(found, _keys(services), who.sight("approvals.read")):
            raise directory.no_such_request(request_id)
        return _reply(services, found)

    @router.post("/approvals/{request_id}/grant", responses=responses(400, 404, 409, 503))
    def grant(
        who: AnswersApprovals, request_id: RequestId, request: GrantRequest, services: WithServices
    ) -> ApprovalReply:
        """Say yes: within a second the next try of the same key goes through in every gateway."""
        _check(who, request_id, services)
        terms = directory.GrantTerms(
            until=request.until,
            calls_max=request.calls,
            cost_max_pico=None if request.usd is None else from_usd(Decimal(request.usd)),
        )
        granted = directory.grant_approval(
            services.engine, request_id, terms, reason=request.reason, actor=who.actor, now=services.now()
        )
        return _reply(services, granted)

    @router.post("/approvals/{request_id}/decline", responses=responses(400, 404, 409, 503))
    def decline(
        who: AnswersApprovals, request_id: RequestId, request: DeclineRequest, services: WithServices
    ) -> ApprovalReply:
        """Say no: for a day whoever asks the same is told so, and why."""
        _check(who, request_id, services)
        declined = directory.decline_approval(
            services.engine, request_id, reason=request.reason, actor=who.actor, now=services.now()
        )
        return _reply(services, declined)

    return router


def _check(who: Principal, request_id: str, services: Services) -> None:
    found = directory.get_approval(services.engine, request_id)
    keys = _keys(services)
    check_row(
        who,
        "approvals.read",
        "approvals.answer",
        lambda sight: approval_in_sight(found, keys, sight),
        directory.no_such_request(request_id),
    )


def _keys(services: Services) -> dict[str, Key]:
    return {key.id: key for key in directory.list_keys(services.engine)}


def _replies(services: Services, approvals: Sequence[Approval]) -> list[ApprovalReply]:
    labels = directory.key_labels(services.engine, {one.key_id for one in approvals})
    return [_shown(one, labels.get(one.key_id, "")) for one in approvals]


def _reply(services: Services, approval: Approval) -> ApprovalReply:
    (reply,) = _replies(services, [approval])
    return reply


def _shown(approval: Approval, key_label: str) -> ApprovalReply:
    return ApprovalReply(
        id=approval.id,
        state=approval.state,
        key=approval.key_id,
        key_label=key_label,
        team=approval.team,
        rule=approval.rule,
        model=approval.model,
        owner=approval.owner,
        reason=approval.reason,
        call=approval.call_id,
        approvers=list(approval.approvers),
        approver=approval.approver,
        escalated=approval.is_escalated,
        asked_at=format_instant(approval.asked_at_us),
        decided_at=_instant(approval.decided_at_us),
        decided_by=approval.decided_by,
        answer=approval.answer,
        until=_instant(approval.until_us),
        calls_max=approval.calls_max,
        calls_used=approval.calls_used,
        usd_max=_usd(approval.cost_max_pico),
        usd_used=usd_text(approval.cost_used_pico),
    )


def _instant(at: InstantUs | None) -> str | None:
    return None if at is None else format_instant(at)


def _usd(amount: Picodollars | None) -> str | None:
    return None if amount is None else usd_text(amount)
