"""How long to wait before a message is tried again."""

from typing import Final

ATTEMPTS_MOST: Final = 8
_FIRST_US: Final = 2_000_000
_LONGEST_US: Final = 900_000_000
_FINENESS: Final = 1 << 16


def wait_us(attempts: int, random_bytes: bytes) -> int:
    """After so many failed attempts: 2 s, doubled each time, at most 15 minutes, and of that between half and
    all by two random bytes, so that many messages do not come back in the same moment."""
    longest = min(_FIRST_US << (attempts - 1), _LONGEST_US)
    drawn = int.from_bytes(random_bytes[:2], "big")
    return longest // 2 + longest // 2 * drawn // _FINENESS
