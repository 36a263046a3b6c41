"""Whatever is delivered, however often: every answer equals a plain scan of the events that were sent."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_data import NOON, Feed, event, open_ledger

from bursar.ledger.dimensions import Dimension, dimension
from bursar.ledger.histogram import BUCKET_LAST, bucket_value_us
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery, UsageRow
from bursar.vocab.event import INTERRUPTED, STATUSES, USAGE_SOURCES, Event
from bursar.vocab.instant import InstantUs, to_datetime
from bursar.vocab.usage import USAGE_CLASSES, Usage

HOUR_US = 3_600_000_000
# Four days around noon, so that days, hours and ragged edges all occur.
MOMENTS = st.integers(NOON - 30 * HOUR_US, NOON + 60 * HOUR_US)
COUNTS = st.integers(0, 10**6)
MONEY = st.none() | st.integers(-(10**14), 10**14)
DIMENSIONS = ("team", "product", "use_case", "model", "environment", "provider", "key", "status", "tag:run")


def made(number: int, **changes: Any) -> Event:
    """An event; a function of this file, because Hypothesis holds on to the modules of functions it gets."""
    return event(number, **changes)


events = st.builds(
    made,
    st.integers(0, 40),  # few call ids, so that calls come twice, finished and interrupted
    started_at_us=MOMENTS,
    status=st.sampled_from(STATUSES),
    usage_source=st.sampled_from(USAGE_SOURCES),
    team=st.sampled_from(["search", "ads", "unknown"]),
    model=st.sampled_from(["a", "b"]),
    provider=st.sampled_from(["x", "y"]),
    key_id=st.sampled_from(["", "k"]),
    # Few sets of tags as a rule, which cells know; at times more than one cell can know.
    tags=st.sampled_from([{}, {"run": "1"}, {"run": "2", "other": "1"}, {"other": "1", "run": "2"}])
    | st.builds(lambda run: {"run": str(run)}, st.integers(0, 30)),
    flags=st.sampled_from([[], ["partly_unpriced"], ["usage_injected", "partly_unpriced"]]),
    cost_pico=MONEY,
    cost_list_pico=MONEY,
    latency_us=st.integers(0, 10**9),
    first_token_us=st.none() | st.integers(0, 10**9),
    usage=st.builds(Usage, tokens_input=COUNTS, tokens_output=COUNTS, tokens_reasoning=COUNTS, images=COUNTS),
)
spans = (
    st.tuples(MOMENTS, MOMENTS)
    .map(sorted)
    .flatmap(
        lambda pair: st.sampled_from(
            [
                (low, high)
                for low in (pair[0], pair[0] // HOUR_US * HOUR_US)
                for high in (pair[1], pair[1] // HOUR_US * HOUR_US)
            ]
            + [(0, 2**52)]
        )
    )
)
questions = st.builds(
    lambda span, by, grain, filters: UsageQuery(
        start=InstantUs(span[0]),
        end=InstantUs(span[1]),
        by=tuple(map(dimension, by)),
        grain=grain,
        filters=filters,
    ),
    spans,
    st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=2),
    st.sampled_from(["none", "minute", "hour", "day", "month"]),
    st.dictionaries(
        st.sampled_from([dimension(name) for name in ("team", "model", "provider", "tag:run")]),
        st.sampled_from([("search",), ("a", "ads"), ("x", "1"), ("b", "unknown")]),
        max_size=1,
    ),
)
# A batch comes, an earlier one comes again, the rollups move, are merged, are made anew.
happenings = st.lists(
    st.lists(events, min_size=1, max_size=6) | st.sampled_from(["again", "roll", "merge", "rebuild"]),
    min_size=1,
    max_size=12,
)


class Scan:
    """The same ledger in plain Python: a list of events, and sums over it."""

    def __init__(self) -> None:
        self.calls: dict[str, Event] = {}

    def take(self, batch: list[Event]) -> None:
        for each in batch:
            known = self.calls.get(each.call_id)
            if known is None or (known.status == INTERRUPTED and each.status != INTERRUPTED):
                self.calls[each.call_id] = each

    def answer(self, query: UsageQuery) -> dict[tuple[Any, ...], list[Event]]:
        groups = defaultdict(list)
        for each in self.calls.values():
            if query.start <= each.started_at_us < query.end and passes(each, query.filters):
                groups[(period(each, query.grain), *(value(each, by) for by in query.by))].append(each)
        return groups


def value(each: Event, by: Dimension) -> str:
    if by.is_tag:
        return each.tags.get(by.tag_key, "unknown")
    return str(getattr(each, "key_id" if by.name == "key" else by.name))


def passes(each: Event, filters: Mapping[Dimension, tuple[str, ...]]) -> bool:
    return all(value(each, by) in choices for by, choices in filters.items())


def period(each: Event, grain: str) -> int | None:
    if grain == "none":
        return None
    if grain == "month":
        first = to_datetime(InstantUs(each.started_at_us)).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        return int(first.timestamp()) * 1_000_000
    size_us = {"minute": HOUR_US // 60, "hour": HOUR_US, "day": 24 * HOUR_US}[grain]
    return each.started_at_us // size_us * size_us


def figures(group: list[Event]) -> dict[str, int]:
    return {
        "calls": len(group),
        "unpriced_calls": sum(each.cost_pico is None for each in group),
        "partly_unpriced_calls": sum("partly_unpriced" in each.flags for each in group),
        "list_unpriced_calls": sum(each.cost_list_pico is None for each in group),
        "estimated_calls": sum(each.usage_source == "estimated" for each in group),
        "partial_calls": sum(each.status == "partial" for each in group),
        "interrupted_calls": sum(each.status == "interrupted" for each in group),
        "errors": sum(each.status == "error" for each in group),
        "cost": sum(each.cost_pico or 0 for each in group),
        "cost_list": sum(each.cost_list_pico or 0 for each in group),
        **{name: sum(getattr(each.usage, name) for each in group) for name in USAGE_CLASSES},
    }


def percentiles(durations: list[int]) -> tuple[int, ...] | None:
    """By sorting: the bucket of the duration at each rank."""
    if not durations:
        return None
    ranked = sorted(durations)
    found = [ranked[max(1, math.ceil(q * len(ranked))) - 1] for q in (0.5, 0.95, 0.99)]
    return tuple(bucket_value_us(bucket(duration)) for duration in found)


def bucket(duration: int) -> int:
    return min(BUCKET_LAST, math.ceil(math.log(max(duration, 100) / 100) / math.log(1.1)))


def check_row(row: UsageRow, group: list[Event]) -> None:
    assert row.figures == figures(group)
    answered = [each for each in group if each.status in ("complete", "partial")]
    assert row.latency == percentiles([each.latency_us for each in answered])
    first_tokens = [each.first_token_us for each in answered]
    assert row.first_token == percentiles([duration for duration in first_tokens if duration is not None])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return iter(tmp_path_factory.mktemp(f"case-{number}") for number in range(10**6))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happened=happenings, asked=st.lists(questions, min_size=1, max_size=3))
def test_every_answer_equals_a_scan(
    folders: Iterator[Path], happened: list[Any], asked: list[UsageQuery]
) -> None:
    ledger, scan = open_ledger(next(folders)), Scan()
    feed = Feed(ledger)
    for what in happened:
        happen(ledger, feed, scan, what)
    for query in asked:
        compare(ledger, scan, query)
    assert [fact.name for fact in ledger.checks() if fact.state != "ok"] == []
    ledger.close()


def happen(ledger: Ledger, feed: Feed, scan: Scan, what: Any) -> None:
    match what:
        case "again":
            if feed.sent:
                assert feed.deliver(feed.sent[-1]).stored == 0
        case "roll":
            ledger.roll(now=NOON)
        case "merge":
            ledger.compact_rollups()
        case "rebuild":
            ledger.rebuild_rollups(now=NOON)
        case batch:
            feed.send(*batch)
            scan.take(batch)


def compare(ledger: Ledger, scan: Scan, query: UsageQuery) -> None:
    found, wanted = ledger.usage(query), scan.answer(query)
    assert {(row.period, *row.keys) for row in found.rows} == set(wanted)
    for row in found.rows:
        check_row(row, wanted[(row.period, *row.keys)])
    check_row(found.total, [each for group in wanted.values() for each in group])
    added = tuple(map(sum, zip(*(row.values for row in found.rows), strict=True)))
    assert added == (found.total.values if found.rows else ())


def test_the_comparison_notices_a_picodollar(folders: Iterator[Path]) -> None:
    ledger, scan = open_ledger(next(folders)), Scan()
    batch = [event(number) for number in range(5)]
    happen(ledger, Feed(ledger), scan, batch)
    ledger.roll(now=NOON)
    everything = UsageQuery(start=InstantUs(0), end=InstantUs(2**52), by=(dimension("team"),))
    compare(ledger, scan, everything)
    planted = "UPDATE rollup_day SET cost = cost + 0.000000000001 WHERE cell = 0"
    ledger._writer.run(lambda connection: connection.execute(planted)).result(10)
    with pytest.raises(AssertionError):
        compare(ledger, scan, everything)
    ledger.close()
