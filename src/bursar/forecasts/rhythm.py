"""What will have been spent when a period ends: the run rate, with the rhythm of the week where it is known.

A week has 168 hours; each has a weight, the mean of what it cost in the last weeks. What was spent so far,
over the weights of the hours so far, says how this period compares with the weeks before; the weights of the
hours to come, times that, are what will follow. One day of the past counts as seen at the level of the last
weeks, so that the first hours of a period do not decide alone.

A rolling budget has no end at which something will have been spent. What it is on the way to is the highest
total that its window will have at the end of one of the next N days, while the days of now leave it one by
one: after N days nothing of what is known is left in it. The hours to come cost as the weights say, times how
the last seven days compare with them: that holds each day of the week once, and follows a change within days.
All amounts are integers.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from bursar.vocab.instant import InstantUs

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
HOURS: Final = 168
HISTORY_US: Final = 28 * DAY_US
_EPOCH_HOUR: Final = 72  # 1970-01-01 was a Thursday; hours of the week are counted from Monday, UTC
_RECENT_US: Final = 7 * DAY_US  # what says at which level a rolling window goes on

Hourly = Sequence[tuple[InstantUs, int]]
"""(first instant of an hour, amount), rising; hours without use may be left out."""


Weights = tuple[int, ...]
"""The mean amount of each hour of the week, Monday 00:00 UTC first."""


class Outlook(msgspec.Struct, kw_only=True, frozen=True):
    """What is known of a rolling window's next days, in the course of the day that ends at `ends`.

    Hours to come cost their weight times `recent` over `usual`. `rise` is the most that the days after this
    one will have brought into the window beyond what has left it by then, 0 if they bring less.
    """

    weights: Weights
    recent: int
    usual: int
    rise: int
    ends: InstantUs

    def to_come(self, start: InstantUs, end: InstantUs) -> int:
        """What a span will cost."""
        return weight_between(self.weights, start, end) * self.recent // self.usual


def outlook(history: Hourly, midnights: Sequence[InstantUs], *, now: InstantUs) -> Outlook | None:
    """How a rolling window of N days goes on; None where less than a day of history is known.

    `midnights` bound 2N - 1 days: the N of the window, of which the last is today, and the N - 1 after it.
    `history` reaches back to the first of them, and 28 days at least.
    """
    past = [(hour, amount) for hour, amount in history if hour >= now - HISTORY_US]
    weights = week_weights(past, until=now)
    if weights is None:
        return None
    until = InstantUs(now // HOUR_US * HOUR_US)
    since = InstantUs(max(until - _RECENT_US, next(hour for hour, amount in past if amount > 0)))
    day = sum(weights) // 7
    known = Outlook(
        weights=weights,
        recent=_sum_between(past, since, until) + day,
        usual=max(1, weight_between(weights, since, until) + day),
        rise=0,
        ends=midnights[len(midnights) // 2],
    )
    return msgspec.structs.replace(known, rise=_rise(known, history, midnights))


def _rise(known: Outlook, history: Hourly, midnights: Sequence[InstantUs]) -> int:
    days = list(pairwise(midnights))
    length = len(midnights) // 2
    total = highest = 0
    for leaving, coming in zip(days[: length - 1], days[length:], strict=True):
        total += known.to_come(*coming) - _sum_between(history, *leaving)
        highest = max(highest, total)
    return highest


def project_window(known: Outlook, spent: int, *, now: InstantUs) -> int:
    """The highest total of the next days, of a rolling window that holds `spent` now."""
    return spent + known.to_come(now, known.ends) + known.rise


def week_weights(history: Hourly, *, until: InstantUs) -> Weights | None:
    """The weights of the last weeks; None if less than a day of them is known.

    With less than a week every day is taken to be like the others. `history` counts from its first use on.
    """
    used = [(hour, amount) for hour, amount in history if amount > 0]
    if not used or until - used[0][0] < DAY_US:
        return None
    modulus = HOURS if until - used[0][0] >= 7 * DAY_US else 24
    sums, counts = [0] * modulus, [0] * modulus
    for hour in range(used[0][0] // HOUR_US, until // HOUR_US):
        counts[_hour_of_week(hour) % modulus] += 1
    for instant, amount in used:
        if instant + HOUR_US <= until:
            sums[_hour_of_week(instant // HOUR_US) % modulus] += amount
    means = [total // count if count else 0 for total, count in zip(sums, counts, strict=True)]
    return tuple(means * (HOURS // modulus)) if any(means) else None


def weight_between(weights: Weights, start: InstantUs, end: InstantUs) -> int:
    """The weights of all hours of a span, the first and the last by the part that is in it."""
    first, last = start // HOUR_US, end // HOUR_US
    whole, rest = divmod(max(0, last - first), HOURS)
    total = whole * sum(weights) + _sum_of(
        weights, range(first + whole * HOURS, first + whole * HOURS + rest)
    )
    before = weights[_hour_of_week(first)] * (start % HOUR_US) // HOUR_US
    return total - before + weights[_hour_of_week(last)] * (end % HOUR_US) // HOUR_US


def _sum_between(history: Hourly, start: InstantUs, end: InstantUs) -> int:
    first, last = (bisect_left(history, at, key=lambda one: one[0]) for at in (start, end))
    return sum(amount for _, amount in history[first:last])


def _hour_of_week(hour: int) -> int:
    return (hour + _EPOCH_HOUR) % HOURS


def _sum_of(weights: Weights, hours: Iterable[int]) -> int:
    return sum(weights[_hour_of_week(hour)] for hour in hours)
