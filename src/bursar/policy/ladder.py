"""Steps of a budget's ladder as rules: what a threshold put in force is decided like any other policy."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from bursar.estate.budgets import (
    STEPS,
    Budget,
    Clamp,
    RequireApproval,
    Reroute,
    Stop,
    StopExperiments,
    StopNonProduction,
    Throttle,
)
from bursar.estate.interventions import Intervention
from bursar.estate.limits import Limit
from bursar.estate.policies import AskApproval, ClampOutput, Deny, Effect, Match, Policy, RerouteTo
from bursar.estate.scope import DIMENSIONS, Scope, any_fits, terms
from bursar.estate.snapshot import Snapshot
from bursar.vocab.instant import InstantUs, format_instant

_STEP_NAMES: Final = frozenset(str(step.__struct_config__.tag) for step in STEPS)
_NOT_PRODUCTION: Final = 'environment != "production"'


def policies_in_force(snapshot: Snapshot) -> tuple[Policy, ...]:
    """What was declared, and what ladders of budgets and people have put in force for a while."""
    trials = [environment.name for environment in snapshot.environments if environment.experiment]
    steps = policies_of(snapshot.interventions, trial_environments=trials, budgets=snapshot.budgets)
    return (*snapshot.policies, *steps)


def policies_of(
    interventions: Iterable[Intervention], *, trial_environments: Sequence[str], budgets: Sequence[Budget]
) -> tuple[Policy, ...]:
    """The policies of all steps that are decided; `trial_environments` are those declared as experiments."""
    found: list[Policy] = []
    for one in interventions:
        match one.step:
            case Stop():
                found.append(_policy(one, one.scope, Deny()))
            case StopNonProduction():
                found.append(_policy(one, one.scope, Deny(), when=_NOT_PRODUCTION))
            case StopExperiments():
                found += _stopped_experiments(one, trial_environments, budgets)
            case Reroute(to=to, models=models):
                scope = msgspec.structs.replace(one.scope, model=models) if models else one.scope
                found.append(_policy(one, scope, RerouteTo(to=to)))
            case Clamp(output_tokens_max=most):
                found.append(_policy(one, one.scope, ClampOutput(output_tokens_max=most)))
            case RequireApproval(tier=tier):
                scope = msgspec.structs.replace(one.scope, tier=tier) if tier else one.scope
                found.append(_policy(one, scope, AskApproval(approvers=one.owner)))
            case _:
                pass  # messages, and what `limits_of` makes a limit of
    return tuple(found)


def limits_of(interventions: Iterable[Intervention]) -> tuple[Limit, ...]:
    """The rate limits of all steps that throttle."""
    return tuple(
        Limit(
            name=_name(one),
            scope=one.scope,
            requests_per_minute=one.step.requests_per_minute,
            owner=one.owner,
            reason=one.reason,
        )
        for one in interventions
        if isinstance(one.step, Throttle)
    )


def step_of(rule: str) -> tuple[str, str] | None:
    """The budget and the step whose rule has this name; None for a rule that somebody declared."""
    kind, _, name = rule.partition("/")
    parts = name.split(":")
    for place in range(1, len(parts) - 1):
        if kind == "policy" and parts[place] in _STEP_NAMES:
            return ":".join(parts[:place]), parts[place]
    return None


def _stopped_experiments(
    one: Intervention, trial_environments: Sequence[str], budgets: Sequence[Budget]
) -> list[Policy]:
    """Calls of environments that are declared as experiments, and of budgets that are."""
    found = []
    trials = _both(one.scope, Scope(environment=list(trial_environments))) if trial_environments else None
    if trials is not None:
        found.append(_policy(one, trials, Deny()))
    found += [
        _policy(one, scope, Deny(), part=budget.name)
        for budget in budgets
        if budget.class_ == "experiment" and (scope := _both(one.scope, budget.scope)) is not None
    ]
    return found


def _both(one: Scope, other: Scope) -> Scope | None:
    """The calls of both scopes; None where they have none in common."""
    lines = dict(terms(one))
    for dimension, values in terms(other):
        mine = lines.get(dimension, values)
        common = [value for value in values if any_fits(mine, (value,))]
        common += [value for value in mine if value not in common and any_fits(values, (value,))]
        if not common:
            return None
        lines[dimension] = tuple(common)
    tags = {name[4:]: list(values) for name, values in lines.items() if name.startswith("tag:")}
    named = {name: list(values) for name, values in lines.items() if not name.startswith("tag:")}
    return Scope(**named, tags=tags)  # type: ignore[arg-type]


def _policy(one: Intervention, scope: Scope, effect: Effect, *, when: str = "", part: str = "") -> Policy:
    written = {name: getattr(scope, name) for name in (*DIMENSIONS, "tags")}
    return Policy(
        name=f"{_name(one)}:{part}" if part else _name(one),
        match=Match(**written),
        when=when,
        effect=effect,
        owner=one.owner,
        reason=one.reason,
        valid_to=format_instant(InstantUs(one.until_us)) if one.until_us is not None else "",
    )


def _name(one: Intervention) -> str:
    """`BUDGET:stop:ID`, so that a refusal names the budget and the step."""
    return f"{one.budget}:{type(one.step).__struct_config__.tag}:{one.id}"
