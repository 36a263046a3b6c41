"""The one place that reads the wall clock; everything else takes an instant as an argument."""

import time
from typing import Final

from bursar.vocab.instant import InstantUs

_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now_us() -> InstantUs:
    """The present instant in microseconds since 1970-01-01T00:00:00Z."""
    return InstantUs(time.time_ns() // 1000)


def steady_us() -> int:
    """Microseconds of a clock that never steps and, where the system has one, goes on while it sleeps."""
    return time.clock_gettime_ns(_STEADY) // 1000
