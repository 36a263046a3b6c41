"""The course of an account: what it had spent, what it is on the way to, and when that is too much.

A period's amount only rises. A rolling window's falls too: at each midnight its first day leaves it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from bursar.forecasts.pace import Pace, Range
from bursar.forecasts.rhythm import DAY_US, HOUR_US, Hourly, weight_between
from bursar.vocab.instant import InstantUs

_HOURLY_US: Final = 40 * DAY_US  # longer ones are looked at by days

LimitAt = Callable[[InstantUs], int]
Drop = tuple[InstantUs, int]
"""A midnight, and what leaves a rolling window at it."""


class Point(msgspec.Struct, frozen=True):
    """What had been spent at an instant, and what the limit was."""

    at: InstantUs
    spent: int
    limit: int


class Ahead(msgspec.Struct, frozen=True):
    """What will have been spent at an instant, and what the limit will be as far as is known now."""

    at: InstantUs
    spent: Range
    limit: int


class Course(msgspec.Struct, kw_only=True, frozen=True):
    """`end` is the period's end, of a rolling window the highest that is expected; None if it cannot be said.

    `crosses_at` is when the limit is reached as expected, `may_cross_at` at the high end of the range. An
    account that has reached it already did so at `reached_at`, None where that is not known.
    """

    ends: InstantUs
    points: list[Point]
    ahead: list[Ahead]
    end: Ahead | None
    is_reached: bool
    reached_at: InstantUs | None
    crosses_at: InstantUs | None
    may_cross_at: InstantUs | None


def course(
    points: list[Point],
    pace: Pace | None,
    *,
    drops: Sequence[Drop] = (),
    marks: Sequence[InstantUs],
    ends: InstantUs,
    limit_at: LimitAt,
) -> Course:
    """Go on from the last of the points, which is now, until `ends`; `marks` are the instants to show."""
    now = points[-1]
    is_reached = now.spent >= now.limit and now.spent > 0
    reached = next((at.at for at in points if at.spent >= at.limit), None) if is_reached else None
    steps = list(_steps(now, pace, drops, marks, ends, limit_at)) if pace is not None else []
    shown = set(marks) | {now.at, ends}
    to_cross = [] if is_reached else steps
    return Course(
        ends=ends,
        points=points,
        ahead=[step for step in steps if step.at in shown],
        end=_end(steps, is_window=bool(drops)),
        is_reached=is_reached,
        reached_at=reached,
        crosses_at=next((step.at for step in to_cross if step.spent.expected >= step.limit), None),
        may_cross_at=next((step.at for step in to_cross if _high(step.spent) >= step.limit), None),
    )


def _end(steps: Sequence[Ahead], *, is_window: bool) -> Ahead | None:
    if is_window:
        return max(steps, key=lambda step: step.spent.expected)
    return steps[-1] if steps else None


def running_total(history: Hourly, marks: Sequence[InstantUs], *, begins: InstantUs) -> list[int]:
    """What had been spent since `begins` at each mark."""
    hours, totals = _totals(history)
    before = totals[bisect_right(hours, begins - 1)]
    return [totals[bisect_right(hours, at - 1)] - before for at in marks]


def window_totals(history: Hourly, midnights: Sequence[InstantUs], days: int) -> list[int]:
    """What a window of so many days held at the end of each day that has as many before it."""
    hours, totals = _totals(history)
    at = [totals[bisect_right(hours, midnight - 1)] for midnight in midnights]
    return [at[place] - at[place - days] for place in range(days, len(at))]


def _totals(history: Hourly) -> tuple[list[InstantUs], list[int]]:
    totals = [0]
    for _, amount in history:
        totals.append(totals[-1] + amount)
    return [at for at, _ in history], totals


def _steps(
    now: Point,
    pace: Pace,
    drops: Sequence[Drop],
    marks: Sequence[InstantUs],
    ends: InstantUs,
    limit_at: LimitAt,
) -> Iterator[Ahead]:
    yield Ahead(now.at, Range(now.spent, now.spent, now.spent), now.limit)
    size = HOUR_US if ends - now.at <= _HOURLY_US else DAY_US
    first = now.at // size * size + size
    wanted = {*range(first, ends, size), *marks, *(at for at, _ in drops), ends}
    later = sorted(at for at in wanted if now.at < at <= ends)
    weight = 0
    left = dict(drops)
    gone = 0
    for before, at in pairwise([now.at, *map(InstantUs, later)]):
        weight += weight_between(pace.weights, before, at)
        came = pace.range_of(weight, at)
        if at in left:  # the moment before: nothing has left yet
            yield Ahead(InstantUs(at - 1), came.plus(now.spent - gone), limit_at(InstantUs(at - 1)))
            gone += left[at]
        yield Ahead(at, came.plus(now.spent - gone), limit_at(at))


def _high(spent: Range) -> int:
    return spent.expected if spent.high is None else spent.high
