"""When the calls of a source come, within one hour."""

from random import Random

from bursar.demo.draws import draw_count, draw_minutes
from bursar.demo.rhythm import HOUR_US, busyness
from bursar.demo.sources import Source
from bursar.vocab.instant import InstantUs

_MINUTE_US = 60_000_000


def arrivals_of_hour(
    source: Source, hour_start: InstantUs, per_day: float, end: InstantUs, seed: int, random: Random
) -> list[InstantUs]:
    """Instants in the hour from `hour_start`, not sorted; `per_day` is the source's usual number of calls."""
    mean = per_day / 24 * busyness(source, hour_start, end, seed)
    count = draw_count(mean, random)
    if not source.bursts:
        return [InstantUs(hour_start + int(random.random() * HOUR_US)) for _ in range(count)]
    minutes = random.choices(range(60), draw_minutes(random), k=count)
    return [
        InstantUs(hour_start + minute * _MINUTE_US + int(random.random() * _MINUTE_US)) for minute in minutes
    ]
