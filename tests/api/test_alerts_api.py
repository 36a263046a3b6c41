"""Alerts over HTTP: see, acknowledge, undo, send again, and the links that need no token."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "alerts"))

from alert_worlds import NOW, SECOND_US, Plane, account, budget, channel, declare
from receivers import Hook, http_receiver

from bursar.alerts.answers import token_of
from bursar.api.alerts import alerts_router
from bursar.api.answers import answers_router
from bursar.api.app import create_app
from bursar.api.estate import estate_router
from bursar.api.guard import Tokens
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

STEPS = [{"do": "clamp", "output_tokens_max": 500}, {"do": "acknowledge"}, {"do": "stop"}]
FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
OPERATIONS = [
    "GET /api/v1/alerts",
    "GET /api/v1/alerts/messages",
    "POST /api/v1/alerts/messages/{message_id}/send",
    "GET /api/v1/alerts/{alert_id}",
    "POST /api/v1/alerts/{alert_id}/acknowledge",
    "GET /api/v1/interventions",
    "POST /api/v1/interventions/{intervention_id}/undo",
    "POST /api/v1/channels/{name}/test",
    "GET /api/v1/alerts/answer/{token}",
    "POST /api/v1/alerts/answer/{token}",
]


@pytest.fixture
def hook() -> Iterator[Hook]:
    with http_receiver() as hook:
        yield hook


@pytest.fixture
def plane(api_engine: Engine, api_ledger: Ledger, hook: Hook) -> Plane:
    """A control plane with one budget that has crossed its threshold."""
    plane = Plane(api_engine, api_ledger)
    ladder = budget(thresholds=[{"at": 80, "steps": STEPS}])
    declare(api_engine, ladder, channel(url=hook.url))
    plane.look(account(85))
    return plane


@pytest.fixture
def client(plane: Plane, api_engine: Engine, api_ledger: Ledger) -> Iterator[TestClient]:
    app = create_app(
        ledger=api_ledger,
        engine=api_engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=lambda: plane.now,
        routers=(estate_router(), alerts_router(plane.desk)),
        open_routers=(answers_router(plane.desk),),
    )
    with TestClient(app, headers={"authorization": "Bearer admin-secret"}) as client:
        yield client


def token(plane: Plane, act: str) -> str:
    (fact,) = plane.desk.messages(limit=1)[0].content.alerts
    (offer,) = [offer for offer in fact.offers if offer.act == act]
    return token_of(offer.id, plane.parts.links.key)


def test_an_alert_is_listed_shown_and_acknowledged(client: TestClient) -> None:
    (listed,) = client.get("/api/v1/alerts", params={"state": "waiting"}).json()["alerts"]
    assert listed["sentence"] == "Budget team-search has used 85.00 USD, over 80% of its 100.00 USD"
    assert (listed["spent"], listed["limit"], listed["unit"]) == ("85", "100", "usd")
    assert client.get("/api/v1/alerts", params={"budget": "other"}).json()["alerts"] == []
    shown = client.get(f"/api/v1/alerts/{listed['id']}").json()
    assert [rule["step"] for rule in shown["interventions"]] == [{"do": "clamp", "output_tokens_max": 500}]
    assert (shown["next_step"], shown["answer_by"]) == (2, "2026-11-20T16:00:00.000000Z")
    reply = client.post(f"/api/v1/alerts/{listed['id']}/acknowledge").json()
    assert (reply["state"], reply["acknowledged_by"]) == ("acknowledged", "administrator")
    assert client.post("/api/v1/alerts/none/acknowledge").status_code == 404


def test_a_rule_is_undone_and_the_audit_says_by_whom(client: TestClient) -> None:
    (rule,) = client.get("/api/v1/interventions").json()["interventions"]
    assert (rule["in_force"], rule["scope"]) == (True, {"team": "search"})
    undone = client.post(f"/api/v1/interventions/{rule['id']}/undo").json()
    assert (undone["in_force"], undone["undone_by"]) == (False, "administrator")
    (entry,) = client.get("/api/v1/audit", params={"limit": 1}).json()["entries"]
    assert (entry["actor"], entry["action"]) == ("administrator", "intervention.undone")


def test_dead_messages_are_shown_and_sent_again(client: TestClient, plane: Plane, hook: Hook) -> None:
    hook.statuses += [500] * 8
    for _ in range(8):
        plane.deliver()
        plane.now = InstantUs(plane.now + 900 * SECOND_US)
    (dead,) = client.get("/api/v1/alerts/messages", params={"state": "dead"}).json()["messages"]
    assert (dead["attempts"], dead["fault"]) == (8, f"127.0.0.1:{hook.port} answered with status 500")
    assert client.post(f"/api/v1/alerts/messages/{dead['id']}/send").json()["state"] == "waiting"
    plane.deliver()
    assert client.get("/api/v1/alerts/messages").json()["messages"][0]["state"] == "sent"
    assert client.post(f"/api/v1/alerts/messages/{dead['id']}/send").status_code == 409


def test_a_channel_is_tried_and_what_it_says_is_told(client: TestClient, hook: Hook) -> None:
    assert client.post("/api/v1/channels/hook/test").json() == {"channel": "hook", "sent": True}
    hook.statuses.append(401)
    reply = client.post("/api/v1/channels/hook/test")
    assert (reply.status_code, reply.json()["code"]) == (502, "not_delivered")
    assert "status 401" in reply.json()["detail"]
    reply = client.post("/api/v1/channels/hok/test")
    assert reply.status_code == 404
    assert "did you mean 'hook'" in reply.json()["detail"]


def test_a_link_needs_no_token_shows_first_and_acts_once(client: TestClient, plane: Plane) -> None:
    path = f"/api/v1/alerts/answer/{token(plane, 'undo')}"
    client.headers.pop("authorization")
    shown = client.get(path, headers={"accept": "text/html"})
    assert shown.headers["content-type"].startswith("text/html")
    assert "answers have at most 500 tokens" in shown.text
    assert '<form method="post">' in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert plane.rules() == ["Clamp"]
    done = client.post(path)
    assert (done.json()["act"], done.json()["done"]) == ("undo", True)
    assert plane.rules() == []
    assert client.post(path).status_code == 409
    assert client.get("/api/v1/alerts").status_code == 401
    assert client.get("/api/v1/alerts/answer/../../alerts").status_code in (401, 404)


def test_a_page_shows_what_callers_chose_as_text(client: TestClient, plane: Plane) -> None:
    declare(plane.engine, budget("tenants", each="tag:tenant", thresholds=[{"at": 80, "steps": STEPS}]))
    plane.look(account(85, "tenants", value="<script>"))
    reply = client.get(
        f"/api/v1/alerts/answer/{token(plane, 'acknowledge')}", headers={"accept": "text/html"}
    )
    assert "&lt;script&gt;" in reply.text
    assert "<script>" not in reply.text


def test_a_channel_is_shown_without_its_secrets_and_cannot_be_applied_so(client: TestClient) -> None:
    (shown,) = client.get("/api/v1/estate", params={"kind": "channel"}).json()["documents"]
    assert (shown["url"], shown["secret"]) == ("literal:(hidden)", "literal:(hidden)")
    reply = client.post("/api/v1/estate/apply", json={"documents": [shown]})
    assert reply.status_code == 400
    assert "url was hidden where this was copied from" in reply.json()["errors"][0]["message"]


def described(client: TestClient) -> dict[str, Any]:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app)
    schema.config.update(headers={"Authorization": "Bearer admin-secret"})
    operations = [result.ok() for result in schema.get_all_operations()]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in operations}


@pytest.mark.parametrize("name", OPERATIONS)
def test_requests_are_answered_as_described(client: TestClient, name: str) -> None:
    operation = described(client)[name]

    @FEW
    @given(case=operation.as_strategy())
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate()

    answers()


def test_only_links_are_open_and_the_document_says_so(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            is_open = not path.startswith("/api/v1") or "/answer/" in path
            assert bool(operation.get("security")) != is_open
            assert ("401" in operation["responses"]) != is_open


def test_nothing_is_said_twice_to_a_clock_that_stands(plane: Plane) -> None:
    plane.look()
    assert plane.now == NOW
    assert len(plane.titles()) == 1
