"""How busy a source is at an instant, as a factor around 1: day, week, noise, and two stories to find.

The daily curve is fitted; that the day's middle is 13:00 UTC and what weekends do are choices of the demo,
because no trace at hand is longer than a day or says in which zone it was taken.
"""

import functools
import math
from random import Random
from typing import Final

from bursar.demo import fitted
from bursar.demo.sources import Source
from bursar.vocab.instant import InstantUs, to_datetime

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US

_MIDDAY_H: Final = 13.0
_MIDNIGHT_H: Final = 1.0
_WEEKEND: Final = {"production": 0.55, "staging": 0.1, "experiment": 0.25}
_GROWTH_PER_DAY: Final = 0.008
# An agent of the lab that nobody stopped, so many days before the end, for some hours.
_RUNAWAY: Final = ("agents", 4, range(9, 16), 9.0)


def day_factor(hour: float, *, nightly: bool) -> float:
    """The fitted daily curve at an hour of day (UTC), with a mean of about 1."""
    angle = 2 * math.pi * (hour - (_MIDNIGHT_H if nightly else _MIDDAY_H)) / 24
    lag = 2 * math.pi * fitted.DAY_SECOND_LAG_H / 12
    return math.exp(_curve(angle, lag)) / _curve_mean()


def _curve(angle: float, lag: float) -> float:
    first, second = fitted.DAY_AMPLITUDES
    return first * math.cos(angle) + second * math.cos(2 * angle - lag)


@functools.cache
def _curve_mean() -> float:
    lag = 2 * math.pi * fitted.DAY_SECOND_LAG_H / 12
    return sum([math.exp(_curve(2 * math.pi * step / 96, lag)) for step in range(96)]) / 96


def busyness(source: Source, at: InstantUs, end: InstantUs, seed: int) -> float:
    """The factor of the hour that holds `at`; `end` is the end of the history, which the stories count from.

    The same source, hour and seed always give the same factor.
    """
    moment = to_datetime(at)
    days_before_end = (end - at) / DAY_US
    factor = day_factor(moment.hour + 0.5, nightly=source.nightly)
    if moment.weekday() >= 5:
        factor *= _WEEKEND[source.environment]
    if source.environment == "production":
        # The past has grown to what the present stays at, so that budgets fit a demo that runs for long.
        factor *= math.exp(-_GROWTH_PER_DAY * max(0.0, days_before_end))
    use_case, days, hours, times = _RUNAWAY
    if source.use_case == use_case and math.floor(days_before_end) == days and moment.hour in hours:
        factor *= times
    return factor * _noise(source, at // HOUR_US, seed)


def _noise(source: Source, hour: int, seed: int) -> float:
    random = Random(f"{seed}/{source.name}/{hour}")  # noqa: S311 - a demo, not a secret
    sigma = fitted.HOUR_NOISE_SIGMA
    return math.exp(sigma * random.gauss() - sigma * sigma / 2)
