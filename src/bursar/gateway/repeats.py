"""Bounds what a program that repeats a refused call can write: the first are recorded, the rest counted."""

from collections.abc import Iterator
from typing import Final

import msgspec

from bursar.vocab.event import Event

SINGLE_MOST: Final = 20
"""So many refusals of one key for one reason are recorded one by one in a minute."""

MINUTE_US: Final = 60_000_000
TOLD_SECONDS: Final = 10.0
"""How often those beyond are told, as one event."""


class _Run:
    """The refusals of one key for one reason."""

    __slots__ = ("begun_us", "last", "repeated", "singles")

    def __init__(self, begun_us: int) -> None:
        self.begun_us = begun_us
        self.singles = 0
        self.repeated = 0
        self.last: Event | None = None


class Repeats:
    """What is remembered is bounded by the number of keys, times that of reasons."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], _Run] = {}

    def is_single(self, event: Event, code: str) -> bool:
        """Whether this refusal is recorded by itself; otherwise it is counted, and `told` later."""
        now_us = event.started_at_us
        run = self._runs.setdefault((event.key_id, code), _Run(now_us))
        if now_us - run.begun_us >= MINUTE_US:
            run.begun_us, run.singles = now_us, 0
        if run.singles < SINGLE_MOST:
            run.singles += 1
            return True
        run.repeated += 1
        run.last = event
        return False

    def told(self, now_us: int) -> Iterator[Event]:
        """One event for all that were counted since the last time: the last of them, with their number.

        Its flags are `repeated` and `repeated_N`: it stands for N calls.
        """
        for name, run in list(self._runs.items()):
            if run.last is not None:
                flags = [*run.last.flags, "repeated", f"repeated_{run.repeated}"]
                yield msgspec.structs.replace(run.last, flags=flags)
                run.last, run.repeated = None, 0
            elif now_us - run.begun_us >= MINUTE_US:
                del self._runs[name]
