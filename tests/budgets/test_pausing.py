"""A person pauses a budget: a rule in force with their reason, once, until somebody resumes it."""

import pytest
from sqlalchemy import Engine

from bursar.budgets.pausing import pause, paused, resume
from bursar.directory import audit_newest, snapshot
from bursar.estate.budgets import Budget
from bursar.estate.scope import Scope
from bursar.vocab.errors import Conflict, InvalidInput, NotFound
from bursar.vocab.instant import InstantUs

NOW = InstantUs(1_000_000)
LAB = Budget(name="lab", owner="eli@example.com", scope=Scope(team="research"), amount="10", period="month")
TEAMS = Budget(name="teams", owner="cfo@example.com", amount="10", period="month", each="team")


def stop(engine: Engine, budget: Budget = LAB, value: str = "", number: int = 1, **more: object) -> None:
    pause(
        engine,
        budget,
        pause_id=f"pause-{number}",
        value=value,
        reason=str(more.get("reason", "it runs away")),
        until=more.get("until"),  # type: ignore[arg-type]
        actor="ada@example.com",
        now=NOW,
    )


def test_a_pause_is_a_rule_for_the_calls_of_the_budget_that_says_who_and_why(state: Engine) -> None:
    stop(state)
    (rule,) = snapshot(state).interventions
    assert (rule.budget, rule.scope.team, rule.until_us) == ("lab", "research", None)
    assert rule.reason == "paused by ada@example.com: it runs away"
    with pytest.raises(Conflict, match="already"):
        stop(state, number=2)
    resume(state, "lab", value="", actor="bob@example.com", now=NOW)
    assert snapshot(state).interventions == ()
    assert paused(state, now=NOW) == []
    actions = [(row.actor, row.action) for row in audit_newest(state, limit=2)]
    assert actions == [("bob@example.com", "intervention.undone"), ("ada@example.com", "intervention.opened")]


def test_one_part_of_a_split_budget_is_paused_alone_and_ends_by_itself(state: Engine) -> None:
    stop(state, TEAMS, "search", until=InstantUs(NOW + 10))
    stop(state, TEAMS, "ads", number=2)
    assert {rule.scope.team for rule in snapshot(state).interventions} == {"search", "ads"}
    later = InstantUs(NOW + 10)
    assert [one.intervention.value for one in paused(state, "teams", now=later)] == ["ads"]
    with pytest.raises(NotFound, match="not paused"):
        resume(state, "teams", value="search", actor="ada", now=later)


@pytest.mark.parametrize(
    ("value", "more"), [("", {"reason": "  "}), ("x", {}), ("", {"until": NOW}), ("", {"reason": "a" * 501})]
)
def test_a_pause_that_cannot_be_says_why(state: Engine, value: str, more: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        stop(state, value=value, **more)
    assert snapshot(state).interventions == ()
