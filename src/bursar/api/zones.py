"""Time zones of questions: where days, weeks and months begin for who asks."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import Query

from bursar.estate.period import zone_of
from bursar.vocab.instant import InstantUs, from_datetime, to_datetime

ZONE_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){0,2}$"

ZoneQuery = Annotated[
    str,
    Query(
        alias="tz",
        description="Where days, weeks and months begin: an IANA name such as Europe/Berlin.",
        json_schema_extra={"pattern": ZONE_PATTERN},
    ),
]


class Calendar:
    """The days, weeks (from Monday) and months of a zone; InvalidInput if there is no such zone."""

    def __init__(self, zone: str) -> None:
        self.name = zone
        self._zone = zone_of(zone)

    def midnight(self, at: InstantUs, days: int = 0) -> InstantUs:
        """When the day of an instant begins, or one some days later."""
        return self._instant(self._day(at) + timedelta(days=days))

    def week(self, at: InstantUs, weeks: int = 0) -> InstantUs:
        """When the week of an instant begins, or one some weeks later."""
        day = self._day(at)
        return self._instant(day - timedelta(days=day.weekday()) + timedelta(weeks=weeks))

    def month(self, at: InstantUs, months: int = 0) -> InstantUs:
        """When the month of an instant begins, or one some months later."""
        day = self._day(at)
        number = day.year * 12 + day.month - 1 + months
        return self._instant(datetime(number // 12, number % 12 + 1, 1))  # noqa: DTZ001 - a local day

    def moved(self, at: InstantUs, *, days: int = 0, months: int = 0) -> InstantUs:
        """The same time of day some days or months later; of a month without that day, on its last."""
        local = to_datetime(at).astimezone(self._zone) + timedelta(days=days)
        number = local.year * 12 + local.month - 1 + months
        year, month = number // 12, number % 12 + 1
        day = min(local.day, monthrange(year, month)[1])
        return from_datetime(local.replace(year=year, month=month, day=day).astimezone(UTC))

    def days(self, start: InstantUs, end: InstantUs) -> int:
        """How many days after `start` and its time of day the span is over, the last perhaps in part."""
        first, after = (to_datetime(at).astimezone(self._zone).replace(tzinfo=None) for at in (start, end))
        return -((first - after) // timedelta(days=1))

    def years_before(self, at: InstantUs) -> InstantUs:
        """The same day and time a year earlier; of the 29th of February the 28th."""
        local = to_datetime(at).astimezone(self._zone)
        day = min(local.day, 28) if local.month == 2 else local.day
        return from_datetime(local.replace(year=max(local.year - 1, 1970), day=day).astimezone(UTC))

    def weekday_hour(self, at: InstantUs) -> tuple[int, int]:
        """The day of the week, 1 for Monday, and the hour that clocks show at an instant."""
        local = to_datetime(at).astimezone(self._zone)
        return local.isoweekday(), local.hour

    def text(self, at: InstantUs) -> str:
        """ISO 8601 as clocks of the zone show it, with their offset."""
        return to_datetime(at).astimezone(self._zone).isoformat()

    def day_text(self, at: InstantUs) -> str:
        """The local day of an instant, such as 2026-11-23."""
        return self._day(at).date().isoformat()

    def _day(self, at: InstantUs) -> datetime:
        local = to_datetime(at).astimezone(self._zone)
        return datetime(local.year, local.month, local.day)  # noqa: DTZ001 - a local day

    def _instant(self, day: datetime) -> InstantUs:
        return from_datetime(day.replace(tzinfo=self._zone).astimezone(UTC))
