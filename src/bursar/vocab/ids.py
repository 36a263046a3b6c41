"""Ids that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

from collections.abc import Callable

from bursar.vocab.instant import InstantUs

_POOL_BYTES = 4096
_RANDOM_BYTES = 8
_VARIANTS = {digit: "89ab"[place % 4] for place, digit in enumerate("0123456789abcdef")}


def uuid7(now: InstantUs, random_bytes: bytes) -> str:
    """A UUIDv7 text of an instant and 8 random bytes; microseconds fill `rand_a`, so ids sort within 1 ms."""
    milliseconds, microseconds = divmod(now, 1000)
    return _text(_prefix(milliseconds), microseconds, random_bytes.hex())


def instant_of(uuid7_text: str) -> InstantUs:
    """When an id of this module was made, to the millisecond."""
    return InstantUs(int(uuid7_text[:8] + uuid7_text[9:13], 16) * 1000)


def _prefix(milliseconds: int) -> str:
    high = f"{milliseconds:012x}"
    return f"{high[:8]}-{high[8:]}-7"


def _text(prefix: str, microseconds: int, low: str) -> str:
    """`low` has 16 hex digits, of which the first only chooses the variant."""
    return f"{prefix}{microseconds * 4096 // 1000:03x}-{_VARIANTS[low[0]]}{low[1:4]}-{low[4:]}"


class IdSource:
    """Makes ids from a clock and a source of randomness, both given."""

    def __init__(self, now: Callable[[], InstantUs], random_bytes: Callable[[int], bytes]) -> None:
        self._now = now
        self._random_bytes = random_bytes
        self._pool: list[str] = []
        self._milliseconds = -1
        self._prefix = ""

    def next(self) -> str:
        """The next id."""
        return self.at(self._now())

    def at(self, now: InstantUs) -> str:
        """The id of something that begins now, by a clock that was read already.

        Randomness is drawn for many ids at once, because each draw is a system call.
        """
        if not self._pool:
            drawn = self._random_bytes(_POOL_BYTES).hex()
            digits = 2 * _RANDOM_BYTES
            self._pool = [drawn[at : at + digits] for at in range(0, len(drawn), digits)]
        milliseconds, microseconds = divmod(now, 1000)
        if milliseconds != self._milliseconds:
            self._milliseconds, self._prefix = milliseconds, _prefix(milliseconds)
        return _text(self._prefix, microseconds, self._pool.pop())
