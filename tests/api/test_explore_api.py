"""GET /api/v1/explore through its door: exact sums, comparison, time zones, refusals."""

import csv
import io
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from ledger_data import NOON, Feed, event

from bursar.api.explore import compared_span
from bursar.api.zones import Calendar
from bursar.vocab.instant import InstantUs, format_instant, parse_instant

DAY_US = 86_400_000_000
SPAN = {"from": format_instant(NOON), "to": format_instant(InstantUs(NOON + DAY_US))}


def ask(api: TestClient, **params: Any) -> dict[str, Any]:
    reply = api.get("/api/v1/explore", params={**SPAN, **params})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


@pytest.fixture
def fed(api_feed: Feed) -> Feed:
    before = [event(n, started_at_us=NOON - DAY_US + n * 10**9, team=f"t{n % 4}") for n in range(40)]
    api_feed.send(*before, *(event(n, started_at_us=NOON + n * 10**9, team=f"t{n % 5}") for n in range(80)))
    return api_feed


def test_series_and_the_rest_add_up_to_the_total_and_to_usage(api: TestClient, fed: Feed) -> None:
    answer = ask(api, by="team", top="2", compare="previous", grain="hour", tz="Europe/Berlin")
    usage = api.get("/api/v1/usage", params=SPAN).json()["total"]
    assert answer["total"]["total"] == usage["cost_usd"]
    assert [one["is_rest"] for one in answer["series"]] == [False, False, True]
    assert (answer["groups"], answer["series"][2]["groups"]) == (5, 3)
    for column in ("total", "before"):
        parts = sum(Decimal(one[column]) for one in answer["series"])
        assert parts == Decimal(answer["total"][column])
    for place, total in enumerate(answer["total"]["values"]):
        assert sum(Decimal(one["values"][place]) for one in answer["series"]) == Decimal(total)
    assert answer["periods"][0].endswith("+01:00")
    before = {"from": answer["compare"]["from"], "to": answer["compare"]["to"]}
    assert answer["total"]["before"] == api.get("/api/v1/usage", params=before).json()["total"]["cost_usd"]


@pytest.mark.parametrize("measure", ["cost_per_call", "error_rate", "latency_p95", "tokens.output", "calls"])
def test_every_kind_of_measure_has_values_for_each_period(api: TestClient, fed: Feed, measure: str) -> None:
    answer = ask(api, by="model", measure=measure, grain="weekday_hour", compare="previous")
    assert len(answer["periods"]) == 168
    assert all(len(one["values"]) == 168 for one in answer["series"])
    assert answer["total"]["total"] is not None
    usage = api.get("/api/v1/usage", params=SPAN).json()["total"]
    if measure == "latency_p95":
        assert answer["total"]["total"] == usage["latency_ms"]["p95"]
    if measure == "calls":
        assert answer["total"]["total"] == usage["calls"]


@pytest.mark.parametrize(
    ("compare", "start", "end", "before"),
    [
        # From midnight: as many days before, up to the same time of day.
        (
            "previous",
            "11-25T00:00+01:00",
            "12-01T13:20+01:00",
            ("11-18T00:00", "11-24T13:20"),
        ),
        (
            "previous",
            "11-01T00:00+01:00",
            "12-01T00:00+01:00",
            ("10-02T00:00", "11-01T00:00"),
        ),
        # Otherwise as long a time just before.
        (
            "previous",
            "12-01T06:00+01:00",
            "12-01T09:00+01:00",
            ("12-01T03:00", "12-01T06:00"),
        ),
        # Monday and half a Tuesday against the same of the week before, not against the weekend.
        (
            "week",
            "11-30T00:00+01:00",
            "12-01T13:15+01:00",
            ("11-23T00:00", "11-24T13:15"),
        ),
        (
            "week",
            "11-20T10:00+01:00",
            "12-01T13:15+01:00",
            ("11-06T10:00", "11-17T13:15"),
        ),
        # The day on which summer time ends has 25 hours.
        (
            "previous",
            "10-25T00:00+02:00",
            "10-26T00:00+01:00",
            ("10-24T00:00", "10-25T00:00"),
        ),
    ],
)
def test_the_span_before_keeps_days_and_times_of_day(
    compare: Any, start: str, end: str, before: tuple[str, str]
) -> None:
    calendar = Calendar("Europe/Berlin")
    found = compared_span(compare, parse_instant(f"2026-{start}"), parse_instant(f"2026-{end}"), calendar)
    assert found is not None
    assert tuple(calendar.text(at)[5:16] for at in found) == before


@pytest.mark.parametrize("compare", ["previous", "week"])
def test_a_span_that_has_no_time_before_is_compared_with_nothing(compare: Any) -> None:
    start, end = parse_instant("1970-01-02T00:00:00Z"), parse_instant("9999-12-31T00:00:00Z")
    assert compared_span(compare, start, end, Calendar("UTC")) is None


def test_the_time_before_is_told_period_by_period(api: TestClient, fed: Feed) -> None:
    answer = ask(api, by="team", compare="previous", grain="day")
    values = answer["total"]["before_values"]
    assert len(values) == len(answer["periods"])
    assert sum(Decimal(value) for value in values) == Decimal(answer["total"]["before"])
    assert ask(api, by="team", grain="day")["total"]["before_values"] is None


def test_an_empty_span_has_periods_and_no_series(api: TestClient, fed: Feed) -> None:
    answer = ask(api, **{"from": "2020-01-01", "to": "2020-01-08"}, measure="latency_p50", by="team")
    assert (len(answer["periods"]), answer["series"], answer["total"]["total"]) == (7, [], None)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"measure": "happiness"}, "Allowed: cost"),
        ({"by": "team,model,product"}, "at most 2"),
        ({"tz": "Mars/Olympus"}, "Mars/Olympus"),
        ({"grain": "minute", "from": "2020-01-01"}, "coarser grain"),
        ({"grain": "fortnight"}, "grain"),
        ({"top": "0"}, "top"),
        ({"filter": "team"}, "not a filter"),
    ],
)
def test_a_question_that_cannot_be_answered_says_what_can(
    api: TestClient, params: dict[str, str], said: str
) -> None:
    reply = api.get("/api/v1/explore", params=SPAN | params)
    assert reply.status_code == 400
    assert said in reply.json()["detail"]


def test_changes_add_up_and_compare_the_spans_that_they_name(api: TestClient, fed: Feed) -> None:
    answer = api.get("/api/v1/changes", params={**SPAN, "by": "team", "top": "2"}).json()
    total = answer["total"]
    for column in ("before", "after", "delta", "price", "volume", "mix"):
        assert sum(Decimal(part[column]) for part in answer["parts"]) == Decimal(total[column])
    assert Decimal(total["price"]) + Decimal(total["volume"]) + Decimal(total["mix"]) == Decimal(
        total["delta"]
    )
    assert [part["value"] is None for part in answer["parts"]] == [False, False, True]
    usage = [
        api.get("/api/v1/usage", params={"from": answer[first], "to": answer[end]}).json()["total"][
            "cost_usd"
        ]
        for first, end in (("before_from", "before_to"), ("from", "to"))
    ]
    assert [total["before"], total["after"]] == usage


def test_values_to_pick_are_found_by_a_part_of_them(api: TestClient, fed: Feed) -> None:
    found = api.get("/api/v1/values", params={**SPAN, "dimension": "team", "q": "T", "limit": "3"}).json()
    assert (len(found["values"]), found["more"]) == (3, 2)
    costs = [Decimal(one["cost_usd"]) for one in found["values"]]
    assert costs == sorted(costs, reverse=True)
    assert api.get("/api/v1/values", params={**SPAN, "dimension": "team", "q": "zz"}).json()["values"] == []


def test_an_export_has_all_groups_and_its_rows_add_up(api: TestClient, fed: Feed) -> None:
    params = {**SPAN, "by": "team", "grain": "hour"}
    reply = api.get("/api/v1/explore/export", params=params)
    assert reply.headers["content-disposition"].endswith('.csv"')
    head, *rows, total = csv.reader(io.StringIO(reply.text))
    assert head == ["period", "team", "cost (usd)"]
    assert len({row[1] for row in rows}) == 5
    assert sum(Decimal(row[2]) for row in rows) == Decimal(total[2]) == Decimal(ask(api)["total"]["total"])
    file = api.get("/api/v1/explore/export", params={**params, "format": "parquet"}).content
    table = pq.read_table(io.BytesIO(file))
    assert str(table.schema.field("cost").type) == "decimal128(38, 12)"
    assert sum(table["cost"].to_pylist()) == Decimal(total[2])


def test_a_name_that_a_spreadsheet_would_run_is_only_text_in_an_export(
    api: TestClient, api_feed: Feed
) -> None:
    api_feed.send(event(1, started_at_us=NOON, team="=1+cmd|'/c calc'!A0"), event(2, team='a,"b'))
    rows = csv.reader(io.StringIO(api.get("/api/v1/explore/export", params={**SPAN, "by": "team"}).text))
    assert {row[1] for row in rows} == {"team", "'=1+cmd|'/c calc'!A0", 'a,"b', ""}
