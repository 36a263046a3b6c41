"""Routes of policies: what would happen to a call and why, whether examples hold, and what rules change."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.estate_rows import EstateRows
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.rows import key_in_sight, scope_in_sight
from bursar.api.services import WithServices
from bursar.api.times import read_instant
from bursar.catalogue import Catalogue
from bursar.estate.kinds import Provider
from bursar.estate.policies import Policy, Verdict
from bursar.estate.routes import ModelRoute
from bursar.estate.snapshot import Key, Snapshot
from bursar.policy import CallFacts, Decision, Rulebook
from bursar.policy.examples import Outcome, run_examples
from bursar.policy.facts import NAMED_TAGS
from bursar.policy.ladder import policies_in_force
from bursar.policy.places import Place, Places, follow
from bursar.vocab.errors import NotFound, near_names
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.sight import Sight

ReadsPolicies = Annotated[Principal, need("policies.read")]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_PASSING: Final = ("allow", "warn", "clamp")
_TEXT: Final[dict[str, Any]] = {"max_length": 256}


class ExplainRequest(BaseModel):
    """A call that nobody has made yet."""

    model_config = _STRICT

    key: str = Field(min_length=1, max_length=256, description="The id of the key that makes it.")
    model: str = Field(min_length=1, max_length=256, description="The model that it asks for.")
    provider: str = Field(
        default="", max_length=256, description="Who answers, where the estate does not say."
    )
    at: str = Field(default="now", max_length=64, description="When: ISO 8601, `now`, or a span back.")
    rules: Literal["now", "then"] = Field(
        default="now", description="Held against the rules in force now, or those that were at `at`."
    )
    tags: dict[str, Annotated[str, Field(**_TEXT)]] = Field(
        default={}, description="Tags over the key's own: team, product, ..., or any further tag."
    )
    bytes: int = Field(default=0, ge=0, le=10**12, description="The length of the request's body.")
    output_tokens: int = Field(default=0, ge=0, le=10**12, description="The longest answer it asks for.")
    budgets: dict[str, Annotated[int, Field(ge=0, le=10**6)]] = Field(
        default={}, description="Percent that are used of the budgets that pay for it."
    )


class Said(BaseModel):
    """What one rule said of the call."""

    rule: str
    effect: str
    fits: bool
    outcome: str


class Step(BaseModel):
    """The decision for one model. A reroute leads to the next step."""

    model: str
    provider: str
    region: str
    tiers: list[str]
    verdict: Literal["allow", "warn", "clamp", "reroute", "require_approval", "require_tags", "deny"]
    rule: str = Field(description="The rule that made the verdict; empty where no rule fitted.")
    owner: str
    reason: str
    reroute_to: str
    output_tokens_max: int | None
    tags_missing: list[str]
    approvers: list[str]
    warnings: list[str]
    shadows: list[str]
    rules: list[Said]


class ExplainReply(BaseModel):
    """What would become of the call, rule by rule."""

    key: str
    at: str
    verdict: Literal["allow", "warn", "clamp", "reroute", "require_approval", "require_tags", "deny"]
    model: str = Field(description="Which model would answer, if one did.")
    route: str = Field(description="The route whose targets are tried in turn; empty if it is a model.")
    steps: list[Step]


class ExampleOutcome(BaseModel):
    """What became of an example."""

    policy: str
    number: int
    passed: bool
    expected: str
    expected_rule: str
    verdict: str
    rule: str
    reason: str


class TestReply(BaseModel):
    """The examples of all policies in force."""

    passed: int
    failed: int
    examples: list[ExampleOutcome]


def policy_router(*, environment_providers: Sequence[Provider] = ()) -> APIRouter:
    """The routes; `environment_providers` exist without being stored."""
    router = APIRouter(tags=["policy"])

    @router.post("/policy/explain", responses=responses(400, 404, 503))
    def explain(who: ReadsPolicies, request: ExplainRequest, services: WithServices) -> ExplainReply:
        """What would happen to a call and why, with a word of every rule.

        All rules decide. Those that an alert put in force for others too have no name here, and those of
        others that had no say are left out.
        """
        at = read_instant(request.at, now=services.now())
        then = at if request.rules == "then" else None
        snapshot = directory.snapshot(services.engine, also=environment_providers, at=then)
        return _explained(request, snapshot, at, who)

    @router.get("/policy/test", responses=responses(400, 503))
    def test_examples(who: ReadsPolicies, services: WithServices) -> TestReply:
        """Hold the examples of the policies in force against them: those in sight."""
        snapshot = directory.snapshot(services.engine, also=environment_providers)
        book = Rulebook(snapshot.tiers, snapshot.policies)
        places = Places(snapshot.providers, snapshot.models)
        seen = _examples_seen(snapshot, who.sight("policies.read"))
        return test_reply(run_examples(book, seen, places, now=services.now()))

    return router


def test_reply(outcomes: Sequence[Outcome]) -> TestReply:
    """Outcomes as they are shown."""
    passed = sum(outcome.passed for outcome in outcomes)
    shown = [
        ExampleOutcome(
            policy=one.policy,
            number=one.number,
            passed=one.passed,
            expected=one.expected,
            expected_rule=one.expected_rule,
            verdict=one.verdict,
            rule=one.rule,
            reason=one.reason,
        )
        for one in outcomes
    ]
    return TestReply(passed=passed, failed=len(outcomes) - passed, examples=shown)


def _rules(snapshot: Snapshot, sight: Sight) -> list[Policy]:
    """All policies in force; those that an alert put in force for others too do not bear their names."""
    seen = [one for one in snapshot.interventions if scope_in_sight(one.scope, sight)]
    hidden = [
        msgspec.structs.replace(one, owner="", reason="") for one in snapshot.interventions if one not in seen
    ]
    nameless = policies_in_force(msgspec.structs.replace(snapshot, policies=(), interventions=tuple(hidden)))
    return [
        *policies_in_force(msgspec.structs.replace(snapshot, interventions=tuple(seen))),
        *(
            msgspec.structs.replace(policy, name=f"not-shown-{place}")
            for place, policy in enumerate(nameless, 1)
        ),
    ]


def _examples_seen(snapshot: Snapshot, sight: Sight) -> list[Policy]:
    """Policies with the examples that are seen; they are held against all rules."""
    rows = EstateRows(snapshot, sight)
    if sight.is_everything:
        return list(snapshot.policies)
    return [rows.policy_seen(policy) for policy in snapshot.policies if rows.sees_policy(policy)]


def _explained(request: ExplainRequest, snapshot: Snapshot, at: InstantUs, who: Principal) -> ExplainReply:
    sight = who.sight("policies.read")
    key = _key(snapshot, request.key, sight, may_list=who.may("keys.read"))
    _check_tags(request, key, sight)
    rows = EstateRows(snapshot, sight)
    book = Rulebook(snapshot.tiers, _rules(snapshot, sight))
    catalogue = Catalogue.of_estate(snapshot.providers, snapshot.prices)
    places = Places(
        snapshot.providers,
        snapshot.models,
        listed_by=lambda model: [one.name for one in snapshot.providers if catalogue.knows(one.name, model)],
    )

    def explain(place: Place) -> Decision:
        return book.explain(_facts(request, key, place, snapshot, at))

    route = next((one for one in snapshot.routes if one.name == request.model), None)
    steps: list[Step] = []
    verdict: Verdict = "allow"
    for name in _asked(request, route):
        followed = follow(places.of(name, request.provider), places, explain)
        steps += [_step(place, decision, rows) for place, decision in followed]
        verdict = steps[-1].verdict
        if verdict in _PASSING:
            verdict = "reroute" if len(followed) > 1 else verdict
            break
        if route is None or "policy" not in route.fallback_on:
            break
    return ExplainReply(
        key=key.id,
        at=format_instant(at),
        verdict=verdict,
        model=steps[-1].model,
        route="" if route is None else route.name,
        steps=steps,
    )


def _asked(request: ExplainRequest, route: ModelRoute | None) -> Sequence[str]:
    """The models that would be tried in turn."""
    if route is None:
        return (request.model,)
    return [target.model for target in route.targets[: route.attempts_max]]


def _check_tags(request: ExplainRequest, key: Key, sight: Sight) -> None:
    """NotFound for a call that would be none of theirs, whether such a team or product exists or not."""
    team, product = (request.tags.get(name, getattr(key, name)) for name in ("team", "product"))
    if not sight.sees(team=team, product=product):
        raise NotFound(f"you see no calls of team {team!r} and product {product!r}")


def _key(snapshot: Snapshot, key_id: str, sight: Sight, *, may_list: bool) -> Key:
    keys = {key.id: key for key in snapshot.keys if key_in_sight(key, sight)}
    if key_id not in keys:
        # Ids of keys are for those who may list them.
        near = near_names(key_id, keys, count=1) if may_list else []
        hint = f"; did you mean {near[0]}?" if near else ": `bursar key list` shows them"
        raise NotFound(f"there is no key with the id {key_id!r}{hint}")
    return keys[key_id]


def _facts(request: ExplainRequest, key: Key, place: Place, snapshot: Snapshot, at: InstantUs) -> CallFacts:
    named = {name: request.tags.get(name, getattr(key, name)) for name in NAMED_TAGS}
    further = {name: value for name, value in request.tags.items() if name not in NAMED_TAGS}
    granted = [
        grant.rule
        for grant in snapshot.grants
        if (grant.key_id, grant.model) == (key.id, place.model) and (grant.until_us or at + 1) > at
    ]
    return CallFacts(
        **named,
        model=place.model,
        upstream_model=place.upstream_model,
        provider=place.provider,
        region=place.region,
        key=key.id,
        tags={**key.tags, **further},
        trained=key.tags.get("training", ""),
        bytes=request.bytes,
        output_tokens=request.output_tokens,
        at_us=at,
        budgets=request.budgets,
        granted=tuple(granted),
    )


def _step(place: Place, decision: Decision, rows: EstateRows) -> Step:
    """What was decided; of the rules that had no say only those that are seen."""
    return Step(
        model=place.model,
        provider=place.provider,
        region=place.region,
        tiers=[name for name in decision.tiers if rows.sees_rule(f"tier/{name}")],
        verdict=decision.verdict,
        rule=decision.rule,
        owner=decision.owner,
        reason=rows.words_of(decision.rule, decision.reason),
        reroute_to=decision.reroute_to,
        output_tokens_max=decision.output_tokens_max,
        tags_missing=list(decision.tags_missing),
        approvers=list(decision.approvers),
        warnings=[rule.name for rule in decision.warnings],
        shadows=[f"{rule}: {effect}" for rule, effect in decision.shadows],
        rules=[
            Said(
                rule=one.rule,
                effect=one.does,
                fits=one.fits,
                outcome=rows.words_of(one.rule, one.outcome),
            )
            for one in decision.trail
            if one.fits or rows.sees_rule(one.rule)
        ],
    )
