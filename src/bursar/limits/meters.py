"""Meters: what one worker has in use of one figure of a limit, and how much of it it may use."""

from typing import Final, Literal

from bursar.limits.window import Entry, Window

Kind = Literal["requests", "tokens", "concurrent"]
KINDS: Final[tuple[Kind, ...]] = ("requests", "tokens", "concurrent")


class _Share:
    """`size` is the whole limit, `share` the part that this worker may use.

    `missing` is what was refused since the last report; `asked_us` when the state store last had less
    than this worker should have; `idle` what of the limit nobody used when the store last answered.
    """

    __slots__ = ("asked_us", "idle", "kind", "missing", "pool", "share", "size")

    def __init__(self, kind: Kind, pool: str, size: int, share: int) -> None:
        self.kind = kind
        self.pool = pool
        self.size = size
        self.share = share
        self.missing = 0
        self.idle = size
        self.asked_us = -1_000_000  # never


class RateMeter(_Share):
    """Requests or tokens of the last 60 seconds."""

    __slots__ = ("window",)

    def __init__(self, kind: Kind, pool: str, size: int, share: int) -> None:
        super().__init__(kind, pool, size, share)
        self.window = Window()

    def used(self, now_us: int) -> int:
        """What the last 60 seconds hold."""
        return self.window.used(now_us)

    def room_us(self, amount: int, now_us: int) -> int | None:
        """Microseconds until `amount` fits into the share; None if it never does."""
        return self.window.room_us(amount, self.share, now_us)

    def take(self, amount: int, now_us: int) -> Entry:
        return self.window.take(amount, now_us)


class PlaceMeter(_Share):
    """Calls at once."""

    __slots__ = ("taken",)

    def __init__(self, kind: Kind, pool: str, size: int, share: int) -> None:
        super().__init__(kind, pool, size, share)
        self.taken = 0

    def used(self, now_us: int) -> int:
        """How many calls are under way."""
        return self.taken

    def room_us(self, amount: int, now_us: int) -> int | None:
        """0 if there is room; None if not, because nobody knows when a call ends."""
        return 0 if self.taken + amount <= self.share else None


Meter = RateMeter | PlaceMeter
