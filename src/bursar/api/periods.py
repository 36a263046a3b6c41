"""The periods of an answer in somebody's time zone: where each begins and ends."""

from dataclasses import dataclass
from typing import Final, Literal

from bursar.api.zones import Calendar
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs

Grain = Literal["none", "minute", "hour", "day", "week", "month", "weekday_hour"]

PERIODS_MOST: Final = 3000
_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US
_WEEK_HOURS: Final = 168


@dataclass(frozen=True)
class Periods:
    """Bounds that rise, a period between each two; `slots` where several periods are shown as one."""

    bounds: tuple[InstantUs, ...]
    slots: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()  # of slots


def periods_of(grain: Grain, start: InstantUs, end: InstantUs, calendar: Calendar) -> Periods:
    """The periods from `start` to `end`; the first and the last may be cut by them."""
    if grain == "none":
        return Periods((start, end))
    if grain in ("minute", "hour"):
        return Periods(_even(start, end, _MINUTE_US if grain == "minute" else _HOUR_US, calendar))
    if grain == "weekday_hour":
        return _week(start, end, calendar)
    begin = {"day": calendar.midnight, "week": calendar.week, "month": calendar.month}[grain]
    bounds = [start]
    count = 1
    while (at := begin(start, count)) < end:
        bounds.append(at)
        count += 1
        _check(len(bounds))
    return Periods((*bounds, end))


def _even(start: InstantUs, end: InstantUs, unit_us: int, calendar: Calendar) -> tuple[InstantUs, ...]:
    offset_us = calendar.midnight(start) % _HOUR_US if unit_us == _HOUR_US else 0
    first = start - (start - offset_us) % unit_us + unit_us
    _check((end - first) // unit_us)
    return (start, *(InstantUs(at) for at in range(first, end, unit_us)), end)


def _week(start: InstantUs, end: InstantUs, calendar: Calendar) -> Periods:
    """Every hour of the span, shown as the hour of the week in the zone: 1-00 is Monday after midnight."""
    bounds = _even(start, end, _HOUR_US, calendar)
    slots = []
    for at in bounds[:-1]:
        weekday, hour = calendar.weekday_hour(at)
        slots.append((weekday - 1) * 24 + hour)
    labels = tuple(f"{place // 24 + 1}-{place % 24:02}" for place in range(_WEEK_HOURS))
    return Periods(bounds, tuple(slots), labels)


def _check(count: int) -> None:
    if count > PERIODS_MOST:
        raise InvalidInput(f"these are more than {PERIODS_MOST} periods: ask for a coarser grain")
