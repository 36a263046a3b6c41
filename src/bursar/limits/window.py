"""A sliding window: what was taken in the last 60 seconds, to the microsecond."""

from collections import deque
from typing import Final

WINDOW_US: Final = 60_000_000
_SINGLE_ENTRIES: Final = 1000
_JOINED_US: Final = 10_000


class Entry:
    """An amount, and when the last of it was taken; it counts until 60 seconds after that."""

    __slots__ = ("amount", "at_us", "begun_us", "counts")

    def __init__(self, amount: int, at_us: int) -> None:
        self.amount = amount
        self.begun_us = at_us
        self.at_us = at_us
        self.counts = True


class Window:
    """Amounts with their instants, oldest first.

    A window holds a bounded number of entries: beyond a thousand, what is taken within 10 ms is one entry,
    which counts up to 10 ms too long and never too short.
    """

    __slots__ = ("_entries", "_used")

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._used = 0

    def used(self, now_us: int) -> int:
        """What the 60 seconds that end now hold."""
        entries = self._entries
        if entries and now_us - entries[0].at_us >= WINDOW_US:
            self._let_go(now_us)
        return self._used

    def _let_go(self, now_us: int) -> None:
        entries = self._entries
        while entries and now_us - entries[0].at_us >= WINDOW_US:
            oldest = entries.popleft()
            oldest.counts = False
            self._used -= oldest.amount

    def take(self, amount: int, now_us: int) -> Entry:
        """Count an amount from now on. Instants must not go back."""
        self._used += amount
        if len(self._entries) >= _SINGLE_ENTRIES:
            last = self._entries[-1]
            if now_us - last.begun_us < _JOINED_US:
                last.at_us = now_us
                last.amount += amount
                return last
        entry = Entry(amount, now_us)
        self._entries.append(entry)
        return entry

    def correct(self, entry: Entry, difference: int) -> None:
        """What was taken turned out to be more or less by `difference`."""
        entry.amount += difference
        if entry.counts:
            self._used += difference

    def room_us(self, amount: int, limit: int, now_us: int) -> int | None:
        """Microseconds until `amount` fits into `limit` if nothing else is taken; None if it never does."""
        if amount > limit:
            return None
        excess = self.used(now_us) + amount - limit
        if excess <= 0:
            return 0
        for entry in self._entries:
            excess -= entry.amount
            if excess <= 0:
                return entry.at_us + WINDOW_US - now_us
        return WINDOW_US
