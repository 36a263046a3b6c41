"""How fast money goes now, and what today has cost: for all who watch in one look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bursar.api.zones import Calendar
from bursar.ledger.ledger import Ledger
from bursar.ledger.news import Counted, seen_of
from bursar.vocab.instant import InstantUs
from bursar.vocab.money import Picodollars, usd_text

WINDOW_S: Final = 60
_HOUR_S: Final = 3600
_US: Final = 1_000_000
_AHEAD_US: Final = 3600 * _US  # clocks of gateways may be a little ahead of ours


@dataclass(frozen=True)
class Rates:
    """What ended in the last minute, and today by time zone, by team and product."""

    window: Sequence[Counted]
    today: Mapping[str, Sequence[Counted]]

    def seen(self, sight: Any, zone: str) -> dict[str, Any]:
        """As somebody sees it."""
        _, today = seen_of(self.today[zone], sight)
        return {**rate_json(*seen_of(self.window, sight)), "today_cost": usd_text(Picodollars(today))}


def rate_json(calls: int, cost: int) -> dict[str, Any]:
    """Calls and picodollars of the last minute, as a pace."""
    return {
        "usd_per_hour": usd_text(Picodollars(cost * _HOUR_S // WINDOW_S)),
        "calls_per_minute": calls * 60 / WINDOW_S,
        "window_s": WINDOW_S,
    }


def window_of(ledger: Ledger, now: InstantUs) -> list[Counted]:
    """What ended in the last minute."""
    return ledger.ended(start=InstantUs(now - WINDOW_S * _US), end=InstantUs(now + _AHEAD_US))


def rates_of(ledger: Ledger, zones: Sequence[str], now: InstantUs) -> Rates:
    """The rates for those zones; zones whose day begins together are read once."""
    days = {zone: _calendar(zone).midnight(now) for zone in zones}
    today = {
        begins: ledger.by_whose(start=begins, end=InstantUs(now + _AHEAD_US)) for begins in set(days.values())
    }
    return Rates(window_of(ledger, now), {zone: today[begins] for zone, begins in days.items()})


@lru_cache(maxsize=1024)
def _calendar(zone: str) -> Calendar:
    return Calendar(zone)
