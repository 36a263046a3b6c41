"""Policies and approvals over HTTP: exact as described, and answers that say what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import ignored_auth

from bursar import directory
from bursar.api.app import create_app
from bursar.api.approvals import approvals_router
from bursar.api.effect import effect_router
from bursar.api.estate import estate_router
from bursar.api.guard import Tokens
from bursar.api.policy import policy_router
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs, parse_instant

NOW = parse_instant("2026-11-23T09:00:00Z")
ADMIN = {"authorization": "Bearer admin"}
SECRET = "bsk_" + "x" * 40
ESTATE: list[dict[str, Any]] = [
    {"kind": "provider", "name": "mock", "wire": "openai", "base_url": "http://x"},
    {"kind": "model", "name": "gpt-5", "provider": "mock"},
    {
        "kind": "policy",
        "name": "asked",
        "match": {"model": "gpt-5"},
        "effect": {"type": "require_approval", "approvers": ["ann"]},
        "owner": "eve",
        "examples": [{"call": {"model": "gpt-5"}, "expect": "require_approval"}],
    },
]


@dataclass
class Clock:
    now: InstantUs = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    """A control plane on real stores with an estate, a key and an open request."""
    engine = directory.open_state(f"sqlite:///{tmp_path}/state.sqlite")
    ledger = Ledger.open(tmp_path / "ledger.duckdb")
    app = create_app(
        ledger=ledger,
        engine=engine,
        tokens=Tokens(admin="admin", internal="internal"),
        now=lambda: clock.now,
        routers=(estate_router(), policy_router(), effect_router(), approvals_router()),
    )
    directory.create_key(
        engine,
        directory.KeyRequest(team="search", tags={"training": "basics"}, label="the search box"),
        key_id="k1",
        secret=SECRET,
        actor="t",
        now=NOW,
    )
    wanted = directory.Wanted(
        key_id="k1",
        team="search",
        rule="policy/asked",
        model="gpt-5",
        owner="eve",
        reason="",
        approvers=("ann", "eve"),
        call_id="c1",
    )
    directory.request_approval(engine, wanted, request_id="r1", now=NOW)
    with TestClient(app, headers=ADMIN) as client:
        client.post("/api/v1/estate/apply", json={"documents": ESTATE})
        yield client
    ledger.close()
    engine.dispose()


def test_the_estate_is_read_with_its_policies_in_their_one_form(client: TestClient) -> None:
    documents = client.get("/api/v1/estate", params={"kind": "policy"}).json()["documents"]
    assert [one["effect"] for one in documents] == [{"type": "require_approval", "approvers": ["ann"]}]


def test_a_grant_is_seen_by_explain_and_in_the_audit(client: TestClient) -> None:
    call = {"key": "k1", "model": "gpt-5"}
    before = client.post("/api/v1/policy/explain", json=call).json()
    assert (before["verdict"], before["steps"][0]["approvers"]) == ("require_approval", ["ann", "eve"])
    reply = client.post("/api/v1/approvals/r1/grant", json={"until": "7d", "usd": "2.5", "reason": "ok"})
    assert (reply.status_code, reply.json()["usd_max"]) == (200, "2.5")
    assert client.post("/api/v1/policy/explain", json=call).json()["verdict"] == "allow"
    (entry,) = client.get("/api/v1/audit", params={"limit": 1}).json()["entries"]
    assert (entry["action"], entry["subject"], entry["detail"]["answer"]) == (
        "approval.granted",
        "approval/r1",
        "ok",
    )


def test_a_call_of_the_past_is_held_against_the_rules_of_then(client: TestClient, clock: Clock) -> None:
    call = {"key": "k1", "model": "gpt-5", "at": "2026-11-23T09:00:00Z"}
    clock.now = parse_instant("2026-11-24T09:00:00Z")
    removed = [one for one in ESTATE if one["kind"] != "policy"]
    client.post("/api/v1/estate/apply", json={"documents": removed, "prune": True})

    def verdict(**more: Any) -> Any:
        return client.post("/api/v1/policy/explain", json=call | more).json()["verdict"]

    assert (verdict(), verdict(rules="then")) == ("allow", "require_approval")
    assert verdict(rules="then", at="2026-11-24T09:00:00Z") == "allow"
    assert verdict(rules="then", at="2026-11-22T09:00:00Z") == "allow", "there was no such rule yet"


def test_a_model_that_only_a_catalogue_lists_is_placed_at_its_vendor(client: TestClient) -> None:
    vendors = [
        {"kind": "provider", "name": name, "wire": name, "base_url": "http://x"}
        for name in ("openai", "anthropic")
    ]
    client.post("/api/v1/estate/apply", json={"documents": vendors})
    step = client.post("/api/v1/policy/explain", json={"key": "k1", "model": "claude-haiku-4-5"}).json()
    assert step["steps"][0]["provider"] == "anthropic"


def test_a_route_is_explained_by_its_targets_as_far_as_a_call_would_try_them(client: TestClient) -> None:
    documents: list[dict[str, Any]] = [
        {"kind": "provider", "name": "openai", "wire": "openai", "base_url": "http://x"},
        {"kind": "provider", "name": "vllm", "wire": "openai", "base_url": "http://x"},
        {"kind": "model", "name": "own", "provider": "vllm"},
        {"kind": "tier", "name": "frontier", "models": "gpt-5.2", "allowed": {"team": "nobody"}},
        {"kind": "route", "name": "fast", "targets": [{"model": "openai/gpt-5.2"}, {"model": "own"}]},
    ]

    def explained(fallback_on: list[str]) -> Any:
        documents[-1]["fallback_on"] = fallback_on
        assert client.post("/api/v1/estate/apply", json={"documents": documents}).status_code == 200
        return client.post("/api/v1/policy/explain", json={"key": "k1", "model": "fast"}).json()

    stops = explained(["timeout"])
    assert (stops["route"], stops["verdict"], len(stops["steps"])) == ("fast", "deny", 1)
    goes_on = explained(["policy"])
    assert [(one["model"], one["provider"], one["verdict"]) for one in goes_on["steps"]] == [
        ("gpt-5.2", "openai", "deny"),
        ("own", "vllm", "allow"),
    ]
    assert (goes_on["verdict"], goes_on["model"]) == ("allow", "own")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"reason": "x"}, "needs an end or a limit"),
        ({"reason": " ", "until": "1h"}, "say why"),
        ({"reason": "x", "until": "yesterday"}, "until: 'yesterday' is not a time"),
        ({"reason": "x", "usd": "9999999"}, "at most 1000000"),
        ({"reason": "x", "usd": "0"}, "more than 0"),
        ({"reason": "x", "usd": 2.5}, "usd"),
        ({"reason": "x", "call": 3}, "call"),
    ],
)
def test_a_grant_that_cannot_be_used_is_a_400_and_changes_nothing(client, body, sentence) -> None:
    reply = client.post("/api/v1/approvals/r1/grant", json=body)
    assert reply.status_code == 400
    assert sentence in reply.json()["detail"]
    request = client.get("/api/v1/approvals/r1").json()
    assert (request["state"], request["key_label"]) == ("open", "the search box")
    assert client.get("/api/v1/approvals").json()["approvals"] == [request]


def test_a_second_answer_is_a_conflict_and_no_request_is_not_found(client: TestClient) -> None:
    assert client.post("/api/v1/approvals/r1/decline", json={"reason": "no"}).status_code == 200
    reply = client.post("/api/v1/approvals/r1/grant", json={"until": "1h", "reason": "yes"})
    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
    assert client.get("/api/v1/approvals/r9").status_code == 404


def test_the_effect_of_a_broken_file_is_every_mistake_with_its_place(client: TestClient) -> None:
    files = [{"path": "a.yaml", "text": "kind: policy\nname: p\neffect: denny\n"}]
    reply = client.post("/api/v1/policy/effect", json={"files": files})
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert (error["path"], error["line"]) == ("a.yaml", 3)


@pytest.mark.parametrize("path", ["/api/v1/approvals", "/api/v1/policy/test", "/api/v1/approvals/r1"])
def test_nothing_is_read_without_the_token(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"authorization": "Bearer guess"}).status_code == 401


def test_the_openapi_document_is_exact(client: TestClient) -> None:
    """Requests made from the document are answered as the document says, good ones and bad ones."""
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app)
    schema.config.update(headers=ADMIN)
    schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "400", "404", "409"]
    found = schema.include(path_regex=r"^/api/v1/(policy|approvals)").get_all_operations()
    operations = [result.ok() for result in found]
    assert len(operations) == 7
    for operation in operations:
        _answers_as_described(operation)


def _answers_as_described(operation: Any) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=[ignored_auth])

    answers()
    if not (operation.body or operation.query):
        return

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    def refuses(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=[ignored_auth])

    refuses()
