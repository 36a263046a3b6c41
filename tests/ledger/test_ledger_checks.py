"""The doctor's checks find what is wrong, and only that: every fault here is planted."""

import pytest
from ledger_data import DAY_US, NOON, Feed, event

from bursar.catalogue.card import Band, CardContent, Rate, RateCard
from bursar.ledger.ledger import Ledger

RATES = {"tokens_input": Rate("1", 10**6, "input")}
CARD = RateCard.of(CardContent(name="book/test@2020-01-01", bands=[Band(input_over=-1, rates=RATES)]))


@pytest.fixture
def healthy(ledger: Ledger) -> Ledger:
    """A ledger with everything in it: rolled and later events, interruptions, dropped records, cards."""
    feed = Feed(ledger)
    feed.send(
        *(
            event(number, started_at_us=NOON + number * DAY_US // 7, price_ref=CARD.ref)
            for number in range(12)
        ),
        event(20, status="interrupted", cost_pico=None),
        cards={CARD.ref: CARD.to_json()},
    )
    ledger.roll(now=NOON)
    feed.send(event(20), event(21), event(21))
    Feed(ledger, "worker-1").send(event(30), event(31))
    return ledger


def test_a_healthy_ledger_is_healthy(healthy: Ledger) -> None:
    assert {fact.name: fact.state for fact in healthy.checks()} == dict.fromkeys(
        (
            "rollup_hour_equals_events",
            "histogram_hour_equals_events",
            "rollup_day_equals_events",
            "histogram_day_equals_events",
            "every_call_once",
            "every_event_in_its_cell",
            "no_number_missing",
            "every_price_has_its_card",
            "every_card_says_what_it_said",
            "allocation_adds_up",
            "no_dead_letters",
        ),
        "ok",
    )


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (
            "UPDATE rollup_hour SET cost = cost + 0.000000000001",
            {"rollup_hour_equals_events"},
        ),
        (
            "UPDATE rollup_day SET tokens_output = tokens_output - 1",
            {"rollup_day_equals_events"},
        ),
        (
            "UPDATE rollup_day SET cost = cost + 1",
            {"rollup_day_equals_events", "allocation_adds_up"},
        ),
        (
            "DELETE FROM rollup_hour WHERE period = (SELECT max(period) FROM rollup_hour)",
            {"rollup_hour_equals_events"},
        ),
        (
            "INSERT INTO rollup_hour SELECT * FROM rollup_hour LIMIT 1",
            {"rollup_hour_equals_events"},
        ),
        (
            "DELETE FROM histogram_day",
            {"histogram_day_equals_events"},
        ),
        (
            "UPDATE histogram_hour SET buckets = [{'bucket': 9, 'latency_calls': 1, 'first_token_calls': 0}]",
            {"histogram_hour_equals_events"},
        ),
        (
            "DELETE FROM events WHERE worker = 'worker-0' AND seq = 3",
            {
                "rollup_hour_equals_events",
                "rollup_day_equals_events",
                "histogram_hour_equals_events",
                "histogram_day_equals_events",
                "no_number_missing",
                "allocation_adds_up",
            },
        ),
        (
            "DELETE FROM events WHERE worker = 'worker-1' AND seq = 2",
            {"no_number_missing"},
        ),
        (
            "DELETE FROM dropped",
            {"no_number_missing"},
        ),
        (
            "INSERT INTO events SELECT * REPLACE ('w' AS worker) FROM events WHERE worker = 'worker-1'",
            {"every_call_once", "no_number_missing"},
        ),
        (
            "UPDATE events SET cost = cost + 1 WHERE worker = 'worker-0' AND seq = 2",
            {"rollup_hour_equals_events", "rollup_day_equals_events", "allocation_adds_up"},
        ),
        (
            "UPDATE events SET team = 'another' WHERE worker = 'worker-1' AND seq = 2",
            {"every_event_in_its_cell"},
        ),
        (
            "UPDATE workers SET high_water = high_water + 1 WHERE worker = 'worker-1'",
            {"no_number_missing"},
        ),
        (
            "DELETE FROM workers WHERE worker = 'worker-1'",
            {"no_number_missing"},
        ),
        (
            "DELETE FROM rate_cards",
            {"every_price_has_its_card"},
        ),
        (
            "UPDATE rate_cards SET body = encode(replace(decode(body), 'input', 'inputs'))",
            {"every_card_says_what_it_said"},
        ),
        (
            "UPDATE rate_cards SET body = 'no card'::BLOB",
            {"every_card_says_what_it_said"},
        ),
    ],
)
def test_a_planted_fault_is_found(healthy: Ledger, fault: str, found: set[str]) -> None:
    healthy._writer.run(lambda connection: connection.execute(fault)).result(10)
    assert {fact.name for fact in healthy.checks() if fact.state == "broken"} == found


def test_a_fault_is_named(healthy: Ledger) -> None:
    healthy._writer.run(lambda connection: connection.execute("DELETE FROM events WHERE seq = 2")).result(10)
    (fact,) = (fact for fact in healthy.checks() if fact.name == "no_number_missing")
    assert fact.found["count"] == 2
    assert {first["worker"] for first in fact.found["first"]} == {"worker-0", "worker-1"}


def test_a_rebuild_heals_rollups(healthy: Ledger) -> None:
    healthy._writer.run(lambda connection: connection.execute("DELETE FROM rollup_day")).result(10)
    assert any(fact.state == "broken" for fact in healthy.checks())
    healthy.rebuild_rollups(now=NOON)
    assert all(fact.state == "ok" for fact in healthy.checks())


def test_an_empty_ledger_is_healthy(ledger: Ledger) -> None:
    assert {fact.state for fact in ledger.checks()} == {"ok"}
