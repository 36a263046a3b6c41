"""Pauses Python's cycle collector where many objects are made that cannot form cycles."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_pauses = 0


@contextmanager
def collector_paused() -> Iterator[None]:
    """Walking tens of thousands of rows again and again doubles or triples the cost of making them.

    May be entered by several threads at once; the collector goes on when the last has left.
    """
    global _pauses
    with _lock:
        _pauses += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if not _pauses:
                gc.enable()
