"""Draws from the fitted distributions, from a source of randomness that is given."""

import functools
import itertools
import math
from random import Random

from bursar.demo import fitted
from bursar.demo.fitted import TokenMixture


def draw_tokens(mixture: TokenMixture, random: Random) -> tuple[int, int]:
    """Tokens in and out of one call, within the bounds of the trace."""
    part = random.choices(mixture.parts, cum_weights=_cumulative(mixture))[0]
    first, second = random.gauss(), random.gauss()
    tokens_input = math.exp(part.input_mean + part.input_factor * first)
    tokens_output = math.exp(part.output_mean + part.shared_factor * first + part.output_factor * second)
    return (
        round(min(max(tokens_input, mixture.input_least), mixture.input_most)),
        round(min(max(tokens_output, mixture.output_least), mixture.output_most)),
    )


@functools.cache
def _cumulative(mixture: TokenMixture) -> list[float]:
    return list(itertools.accumulate([part.weight for part in mixture.parts]))


def draw_around(mean: float, sigma: float, random: Random) -> int:
    """At least one token, log-normal with this mean and this spread of the logarithm."""
    return max(1, round(mean * math.exp(sigma * random.gauss() - sigma * sigma / 2)))


def draw_cached(tokens_input: int, random: Random) -> int:
    """How many of the input tokens are in the provider's cache; often none."""
    line = fitted.CACHE_HIT_AT_ONE_TOKEN + fitted.CACHE_HIT_PER_LN_TOKEN * math.log(max(1, tokens_input))
    if random.random() >= 1 / (1 + math.exp(-line)):
        return 0
    share = random.betavariate(fitted.CACHE_PREFIX_ALPHA, fitted.CACHE_PREFIX_BETA)
    return math.floor(share * tokens_input)


def draw_count(mean: float, random: Random) -> int:
    """A Poisson count; a rounded normal one where the mean is large."""
    if mean <= 0:
        return 0
    if mean > 50:
        return max(0, round(mean + math.sqrt(mean) * random.gauss()))
    threshold, count, product = math.exp(-mean), 0, random.random()
    while product > threshold:
        count += 1
        product *= random.random()
    return count


def draw_minutes(random: Random) -> list[float]:
    """Weights of the 60 minutes of a bursty hour: some silent, the others uneven; they sum to 60."""
    weights = [
        0.0
        if random.random() < fitted.MINUTE_SILENT_SHARE
        else random.gammavariate(fitted.MINUTE_BURST_SHAPE, 1.0)
        for _ in range(60)
    ]
    total = sum(weights)
    return [60 * weight / total for weight in weights] if total else [1.0] * 60
