"""How spending goes on from now: what is to come until an instant, and how far that may be off.

The range is meant to hold four of five futures. Its width comes from how far whole days of the last weeks
were from what the rhythm of the week says of them, and from how much a day is like the one before it: days
that are off together do not even out. How well the level of now is known, from the days that it was read off,
is in it too, and how far the level itself moved in these weeks, beyond what days off the rhythm explain: it
may go on to, either way. What is expected stays at the level of now, because a rise that goes on is foreseen
no better than one that ends. What the range holds on a real series: tests/forecasts/test_course.py. Amounts
are integers; ratios need not be.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

import msgspec

from bursar.forecasts.rhythm import (
    DAY_US,
    HOUR_US,
    HOURS,
    Hourly,
    Outlook,
    Weights,
    week_weights,
    weight_between,
)
from bursar.vocab.instant import InstantUs

_EVEN: Final[Weights] = (HOUR_US,) * HOURS
_EARLY: Final = 20  # without a rhythm nothing is said in the first 1/20 of a period
_DAYS_LEAST: Final = 3  # whole days that say how far days are off
_RHYTHM_DAYS: Final = 7  # a mean for each day of the week takes so many of them
_FOUR_OF_FIVE: Final = 1.282  # standard deviations: 10 % lie above, 10 % below
_ALIKE_MOST: Final = 0.9  # of few days more cannot be told from a level that drifts
_ALIKE_DAYS: Final = 8  # of fewer days it cannot be told how alike they are
_EVEN_LEAST: Final = 0.25  # of the variance, at least so much is in the days and not in their mean
_PER: Final = 1_000_000  # ratios are applied to amounts in millionths


class Range(msgspec.Struct, frozen=True):
    """An amount that is expected, and what four of five futures lie between; None where that is not known."""

    expected: int
    low: int | None = None
    high: int | None = None

    def plus(self, amount: int) -> "Range":
        """The same with an amount that is certain."""
        low, high = (None if one is None else one + amount for one in (self.low, self.high))
        return Range(self.expected + amount, low, high)


class Spread(msgspec.Struct, frozen=True):
    """How far a single day is off, as a share of its amount, and how alike two days are (0..1) in that.

    `drift` is by how much the level moves from day to day, as a share of it.
    """

    day: float
    alike: float
    drift: float = 0.0

    def ahead(self, days: float, known_days: float) -> float:
        """How far so many days to come are off a level that was read from the days before them, squared."""
        between = (days + known_days) / 2  # the middle of what is to come, from the middle of what is known
        return self.of(days) + self.of(known_days + 1) + (self.drift * between) ** 2

    def of(self, days: float) -> float:
        """How far so many days together are off, squared."""
        return self.day**2 / days * (self.together(days) if days > 1 else 1.0)

    def together(self, days: float) -> float:
        """By how much the variance of a sum exceeds that of days which know nothing of each other."""
        alike, rest = self.alike, 1 - self.alike
        return (1 + alike) / rest - 2 * alike * (1 - float(alike**days)) / (days * rest**2)


class Pace(msgspec.Struct, kw_only=True, frozen=True):
    """An hour costs its weight times `recent` over `usual`; the level was read from `known_days`."""

    now: InstantUs
    weights: Weights
    recent: int
    usual: int
    spread: Spread | None
    known_days: float

    def to_come(self, until: InstantUs) -> Range:
        """What is spent from now until an instant."""
        return self.range_of(weight_between(self.weights, self.now, until), until)

    def range_of(self, weight: int, until: InstantUs) -> Range:
        """The same where the weight of the span is known already."""
        expected = weight * self.recent // self.usual
        days = (until - self.now) / DAY_US
        if self.spread is None or days <= 0:
            return Range(expected)
        ratio = _FOUR_OF_FIVE * sqrt(self.spread.ahead(days, self.known_days))
        # Amounts grow and fall by factors: half as much is as likely as twice as much.
        factor = _PER + round(ratio * _PER)
        return Range(expected, expected * _PER // factor, expected * factor // _PER)


def forecast(
    history: Hourly, spent: int, *, now: InstantUs, begins: InstantUs, ends: InstantUs
) -> int | None:
    """What will have been spent at `ends`, of which `spent` came between `begins` and `now`.

    `history` are up to 28 days before `now`. With less than a day of it the run rate is flat; None where
    it is too early in the period to say.
    """
    return project(week_weights(history, until=now), spent, now=now, begins=begins, ends=ends)


def flat(spent: int, *, now: InstantUs, begins: InstantUs, ends: InstantUs) -> int | None:
    """As if every hour cost the same; None in the first twentieth of the period."""
    return project(None, spent, now=now, begins=begins, ends=ends)


def project(
    weights: Weights | None, spent: int, *, now: InstantUs, begins: InstantUs, ends: InstantUs
) -> int | None:
    """The same from weights that are known already; None of them: a flat run rate."""
    if now >= ends:
        return spent
    pace = pace_of_period(weights, None, spent, now=now, begins=begins, ends=ends)
    return None if pace is None else spent + pace.to_come(ends).expected


def pace_of_period(
    weights: Weights | None,
    spread: Spread | None,
    spent: int,
    *,
    now: InstantUs,
    begins: InstantUs,
    ends: InstantUs,
) -> Pace | None:
    """How a period goes on of which `spent` came since it began; None where it is too early to say."""
    elapsed = max(1, now - begins)
    if weights is None:
        if elapsed * _EARLY < ends - begins:
            return None
        return Pace(now=now, weights=_EVEN, recent=spent, usual=elapsed, spread=None, known_days=0)
    day = sum(weights) // 7
    usual = max(1, weight_between(weights, begins, now) + day)
    return Pace(
        now=now, weights=weights, recent=spent + day, usual=usual, spread=spread, known_days=elapsed / DAY_US
    )


def pace_of_window(known: Outlook, spread: Spread | None, *, now: InstantUs) -> Pace:
    """How a rolling window's calls go on."""
    return Pace(
        now=now,
        weights=known.weights,
        recent=known.recent,
        usual=known.usual,
        spread=spread,
        known_days=_RHYTHM_DAYS,
    )


def spread_of(history: Hourly, weights: Weights | None, *, until: InstantUs) -> Spread | None:
    """How far whole days (UTC) are off what the weights say; None of too few days."""
    days = _whole_days(history, until)
    if weights is None or len(days) < _DAYS_LEAST:
        return None
    usual = max(1, sum(weights) // 7)
    off = [(amount - weight_between(weights, at, InstantUs(at + DAY_US))) / usual for at, amount in days]
    squares = sum(each * each for each in off)
    if squares == 0:
        return Spread(0.0, 0.0)
    free = len(days) - (_RHYTHM_DAYS if len(days) >= 2 * _RHYTHM_DAYS else 1)
    spread = Spread(sqrt(squares / free), _alike(off, squares))
    # Days that are off together take their own mean with them: what is seen around it is less than there is.
    seen = max(_EVEN_LEAST, 1 - spread.together(len(days)) / len(days))
    spread = Spread(spread.day / sqrt(seen), spread.alike)
    return Spread(spread.day, spread.alike, _drift(off, spread))


def _alike(off: Sequence[float], squares: float) -> float:
    """The correlation of a day with the one before, without what so few days understate it by."""
    count = len(off)
    alike = sum(one * other for one, other in pairwise(off)) / squares
    if count >= _ALIKE_DAYS:  # Kendall 1954: it is seen as (1 + 4 alike) / count too little
        alike = (count * alike + 1) / (count - 4)
    return min(_ALIKE_MOST, max(0.0, alike))


def _drift(off: Sequence[float], spread: Spread) -> float:
    """By how much the level moved from day to day, beyond what days that are off by themselves explain."""
    half = len(off) // 2
    if half < _RHYTHM_DAYS:
        return 0.0
    moved = (sum(off[-half:]) - sum(off[:half])) / half**2
    by_chance = 2 * spread.of(half) / half**2
    return sqrt(max(0.0, moved**2 - by_chance))


def _whole_days(history: Hourly, until: InstantUs) -> Sequence[tuple[InstantUs, int]]:
    used = [at for at, amount in history if amount > 0]
    if not used:
        return []
    first, last = -(-used[0] // DAY_US), until // DAY_US
    sums = dict.fromkeys(range(first, last), 0)
    for at, amount in history:
        if (day := at // DAY_US) in sums:
            sums[day] += amount
    return [(InstantUs(day * DAY_US), amount) for day, amount in sums.items()]
