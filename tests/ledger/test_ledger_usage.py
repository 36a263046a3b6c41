"""The usage question: right figures for any span, grain, split and filter, from whatever source they come."""

from collections.abc import Sequence
from typing import Any

import pytest
from ledger_data import DAY_US, HOUR_US, NOON, Feed, event

from bursar.ledger import usage as usage_room
from bursar.ledger.dimensions import Dimension, dimension
from bursar.ledger.ledger import Ledger
from bursar.ledger.parts import Part
from bursar.ledger.tables import FIGURES
from bursar.ledger.usage import UsageQuery, UsageRow, parts_of
from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, parse_instant
from bursar.vocab.usage import Usage

MIDNIGHT = InstantUs(NOON - 12 * HOUR_US)


def query(start: int = 0, end: int = 2**52, *by: str, grain: str = "none", **filters: str) -> UsageQuery:
    return UsageQuery(
        start=InstantUs(start),
        end=InstantUs(end),
        by=tuple(map(dimension, by)),
        grain=grain,
        filters={dimension(name): tuple(values.split("|")) for name, values in filters.items()},
    )


def calls_by(rows: Sequence[UsageRow]) -> dict[Any, int]:
    return {(row.keys if len(row.keys) != 1 else row.keys[0]): row.figures["calls"] for row in rows}


# -- parts -----------------------------------------------------------------------------------------


def test_whole_days_and_hours_come_from_rollups_and_the_edges_from_events() -> None:
    start, end = MIDNIGHT + HOUR_US + 5, MIDNIGHT + 3 * DAY_US + 2 * HOUR_US + 7
    assert parts_of(query(start, end), by_cells=True, has_later=False) == [
        Part("rolled", InstantUs(start), InstantUs(MIDNIGHT + 2 * HOUR_US)),
        Part("rolled", InstantUs(end - 7), InstantUs(end)),
        Part("hour", InstantUs(MIDNIGHT + 2 * HOUR_US), InstantUs(MIDNIGHT + DAY_US)),
        Part("hour", InstantUs(MIDNIGHT + 3 * DAY_US), InstantUs(end - 7)),
        Part("day", InstantUs(MIDNIGHT + DAY_US), InstantUs(MIDNIGHT + 3 * DAY_US)),
    ]


@pytest.mark.parametrize(
    ("asked", "sources"),
    [
        (query(MIDNIGHT, MIDNIGHT + DAY_US), ["day"]),
        (query(MIDNIGHT, MIDNIGHT + DAY_US, grain="hour"), ["hour"]),
        (query(MIDNIGHT, MIDNIGHT + DAY_US, grain="month"), ["day"]),
        (query(MIDNIGHT, MIDNIGHT + DAY_US, grain="minute"), ["rolled"]),
        (query(MIDNIGHT, MIDNIGHT + DAY_US, "team", "provider"), ["day"]),
        (query(MIDNIGHT, MIDNIGHT + 3 * HOUR_US, "team"), ["hour"]),
        (query(MIDNIGHT + 1, MIDNIGHT + HOUR_US, "team"), ["rolled"]),
        (query(MIDNIGHT, MIDNIGHT), []),
        (query(MIDNIGHT, MIDNIGHT - 1), []),
    ],
)
def test_the_sources_of_an_answer(asked: UsageQuery, sources: list[str]) -> None:
    later = ["later"] if sources else []
    assert [part.source for part in parts_of(asked, by_cells=True)] == [*sources, *later]
    assert [part.source for part in parts_of(asked, by_cells=True, has_rolled=False)] == later
    assert [part.source for part in parts_of(asked, by_cells=False)] == (["rolled", *later] if later else [])


# -- figures ---------------------------------------------------------------------------------------


@pytest.fixture(params=["events", "rollups", "both"])
def settled(request: pytest.FixtureRequest, ledger: Ledger, feed: Feed) -> Ledger:
    """A ledger of 60 calls over 30 hours, none, all or half of them in the rollups."""
    events = [
        event(number, started_at_us=MIDNIGHT + number * HOUR_US // 2 + 123, team=f"team-{number % 3}")
        for number in range(60)
    ]
    feed.send(*events[:30])
    if request.param != "events":
        ledger.roll(now=NOON)
    feed.send(*events[30:])
    if request.param == "rollups":
        ledger.roll(now=NOON)
    return ledger


def sixty() -> list[Event]:
    return [event(number, started_at_us=MIDNIGHT + number * HOUR_US // 2 + 123) for number in range(60)]


def test_the_figures_of_all_calls(settled: Ledger) -> None:
    found = settled.usage(query()).total.figures
    assert found["calls"] == 60
    assert found["cost"] == sum(each.cost_pico or 0 for each in sixty())
    assert found["cost_list"] == sum(each.cost_list_pico or 0 for each in sixty())
    assert found["tokens_input"] == sum(each.usage.tokens_input for each in sixty())
    assert found["tokens_output"] == sum(each.usage.tokens_output for each in sixty())
    assert {name for name in FIGURES if found[name]} == {
        "calls",
        "cost",
        "cost_list",
        "tokens_input",
        "tokens_output",
    }


def test_the_start_is_in_and_the_end_is_out(settled: Ledger) -> None:
    first = MIDNIGHT + 123
    assert settled.usage(query(first, first + HOUR_US // 2)).total.figures["calls"] == 1
    assert settled.usage(query(first + 1, first + HOUR_US // 2 + 1)).total.figures["calls"] == 1
    assert settled.usage(query(first + 1, first + HOUR_US // 2)).total.figures["calls"] == 0


@pytest.mark.parametrize("by", [("team",), ("provider",), ("team", "model"), ("team", "key", "tag:none")])
@pytest.mark.parametrize("grain", ["none", "minute", "hour", "day", "month"])
def test_rows_of_any_split_add_up_to_the_total(settled: Ledger, by: tuple[str, ...], grain: str) -> None:
    for start, end in ((0, 2**52), (MIDNIGHT + 1000, MIDNIGHT + 29 * HOUR_US + 17)):
        asked = query(start, end, *by, grain=grain)
        found = settled.usage(asked)
        plain = settled.usage(query(start, end)).total
        assert found.total.values == plain.values
        assert found.total.latency == plain.latency
        assert tuple(map(sum, zip(*(row.values for row in found.rows), strict=True))) == plain.values
        assert found.rows == sorted(found.rows, key=lambda row: (row.period or 0, row.keys))
        if grain == "none":
            assert all(row.period is None for row in found.rows)


def test_periods_begin_where_the_calendar_says(settled: Ledger) -> None:
    def periods(grain: str) -> list[int]:
        return [row.period or 0 for row in settled.usage(query(grain=grain)).rows]

    assert periods("hour") == [MIDNIGHT + hour * HOUR_US for hour in range(30)]
    assert periods("day") == [MIDNIGHT, MIDNIGHT + DAY_US]
    assert periods("month") == [parse_instant("2026-11-01")]
    assert periods("minute")[:2] == [MIDNIGHT, MIDNIGHT + HOUR_US // 2]


def test_filters_of_one_name_are_alternatives_and_of_different_names_all_hold(settled: Ledger) -> None:
    assert calls_by(settled.usage(query(0, 2**52, "team", team="team-0|team-2")).rows) == {
        "team-0": 20,
        "team-2": 20,
    }
    both = settled.usage(query(0, 2**52, "team", team="team-0", model="gpt-4o-mini"))
    wanted = [each for n, each in enumerate(sixty()) if n % 3 == 0 and each.model == "gpt-4o-mini"]
    assert both.total.figures["calls"] == len(wanted) > 0
    scanned = settled.usage(query(0, 2**52, "team", team="team-0", model="gpt-4o-mini", provider="mock"))
    assert (scanned.rows, scanned.total) == (both.rows, both.total)
    assert settled.usage(query(0, 2**52, "team", team="nobody")).rows == []
    assert settled.usage(query(0, 2**52, "team", provider="nobody")).total.figures["calls"] == 0


def test_nothing_is_asked_of_an_empty_ledger_in_vain(ledger: Ledger) -> None:
    for asked in (query(), query(0, 2**52, "team", grain="day"), query(0, 2**52, "key", "tag:x")):
        found = ledger.usage(asked)
        assert found.rows == []
        assert found.total.values == (0,) * len(FIGURES)
        assert found.total.latency is None


# -- what each figure counts -------------------------------------------------------------------------


def test_statuses_and_sources_are_counted(ledger: Ledger, feed: Feed) -> None:
    feed.send(
        event(1),
        event(2, status="partial", usage_source="estimated"),
        event(3, status="error", cost_pico=0, cost_list_pico=None),
        event(4, status="interrupted", cost_pico=None, cost_list_pico=None, usage_source="none"),
        event(5, cost_pico=None),
        event(6, flags=["usage_injected", "partly_unpriced"]),
    )
    figures = ledger.usage(query()).total.figures
    wanted = {
        "calls": 6,
        "unpriced_calls": 2,
        "partly_unpriced_calls": 1,
        "list_unpriced_calls": 2,
        "estimated_calls": 1,
        "partial_calls": 1,
        "interrupted_calls": 1,
        "errors": 1,
    }
    assert {name: figures[name] for name in wanted} == wanted


def test_every_usage_class_is_added_up_apart(ledger: Ledger, feed: Feed) -> None:
    names = Usage.__struct_fields__
    amounts = {name: place + 1 for place, name in enumerate(names)}
    feed.send(event(1, usage=Usage(**amounts)), event(2, usage=Usage(**amounts)))
    figures = ledger.usage(query()).total.figures
    assert {name: figures[name] for name in names} == {
        name: 2 * (place + 1) for place, name in enumerate(names)
    }


def test_sums_go_beyond_64_bits(ledger: Ledger, feed: Feed) -> None:
    feed.send(*(event(number, cost_pico=2**63 - 1) for number in range(5)))
    ledger.roll(now=NOON)
    assert ledger.usage(query(0, 2**52, "team")).total.figures["cost"] == 5 * (2**63 - 1)
    assert ledger.usage(query(0, 2**52, "provider")).total.figures["cost"] == 5 * (2**63 - 1)


def test_calls_can_be_split_by_a_tag_and_those_without_are_unknown(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1, tags={"centre": "1"}), event(2, tags={"centre": "2", "other": "1"}), event(3))
    found = ledger.usage(query(0, 2**52, "tag:centre"))
    assert calls_by(found.rows) == {"1": 1, "2": 1, "unknown": 1}
    tag = dimension("tag:centre")
    only = UsageQuery(start=InstantUs(0), end=InstantUs(2**52), filters={tag: ("2", "unknown")})
    assert ledger.usage(only).total.figures["calls"] == 2


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("key", "key_id", "key-7"),
        ("http_status", "http_status", 503),
        ("model_served", "model_served", "gpt-4o-mini-2024-07-18"),
        ("region", "region", "eu-west-1"),
        ("service_tier", "service_tier", "flex"),
        ("source", "source", "history"),
        ("use_case", "use_case", 'it\'s "quoted" $start'),
    ],
)
def test_calls_can_be_split_and_filtered_by_any_dimension(
    ledger: Ledger, feed: Feed, name: str, field: str, value: object
) -> None:
    feed.send(event(1, **{field: value}), event(2), event(3))
    assert calls_by(ledger.usage(query(0, 2**52, name)).rows)[str(value)] == 1
    only = UsageQuery(start=InstantUs(0), end=InstantUs(2**52), filters={Dimension(name): (str(value),)})
    assert ledger.usage(only).total.figures["calls"] == 1


def test_an_unknown_dimension_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(InvalidInput, match="did you mean team") as refused:
        dimension("teem")
    allowed = refused.value.facts["allowed"]
    assert isinstance(allowed, list)
    assert {"team", "provider", "tag:<key>"} <= set(allowed)
    for name in ("", "tag:", "tag:UPPER", "team ", "call_id", "key_id"):
        with pytest.raises(InvalidInput):
            dimension(name)


def test_more_rows_than_an_answer_may_have_are_refused(
    ledger: Ledger, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_room, "ROWS_LIMIT", 3)
    feed.send(*(event(number, team=f"team-{number}", key_id=f"key-{number}") for number in range(4)))
    for name in ("team", "key"):
        with pytest.raises(InvalidInput, match="more than 3 rows"):
            ledger.usage(query(0, 2**52, name))
    assert len(ledger.usage(query(0, 2**52, "model")).rows) == 2


def test_an_event_is_visible_as_soon_as_it_is_acknowledged(ledger: Ledger, feed: Feed) -> None:
    for number in range(20):
        feed.send(event(number))
        assert ledger.usage(query(0, 2**52, "team")).total.figures["calls"] == number + 1
        if number % 7 == 6:
            ledger.roll(now=NOON)
