"""Which target comes next: in order or by weight, the same for the same seed, and failures last."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import make_world

from bursar.estate.kinds import Provider
from bursar.estate.routes import ModelRoute, RouteTarget
from bursar.estate.snapshot import Snapshot
from bursar.gateway.paths import Route
from bursar.gateway.refusal import Refusal
from bursar.gateway.routing import Routing, cause_of_refusal, cause_of_status, wait_us
from bursar.gateway.world import Plan
from bursar.http1 import UpstreamBroken, UpstreamSilent

CHAT = Route("openai", "chat")
SECOND = 1_000_000


def plan(*weights: int, **fields: object) -> Plan:
    """A route to models m0, m1, ... with these weights."""
    targets = [RouteTarget(model=f"p/m{place}", weight=weight) for place, weight in enumerate(weights)]
    known = {"name": "fast", "targets": targets, "attempts_max": 32, "cooldown": "30s"}
    snapshot = Snapshot(
        providers=(Provider(name="p", wire="openai", base_url="http://x"),),
        routes=(ModelRoute(**{**known, **fields}),),
    )
    found = make_world(snapshot).plan(CHAT, "fast")
    assert found is not None
    return found


def names(routing: Routing, way: Plan, call_id: str = "a", now_us: int = 0) -> list[str]:
    return [target.model for target in routing.targets(way, call_id, now_us)]


def test_in_order_the_first_is_tried_first_and_no_more_than_allowed() -> None:
    assert names(Routing(), plan(1, 9, 1)) == ["m0", "m1", "m2"]
    assert names(Routing(), plan(1, 9, 1, attempts_max=2)) == ["m0", "m1"]


def test_a_target_that_failed_comes_last_until_its_cooldown_is_over() -> None:
    routing, way = Routing(), plan(1, 1, 1)
    routing.tried(way, way.targets[0], "server_error", 0)
    assert names(routing, way, now_us=30 * SECOND - 1) == ["m1", "m2", "m0"]
    assert names(routing, way, now_us=30 * SECOND) == ["m0", "m1", "m2"]


def test_of_those_that_failed_the_one_that_is_soonest_over_comes_first() -> None:
    routing, way = Routing(), plan(1, 1)
    routing.tried(way, way.targets[0], "timeout", 5 * SECOND)
    routing.tried(way, way.targets[1], "connection", 0)
    assert names(routing, way, now_us=6 * SECOND) == ["m1", "m0"]


def test_a_provider_that_asks_for_more_time_gets_it_but_no_more_than_an_hour() -> None:
    routing, way = Routing(), plan(1, 1)
    routing.tried(way, way.targets[0], "rate_limited", 0, wait_us(b"120"))
    assert names(routing, way, now_us=119 * SECOND) == ["m1", "m0"]
    routing.tried(way, way.targets[0], "rate_limited", 0, wait_us(b"999999999"))
    assert names(routing, way, now_us=3601 * SECOND) == ["m0", "m1"]
    assert [wait_us(text) for text in (None, b"", b"soon", b"-4", b"9" * 5000)] == [0, 0, 0, 0, 0]


def test_a_target_that_serves_again_is_as_any() -> None:
    routing, way = Routing(), plan(1, 1)
    routing.tried(way, way.targets[0], "server_error", 0)
    routing.tried(way, way.targets[0], "", 1)
    assert names(routing, way, now_us=1) == ["m0", "m1"]


@pytest.mark.parametrize("cause", ["budget", "policy", ""])
def test_what_is_not_the_providers_fault_cools_nothing_down(cause: str) -> None:
    routing, way = Routing(), plan(1, 1)
    routing.tried(way, way.targets[0], cause, 0)
    assert names(routing, way, now_us=1) == ["m0", "m1"]


def test_without_a_cooldown_a_target_keeps_its_place() -> None:
    routing, way = Routing(), plan(1, 1, cooldown="0s")
    routing.tried(way, way.targets[0], "server_error", 0)
    assert names(routing, way, now_us=1) == ["m0", "m1"]


def test_weights_are_the_shares_of_the_calls_that_a_target_gets_first() -> None:
    routing, way = Routing(), plan(7, 2, 1, order="by_weight")
    first = Counter(names(routing, way, f"call-{number}")[0] for number in range(20_000))
    for model, share in (("m0", 0.7), ("m1", 0.2), ("m2", 0.1)):
        assert abs(first[model] / 20_000 - share) < 0.015


def test_the_same_seed_and_call_always_go_the_same_way_and_another_seed_another() -> None:
    way = plan(1, 1, 1, 1, 1, order="by_weight")
    ways = [names(Routing(7), way, f"call-{number}") for number in range(50)]
    assert ways == [names(Routing(7), way, f"call-{number}") for number in range(50)]
    assert ways != [names(Routing(8), way, f"call-{number}") for number in range(50)]


@given(weights=st.lists(st.integers(1, 1_000_000), min_size=1, max_size=8), call_id=st.text(max_size=9))
def test_every_target_is_drawn_once(weights: list[int], call_id: str) -> None:
    drawn = names(Routing(), plan(*weights, order="by_weight"), call_id)
    assert sorted(drawn) == [f"m{place}" for place in range(len(weights))]


def test_statuses_and_refusals_have_their_causes() -> None:
    assert [cause_of_status(status) for status in (200, 400, 404, 429, 500, 503, 529)] == [
        *("", "", "", "rate_limited"),
        *("server_error", "server_error", "server_error"),
    ]
    causes = {
        "upstream_unreachable": "connection",
        "provider_misconfigured": "connection",
        "rate_limited": "rate_limited",
        "budget_exhausted": "budget",
        "policy_denied": "policy",
        "model_not_allowed": "",
        "outbox_unwritable": "",
    }
    assert {code: cause_of_refusal(Refusal(500, code, "x")) for code in causes} == causes
    for error, cause in ((UpstreamSilent("x"), "timeout"), (UpstreamBroken("x"), "connection")):
        refusal = Refusal(502, "upstream_broken", "x")
        refusal.__cause__ = error
        assert cause_of_refusal(refusal) == cause
