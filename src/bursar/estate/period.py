"""When a budget begins anew: from a declared period and an instant to the span that holds it."""

from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bursar.estate.budgets import Budget, Period
from bursar.vocab.errors import InvalidInput, near_names
from bursar.vocab.instant import InstantUs, from_datetime, parse_instant, to_datetime

_MONTHS_QUARTER: Final = 3
_MONTHS_YEAR: Final = 12


class Span(NamedTuple):
    """From `begins_us` (included) to `ends_us` (excluded)."""

    begins_us: InstantUs
    ends_us: InstantUs


def period_of(budget: Budget) -> Period:
    """The declared period as a record, where a word such as `month` was written."""
    return Period(every=budget.period) if isinstance(budget.period, str) else budget.period


def span_at(period: Period, at: InstantUs) -> Span | None:
    """The span that holds `at`; None outside of a period that has a beginning and an end of its own.

    A rolling period's span is the calendar day: what the days before it spent is carried into it.
    """
    if period.from_:
        span = Span(parse_instant(period.from_), parse_instant(period.to))
        return span if span.begins_us <= at < span.ends_us else None
    zone = zone_of(period.timezone)
    today = to_datetime(at).astimezone(zone).date()
    first, after = _days(period, today)
    return Span(_midnight(first, zone), _midnight(after, zone))


def spans_before(period: Period, span: Span, count: int) -> list[Span]:
    """The `count` spans before one, newest first."""
    found: list[Span] = []
    at = span.begins_us
    while len(found) < count:
        before = span_at(period, InstantUs(at - 1))
        if before is None:
            break
        found.append(before)
        at = before.begins_us
    return found


def midnights_around(period: Period, at: InstantUs) -> list[InstantUs]:
    """What bounds the days of the rolling window of `at`, and those after it until its last has left it."""
    today = span_at(period, at)
    if today is None or not period.rolling_days:
        return []
    others = period.rolling_days - 1
    found = [one.begins_us for one in reversed(spans_before(period, today, others))]
    found += [today.begins_us, today.ends_us]
    for _ in range(others):
        after = span_at(period, found[-1])
        found += [after.ends_us] if after is not None else []
    return found


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name; InvalidInput names near ones."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = near_names(name, available_timezones(), count=1)
        hint = f"; did you mean {near[0]!r}?" if near else ": write one such as Europe/Berlin or UTC"
        raise InvalidInput(f"{name!r} is no time zone{hint}") from error


def _days(period: Period, today: date) -> tuple[date, date]:
    """The first day of the span that holds `today`, and the first day after it."""
    if period.rolling_days or period.every == "day":
        return today, today + timedelta(days=1)
    if period.every == "week":
        first = today - timedelta(days=today.weekday())
        return first, first + timedelta(days=7)
    months = {"quarter": _MONTHS_QUARTER, "year": _MONTHS_YEAR}.get(period.every, 1)
    since_start = (today.year * _MONTHS_YEAR + today.month - 1) - (period.fiscal_start - 1)
    begun = since_start - since_start % months + period.fiscal_start - 1
    return _first_of(begun), _first_of(begun + months)


def _first_of(months: int) -> date:
    return date(months // _MONTHS_YEAR, months % _MONTHS_YEAR + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> InstantUs:
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))
