"""What rules in files would do: where they contradict each other, and what they do to calls of the past."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.estate import ApplyRequest, parsed_request
from bursar.api.permission import need, see_all
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.budgets.amount import shown
from bursar.budgets.effect import RunOut, run_outs
from bursar.estate.budgets import Budget
from bursar.estate.kinds import AnyDocument, Model, Provider
from bursar.estate.parse import Placed
from bursar.estate.policies import Policy, Tier
from bursar.estate.snapshot import Snapshot
from bursar.ledger.effect import Effect, EffectQuery, RuleEffect
from bursar.policy import Rulebook
from bursar.policy.conflicts import conflicts
from bursar.policy.places import Places
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.money import usd_text

ReadsPolicies = Annotated[Principal, need("policies.read")]

_DAY_US: Final = 86_400_000_000

Given = Annotated[
    bool, Field(description="Whether it is in the documents that were sent; others are in force as it is.")
]


class EffectRequest(ApplyRequest):
    """Documents as for applying them, and how far to look back."""

    days: int = Field(default=30, ge=1, le=400, description="How many days of calls, back from now.")


class TeamCalls(BaseModel):
    """Calls of a team."""

    team: str
    calls: int


class RuleEffectReply(BaseModel):
    """What one rule would have done. Amounts are decimal texts in USD."""

    verdict: str = Field(description="deny, require_tags, require_approval, reroute or clamp.")
    rule: str
    calls: int
    cost: str = Field(description="What these calls cost.")
    saved: str | None = Field(
        description="For reroutes: what they cost more than as many tokens of the new model at its average "
        "price in the span; null where nobody used it."
    )
    teams: list[TeamCalls] = Field(description="With the most of these calls.")
    given: Given


class NotCounted(BaseModel):
    """A rule that stored calls cannot be held against."""

    rule: str
    why: str
    given: Given


class ConflictReply(BaseModel):
    """Two policies that contradict each other on calls that both may fit."""

    rules: list[str]
    winner: str
    why: str


class RunOutReply(BaseModel):
    """A budget that would have run out. Amounts are decimal texts in its unit."""

    budget: str
    value: str = Field(description="Of its dimension `each`; empty where it is one for all.")
    unit: str
    period_begins_at: str
    runs_out_at: str = Field(description="The hour in which it would have.")
    amount: str
    used: str = Field(description="What was used in that period.")
    given: Given


class EffectReply(BaseModel):
    """What the estate would do with these documents in it."""

    start: str
    end: str
    calls: int = Field(description="That were answered in the span.")
    rules: list[RuleEffectReply]
    not_counted: list[NotCounted]
    conflicts: list[ConflictReply]
    budgets: list[RunOutReply] = Field(description="Those that would have run out, by time.")


def effect_router(*, environment_providers: Sequence[Provider] = ()) -> APIRouter:
    """The route; `environment_providers` exist without being stored."""
    router = APIRouter(tags=["policy"])

    @router.post("/policy/effect", responses=responses(400, 503))
    def effect(who: ReadsPolicies, request: EffectRequest, services: WithServices) -> EffectReply:
        """What tiers and policies would have done to the calls of the last days, and where they conflict."""
        see_all(who, "policies.read")  # it counts the calls of everybody, and names what the estate holds
        now = services.now()
        parsed = parsed_request(request)
        directory.apply(
            services.engine,
            parsed.documents,
            actor=who.actor,
            now=now,
            prune=request.prune,
            dry_run=True,
            also=environment_providers,
        )
        snapshot = directory.snapshot(services.engine, also=environment_providers)
        estate = _after(snapshot, parsed.documents, prune=request.prune, also=environment_providers)
        query = EffectQuery(
            tiers=[one for one in estate if isinstance(one, Tier)],
            policies=[one for one in estate if isinstance(one, Policy)],
            places=Places(
                [one for one in estate if isinstance(one, Provider)],
                [one for one in estate if isinstance(one, Model)],
            ),
            keys=snapshot.keys,
            start=InstantUs(max(0, now - request.days * _DAY_US)),
            end=now,
            now=now,
        )
        given = {f"{item.document.KIND}/{item.document.name}" for item in parsed.documents}
        drivers = {driver.name: Decimal(driver.value) for driver in snapshot.drivers}
        budgets = [one for one in estate if isinstance(one, Budget)]
        found, left_out = run_outs(services.ledger, budgets, drivers, start=query.start, end=query.end)
        reply = _reply(services.ledger.effect(query), query, given)
        reply.budgets = [_run_out(one, given) for one in found]
        why = "its scope names tiers, which the ledger does not keep"
        reply.not_counted += [_not_counted(f"budget/{name}", why, given) for name in left_out]
        return reply

    return router


def _after(
    snapshot: Snapshot, documents: Iterable[Placed], *, prune: bool, also: Iterable[AnyDocument]
) -> list[AnyDocument]:
    """The documents that matter to rules, as they would be in force."""
    stored: list[AnyDocument] = [
        *snapshot.providers,
        *snapshot.models,
        *snapshot.tiers,
        *snapshot.policies,
        *snapshot.budgets,
    ]
    stay: Iterable[AnyDocument] = also if prune else stored
    estate = {(document.KIND, document.name): document for document in stay}
    estate |= {item.identity: item.document for item in documents}
    return list(estate.values())


def _reply(effect: Effect, query: EffectQuery, given: set[str]) -> EffectReply:
    book = Rulebook(query.tiers, query.policies)
    return EffectReply(
        start=format_instant(query.start),
        end=format_instant(query.end),
        calls=effect.calls,
        rules=[_rule(one, given) for one in effect.rules],
        not_counted=[_not_counted(rule, why, given) for rule, why in effect.not_counted],
        conflicts=[
            ConflictReply(rules=list(one.rules), winner=one.winner, why=one.why)
            for one in conflicts(book, given)
        ],
        budgets=[],
    )


def _not_counted(rule: str, why: str, given: set[str]) -> NotCounted:
    return NotCounted(rule=rule, why=why, given=rule in given)


def _run_out(one: RunOut, given: set[str]) -> RunOutReply:
    unit = one.budget.unit
    return RunOutReply(
        budget=one.budget.name,
        value=one.value,
        unit=unit,
        period_begins_at=format_instant(one.begins_at),
        runs_out_at=format_instant(one.at),
        amount=shown(one.amount, unit),
        used=shown(one.used, unit),
        given=f"budget/{one.budget.name}" in given,
    )


def _rule(effect: RuleEffect, given: set[str]) -> RuleEffectReply:
    return RuleEffectReply(
        verdict=effect.verdict,
        rule=effect.rule,
        calls=effect.calls,
        cost=usd_text(effect.cost),
        saved=None if effect.verdict != "reroute" or effect.saved is None else usd_text(effect.saved),
        teams=[TeamCalls(team=team, calls=calls) for team, calls in effect.teams],
        given=effect.rule in given,
    )
