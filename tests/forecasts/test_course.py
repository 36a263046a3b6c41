"""The course of accounts: what was, what is expected, between what, and when a limit is reached."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, sqrt
from random import Random

import pytest
from alert_worlds import BEGINS, ENDS, HOUR_US, NOW, USD
from hypothesis import given
from hypothesis import strategies as st
from test_forecast import MONDAY, WEEKS, Series, highest, needs_data, rhythmic, taxi, window

from bursar.estate.budgets import Period
from bursar.estate.period import midnights_around
from bursar.forecasts.course import Course, LimitAt, Point, course, running_total, window_totals
from bursar.forecasts.pace import Spread, forecast, pace_of_period, pace_of_window, spread_of
from bursar.forecasts.rhythm import DAY_US, HISTORY_US, outlook, week_weights
from bursar.vocab.instant import InstantUs


def days_between(begins: int, ends: int) -> list[InstantUs]:
    return [InstantUs(at) for at in range(begins, ends, DAY_US)]


def month(series: Series, limit: int | LimitAt, *, now: InstantUs = NOW, spent: int | None = None) -> Course:
    """The course of November, of calls that cost as `series` says."""
    limit_at = (lambda _: limit) if isinstance(limit, int) else limit
    past = [each for each in series if each[0] < now]
    marks = days_between(BEGINS, ENDS)
    shown = [at for at in marks if at < now]
    known = sum(amount for at, amount in past if at >= BEGINS) if spent is None else spent
    totals = running_total(past, shown, begins=BEGINS)
    points = [Point(at, total, limit_at(at)) for at, total in zip(shown, totals, strict=True)]
    recent = [each for each in past if each[0] >= now - HISTORY_US]
    weights = week_weights(recent, until=now)
    pace = pace_of_period(
        weights, spread_of(recent, weights, until=now), known, now=now, begins=BEGINS, ends=ENDS
    )
    return course(
        [*points, Point(now, known, limit_at(now))], pace, marks=marks, ends=ENDS, limit_at=limit_at
    )


STEADY = rhythmic(BEGINS - HISTORY_US, ENDS, [USD] * 168)


def test_a_steady_month_reaches_its_limit_at_the_hour_that_arithmetic_gives() -> None:
    found = month(STEADY, 600 * USD)
    assert found.crosses_at == BEGINS + 600 * HOUR_US
    assert found.may_cross_at == found.crosses_at  # nothing was ever off
    assert found.end is not None
    assert found.end.spent.low == found.end.spent.expected == found.end.spent.high
    assert abs(found.end.spent.expected - 720 * USD) < 200
    assert not found.is_reached
    assert [point.spent for point in found.points[:3]] == [0, 24 * USD, 48 * USD]


def test_a_limit_that_is_not_reached_has_no_date_and_one_that_was_has_the_day_it_was() -> None:
    assert month(STEADY, 721 * USD).crosses_at is None
    over = month(STEADY, 240 * USD)
    assert over.is_reached
    assert over.reached_at == BEGINS + 10 * DAY_US
    assert over.crosses_at is over.may_cross_at is None


def test_a_grant_that_ends_brings_the_limit_back_down_to_what_will_be_spent() -> None:
    until = InstantUs(BEGINS + 25 * DAY_US)
    found = month(STEADY, lambda at: (1000 if at < until else 500) * USD)
    assert found.crosses_at == until
    assert found.ahead[-1].limit == 500 * USD


def test_early_in_a_first_month_nothing_is_said() -> None:
    now = InstantUs(BEGINS + DAY_US)
    found = month([], 10 * USD, now=now, spent=USD)
    assert found.ahead == []
    assert found.end is None


@given(week=WEEKS, noise=st.lists(st.integers(0, 5), min_size=60, max_size=60), at=st.integers(26, 29 * 24))
def test_the_end_is_the_forecast_that_alerts_go_by_and_the_range_holds_it(
    week: list[int], noise: list[int], at: int
) -> None:
    now = InstantUs(BEGINS + at * HOUR_US)
    series = [
        (hour, amount * noise[(hour - BEGINS) // DAY_US % 60])
        for hour, amount in rhythmic(BEGINS - HISTORY_US, now, week)
    ]
    spent = sum(amount for hour, amount in series if hour >= BEGINS)
    found = month(series, 10**30, now=now)
    recent = [each for each in series if each[0] >= now - HISTORY_US]
    said = forecast(recent, spent, now=now, begins=BEGINS, ends=ENDS)
    if found.end is None or said is None:
        assert found.end is said is None
        return
    assert abs(found.end.spent.expected - said) <= 3 * 168
    for step in found.ahead:
        low, high = step.spent.low, step.spent.high
        assert low is None or high is None or spent <= low <= step.spent.expected <= high
    expected = [step.spent.expected for step in found.ahead]
    assert expected == sorted(expected)


# -- rolling windows -------------------------------------------------------------------------------


def rolling(series: Series, days: int, limit: int, now: InstantUs) -> Course:
    midnights = midnights_around(Period(rolling_days=days), now)
    past = [each for each in series if each[0] < now]
    spent = sum(amount for at, amount in past if at >= midnights[0])
    known = outlook(
        [one for one in past if one[0] >= min(midnights[0], now - HISTORY_US)], midnights, now=now
    )
    assert known is not None
    running = running_total(past, midnights[:days], begins=midnights[0])
    drops = [(midnights[days + at], running[at + 1] - running[at]) for at in range(days - 1)]
    return course(
        [Point(now, spent, limit)],
        pace_of_window(known, None, now=now),
        drops=drops,
        marks=midnights,
        ends=midnights[-1],
        limit_at=lambda _: limit,
    )


@given(week=WEEKS, elapsed=st.integers(1, 167), days=st.integers(1, 30))
def test_a_windows_highest_is_the_forecast_that_alerts_go_by(
    week: list[int], elapsed: int, days: int
) -> None:
    now = InstantUs(MONDAY + elapsed * HOUR_US)
    series = rhythmic(MONDAY - 8 * 7 * DAY_US, now, week)
    found = rolling(series, days, 10**30, now)
    _, said = window(series, days, now)
    assert found.end is not None
    assert said is not None
    assert found.end.spent.expected >= said - days * 168
    assert found.end.spent.expected <= said + days * 168


def test_a_window_that_rises_reaches_its_limit_and_one_that_falls_does_not() -> None:
    """A dollar an hour until ten days ago, two since; thirty days: 720 rise to 1,440."""
    now = InstantUs(MONDAY + 12 * HOUR_US)
    change = MONDAY - 10 * DAY_US
    series = [
        (InstantUs(at), (1 if at < change else 2) * USD) for at in range(MONDAY - 70 * DAY_US, now, HOUR_US)
    ]
    rising = rolling(series, 30, 1100 * USD, now)
    assert rising.crosses_at is not None
    assert now + 3 * DAY_US < rising.crosses_at < now + 8 * DAY_US
    assert rising.end is not None
    assert rising.end.spent.expected > highest([*series], 30, now) // USD
    fallen = [(at, amount if at < now - 3 * DAY_US else 0) for at, amount in series]
    assert rolling(fallen, 30, 1100 * USD, now).crosses_at is None


def test_what_a_window_held_is_the_sum_of_its_days() -> None:
    midnights = days_between(BEGINS, BEGINS + 10 * DAY_US)
    hours = [(InstantUs(at), at // DAY_US) for at in range(BEGINS, BEGINS + 10 * DAY_US, HOUR_US)]
    daily = [24 * (at // DAY_US) for at in midnights]
    assert window_totals(hours, midnights, 3) == [sum(daily[at - 3 : at]) for at in range(3, 10)]


# -- real series -----------------------------------------------------------------------------------


def held(series: Series, days: int) -> Sequence[bool]:
    """At five moments of every period of so many days: whether the range held what came."""
    found = []
    first = (series[0][0] + HISTORY_US) // DAY_US * DAY_US + DAY_US
    for begins in range(first, series[-1][0] - days * DAY_US, min(3, days) * DAY_US):
        ends = InstantUs(begins + days * DAY_US)
        truth = sum(amount for at, amount in series if begins <= at < ends)
        for share in (0.15, 0.3, 0.5, 0.7, 0.85):
            now = InstantUs(int(begins + share * (ends - begins)) // HOUR_US * HOUR_US)
            spent = sum(amount for at, amount in series if begins <= at < now)
            past = [each for each in series if now - HISTORY_US <= each[0] < now]
            weights = week_weights(past, until=now)
            spread = spread_of(past, weights, until=now)
            pace = pace_of_period(weights, spread, spent, now=now, begins=InstantUs(begins), ends=ends)
            assert pace is not None
            came = pace.to_come(ends).plus(spent)
            assert came.low is not None
            assert came.high is not None
            found.append(came.low <= truth <= came.high)
    return found


@needs_data
def test_on_seven_months_of_a_city_the_range_holds_what_came(record_property: object) -> None:
    """Days and weeks as often as is meant; months less: holidays and seasons are no rhythm of a week."""
    series = taxi()
    shares = {days: sum(found) / len(found) for days in (1, 7, 30) if (found := held(series, days))}
    words = ", ".join(f"{share:.0%} of {days} days" for days, share in shares.items())
    record_property("report", f"range of four in five, taxis: held {words}")  # type: ignore[operator]
    assert shares[1] > 0.8
    assert shares[7] > 0.75
    assert shares[30] > 0.7


def spread_after(factors: Sequence[float]) -> Spread:
    """After four weeks of a dollar an hour, each day times its factor."""
    series = [
        (hour, int(amount * factors[(hour - BEGINS + HISTORY_US) // DAY_US]))
        for hour, amount in rhythmic(BEGINS - HISTORY_US, BEGINS, [USD] * 168)
    ]
    spread = spread_of(series, week_weights(series, until=BEGINS), until=BEGINS)
    assert spread is not None
    return spread


def test_days_that_go_together_make_a_wider_range_than_days_that_do_not() -> None:
    def variance(factors: Sequence[float]) -> float:
        """Of the sum of thirty days, after four weeks with these factors."""
        return spread_after(factors).of(30)

    apart = [1.2 if day % 2 else 0.8 for day in range(28)]
    together = [1.2 if day < 14 else 0.8 for day in range(28)]
    assert variance(together) > 5 * variance(apart)


SEEDS = range(12)


def months(day: float, alike: float, drift: float, growth: float) -> float:
    """Of made-up years, whose days are off in a known way: how many months' ends the range held."""
    found: list[bool] = []
    for seed in SEEDS:
        random = Random(seed)
        off = level = 0.0
        series = []
        for place in range(90):
            off = alike * off + (1 - alike**2) ** 0.5 * random.gauss(0, 1)
            level += drift * random.gauss(0, 1) + growth
            factor = exp(day * off + level)
            series += [
                (InstantUs(BEGINS + (place * 24 + hour) * HOUR_US), int(USD * factor)) for hour in range(24)
            ]
        found += held(series, 30)
    return sum(found) / len(found)


@pytest.mark.parametrize(
    ("day", "alike", "drift", "growth", "least"),
    [
        (0.25, 0.0, 0.0, 0.0, 0.76),
        (0.25, 0.5, 0.0, 0.0, 0.76),
        (0.25, 0.8, 0.0, 0.0, 0.7),
        (0.15, 0.0, 0.01, 0.0, 0.76),
        (0.15, 0.3, 0.03, 0.0, 0.65),
        (0.2, 0.2, 0.0, 0.005, 0.7),
    ],
)
def test_whatever_moves_the_days_the_range_holds_about_four_of_five_months(
    day: float, alike: float, drift: float, growth: float, least: float
) -> None:
    """Days off by themselves, off together, a level that wanders, one that grows by half a percent a day."""
    assert least < months(day, alike, drift, growth) < 0.96


def test_a_level_that_rises_makes_a_range_that_holds_how_far_it_may_go_on_to() -> None:
    def off(factors: Sequence[float]) -> float:
        """How far a month may be off, as a share of it, after four weeks with these factors."""
        return 1.282 * sqrt(spread_after(factors).ahead(30, 4))

    noise = [1.1 if Random(day).random() < 0.5 else 0.9 for day in range(28)]
    rising = [1.01**day for day in range(28)]
    assert off([1.0] * 28) == 0
    # From the middle of the last four days to that of the next thirty, at a percent a day.
    assert off(rising) > 0.16
    assert off([one * other for one, other in zip(rising, noise, strict=True)]) > 1.25 * off(noise)


def test_steps_are_in_order_and_end_at_the_end() -> None:
    found = month(STEADY, 10**30)
    assert all(one.at < other.at for one, other in pairwise(found.ahead))
    assert found.ahead[0].at == NOW
    assert found.ahead[-1].at == ENDS
