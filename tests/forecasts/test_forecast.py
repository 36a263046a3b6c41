"""Forecasts: exact for a steady rhythm, never below what was spent, better than flat on real series."""

import csv
import gzip
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest
from alert_worlds import BEGINS, ENDS, HOUR_US, NOW, USD
from hypothesis import given
from hypothesis import strategies as st

from bursar.estate.budgets import Period
from bursar.estate.period import midnights_around
from bursar.forecasts.pace import flat, forecast
from bursar.forecasts.rhythm import (
    DAY_US,
    HISTORY_US,
    HOURS,
    outlook,
    project_window,
    week_weights,
)
from bursar.vocab.instant import InstantUs

DATA = Path(os.environ.get("BURSAR_DATA", Path(__file__).parents[3] / "shared" / "data"))
TAXI = DATA / "anomalies" / "data" / "realKnownCause" / "nyc_taxi.csv"
SERVEGEN = DATA / "traces" / "servegen_deepseek_r1_clients_10min.csv.gz"
needs_data = pytest.mark.skipif(not TAXI.exists(), reason="the shared data are not here (BURSAR_DATA)")

Series = Sequence[tuple[InstantUs, int]]
MONDAY = InstantUs(BEGINS // (7 * DAY_US) * 7 * DAY_US + 4 * DAY_US)  # 1970-01-01 was a Thursday


def rhythmic(start: int, end: int, week: Sequence[int]) -> Series:
    """A series that costs the same in the same hour of every week."""
    return [(InstantUs(at), week[(at - MONDAY) // HOUR_US % HOURS]) for at in range(start, end, HOUR_US)]


WEEKS = st.lists(st.integers(0, 10**15), min_size=HOURS, max_size=HOURS).filter(lambda week: week[0] > 0)


@given(week=WEEKS, elapsed=st.integers(0, HOURS - 1), weeks=st.integers(1, 4))
def test_a_week_like_all_weeks_is_foreseen_exactly(week: list[int], elapsed: int, weeks: int) -> None:
    now = InstantUs(MONDAY + elapsed * HOUR_US)
    ends = InstantUs(MONDAY + 7 * DAY_US)
    history = rhythmic(MONDAY - weeks * 7 * DAY_US, now, week)
    spent = sum(week[:elapsed])
    found = forecast(history, spent, now=now, begins=MONDAY, ends=ends)
    assert found is not None
    assert abs(found - sum(week)) <= HOURS  # rounding down of a mean, an hour


@given(
    week=WEEKS,
    spent=st.integers(0, 10**18),
    at=st.integers(0, ENDS - BEGINS),
    since=st.integers(0, HISTORY_US),
)
def test_a_forecast_is_never_less_than_what_was_spent(
    week: list[int], spent: int, at: int, since: int
) -> None:
    now = InstantUs(BEGINS + at)
    history = rhythmic((now - since) // HOUR_US * HOUR_US, now, week)
    found = forecast(history, spent, now=now, begins=BEGINS, ends=ENDS)
    assert found is None or found >= spent


def test_without_a_day_of_history_the_rate_is_flat_and_early_on_nothing_is_said() -> None:
    assert forecast([], 65 * USD, now=NOW, begins=BEGINS, ends=ENDS) == 100 * USD
    assert flat(USD, now=InstantUs(BEGINS + DAY_US), begins=BEGINS, ends=ENDS) is None
    assert forecast([], 5, now=ENDS, begins=BEGINS, ends=ENDS) == 5


def test_a_first_hour_of_a_period_does_not_decide_alone() -> None:
    """One dear hour in an otherwise steady life: a flat rate would say 24 times as much."""
    history = rhythmic(BEGINS - HISTORY_US, BEGINS, [USD] * HOURS)
    now = InstantUs(BEGINS + HOUR_US)
    found = forecast([*history, (BEGINS, 24 * USD)], 24 * USD, now=now, begins=BEGINS, ends=ENDS)
    assert found is not None
    assert found < 2 * 30 * 24 * USD


def test_a_beginning_in_the_middle_of_the_window_is_no_time_without_use() -> None:
    first = NOW - 8 * DAY_US
    weights = week_weights(rhythmic(first, NOW, [USD] * HOURS), until=NOW)
    assert weights == (USD,) * HOURS


# -- rolling windows -------------------------------------------------------------------------------


def window(series: Series, days: int, now: int) -> tuple[int, int | None]:
    """What a rolling window of UTC days holds at an instant, and what it is said to be on the way to."""
    midnights = midnights_around(Period(rolling_days=days), InstantUs(now))
    since = min(midnights[0], now - HISTORY_US)
    known = outlook([each for each in series if since <= each[0] < now], midnights, now=InstantUs(now))
    spent = sum(amount for at, amount in series if midnights[0] <= at < now)
    return spent, project_window(known, spent, now=InstantUs(now)) if known else None


def highest(series: Series, days: int, now: int) -> int:
    """The most that the window really holds at the end of one of the days until its first one is gone."""
    midnights = midnights_around(Period(rolling_days=days), InstantUs(now))
    daily = [
        sum(amount for at, amount in series if begins <= at < ends) for begins, ends in pairwise(midnights)
    ]
    return max(sum(daily[first : first + days]) for first in range(days))


@given(week=WEEKS, elapsed=st.integers(1, HOURS - 1), days=st.sampled_from([7, 14, 28]))
def test_a_window_of_whole_weeks_like_all_weeks_will_hold_what_it_always_holds(
    week: list[int], elapsed: int, days: int
) -> None:
    now = MONDAY + elapsed * HOUR_US
    series = rhythmic(MONDAY - 8 * 7 * DAY_US, now, week)
    _, found = window(series, days, now)
    assert found is not None
    assert abs(found - days // 7 * sum(week)) <= days * HOURS  # rounding down of a mean, an hour


@given(week=WEEKS, spent=st.integers(0, 10**18), hours=st.integers(24, 24 * 40), days=st.integers(1, 40))
def test_what_a_window_is_on_the_way_to_is_never_less_than_what_it_holds(
    week: list[int], spent: int, hours: int, days: int
) -> None:
    midnights = midnights_around(Period(rolling_days=days), NOW)
    series = rhythmic((NOW - hours * HOUR_US) // HOUR_US * HOUR_US, NOW, week)
    known = outlook(series, midnights, now=NOW)
    assert known is None or project_window(known, spent, now=NOW) >= spent


def test_a_model_that_costs_three_times_as_much_is_seen_long_before_the_window_is_full_of_it() -> None:
    """Thirty days at 24 dollars a day are 720; nine days ago it became 72 a day, so 2,160 are to come."""
    now = MONDAY + 12 * HOUR_US
    change = MONDAY - 9 * DAY_US
    series = [
        (InstantUs(at), USD if at < change else 3 * USD) for at in range(MONDAY - 60 * DAY_US, now, HOUR_US)
    ]
    spent, found = window(series, 30, now)
    assert spent == (20 * 24 + 9 * 72 + 36) * USD
    assert found is not None
    assert 0.93 * 2160 * USD < found < 2160 * USD


def test_a_dear_day_raises_what_is_foreseen_for_a_week_and_no_longer() -> None:
    """Ten times the usual on one day. The window will fall when that day leaves it."""
    dear = range(MONDAY - 20 * DAY_US, MONDAY - 19 * DAY_US)
    series = [
        (InstantUs(at), (10 if at in dear else 1) * USD)
        for at in range(MONDAY - 60 * DAY_US, MONDAY, HOUR_US)
    ]
    spent, found = window(series, 30, dear.stop + 8 * DAY_US)
    assert spent == (29 * 24 + 9 * 24) * USD
    assert found is not None
    assert found < 1.1 * spent
    _, soon = window(series, 30, dear.stop + DAY_US)
    assert soon is not None
    assert found < soon < 2 * spent


def test_of_a_window_nothing_is_said_before_a_day_is_known() -> None:
    assert window(rhythmic(MONDAY - 20 * HOUR_US, MONDAY, [USD] * HOURS), 7, MONDAY)[1] is None
    assert window([], 7, MONDAY)[1] is None


# -- real series -----------------------------------------------------------------------------------


def taxi() -> Series:
    """Passengers of New York's taxis by the hour, seven months; an amount stands for money."""
    hours: Counter[InstantUs] = Counter()
    with TAXI.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            moment = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
            hours[InstantUs(int(moment.timestamp()) // 3600 * HOUR_US)] += int(row["value"]) * 10**9
    return sorted(hours.items())


def errors(
    series: Series, begins: int, ends: int, step_us: int, *, history: Series | None = None
) -> Iterator[tuple[float, float]]:
    """At each step of a period, how far the forecast and the flat rate are off, as a share of the truth."""
    truth = sum(amount for at, amount in series if begins <= at < ends)
    for now in range(begins + step_us, ends, step_us):
        spent = sum(amount for at, amount in series if begins <= at < now)
        past = [(at, amount) for at, amount in history or series if now - HISTORY_US <= at < now]
        found = forecast(past, spent, now=InstantUs(now), begins=InstantUs(begins), ends=InstantUs(ends))
        assert found is not None
        yield abs(found - truth) / truth, abs(spent * (ends - begins) // (now - begins) - truth) / truth


def report(name: str, found: Sequence[tuple[float, float]], say: object) -> tuple[float, float]:
    ours, flat_rate = mean(pair[0] for pair in found), mean(pair[1] for pair in found)
    say("report", f"forecast, {name}: mean error {ours:.1%}, flat rate {flat_rate:.1%}")  # type: ignore[operator]
    return ours, flat_rate


@needs_data
def test_on_seven_months_of_a_city_the_rhythm_beats_the_flat_rate(record_property: object) -> None:
    series = taxi()
    start, end = series[0][0] + HISTORY_US, series[-1][0]
    days = [
        pair
        for begins in range(start // DAY_US * DAY_US + DAY_US, end - DAY_US, 3 * DAY_US)
        for pair in errors(series, begins, begins + DAY_US, 3 * HOUR_US)
    ]
    weeks = [
        pair
        for begins in range(start // DAY_US * DAY_US + DAY_US, end - 7 * DAY_US, 7 * DAY_US)
        for pair in errors(series, begins, begins + 7 * DAY_US, DAY_US)
    ]
    months = [
        pair
        for begins in range(start // DAY_US * DAY_US + DAY_US, end - 30 * DAY_US, 30 * DAY_US)
        for pair in errors(series, begins, begins + 30 * DAY_US, 2 * DAY_US)
    ]
    for name, found, share in (("days", days, 0.3), ("weeks", weeks, 0.8), ("months", months, 1.0)):
        ours, flat_rate = report(f"taxis, {name}", found, record_property)
        assert ours < share * flat_rate


@needs_data
@pytest.mark.parametrize("days", [1, 7, 30])
def test_on_seven_months_of_a_city_a_window_is_foreseen_better_than_by_what_it_holds(
    days: int, record_property: object
) -> None:
    """Beside the forecast: the window as it is, and its mean a day for all of its days."""
    series = taxi()
    start = series[0][0] // DAY_US * DAY_US + 31 * DAY_US
    off: list[tuple[float, float, float]] = []
    for now in range(start + 9 * HOUR_US, series[-1][0] - (days + 1) * DAY_US, 2 * DAY_US + 5 * HOUR_US):
        spent, found = window(series, days, now)
        assert found is not None
        truth = highest(series, days, now)
        elapsed = now - midnights_around(Period(rolling_days=days), InstantUs(now))[0]
        level = spent * days * DAY_US // elapsed if elapsed else 0
        off.append((abs(found - truth) / truth, abs(spent - truth) / truth, abs(level - truth) / truth))
    ours, held, flat_rate = (mean(column) for column in zip(*off, strict=True))
    record_property(  # type: ignore[operator]
        "report",
        f"window of {days} days, taxis: mean error {ours:.1%}, as it is {held:.1%}, flat {flat_rate:.1%}",
    )
    assert ours < 0.07  # a snow storm is in it
    assert ours < 0.6 * held
    assert ours < 0.8 * flat_rate


@needs_data
def test_on_a_day_of_an_llm_service_the_shape_of_some_clients_foretells_the_others(
    record_property: object,
) -> None:
    """One day is all there is: half of the clients are the day before, the other half the day to foresee."""
    clients: tuple[Counter[InstantUs], Counter[InstantUs]] = (Counter(), Counter())
    with gzip.open(SERVEGEN, "rt") as file:
        for row in csv.DictReader(file):
            tokens = float(row["mean_input_tokens"]) + 4 * float(row["mean_output_tokens"])
            hour = InstantUs(MONDAY + int(row["t_s"]) // 3600 * HOUR_US)
            clients[int(row["client"]) % 2][hour] += round(float(row["req_per_s"]) * tokens * 10**9)
    past = sorted((InstantUs(at - DAY_US), amount) for at, amount in clients[0].items())
    today = sorted(clients[1].items())
    found = list(errors(today, MONDAY, MONDAY + DAY_US, HOUR_US, history=past))[3:]
    ours, flat_rate = report("ServeGen, one day", found, record_property)
    assert ours < flat_rate
