"""Percentiles from buckets stay within the error that is written down, and leave out what did not answer."""

import math
import random

import numpy as np
import pytest
from ledger_data import Feed, event

from bursar.ledger.histogram import (
    BUCKET_LAST,
    GROWTH,
    LOWEST_US,
    RELATIVE_ERROR,
    bucket_value_us,
    quantiles_us,
)
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs

ALWAYS = UsageQuery(start=InstantUs(0), end=InstantUs(2**52))


def exact(durations: list[int], quantile: float) -> int:
    return sorted(durations)[max(1, math.ceil(quantile * len(durations))) - 1]


@pytest.mark.parametrize("count", [1, 2, 10, 999])
def test_percentiles_are_within_the_error_that_is_documented(ledger: Ledger, feed: Feed, count: int) -> None:
    rng = random.Random(count)
    durations = [round(rng.lognormvariate(13, 1.5)) + LOWEST_US for _ in range(count)]
    first_tokens = [duration // 3 + LOWEST_US for duration in durations]
    feed.send(
        *(
            event(number, latency_us=latency, first_token_us=first)
            for number, (latency, first) in enumerate(zip(durations, first_tokens, strict=True))
        )
    )
    total = ledger.usage(ALWAYS).total
    assert total.latency is not None
    assert total.first_token is not None
    for name, quantile in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        wanted = exact(durations, quantile)
        assert abs(getattr(total.latency, name) - wanted) <= RELATIVE_ERROR * wanted + 1
        wanted = exact(first_tokens, quantile)
        assert abs(getattr(total.first_token, name) - wanted) <= RELATIVE_ERROR * wanted + 1


def test_errors_and_interruptions_say_nothing_of_latency(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1, status="error", latency_us=10), event(2, status="interrupted", latency_us=10))
    assert ledger.usage(ALWAYS).total.latency is None
    feed.send(event(3, status="partial", latency_us=10_000_000))
    latency = ledger.usage(ALWAYS).total.latency
    assert latency is not None
    assert latency.p50 == latency.p99 == pytest.approx(10_000_000, rel=RELATIVE_ERROR)
    assert ledger.usage(ALWAYS).total.first_token is None


def test_every_bucket_stands_for_all_that_is_in_it() -> None:
    assert RELATIVE_ERROR < 0.048
    for bucket in range(1, BUCKET_LAST + 1):
        low, high = LOWEST_US * GROWTH ** (bucket - 1), LOWEST_US * GROWTH**bucket
        value = bucket_value_us(bucket)
        assert abs(value - low) <= RELATIVE_ERROR * low + 1
        assert abs(value - high) <= RELATIVE_ERROR * high + 1
    assert LOWEST_US * GROWTH**BUCKET_LAST > 5 * 3600 * 1e6


def test_durations_are_put_into_their_buckets(ledger: Ledger, feed: Feed) -> None:
    edges: list[Event] = []
    durations = [0, 1, LOWEST_US, LOWEST_US + 1, 110, 111, 10**6, 3_600_000_000, 10**14]
    for number, duration in enumerate(durations):
        edges.append(event(number, latency_us=duration))
    feed.send(*edges)
    rows = ledger._writer.run(
        lambda connection: connection.execute("SELECT latency_us, latency_bucket FROM events").fetchall()
    ).result(10)
    for duration, bucket in rows:
        assert bucket == min(
            BUCKET_LAST, max(0, math.ceil(math.log(max(duration, 100) / 100) / math.log(1.1)))
        )
    assert dict(rows)[10**14] == BUCKET_LAST


def test_a_duration_that_is_not_known_has_no_bucket(ledger: Ledger, feed: Feed) -> None:
    feed.send(
        event(1, first_token_us=None), event(2, first_token_us=5), event(3, status="error", latency_us=7)
    )
    rows = ledger._writer.run(
        lambda connection: connection.execute(
            "SELECT latency_bucket IS NULL, first_token_bucket FROM events ORDER BY seq"
        ).fetchall()
    ).result(10)
    assert [bucket for _, bucket in rows[:2]] == [None, 0]
    assert [missing for missing, _ in rows] == [False, False, True]


def test_the_rank_of_a_quantile_is_its_ceiling() -> None:
    counts = np.zeros((3, BUCKET_LAST + 1), dtype=np.int64)
    counts[0, 10], counts[0, 20] = 1, 1
    counts[1, 10], counts[1, 20] = 95, 5
    found = quantiles_us(counts)
    assert found[0].tolist() == [bucket_value_us(10), bucket_value_us(20), bucket_value_us(20)]
    assert found[1].tolist() == [bucket_value_us(10), bucket_value_us(10), bucket_value_us(20)]
    assert found[2].tolist() == [-1, -1, -1]
