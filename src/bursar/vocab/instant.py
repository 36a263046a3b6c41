"""Instants as integer microseconds since the Unix epoch, always UTC."""

from datetime import UTC, date, datetime, timedelta
from typing import NewType

from bursar.vocab.errors import InvalidInput

InstantUs = NewType("InstantUs", int)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_datetime(instant: InstantUs) -> datetime:
    """An aware UTC datetime of the same instant."""
    return _EPOCH + instant * _MICROSECOND


def from_datetime(moment: datetime) -> InstantUs:
    """Microseconds since the epoch; a naive datetime is refused rather than guessed."""
    if moment.tzinfo is None:
        raise InvalidInput("a time without zone is ambiguous: add Z or an offset such as +02:00")
    return InstantUs((moment - _EPOCH) // _MICROSECOND)


def from_date(day: date) -> InstantUs:
    """The first instant of a UTC day."""
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC))


def parse_instant(text: str) -> InstantUs:
    """Read ISO 8601, such as `2026-11-23T09:00:00Z`; a date alone is its first UTC instant."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is not a time: write ISO 8601, such as 2026-11-23 or 2026-11-23T09:00:00Z"
        ) from error
    if moment.tzinfo is None:
        if len(text) > len("2026-11-23"):
            raise InvalidInput(f"{text!r} has no time zone: add Z or an offset such as +02:00")
        moment = moment.replace(tzinfo=UTC)
    return from_datetime(moment)


def format_instant(instant: InstantUs) -> str:
    """ISO 8601 in UTC with microseconds and `Z`."""
    return to_datetime(instant).isoformat(timespec="microseconds").replace("+00:00", "Z")
