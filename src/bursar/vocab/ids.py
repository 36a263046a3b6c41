"""Ids that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

from collections.abc import Callable

from bursar.vocab.instant import InstantUs


def uuid7(now: InstantUs, random_bytes: bytes) -> str:
    """A UUIDv7 text of an instant and 8 random bytes; microseconds fill `rand_a`, so ids sort within 1 ms."""
    milliseconds, microseconds = divmod(now, 1000)
    high = milliseconds << 16 | 0x7000 | (microseconds * 4096 // 1000)
    low = 0x8000000000000000 | (int.from_bytes(random_bytes[:8], "big") & 0x3FFFFFFFFFFFFFFF)
    digits = f"{high:016x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class IdSource:
    """Makes ids from a clock and a source of randomness, both given."""

    def __init__(self, now: Callable[[], InstantUs], random_bytes: Callable[[int], bytes]) -> None:
        self._now = now
        self._random_bytes = random_bytes

    def next(self) -> str:
        return uuid7(self._now(), self._random_bytes(8))
