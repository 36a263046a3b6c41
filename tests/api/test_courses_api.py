"""Where budgets are heading and who has what of them, by the API."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ledger_data import Feed, event
from sqlalchemy import Engine

from bursar import directory
from bursar.api import holdings
from bursar.api.app import create_app
from bursar.api.budgets import budgets_router
from bursar.api.courses import courses_router
from bursar.api.guard import Tokens
from bursar.budgets import grants
from bursar.budgets.external import count_external
from bursar.budgets.protocol import Entry, LongHolds, OpenHold, Opening, Report, Request
from bursar.budgets.store import BudgetStore
from bursar.estate.parse import Source, parse
from bursar.forecasts.courses import Courses
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs, format_instant, parse_instant

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
USD = 10**12
NOW = InstantUs(parse_instant("2026-11-20T12:00:00Z"))
BEGINS = parse_instant("2026-11-01")

ESTATE = """
kind: budget
name: company
owner: cfo@example.com
amount: "600"
---
kind: budget
name: teams
each: team
amount: "100000"
---
kind: budget
name: window
scope: {team: search}
amount: "500"
period: {rolling_days: 7}
---
kind: budget
name: unused
scope: {team: nobody}
amount: "1"
"""


@pytest.fixture
def api(api_ledger: Ledger, api_engine: Engine, api_feed: Feed) -> Iterator[TestClient]:
    """A dollar an hour since five weeks, on a Friday at noon."""
    hours = range(NOW - 35 * DAY_US, NOW, HOUR_US)
    api_feed.send(*(event(n, started_at_us=at, team="search", cost_pico=USD) for n, at in enumerate(hours)))
    documents = parse([Source(path="e.yaml", text=ESTATE)]).documents
    directory.apply(api_engine, documents, actor="test", now=InstantUs(BEGINS))
    count_external(api_engine, api_ledger, lambda snapshot: lambda model, provider: (), now=NOW)
    app = create_app(
        ledger=api_ledger,
        engine=api_engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=lambda: NOW,
        routers=(
            budgets_router(random_bytes=lambda size: b"\7" * size),
            courses_router(Courses(api_ledger)),
            holdings.router,
        ),
    )
    with TestClient(app, headers={"authorization": "Bearer admin-secret"}) as client:
        yield client


def get(api: TestClient, path: str) -> Any:
    reply = api.get(f"/api/v1{path}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_course_goes_from_the_period_s_beginning_over_now_to_its_end(api: TestClient) -> None:
    course = get(api, "/budgets/company/course")
    assert course["begins_at"] == format_instant(BEGINS)
    assert course["points"][1] == {"at": "2026-11-02T00:00:00.000000Z", "spent": "24", "limit": "600"}
    assert course["points"][-1] == {"at": format_instant(NOW), "spent": "468", "limit": "600"}
    assert course["ahead"][0]["expected"] == "468"
    assert course["ahead"][-1]["at"] == course["ends_at"] == "2026-12-01T00:00:00.000000Z"
    assert abs(Decimal(course["end"]["expected"]) - 720) < Decimal("0.000001")
    assert course["crosses_at"] == format_instant(InstantUs(NOW + 132 * HOUR_US))
    assert (course["is_reached"], course["reached_at"]) == (False, None)


def test_a_grant_moves_the_date_and_its_end_brings_it_back(api: TestClient, api_engine: Engine) -> None:
    until = InstantUs(NOW + 8 * DAY_US)
    grants.give(
        api_engine,
        grant_id="g",
        budget="company",
        value="",
        amount="100",
        reason="r",
        until=until,
        actor="a",
        now=NOW,
    )
    course = get(api, "/budgets/company/course")
    assert course["points"][-1]["limit"] == "700"
    assert course["points"][-2]["limit"] == "600"
    assert course["crosses_at"] == format_instant(until)


def test_a_rolling_window_goes_on_until_its_days_are_gone(api: TestClient) -> None:
    course = get(api, "/budgets/window/course")
    assert course["points"][0] == {"at": "2026-11-14T00:00:00.000000Z", "spent": "168", "limit": "500"}
    assert course["points"][-1]["spent"] == "156"
    assert course["ends_at"] == "2026-11-27T00:00:00.000000Z"
    assert course["crosses_at"] is None
    assert abs(Decimal(course["end"]["expected"]) - 168) < Decimal("0.000001")


def test_those_that_are_closest_to_their_limit_come_first(api: TestClient) -> None:
    found = get(api, "/budget-forecasts")
    assert [one["budget"] for one in found["accounts"]] == ["company", "window", "teams", "unused"]
    assert found["accounts"][0]["crosses_at"] is not None
    assert found["more"] == 0
    assert get(api, "/budget-forecasts?limit=1")["more"] == 3


def test_the_forecast_of_all_is_of_the_month_in_the_zone_and_of_what_the_filters_leave(
    api: TestClient,
) -> None:
    found = get(api, "/forecast?tz=Europe/Berlin")
    assert (found["from"], found["to"]) == ("2026-10-31T23:00:00.000000Z", "2026-11-30T23:00:00.000000Z")
    assert found["spent"] == "469"
    assert abs(Decimal(found["forecast"]["expected"]) - 720) < Decimal("0.000001")
    assert get(api, "/forecast?filter=team:ads")["spent"] == "0"
    assert api.get("/api/v1/forecast?tz=Mars/Olympus").status_code == 400
    assert api.get("/api/v1/forecast?period=fortnight").status_code == 400


def test_what_has_no_account_yet_or_does_not_exist_says_so(api: TestClient) -> None:
    missing = api.get("/api/v1/budgets/teams/course?value=<script>")
    assert missing.status_code == 404
    assert "no call with that value has used the budget teams" in missing.json()["detail"]
    assert get(api, "/budgets/unused/course")["end"]["expected"] == "0"
    assert api.get("/api/v1/budgets/gone/course").status_code == 404
    assert api.get("/api/v1/budgets/gone/holdings").status_code == 404


def test_leases_and_the_holds_of_long_calls_are_shown_one_by_one(api: TestClient, api_engine: Engine) -> None:
    store = BudgetStore(api_engine, now=lambda: NOW, silent_us=10**7)
    account = next(one for one in store.accounts() if one.budget == "company")
    opening = Opening(
        id=account.id,
        budget="company",
        value="",
        owner="",
        unit="usd",
        hard=True,
        begins_at_us=account.begins_at_us,
        ends_at_us=account.ends_at_us or 0,
        amount=account.amount,
        revision=1,
    )
    since = NOW - 3_000_000
    holds = LongHolds((OpenHold("call-1", since, NOW + DAY_US, (2 * USD, 7, 1), (account.id,)),), 0)

    def report(epoch: int, number: int, held: int, told: LongHolds | None) -> None:
        entry = Entry(account.id, 0, held * USD, USD)
        asked = [] if held else [Request(number, {account.id: 6 * USD})]
        store.report(Report("worker-1", epoch, number, 0, [entry], asked, [opening], told))

    epoch = store.start_life("worker-1", {}, after_seq=0, seq=0)
    report(epoch, 1, 0, None)
    report(epoch, 2, 5, holds)
    (worker,) = get(api, "/budgets/company/holdings")["workers"]
    assert (worker["worker"], worker["silent"], worker["held"]) == ("worker-1", False, "5")
    assert worker["calls"] == [
        {
            "call_id": "call-1",
            "amount": "2",
            "since": format_instant(InstantUs(since)),
            "expires_at": format_instant(InstantUs(NOW + DAY_US)),
        }
    ]
    assert worker["held_by_others"] == "3"
    report(epoch, 3, 5, None)
    assert get(api, "/budgets/company/holdings")["workers"][0]["calls"], "told now and then only"
    store.start_life("worker-1", {}, after_seq=0, seq=0)
    assert get(api, "/budgets/company/holdings")["workers"] == []
