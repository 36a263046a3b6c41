"""How tokens are used, by the API: caches, limits of answers, beginnings, long prompts; and allocation."""

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_data import NOON, Feed, event, open_ledger
from sqlalchemy import Engine

from bursar import directory
from bursar.catalogue import RateCard, rate
from bursar.catalogue.card import Band, CardContent, Rate
from bursar.estate.parse import Source, parse
from bursar.ledger.economy import EconomyQuery
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.usage import Usage

HOUR_US = 3_600_000_000
SPAN = {"from": format_instant(NOON), "to": format_instant(InstantUs(NOON + 24 * HOUR_US))}
PER_MILLION = {
    "tokens_input": "3",
    "tokens_cache_read": "0.3",
    "tokens_cache_write_5m": "3.75",
    "tokens_output": "15",
}
CARD = RateCard.of(
    CardContent(
        name="test",
        bands=[
            Band(-1, {name: Rate(usd, 1_000_000, name) for name, usd in PER_MILLION.items()}),
            Band(
                1000,
                {name: Rate(str(2 * Decimal(usd)), 1_000_000, name) for name, usd in PER_MILLION.items()},
            ),
        ],
    )
)


def priced(number: int, **usage: int) -> Any:
    used = Usage(**{f"tokens_{name}": count for name, count in usage.items()})
    cost = rate(CARD, used).cost_pico
    return event(number, started_at_us=NOON + number * 1000, usage=used, cost_pico=cost, price_ref=CARD.ref)


def ask(api: TestClient, path: str, **params: Any) -> dict[str, Any]:
    reply = api.get(f"/api/v1{path}", params={**SPAN, **params})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


# -- caches ----------------------------------------------------------------------------------------


COUNTS = st.integers(0, 2000)
CALLS = st.lists(
    st.fixed_dictionaries(
        {"input": COUNTS, "cache_read": COUNTS, "cache_write_5m": COUNTS, "output": COUNTS}
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS)
def test_what_caches_saved_is_what_the_same_calls_would_have_cost_without(
    calls: list[dict[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Call by call at the card's own arithmetic, in both of its bands."""
    ledger = open_ledger(tmp_path_factory.mktemp("ledger"))
    events = [priced(number, **used) for number, used in enumerate(calls)]
    if events:
        Feed(ledger).send(*events, cards={CARD.ref: CARD.to_json()})
    found = ledger.caching(EconomyQuery(start=NOON, end=InstantUs(NOON + HOUR_US)))
    ledger.close()
    without = []
    for used in calls:
        plain = sum(count for name, count in used.items() if name != "output")
        cost = rate(CARD, Usage(tokens_input=plain, tokens_output=used["output"])).cost_pico
        without.append(cost or 0)
    assert sum(row.saved for row in found) == sum(without) - sum(one.cost_pico for one in events)


def test_a_card_of_many_bands_is_read_by_its_own(api: TestClient, api_feed: Feed) -> None:
    card = RateCard.of(
        CardContent(
            name="many",
            bands=[
                Band(
                    over,
                    {
                        "tokens_input": Rate(str(10 + place), 1_000_000, "in"),
                        "tokens_cache_read": Rate("1", 1_000_000, "read"),
                    },
                )
                for place, over in enumerate((-1, 10, 20, 30, 40, 50, 60))
            ],
        )
    )
    used = Usage(tokens_input=5, tokens_cache_read=50)  # over 50, so 15 instead of 1 for a million
    api_feed.send(
        event(1, usage=used, price_ref=card.ref, cost_pico=1, started_at_us=NOON),
        cards={card.ref: card.to_json()},
    )
    assert Decimal(ask(api, "/usage/caching")["total"]["saved_usd"]) == Decimal(50 * 14) / 1_000_000


def test_tokens_of_a_cache_whose_price_is_not_known_are_counted_and_save_nothing(
    api: TestClient, api_feed: Feed
) -> None:
    used = Usage(tokens_input=10, tokens_cache_read=500)
    api_feed.send(event(1, usage=used, cost_pico=None, price_ref="", started_at_us=NOON))
    total = ask(api, "/usage/caching")["total"]
    assert (total["unpriced_tokens"], total["saved_usd"], total["tokens_read"]) == (500, "0", 500)


def test_without_calls_all_is_nothing(api: TestClient) -> None:
    assert ask(api, "/usage/caching")["total"]["saved_usd"] == "0"
    assert ask(api, "/usage/output-limits")["rows"] == []
    assert ask(api, "/usage/beginnings")["rows"] == []
    assert ask(api, "/usage/longest")["calls"] == []


# -- limits, beginnings, long prompts --------------------------------------------------------------


def test_limits_that_are_too_long_come_first_and_cut_off_answers_are_counted(
    api: TestClient, api_feed: Feed
) -> None:
    def answer(number: int, use_case: str, asked: int | None, output: int, **more: Any) -> Any:
        return event(
            number,
            model="gpt-4o-mini",
            use_case=use_case,
            usage=Usage(tokens_output=output),
            output_tokens_asked=asked,
            cost_pico=10**9,
            started_at_us=NOON + number,
            **more,
        )

    api_feed.send(
        answer(1, "tight", 100, 100),
        answer(2, "tight", 100, 60, held_pico=3 * 10**9),
        answer(3, "wide", 4096, 96, held_pico=10**12),
        answer(4, "none", None, 500),
        answer(5, "wide", 4096, 0, status="error"),
    )
    wide, tight = ask(api, "/usage/output-limits")["rows"]
    assert (wide["use_case"], wide["calls"], wide["tokens_asked"], wide["tokens_output"]) == (
        "wide",
        1,
        4096,
        96,
    )
    assert (wide["held_usd"], wide["cost_usd"]) == ("1", "0.001")
    assert (tight["use_case"], tight["calls"], tight["cut_off"], tight["calls_held"]) == ("tight", 2, 1, 1)


def test_prompts_that_begin_alike_are_found_with_what_no_cache_served(
    api: TestClient, api_feed: Feed
) -> None:
    def prompt(number: int, prefix: str, request: str, read: int, team: str = "search") -> Any:
        return event(
            number,
            team=team,
            fingerprint_prefix=prefix,
            fingerprint_request=request,
            usage=Usage(tokens_input=100 - read, tokens_cache_read=read),
            started_at_us=NOON + number,
        )

    api_feed.send(
        prompt(1, "aa", "r1", 0),
        prompt(2, "aa", "r1", 40, team="ads"),
        prompt(3, "aa", "r2", 0),
        prompt(4, "bb", "r3", 90),
        prompt(5, "bb", "r4", 90),
        prompt(6, "cc", "r5", 0),
    )
    first, second = ask(api, "/usage/beginnings")["rows"]
    assert (first["fingerprint"], first["calls"], first["repeated"], first["teams"]) == ("aa", 3, 1, 2)
    assert (first["tokens_input"], first["tokens_read"]) == (300, 40)
    assert (second["fingerprint"], second["repeated"]) == ("bb", 0)


def test_the_longest_prompts_are_of_the_whole_span(api: TestClient, api_feed: Feed) -> None:
    lengths = [5, 900, 20, 900, 7]
    api_feed.send(
        *(
            event(
                number,
                started_at_us=NOON + number,
                usage=Usage(tokens_input=length // 2, tokens_cache_read=length - length // 2),
            )
            for number, length in enumerate(lengths)
        )
    )
    calls = ask(api, "/usage/longest", limit=3)["calls"]
    assert [call["tokens"]["input_total"] for call in calls] == [900, 900, 20]
    assert ask(api, "/usage/longest", filter="team:nobody")["calls"] == []


# -- allocation ------------------------------------------------------------------------------------


ESTATE = """
kind: budget
name: trial
class: experiment
owner: eli@example.com
scope: {use_case: agents}
amount: "10"
expires: "2099-01-01"
---
kind: budget
name: pilot
scope: {team: "lab*"}
amount: "10"
period: {from: "%s", to: "2099-01-01"}
---
kind: tier
name: frontier
models: ["*-large"]
providers: [there]
owner: eli@example.com
---
kind: budget
name: by-tier
class: experiment
owner: eli@example.com
scope: {tier: frontier}
amount: "10"
expires: "2099-01-01"
---
kind: budget
name: by-tag
class: experiment
owner: eli@example.com
scope: {environment: production, tags: {cost-centre: ["7*", "41"]}}
amount: "10"
expires: "2099-01-01"
---
kind: budget
name: lasting
amount: "1000"
"""


def test_temporary_and_persistent_spend_add_up_and_each_call_counts_once(
    api: TestClient, api_feed: Feed, api_engine: Engine
) -> None:
    text = ESTATE % format_instant(InstantUs(NOON + HOUR_US))
    documents = parse([Source(path="e.yaml", text=text)]).documents
    directory.apply(api_engine, documents, actor="test", now=InstantUs(NOON))

    def call(number: int, team: str, use_case: str, at: int, **others: Any) -> Any:
        cost = 10 ** (12 + number) if number < 5 else 0
        return event(number, team=team, use_case=use_case, started_at_us=NOON + at, cost_pico=cost, **others)

    api_feed.send(
        call(0, "lab-1", "agents", 2 * HOUR_US),  # of both
        call(1, "lab-1", "chat", 0),  # before the pilot began
        call(2, "lab-2", "chat", HOUR_US),
        call(3, "search", "agents", 0),
        call(4, "unknown", "chat", 0),
    )
    found = ask(api, "/allocation")
    assert found["temporary"] == {"calls": 3, "cost_usd": "1101"}
    assert found["persistent"] == {"calls": 2, "cost_usd": "10010"}
    assert found["total"] == {"calls": 5, "cost_usd": "11111"}
    names = ["by-tag", "by-tier", "pilot", "trial"]
    assert (found["temporary_budgets"], found["not_told_apart"]) == (names, [])
    assert found["untagged"]["team"] == {"calls": 1, "cost_usd": "10000"}
    assert found["untagged"]["use_case"]["calls"] == 0

    here = {"environment": "production"}
    api_feed.send(
        call(5, "a", "chat", 0, model="x-large", provider="there"),
        call(6, "a", "chat", 0, model="x-large", provider="elsewhere"),
        call(7, "a", "chat", 0, tags={"cost-centre": "71", "other": "x"}, **here),
        call(8, "a", "chat", 0, tags={"cost-centre": "41"}, **here),
        call(9, "a", "chat", 0, tags={"cost-centre": "8"}, **here),
        call(10, "a", "chat", 0, tags={"other": "71"}, **here),
        call(11, "a", "chat", 0, tags={"cost-centre": "71"}, environment="staging"),
    )
    found = ask(api, "/allocation")
    assert found["temporary"]["calls"] == 3 + 3
    assert (found["temporary_budgets"], found["not_told_apart"]) == (names, [])

    # More sets of tags than cells tell apart: who cannot be told says so, the others stay as they are.
    api_feed.send(
        *(
            event(number, team="a", tags={"cost-centre": f"{number}"}, started_at_us=NOON, **here)
            for number in range(100, 120)
        )
    )
    found = ask(api, "/allocation")
    assert found["temporary"]["calls"] == 3 + 1
    assert (found["temporary_budgets"], found["not_told_apart"]) == (names[1:], names[:1])
