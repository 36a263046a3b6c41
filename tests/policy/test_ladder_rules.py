"""Steps of a budget's ladder become rules, which are decided like any other policy."""

from bursar.estate.budgets import (
    Budget,
    Clamp,
    Notify,
    RequireApproval,
    Reroute,
    Step,
    Stop,
    StopExperiments,
    StopNonProduction,
    Throttle,
)
from bursar.estate.interventions import Intervention
from bursar.estate.policies import Tier
from bursar.estate.scope import Scope
from bursar.policy import CallFacts, Rulebook, ladder

EXPERIMENT = Budget(
    name="try-out",
    amount="5",
    class_="experiment",
    owner="bob",
    expires="2030-01-01",
    scope=Scope(product="lab"),
)


def put(*steps: Step, until_us: int | None = None) -> tuple[Intervention, ...]:
    return tuple(
        Intervention(
            id=f"a.{number}",
            budget="search",
            owner="alice",
            reason="It has used 90%.",
            scope=Scope(team="search"),
            step=step,
            since_us=0,
            until_us=until_us,
        )
        for number, step in enumerate(steps)
    )


def verdict(*steps: Step, until_us: int | None = None, **facts: object) -> str:
    policies = ladder.policies_of(
        put(*steps, until_us=until_us), trial_environments=["sandbox"], budgets=[EXPERIMENT]
    )
    rules = Rulebook([Tier(name="frontier", models="gpt-5*")], policies)
    known: dict[str, object] = {"team": "search", "environment": "production", "model": "gpt-5"}
    return rules.decide(CallFacts(**{**known, **facts})).verdict  # type: ignore[arg-type]


def test_each_step_does_what_its_name_says() -> None:
    assert verdict(Stop()) == "deny"
    assert verdict(Stop(), team="ads") == "allow"
    assert verdict(StopNonProduction()) == "allow"
    assert verdict(StopNonProduction(), environment="staging") == "deny"
    assert verdict(StopExperiments()) == "allow"
    assert verdict(StopExperiments(), environment="sandbox") == "deny"
    assert verdict(StopExperiments(), product="lab") == "deny"
    assert verdict(Reroute(to="small", models="gpt-5*")) == "reroute"
    assert verdict(Reroute(to="small", models="gpt-4*")) == "allow"
    assert verdict(Clamp(output_tokens_max=5)) == "clamp"
    assert verdict(RequireApproval(tier="frontier")) == "require_approval"
    assert verdict(RequireApproval(tier="frontier"), model="gpt-4") == "allow"
    assert verdict(Notify()) == "allow"


def test_experiments_of_others_go_on() -> None:
    other = Budget(
        name="b", amount="5", class_="experiment", owner="b", expires="2030-01-01", scope=Scope(team="lab")
    )
    policies = ladder.policies_of(put(StopExperiments()), trial_environments=[], budgets=[other])
    assert policies == ()


def test_a_step_ends_with_its_period() -> None:
    assert verdict(Stop(), until_us=1_000_000, at_us=999_999) == "deny"
    assert verdict(Stop(), until_us=1_000_000, at_us=1_000_000) == "allow"


def test_a_throttle_is_a_rate_limit_of_the_same_scope() -> None:
    (limit,) = ladder.limits_of(put(Throttle(requests_per_minute=7), Stop()))
    assert (limit.requests_per_minute, limit.scope) == (7, Scope(team="search"))


def test_a_rule_names_its_budget_and_step() -> None:
    (policy,) = ladder.policies_of(put(Stop()), trial_environments=[], budgets=[])
    assert ladder.step_of(f"policy/{policy.name}") == ("search", "stop")
    assert ladder.step_of("policy/night") is None
