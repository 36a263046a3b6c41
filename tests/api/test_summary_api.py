"""What the overview shows of spend: up to now against the same days before, and by its owners."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from ledger_data import HOUR_US, NOON, Feed, event
from sqlalchemy import Engine

from bursar import directory
from bursar.api.zones import Calendar
from bursar.estate.parse import parse
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, format_instant, from_datetime, to_datetime

NOW = InstantUs(NOON + 24 * HOUR_US)  # of the control plane
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York")


@pytest.fixture
def calls(api_feed: Feed) -> list[Event]:
    """Nine hundred in the last seventy days, of ten teams, with costs that tell each set of them apart."""
    random = Random(7)
    made = [
        event(
            number,
            started_at_us=NOW - random.randrange(70 * 24 * HOUR_US),
            team=f"team-{random.randrange(10)}",
            cost_pico=random.randrange(10**15),
        )
        for number in range(900)
    ]
    api_feed.send(*made)
    return made


def ask(api: TestClient, **params: str) -> dict[str, Any]:
    reply = api.get("/api/v1/summary", params=params)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def spent(calls: list[Event], start: datetime, end: datetime) -> dict[str, Any]:
    first, after = from_datetime(start), from_datetime(end)
    costs = [each.cost_pico or 0 for each in calls if first <= each.started_at_us < after]
    return {"calls": len(costs), "cost_usd": Decimal(sum(costs)).scaleb(-12)}


def of(amount: dict[str, Any]) -> dict[str, Any]:
    return {"calls": amount["calls"], "cost_usd": Decimal(amount["cost_usd"])}


@pytest.mark.parametrize("rolled", [True, False])
@pytest.mark.parametrize("zone", ZONES)
def test_each_span_is_set_against_the_same_days_before(
    api: TestClient, api_feed: Feed, calls: list[Event], zone: str, rolled: bool
) -> None:
    if rolled:
        api_feed.ledger.roll(now=InstantUs(NOW))
    found = ask(api, tz=zone)
    now = to_datetime(NOW).astimezone(ZoneInfo(zone))  # a Saturday, the 21st
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday, first = day - timedelta(days=day.weekday()), day.replace(day=1)
    spans = {
        "today": ((day, now), (day - timedelta(days=1), now - timedelta(days=1))),
        "week": ((monday, now), (monday - timedelta(days=7), now - timedelta(days=7))),
        "month": ((first, now), (first.replace(month=10), now.replace(month=10))),
    }
    for name, (span, before) in spans.items():
        assert of(found["spans"][name]) == spent(calls, *span), name
        assert of(found["spans"][name]["before"]) == spent(calls, *before), name
    assert found["spans"]["month"]["before"]["calls"] > 100


@pytest.mark.parametrize("rolled", [True, False])
def test_it_says_since_when_calls_are_known(api: TestClient, api_feed: Feed, *, rolled: bool) -> None:
    assert ask(api)["spans"]["month"]["before"]["known_since"] is None
    first = InstantUs(NOW - 9 * 24 * HOUR_US + 1)
    api_feed.send(event(1, started_at_us=first), event(2, started_at_us=NOW))
    if rolled:
        api_feed.ledger.roll(now=NOW)
        api_feed.send(event(3, started_at_us=InstantUs(NOW - HOUR_US)))
    hour = InstantUs(first // HOUR_US * HOUR_US)
    since = format_instant(hour if rolled else first)
    spans = ask(api)["spans"]  # at noon of Saturday, the 21st; calls are known since Thursday, the 12th
    assert {name: spans[name]["before"]["known_since"] for name in spans} == {
        "today": None,
        "week": since,
        "month": since,
    }
    for route, path in (("explore", ("compare", "known_since")), ("changes", ("before_known_since",))):
        for compare, known in (("previous", None), ("year", since)):
            found: Any = api.get(f"/api/v1/{route}", params={"from": "2d", "compare": compare}).json()
            for name in path:
                found = found[name]
            assert found == known, route


def test_a_split_adds_up_and_puts_the_small_ones_together(api: TestClient, calls: list[Event]) -> None:
    found = ask(api)
    month = of(found["spans"]["month"])
    for name, split in found["by"].items():
        parts = [of(part) for part in split["parts"]]
        total = {key: sum(part[key] for part in [*parts, of(split["rest"])]) for key in month}
        assert total == month, name
    teams = found["by"]["team"]
    assert (len(teams["parts"]), teams["others"]) == (6, 4)
    costs = [Decimal(part["cost_usd"]) for part in teams["parts"]]
    assert costs == sorted(costs, reverse=True)
    assert of(found["allocation"]["total"]) == month


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("begins_us", [0, HOUR_US // 2 + 7])
def test_many_budgets_that_end_are_told_apart_each_in_its_own_days(
    api: TestClient, api_feed: Feed, api_engine: Engine, calls: list[Event], zone: str, begins_us: int
) -> None:
    """More spans than are read one by one, on whole hours and within them."""
    api_feed.ledger.roll(now=InstantUs(NOW))
    spans = {}
    for place in range(20):
        start = InstantUs(NOW - 20 * 24 * HOUR_US + place * 20 * HOUR_US + begins_us)
        spans[f"team-{place % 10}", start] = InstantUs(start + 9 * HOUR_US)
    documents = [
        {
            "kind": "budget",
            "name": f"pilot-{place}",
            "scope": {"team": team},
            "amount": "10",
            "period": {"from": format_instant(start), "to": format_instant(end)},
        }
        for place, ((team, start), end) in enumerate(spans.items())
    ]
    directory.apply(api_engine, parse((), documents).documents, actor="test", now=InstantUs(NOON))
    month = to_datetime(NOW).astimezone(ZoneInfo(zone)).replace(day=1, hour=0, minute=0, second=0)
    temporary = [
        each
        for each in calls
        if from_datetime(month) <= each.started_at_us < NOW
        and any(
            team == each.team and start <= each.started_at_us < end for (team, start), end in spans.items()
        )
    ]
    assert len(temporary) > 5
    cost = sum(each.cost_pico or 0 for each in temporary)
    found = ask(api, tz=zone)["allocation"]["temporary"]
    assert of(found) == {"calls": len(temporary), "cost_usd": Decimal(cost).scaleb(-12)}


def test_a_month_with_a_shorter_one_before_is_set_against_all_of_it() -> None:
    calendar = Calendar("Europe/Berlin")
    at = from_datetime(datetime(2026, 3, 31, 10, tzinfo=ZoneInfo("Europe/Berlin")))
    assert calendar.text(calendar.moved(at, months=-1)) == "2026-02-28T10:00:00+01:00"
    assert calendar.text(calendar.moved(at, days=-7)) == "2026-03-24T10:00:00+01:00"
    assert calendar.text(calendar.moved(at, months=-15)) == "2024-12-31T10:00:00+01:00"


def test_a_zone_that_is_not_there_is_told(api: TestClient) -> None:
    reply = api.get("/api/v1/summary", params={"tz": "Mars/Base"})
    assert reply.status_code == 400
    assert "Mars/Base" in reply.text
