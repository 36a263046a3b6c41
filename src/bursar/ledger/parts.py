"""A span of time in parts: whole days and hours that the rollups answer, and what is between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bursar.vocab.instant import InstantUs

QUARTER: Final = "quarter"
"""Quarters of an hour: a grain that is not offered, for zones whose days do not begin on a whole hour."""

HOUR_US: Final = 3_600_000_000
SIZES_US: Final = {QUARTER: HOUR_US // 4, "hour": HOUR_US, "day": 24 * HOUR_US}


@dataclass(frozen=True)
class Part:
    """A span of one source: the rollups by `day` or `hour`, or the events of the commits that the rollups
    cover (`rolled`) or do not cover yet (`later`)."""

    source: str
    start: InstantUs
    end: InstantUs


def aligned(start: InstantUs, end: InstantUs, sources: Sequence[str], edges: str = "rolled") -> list[Part]:
    """The whole periods of the first source in the span, inside them those of the next; and the edges."""
    if start >= end:
        return []
    if not sources:
        return [Part(edges, start, end)]
    size_us = SIZES_US[sources[0]]
    inner_start, inner_end = InstantUs(-(-start // size_us) * size_us), InstantUs(end // size_us * size_us)
    if inner_start >= inner_end:
        return [Part(edges, start, end)]
    sides = [(start, inner_start), (inner_end, end)]
    inner = aligned(inner_start, inner_end, sources[1:], sources[0])
    return [*(Part(edges, low, high) for low, high in sides if low < high), *inner]


def around(start: InstantUs, end: InstantUs, hours: Sequence[InstantUs]) -> list[Part]:
    """The whole hours of the span from their rollup; `hours` (rising), which periods cut, from the events."""
    found: list[Part] = []
    at = start
    for first, after in _runs(hours):
        first, after = InstantUs(max(first, start)), InstantUs(min(after, end))
        found += [*aligned(at, first, ("hour",)), Part("rolled", first, after)]
        at = after
    return [*found, *aligned(at, end, ("hour",))]


def _runs(hours: Sequence[InstantUs]) -> list[tuple[int, int]]:
    """Neighbouring hours as one: when each run begins, and the instant after it."""
    runs: list[tuple[int, int]] = []
    for hour in hours:
        first = runs.pop()[0] if runs and runs[-1][1] == hour else hour
        runs.append((first, hour + HOUR_US))
    return runs
