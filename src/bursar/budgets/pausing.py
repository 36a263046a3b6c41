"""A budget that a person pauses: the calls that it pays for are refused until somebody resumes it."""

from typing import Final

from sqlalchemy import Engine

from bursar.directory.interventions import Recorded, interventions, open_interventions, undo_intervention
from bursar.estate.budgets import Budget, Stop
from bursar.estate.interventions import Intervention, narrowed
from bursar.store.state import writing
from bursar.vocab.errors import Conflict, InvalidInput, NotFound
from bursar.vocab.instant import InstantUs

PAUSE: Final = "pause"
"""What stands in place of the alert at a rule that a person put in force."""

_LOOKED_AT: Final = 1000
_REASON_LONGEST: Final = 500


def pause(
    engine: Engine,
    budget: Budget,
    *,
    pause_id: str,
    value: str,
    reason: str,
    until: InstantUs | None,
    actor: str,
    now: InstantUs,
) -> Recorded:
    """Refuse the calls that the budget, or its part for `value`, pays for; within a second in every gateway.

    Conflict if it is paused already.
    """
    reason = reason.strip()
    if not reason or len(reason) > _REASON_LONGEST:
        raise InvalidInput(f"say why, in at most {_REASON_LONGEST} characters: who is refused is told")
    if value and not budget.each:
        raise InvalidInput(f"the budget {budget.name} is one for all: give no value")
    if until is not None and until <= now:
        raise InvalidInput("the end of a pause lies in the future")
    if any(one.intervention.value == value for one in paused(engine, budget.name, now=now)):
        raise Conflict(f"the budget {budget.name} is paused already: `bursar budget resume` ends that")
    rule = Intervention(
        id=pause_id,
        budget=budget.name,
        value=value,
        owner=budget.owner,
        reason=f"paused by {actor}: {reason}",
        scope=narrowed(budget.scope, budget.each if value else "", value),
        step=Stop(),
        since_us=now,
        until_us=until,
    )
    with writing(engine) as connection:
        open_interventions(connection, [rule], alert=PAUSE, actor=actor, now=now)
    return Recorded(intervention=rule, alert=PAUSE)


def resume(engine: Engine, budget: str, *, value: str, actor: str, now: InstantUs) -> Recorded:
    """Let the calls through again; NotFound if the budget, or its part, is not paused."""
    for one in paused(engine, budget, now=now):
        if one.intervention.value == value:
            return undo_intervention(engine, one.intervention.id, actor=actor, now=now)
    raise NotFound(f"the budget {budget} is not paused")


def paused(engine: Engine, budget: str = "", *, now: InstantUs) -> list[Recorded]:
    """The pauses in force, of one budget or of all."""

    def wanted(one: Recorded) -> bool:
        return one.alert == PAUSE and one.holds(now) and budget in ("", one.intervention.budget)

    return interventions(engine, limit=_LOOKED_AT, is_seen=wanted)
