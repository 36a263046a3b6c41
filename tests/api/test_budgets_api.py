"""Budgets by the API: how they stand, grants, drivers, usage that passed no gateway, and their proof."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from ledger_data import NOON, Feed, event
from sqlalchemy import Engine

from bursar import directory
from bursar.api.app import create_app
from bursar.api.budgets import budgets_router
from bursar.api.guard import Tokens
from bursar.budgets.external import count_external
from bursar.budgets.protocol import Entry, Report, Request
from bursar.budgets.store import BudgetStore
from bursar.estate.parse import Source, parse
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

NOW = InstantUs(NOON + 86_400_000_000)

ESTATE = """
kind: budget
name: company
owner: cfo@example.com
amount: "100"
period: year
---
kind: budget
name: teams
amount: "10"
each: team
---
kind: budget
name: seats
amount: {base: "5", per: {users: "0.5"}}
"""


@pytest.fixture
def budgets(api_ledger: Ledger, api_engine: Engine) -> Iterator[TestClient]:
    apply(api_engine, ESTATE)
    app = create_app(
        ledger=api_ledger,
        engine=api_engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=lambda: NOW,
        routers=(budgets_router(random_bytes=lambda size: b"\7" * size),),
    )
    with TestClient(app, headers={"authorization": "Bearer admin-secret"}) as client:
        yield client


def apply(engine: Engine, text: str) -> None:
    documents = parse([Source(path="e.yaml", text=text)]).documents
    directory.apply(engine, documents, actor="test", now=InstantUs(NOON))


def count(engine: Engine, ledger: Ledger) -> int:
    return count_external(engine, ledger, lambda snapshot: lambda model, provider: (), now=NOW)


def standing(api: TestClient, name: str) -> dict[str, dict[str, str]]:
    return {account["value"]: account for account in api.get(f"/api/v1/budgets/{name}").json()["accounts"]}


def test_what_was_used_before_there_was_a_budget_counts(
    budgets: TestClient, api_engine: Engine, api_ledger: Ledger, api_feed: Feed
) -> None:
    api_feed.send(*(event(number, team="search", cost_pico=10**12) for number in range(3)))
    api_feed.send(*(event(number, team="ads", cost_pico=2 * 10**12) for number in range(3, 5)))
    count(api_engine, api_ledger)
    company = standing(budgets, "company")[""]
    assert (company["spent"], company["external"], company["left"]) == ("7", "7", "93")
    teams = standing(budgets, "teams")
    assert {value: account["spent"] for value, account in teams.items()} == {"search": "3", "ads": "4"}
    assert count(api_engine, api_ledger) == 0, "nothing counts twice"
    api_feed.send(event(9, team="ads", cost_pico=8 * 10**12))
    assert count(api_engine, api_ledger) == 3
    assert standing(budgets, "teams")["ads"]["left"] == "-2", "it is shown, and not hidden"
    apply(api_engine, 'kind: budget\nname: late\namount: "1"')
    count(api_engine, api_ledger)
    assert standing(budgets, "late")[""]["spent"] == "15"
    assert standing(budgets, "company")[""]["spent"] == "15"


def test_what_a_gateway_has_posted_does_not_count_again(
    budgets: TestClient, api_engine: Engine, api_ledger: Ledger, api_feed: Feed
) -> None:
    count(api_engine, api_ledger)
    account = standing(budgets, "company")[""]["id"]
    store = BudgetStore(api_engine, now=lambda: NOW, silent_us=10**6)
    epoch = store.start_life("w", {}, after_seq=0, seq=0)
    store.report(Report("w", epoch, 1, 1, [Entry(account, 3 * 10**12, 0, 0)], [], []))
    api_feed.send(event(1, team="search", cost_pico=3 * 10**12, budgets=account))
    count(api_engine, api_ledger)
    company = standing(budgets, "company")[""]
    assert (company["spent"], company["external"]) == ("3", "0")
    assert standing(budgets, "teams")["search"]["external"] == "3"
    facts = {fact["name"]: fact for fact in budgets.get("/api/v1/doctor").json()["facts"]}
    assert facts["budgets_equal_events"]["state"] == "ok"
    assert facts["budgets_within_limits"]["state"] == "ok"


def test_the_doctor_finds_a_counter_that_is_wrong(
    budgets: TestClient, api_engine: Engine, api_ledger: Ledger, api_feed: Feed
) -> None:
    count(api_engine, api_ledger)
    account = standing(budgets, "company")[""]["id"]
    store = BudgetStore(api_engine, now=lambda: NOW, silent_us=10**6)
    epoch = store.start_life("w", {}, after_seq=0, seq=0)
    store.report(Report("w", epoch, 1, 1, [Entry(account, 3 * 10**12, 0, 0)], [], []))
    facts = {fact["name"]: fact for fact in budgets.get("/api/v1/doctor").json()["facts"]}
    assert facts["budgets_equal_events"]["state"] == "broken"
    assert facts["budgets_equal_events"]["found"]["first"][0]["counter"] == "3"


def test_a_grant_adds_until_its_end_and_is_recorded(
    budgets: TestClient, api_engine: Engine, api_ledger: Ledger
) -> None:
    count(api_engine, api_ledger)
    given = budgets.post(
        "/api/v1/budgets/company/grants", json={"amount": "25.5", "until": "2d", "reason": "launch"}
    )
    assert given.status_code == 201
    company = standing(budgets, "company")[""]
    assert (company["granted"], company["limit"]) == ("25.5", "125.5")
    assert budgets.get("/api/v1/budgets/company/grants").json()["grants"][0]["reason"] == "launch"
    assert directory.audit_newest(api_engine, limit=1)[0].action == "budget.granted"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"amount": "-1", "until": "2d", "reason": "x"}, 400, "above 0"),
        ({"amount": "1", "until": "2020-01-01T00:00:00Z", "reason": "x"}, 400, "not in the future"),
        ({"amount": "1", "until": "2d", "reason": " "}, 400, "say why"),
        ({"amount": "1", "until": "2d", "reason": "x", "value": "search"}, 400, "one for all"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(
    budgets: TestClient, body: dict[str, str], status: int, said: str
) -> None:
    reply = budgets.post("/api/v1/budgets/company/grants", json=body)
    assert reply.status_code == status
    assert said in reply.json()["detail"]


def test_an_unknown_budget_is_answered_with_near_ones(budgets: TestClient) -> None:
    reply = budgets.get("/api/v1/budgets/compny")
    assert reply.status_code == 404
    assert "company" in reply.json()["detail"]


def test_a_budget_moves_with_its_driver(budgets: TestClient, api_engine: Engine, api_ledger: Ledger) -> None:
    count(api_engine, api_ledger)
    assert standing(budgets, "seats")[""]["limit"] == "5"
    reply = budgets.post("/api/v1/drivers", json={"name": "users", "value": "30"})
    assert reply.status_code == 201
    count(api_engine, api_ledger)
    assert standing(budgets, "seats")[""]["limit"] == "20"
    assert budgets.post("/api/v1/drivers", json={"name": "users", "value": "many"}).status_code == 400
    late = {"name": "users", "value": "1", "valid_from": "2999-01-01T00:00:00Z"}
    assert "future" in budgets.post("/api/v1/drivers", json=late).json()["detail"]


def test_a_lost_worker_is_shown_and_written_off(
    budgets: TestClient, api_engine: Engine, api_ledger: Ledger
) -> None:
    count(api_engine, api_ledger)
    account = standing(budgets, "company")[""]["id"]
    then = InstantUs(NOW - 3_600_000_000)
    store = BudgetStore(api_engine, now=lambda: then, silent_us=10**6)
    epoch = store.start_life("w", {}, after_seq=0, seq=0)
    request = Request(1, {account: 3 * 10**12})
    store.report(Report("w", epoch, 1, 1, [Entry(account, 0, 0, 0)], [request], []))
    (worker,) = budgets.get("/api/v1/budget-workers").json()["workers"]
    assert (worker["worker"], worker["silent"]) == ("w", True)
    assert worker["lent"] == [
        {
            "budget": "company",
            "value": "",
            "unit": "usd",
            "leased": "3",
            "held": "3",
            "in_doubt": "3",
        }
    ]
    path = "/api/v1/budget-workers/w/write-off"
    reply = budgets.post(path, json={"reason": "the host burnt down"})
    assert reply.status_code == 200
    assert reply.json()["accounts"][0]["charged"] == "3"
    company = standing(budgets, "company")[""]
    assert (company["spent"], company["written_off"], company["held"]) == ("3", "3", "0")
    assert directory.audit_newest(api_engine, limit=1)[0].action == "budget.written_off"
    again = budgets.post(path, json={"reason": "once more"})
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    assert budgets.post(path, json={"reason": "x", "charge": "some"}).status_code == 400
