"""The demo's draws look like the traces that they were fitted to."""

import csv
import functools
import gzip
import itertools
import json
import math
import os
import statistics
from pathlib import Path
from random import Random

import pytest

from bursar.demo import fitted
from bursar.demo.draws import draw_around, draw_cached, draw_count, draw_minutes, draw_tokens
from bursar.demo.rhythm import day_factor
from bursar.demo.sources import SOURCES, calls_per_day

TRACES = Path(os.environ.get("BURSAR_DATA", Path(__file__).parents[3] / "shared" / "data")) / "traces"
DRAWS = 20_000


def trace(name):
    path = TRACES / name
    if not path.exists():
        pytest.skip(f"{path} is not there: the shared data are needed")
    return path


@functools.cache
def azure():
    with trace("azure_llm_2023_code.csv").open(newline="") as file:
        return [(int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in csv.DictReader(file)]


@functools.cache
def mooncake():
    lines = trace("mooncake_synthetic.jsonl").read_text().splitlines()
    return [(row["input_length"], row["output_length"]) for row in map(json.loads, lines)]


@functools.cache
def drawn(name):
    random = Random(3)
    return [draw_tokens(getattr(fitted, name), random) for _ in range(DRAWS)]


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("name", "real"), [("CODING", azure), ("DOCUMENTS", mooncake)])
def test_quantiles_of_tokens_are_near_those_of_the_trace(name, real, side, share):
    wanted = quantile([row[side] for row in real()], share)
    found = quantile([row[side] for row in drawn(name)], share)
    # Within a sixth, or one token where the trace counts in single tokens.
    assert abs(found - wanted) <= max(1, wanted / 6)


@pytest.mark.parametrize(("name", "real"), [("CODING", azure), ("DOCUMENTS", mooncake)])
def test_input_and_output_go_together_as_in_the_trace(name, real):
    def correlation(rows):
        logs = [(math.log(left), math.log(right)) for left, right in rows]
        return statistics.correlation([left for left, _ in logs], [right for _, right in logs])

    assert correlation(drawn(name)) == pytest.approx(correlation(real()), abs=0.06)


def test_cached_shares_are_those_of_the_trace():
    lines = trace("mooncake_synthetic.jsonl").read_text().splitlines()
    seen: set[int] = set()
    hits, cached, total = 0, 0.0, 0
    for row in map(json.loads, lines):
        known = len(list(itertools.takewhile(seen.__contains__, row["hash_ids"])))
        seen.update(row["hash_ids"])
        hits += known > 0
        cached += min(known * 512, row["input_length"])
        total += row["input_length"]
    random = Random(5)
    draws = [(tokens, draw_cached(tokens, random)) for tokens, _ in drawn("DOCUMENTS")]
    assert sum(part > 0 for _, part in draws) / DRAWS == pytest.approx(hits / len(lines), abs=0.03)
    share = sum(part for _, part in draws) / sum(tokens for tokens, _ in draws)
    assert share == pytest.approx(cached / total, abs=0.05)


def test_sizes_of_sources_spread_as_the_clients_of_the_trace():
    totals: dict[str, float] = {}
    with gzip.open(trace("servegen_deepseek_r1_clients_10min.csv.gz"), "rt") as file:
        for row in csv.DictReader(file):
            totals[row["client"]] = totals.get(row["client"], 0.0) + float(row["req_per_s"])
    real = statistics.pstdev([math.log(total) for total in totals.values()])
    found = statistics.pstdev([math.log(calls_per_day(source, 9000.0)) for source in SOURCES])
    assert found == pytest.approx(real, rel=0.1)


def test_the_day_has_a_mean_of_one_a_deep_night_and_two_humps():
    factors = [day_factor(hour + 0.5, nightly=False) for hour in range(24)]
    assert statistics.mean(factors) == pytest.approx(1.0, abs=0.01)
    assert min(factors) == min(factors[0:4])
    humps = [h for h in range(1, 23) if factors[h - 1] < factors[h] > factors[h + 1]]
    assert len(humps) == 2
    assert max(factors) / min(factors) > 3
    nightly = [day_factor(hour + 0.5, nightly=True) for hour in range(24)]
    assert nightly.index(min(nightly)) in range(11, 17)


def test_bursty_minutes_are_uneven_and_some_are_silent():
    random = Random(1)
    hours = [draw_minutes(random) for _ in range(300)]
    assert all(sum(minutes) == pytest.approx(60) for minutes in hours)
    silent = sum(weight == 0 for minutes in hours for weight in minutes) / (300 * 60)
    assert silent == pytest.approx(fitted.MINUTE_SILENT_SHARE, abs=0.02)


@pytest.mark.parametrize("mean", [0.0, 0.4, 7.0, 300.0])
def test_counts_have_the_mean_and_variance_of_poisson(mean):
    random = Random(2)
    counts = [draw_count(mean, random) for _ in range(5000)]
    assert statistics.mean(counts) == pytest.approx(mean, rel=0.05, abs=0.001)
    assert statistics.pvariance(counts) == pytest.approx(mean, rel=0.1, abs=0.001)


def test_draws_around_a_mean_have_that_mean():
    random = Random(4)
    values = [draw_around(500.0, fitted.CALL_OUTPUT_SIGMA, random) for _ in range(DRAWS)]
    assert statistics.mean(values) == pytest.approx(500, rel=0.05)
