"""A price together with the span of time in which it holds."""

from typing import Final, NamedTuple

from bursar.catalogue.card import CardContent

ALWAYS_FROM: Final = -(2**63)
ALWAYS_TO: Final = 2**63


class Quote(NamedTuple):
    """What a price source says for one instant, and from when to when (exclusive) it says the same."""

    content: CardContent | None
    valid_from_us: int = ALWAYS_FROM
    valid_to_us: int = ALWAYS_TO


def span_around(at: int, boundaries: "set[int]") -> tuple[int, int]:
    """The span between the nearest boundaries around `at`."""
    before = max((edge for edge in boundaries if edge <= at), default=ALWAYS_FROM)
    after = min((edge for edge in boundaries if edge > at), default=ALWAYS_TO)
    return before, after
