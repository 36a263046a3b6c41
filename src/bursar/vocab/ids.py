"""Ids that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

from collections.abc import Callable

from bursar.vocab.instant import InstantUs

_POOL_BYTES = 4096
_VARIANTS = "89ab"


def uuid7(now: InstantUs, random_bytes: bytes) -> str:
    """A UUIDv7 text of an instant and 8 random bytes; microseconds fill `rand_a`, so ids sort within 1 ms."""
    milliseconds, microseconds = divmod(now, 1000)
    high = f"{milliseconds:012x}"
    low = random_bytes.hex()
    variant = _VARIANTS[random_bytes[0] & 3]
    return f"{high[:8]}-{high[8:]}-7{microseconds * 4096 // 1000:03x}-{variant}{low[1:4]}-{low[4:16]}"


class IdSource:
    """Makes ids from a clock and a source of randomness, both given."""

    def __init__(self, now: Callable[[], InstantUs], random_bytes: Callable[[int], bytes]) -> None:
        self._now = now
        self._random_bytes = random_bytes
        self._pool = b""
        self._used = 0

    def next(self) -> str:
        """The next id; randomness is drawn for many ids at once, because each draw is a system call."""
        start = self._used
        if start >= len(self._pool):
            self._pool = self._random_bytes(_POOL_BYTES)
            start = 0
        self._used = start + 8
        return uuid7(self._now(), self._pool[start : start + 8])
