"""Lengths of time as estate documents write them: 30s, 15m, 4h, 2d, 1w."""

from typing import Final

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def span_us(span: str) -> int:
    """Microseconds of a span whose form was checked when the document was read."""
    return int(span[:-1]) * _SECONDS[span[-1]] * 1_000_000
