"""GET /api/v1/usage and /api/v1/calls: exact figures, words that help, pages that hold."""

from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from fastapi.testclient import TestClient
from ledger_data import HOUR_US, NOON, Feed, event

from bursar.api.calls import Call, CallsAnswer, PricedCall
from bursar.api.times import read_instant
from bursar.api.usage import UsageAnswer
from bursar.catalogue.card import Band, CardContent, Rate, RateCard
from bursar.ledger.dimensions import DIMENSION_NAMES
from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.usage import TOKEN_CLASSES, Usage

RATES = {
    "tokens_input": Rate("0.15", 10**6, "input_mtok"),
    "tokens_output": Rate("0.60", 10**6, "output_mtok"),
}
CARD = RateCard.of(CardContent(name="book/mini@2020-01-01", bands=[Band(input_over=-1, rates=RATES)]))


def usage(api: TestClient, **parameters: Any) -> dict[str, Any]:
    reply = api.get("/api/v1/usage", params=parameters)
    assert reply.status_code == 200, reply.text
    UsageAnswer.model_validate_json(reply.content)
    answer: dict[str, Any] = reply.json()
    return answer


def refused(reply: httpx.Response) -> dict[str, Any]:
    assert reply.status_code == 400, reply.text
    body: dict[str, Any] = reply.json()
    return body


# -- usage -----------------------------------------------------------------------------------------


def test_the_answer_says_what_was_asked_and_adds_up(api: TestClient, api_feed: Feed) -> None:
    events = [event(number, started_at_us=NOON + number * HOUR_US) for number in range(12)]
    api_feed.send(*events)
    answer = usage(api, **{"from": "2026-11-20", "to": "2026-11-21", "by": "team,model", "grain": "hour"})
    assert (answer["from"], answer["to"]) == ("2026-11-20T00:00:00.000000Z", "2026-11-21T00:00:00.000000Z")
    assert (answer["by"], answer["grain"]) == (["team", "model"], "hour")
    assert len(answer["rows"]) == 12
    assert answer["rows"][0]["period"] == "2026-11-20T12:00:00.000000Z"
    assert {row["team"] for row in answer["rows"]} == {"search", "ads"}
    spent = sum(Decimal(row["cost_usd"]) for row in answer["rows"])
    assert spent == Decimal(answer["total"]["cost_usd"])
    assert answer["total"]["cost_usd"] == usd_text(Picodollars(sum(each.cost_pico or 0 for each in events)))


def test_tokens_come_by_class_and_with_both_totals(api: TestClient, api_feed: Feed) -> None:
    counts = {name: place + 1 for place, name in enumerate(Usage.__struct_fields__)}
    api_feed.send(event(1, usage=Usage(**counts)))
    total = usage(api)["total"]
    tokens = total["tokens"]
    assert tokens.pop("input_total") == sum(range(1, 14))
    assert tokens.pop("output_total") == sum(range(14, 19))
    assert tokens == {name.removeprefix("tokens_"): counts[name] for name in TOKEN_CLASSES}
    assert total["units"] == {name: count for name, count in counts.items() if name not in TOKEN_CLASSES}


def test_an_empty_ledger_has_an_empty_answer(api: TestClient) -> None:
    answer = usage(api, by="team")
    assert answer["rows"] == []
    assert (answer["total"]["calls"], answer["total"]["cost_usd"]) == (0, "0")
    assert answer["total"]["latency_ms"] is None


def test_durations_are_milliseconds(api: TestClient, api_feed: Feed) -> None:
    api_feed.send(event(1, latency_us=1_234_567, first_token_us=100_000))
    total = usage(api)["total"]
    assert total["latency_ms"]["p99"] == pytest.approx(1234.567, rel=0.048)
    assert total["first_token_ms"]["p50"] == pytest.approx(100, rel=0.048)
    (call,) = api.get("/api/v1/calls").json()["calls"]
    assert (call["latency_ms"], call["first_token_ms"]) == (1234.567, 100.0)


def test_durations_may_be_left_out_and_nothing_else_changes(api: TestClient, api_feed: Feed) -> None:
    api_feed.send(*(event(number, model=f"m{number % 2}", latency_us=1000 * number) for number in range(9)))
    whole, short = (usage(api, by="model", durations=durations) for durations in ("true", "false"))
    for figures in (*whole["rows"], whole["total"]):
        assert figures.pop("latency_ms") is not None
        figures.pop("first_token_ms")
    for figures in (*short["rows"], short["total"]):
        assert (figures.pop("latency_ms"), figures.pop("first_token_ms")) == (None, None)
    assert short == whole


def test_filters_and_tags_travel_in_the_address(api: TestClient, api_feed: Feed) -> None:
    api_feed.send(
        event(1, environment="production", tags={"centre": "a:b"}),
        event(2, environment="staging"),
        event(3, environment="test"),
    )
    filters = ["environment:production", "environment:staging"]
    assert usage(api, filter=filters)["total"]["calls"] == 2
    assert usage(api, filter=[*filters, "tag:centre:a:b"])["total"]["calls"] == 1
    assert [row["tag:centre"] for row in usage(api, by="tag:centre")["rows"]] == ["a:b", "unknown"]
    assert usage(api, filter=["region:"])["total"]["calls"] == 3


def test_an_unknown_dimension_lists_what_is_allowed(api: TestClient) -> None:
    for parameters in ({"by": "teem"}, {"by": "team,,model"}, {"filter": "teem:x"}):
        problem = refused(api.get("/api/v1/usage", params=parameters))
        assert problem["code"] == "invalid_input"
        assert set(DIMENSION_NAMES) <= set(problem["allowed"])
    assert refused(api.get("/api/v1/usage?by=teem"))["near"][0] == "team"


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "to=2026-13-01",
        "from=2026-11-20T00:00:00",
        "from=",
        "from=7y",
        "grain=week",
        "by=team,product,use_case,model,environment,provider",
        "filter=team",
        "filter=tag:x",
        "filter=:x",
        f"filter=team:{'x' * 300}",
        "filter=team:%00",
        "&".join(["filter=team:a"] * 51),
        "from=2026-11-20&to=2026-11-20",
        "from=2026-11-20&to=2026-11-19",
        "from=2027-01-01",
        "from=1d&from=2d",
    ],
)
def test_what_cannot_be_asked_is_a_problem_that_says_so(api: TestClient, query: str) -> None:
    problem = refused(api.get(f"/api/v1/usage?{query}"))
    assert len(problem["detail"]) > 20


@pytest.mark.parametrize("path", ["usage", "calls"])
def test_a_parameter_that_is_not_there_names_the_near_one(api: TestClient, path: str) -> None:
    problem = refused(api.get(f"/api/v1/{path}?form=1d"))
    assert problem["near"][0] == "from"
    assert {"from", "to", "filter"} <= set(problem["allowed"])
    assert "did you mean from" in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/doctor"), ("GET", "/ledger/workers"), ("GET", "/calls/x"), ("GET", "/calls/x/")],
)
def test_an_address_without_parameters_takes_none(api: TestClient, method: str, path: str) -> None:
    problem = refused(api.request(method, f"/api/v1{path}?team=x"))
    assert problem["allowed"] == []
    assert "takes none" in problem["detail"]


def test_times_are_read_as_people_write_them() -> None:
    now = InstantUs(NOON)

    def read(text: str) -> str:
        return format_instant(read_instant(text, now=now))[:19]

    assert read("now") == "2026-11-20T12:00:00"
    assert [read(text) for text in ("90s", "30m", "24h", "7d", "4w")] == [
        "2026-11-20T11:58:30",
        "2026-11-20T11:30:00",
        "2026-11-19T12:00:00",
        "2026-11-13T12:00:00",
        "2026-10-23T12:00:00",
    ]
    assert read("2026-11-20") == "2026-11-20T00:00:00"
    assert read("2026-11-20T12:00:00+02:00") == "2026-11-20T10:00:00"
    assert read("1969-12-31") == read("999999w") == "1970-01-01T00:00:00"
    assert read("9999-12-31T23:59:59-10:00") == "9999-12-31T23:59:59"
    for text in ("", "7", "d", "2026-02-30", "2026-11-20T25:00:00Z", "-7d", "7d ", "1e3s", "12:00"):
        with pytest.raises(InvalidInput):
            read_instant(text, now=now)


# -- calls -----------------------------------------------------------------------------------------


def test_a_call_shows_its_price_class_by_class(api: TestClient, api_feed: Feed) -> None:
    counts = Usage(tokens_input=1000, tokens_output=500, tokens_reasoning=7)
    cost = CARD.cost(counts)
    priced = event(1, usage=counts, cost_pico=cost, price_ref=CARD.ref)
    api_feed.send(priced, cards={CARD.ref: CARD.to_json()})
    reply = api.get(f"/api/v1/calls/{priced.call_id}")
    PricedCall.model_validate_json(reply.content)
    call = reply.json()
    assert call["cost_usd"] == "0.00045"
    lines = {line["usage_class"]: line for line in call["price_lines"]}
    assert lines["tokens_input"]["amount_usd"] == "0.00015"
    assert (lines["tokens_output"]["quantity"], lines["tokens_output"]["rate_usd"]) == (500, "0.60")
    unrated = lines["tokens_reasoning"]
    assert [unrated[name] for name in ("rate_usd", "per", "priced_as", "amount_usd")] == [None] * 4
    assert sum(Decimal(line["amount_usd"] or 0) for line in call["price_lines"]) == Decimal(call["cost_usd"])


def test_a_price_that_was_borrowed_is_shown_as_such(api: TestClient, api_feed: Feed) -> None:
    rates = {**RATES, "tokens_input_audio": RATES["tokens_input"]}
    card = RateCard.of(CardContent(name="book/mini@2021-01-01", bands=[Band(input_over=-1, rates=rates)]))
    spoken = event(1, usage=Usage(tokens_input=1, tokens_input_audio=2), price_ref=card.ref)
    api_feed.send(spoken, cards={card.ref: card.to_json()})
    lines = api.get(f"/api/v1/calls/{spoken.call_id}").json()["price_lines"]
    assert [(line["usage_class"], line["borrowed"]) for line in lines] == [
        ("tokens_input", False),
        ("tokens_input_audio", True),
    ]


def test_calls_that_are_priced_in_part_are_counted(api: TestClient, api_feed: Feed) -> None:
    api_feed.send(event(1, team="ads", flags=["partly_unpriced"]), event(2, team="search"))
    answer = usage(api, by="team")
    assert [row["partly_unpriced_calls"] for row in answer["rows"]] == [1, 0]
    assert answer["total"]["partly_unpriced_calls"] == 1


def test_a_call_without_a_price_has_no_arithmetic(api: TestClient, api_feed: Feed) -> None:
    unpriced = event(1, cost_pico=None, cost_list_pico=None, price_ref="")
    api_feed.send(unpriced)
    call = api.get(f"/api/v1/calls/{unpriced.call_id}").json()
    assert (call["cost_usd"], call["cost_list_usd"], call["price_lines"]) == (None, None, None)


def test_a_call_shows_every_field_of_its_event(api: TestClient, api_feed: Feed) -> None:
    assert {name.removesuffix("_us").removesuffix("_pico") for name in Event.__struct_fields__} <= {
        name.removesuffix("_ms").removesuffix("_usd") for name in Call.model_fields
    } | {"usage"}
    sent = event(1, tags={"centre": "7"}, flags=["usage_injected"], provider_call_id="chatcmpl-1")
    api_feed.send(sent)
    call = api.get(f"/api/v1/calls/{sent.call_id}").json()
    assert (call["tags"], call["flags"]) == ({"centre": "7"}, ["usage_injected"])
    assert call["started_at"] == format_instant(InstantUs(sent.started_at_us))
    assert (call["worker"], call["seq"]) == ("worker-0", 1)
    (listed,) = api.get("/api/v1/calls").json()["calls"]
    assert listed == {name: value for name, value in call.items() if name != "price_lines"}


def test_a_call_that_is_not_known_is_not_found(api: TestClient) -> None:
    reply = api.get("/api/v1/calls/no-such-call")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


def test_pages_of_calls_follow_each_other(api: TestClient, api_feed: Feed) -> None:
    api_feed.send(*(event(number, call_id=f"odd/ä {number}") for number in range(7)))
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": 3}
    while True:
        reply = api.get("/api/v1/calls", params=parameters)
        CallsAnswer.model_validate_json(reply.content)
        seen += [call["call_id"] for call in reply.json()["calls"]]
        if reply.json()["next"] is None:
            break
        parameters["cursor"] = reply.json()["next"]
    assert seen == [f"odd/ä {number}" for number in reversed(range(7))]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=99999999999999999999999999",
        "limit=x",
        "limit=",
        "cursor=",
        "cursor=x",
        "cursor=1-xyz",
        "cursor=999999999999999999-61",
        f"cursor=1-{'61' * 300}",
        "from=2026-11-21&to=2026-11-20",
    ],
)
def test_pages_that_cannot_be_are_refused(api: TestClient, query: str) -> None:
    refused(api.get(f"/api/v1/calls?{query}"))


def test_workers_and_diagnosis_are_shown(api: TestClient, api_feed: Feed) -> None:
    api_feed.send(event(1), event(2))
    (worker,) = api.get("/api/v1/ledger/workers").json()["workers"]
    assert (worker["worker"], worker["high_water"], worker["silent_s"]) == ("worker-0", 2, 86400.0)
    diagnosis = api.get("/api/v1/doctor").json()
    assert diagnosis["ok"] is True
    assert diagnosis["workers"] == {"worker-0": 2}
    assert {fact["state"] for fact in diagnosis["facts"]} == {"ok"}
    api_feed.ledger._writer.run(lambda connection: connection.execute("DELETE FROM events")).result(10)
    assert api.get("/api/v1/doctor").json()["ok"] is False


def test_rows_are_written_in_the_order_of_their_model(api: TestClient, api_feed: Feed) -> None:
    api_feed.send(event(1))
    answer = msgspec.json.decode(api.get("/api/v1/usage?by=team&grain=day").content)
    (row,) = answer["rows"]
    assert list(row)[:2] == ["period", "team"]
    assert list(row)[2:] == list(answer["total"])
