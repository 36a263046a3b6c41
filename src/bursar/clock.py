"""The one place that reads the wall clock; everything else takes an instant as an argument."""

import time

from bursar.vocab.instant import InstantUs


def now_us() -> InstantUs:
    """The present instant in microseconds since 1970-01-01T00:00:00Z."""
    return InstantUs(time.time_ns() // 1000)
