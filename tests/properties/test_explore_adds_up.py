"""Explore adds up: series and the rest are the total, in every zone, grain and cut, as by hand."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from ledger_data import NOON, Feed, event, open_ledger

from bursar.api.periods import periods_of
from bursar.api.zones import Calendar
from bursar.ledger.dimensions import dimension
from bursar.ledger.explore import ExploreQuery
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, parse_instant, to_datetime
from bursar.vocab.sight import Area, Sight

# A week over the end of summer time in Europe, and the start of it in Sydney is past.
FIRST = parse_instant("2026-10-21T00:00:00Z")
WEEK_US = 10 * 86_400_000_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe")
BY = ((), ("team",), ("team", "model"), ("provider",), ("tag:shard", "team"))


class Filled:
    def __init__(self, ledger: Ledger, events: list[Event]) -> None:
        self.ledger = ledger
        self.events = events

    def __repr__(self) -> str:
        return "500 events"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Filled"]:
    ledger = open_ledger(tmp_path_factory.mktemp("explore"))
    step = WEEK_US // 500
    events = [
        event(
            number,
            started_at_us=FIRST + number * step,
            team=f"t{number * number % 7}",
            product=f"p{number % 2}",
            model=f"m{number % 3}",
            provider=f"v{number % 4}",
            tags={"shard": str(number % 3)} if number % 5 else {},
        )
        for number in range(500)
    ]
    feed = Feed(ledger)
    feed.send(*events[:400])
    ledger.roll(now=NOON)
    feed.send(*events[400:])
    yield Filled(ledger, events)
    ledger.close()


def value(one: Event, name: str) -> str:
    return one.tags.get(name[4:], "unknown") if name.startswith("tag:") else str(getattr(one, name))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    start=st.integers(0, WEEK_US // 2),
    length=st.integers(1, WEEK_US),
    zone=st.sampled_from(ZONES),
    grain=st.sampled_from(["none", "hour", "day", "week", "month", "weekday_hour"]),
    by=st.sampled_from(BY),
    top=st.integers(1, 6),
    limited=st.booleans(),
)
def test_what_explore_says_is_what_adding_up_by_hand_says(
    filled: "Filled",
    start: int,
    length: int,
    zone: str,
    grain: str,
    by: tuple[str, ...],
    top: int,
    limited: bool,
) -> None:
    ledger, events = filled.ledger, filled.events
    sight = Sight((Area(teams=("t1", "t2")), Area(products=("p1",)))) if limited else Sight((Area(),))
    begin, end = InstantUs(FIRST + start), InstantUs(FIRST + start + length)
    periods = periods_of(grain, begin, end, Calendar(zone))  # type: ignore[arg-type]
    query = ExploreQuery(
        bounds=periods.bounds,
        slots=periods.slots,
        slots_most=len(periods.labels),
        by=tuple(map(dimension, by)),
        columns=("cost", "calls"),
        rank=("cost",),
        durations="latency",
        top=top,
        sight=sight,
    )
    found = ledger.explore(query)
    expected: dict[tuple[tuple[str, ...], int], list[int]] = defaultdict(lambda: [0, 0])
    totals: dict[tuple[str, ...], int] = defaultdict(int)
    for one in events:
        if not (begin <= one.started_at_us < end and sight.sees(team=one.team, product=one.product)):
            continue
        group = tuple(value(one, name) for name in by)
        place = sum(one.started_at_us >= at for at in periods.bounds[1:-1])
        if grain == "weekday_hour":
            local = to_datetime(InstantUs(one.started_at_us)).astimezone(ZoneInfo(zone))
            place = (local.isoweekday() - 1) * 24 + local.hour
        expected[group, place][0] += one.cost_pico or 0
        expected[group, place][1] += 1
        totals[group] += one.cost_pico or 0
    largest = sorted(totals, key=lambda group: (-totals[group], group))[:top]
    assert list(found.groups) == largest
    assert found.rest_groups == len(totals) - len(largest)
    for place, group in enumerate(largest):
        for slot in range(query.slot_count):
            assert list(found.sums[place][slot]) == expected.get((group, slot), [0, 0])
    assert [sum(column) for column in zip(*found.totals, strict=True)] == list(found.total) or not totals
    assert found.total == (sum(totals.values()), sum(counts for _, counts in expected.values()))
    usage = ledger.usage(UsageQuery(start=begin, end=end, sight=sight)).total
    assert found.total[0] == usage.figures["cost"]
    if usage.latency is not None and found.quantiles_total is not None:
        assert tuple(found.quantiles_total.tolist()) == tuple(usage.latency)
