"""Times of the day on somebody's clock."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from bursar.estate.policies import WEEKDAYS, Hours
from bursar.vocab.instant import InstantUs, to_datetime

_DAY_MINUTES = 24 * 60


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes `first` to `end` of the days `weekdays` (0 is Monday); over midnight where `first` > `end`."""

    first: int
    end: int
    weekdays: frozenset[int]
    zone: ZoneInfo

    @staticmethod
    def of(hours: Hours) -> "Window":
        """The window of a document."""
        days = hours.weekdays or WEEKDAYS
        return Window(
            first=_minutes(hours.from_),
            end=_minutes(hours.to),
            weekdays=frozenset(WEEKDAYS.index(day) for day in days),
            zone=ZoneInfo(hours.timezone),
        )

    def holds(self, at_us: int) -> bool:
        """Whether an instant lies in it; what lies behind midnight belongs to the day on which it began."""
        local = to_datetime(InstantUs(at_us)).astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.first < self.end:
            return self.first <= minute < self.end and local.weekday() in self.weekdays
        if minute >= self.first:
            return local.weekday() in self.weekdays
        return minute < self.end and (local - timedelta(days=1)).weekday() in self.weekdays


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return min(int(hours) * 60 + int(minutes), _DAY_MINUTES)
