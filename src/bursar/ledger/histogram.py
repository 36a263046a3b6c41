"""Durations in buckets that grow by a tenth: mergeable counts from which percentiles are read.

A bucket b >= 1 holds the durations in (100 us * 1.1^(b-1), 100 us * 1.1^b]; bucket 0 those up to 100 us. The
value given back for a bucket is 2 * upper / (1 + 1.1), which is within 4.8 % of everything in it (DDSketch,
Masson, Rim and Lee, VLDB 2019, with alpha = 1/21). Bucket 200 ends at 5.3 hours and holds all that is longer.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

GROWTH: Final = 1.1
LOWEST_US: Final = 100
BUCKET_LAST: Final = 200
RELATIVE_ERROR: Final = (GROWTH - 1) / (GROWTH + 1)
QUANTILES: Final = (0.5, 0.95, 0.99)


def buckets_of(durations_us: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The bucket of each duration."""
    steps = np.log(np.maximum(durations_us, LOWEST_US) / LOWEST_US) / math.log(GROWTH)
    return np.minimum(np.ceil(steps), BUCKET_LAST).astype(np.uint8)


def bucket_value_us(bucket: int) -> int:
    """The duration that stands for a bucket."""
    if bucket == 0:
        return LOWEST_US
    return round(LOWEST_US * GROWTH**bucket * 2 / (1 + GROWTH))


VALUES_US: Final = np.array([bucket_value_us(bucket) for bucket in range(BUCKET_LAST + 1)], dtype=np.int64)


def quantiles_us(
    counts: npt.NDArray[np.int64],
    values_us: npt.NDArray[np.int64] = VALUES_US,
    quantiles: Sequence[float] = QUANTILES,
) -> npt.NDArray[np.int64]:
    """Per row of `counts` (a column for each of `values_us`) the duration at each quantile; -1 without calls.

    The rank of quantile q among n calls is ceil(q * n), at least 1.
    """
    found = np.full((len(counts), len(quantiles)), -1, dtype=np.int64)
    if not counts.size:
        return found
    running = counts.cumsum(axis=1)
    totals = running[:, -1]
    for place, quantile in enumerate(quantiles):
        ranks = np.maximum(1, np.ceil(quantile * totals)).astype(np.int64)
        reached = (running >= ranks[:, None]).argmax(axis=1)
        found[:, place] = np.where(totals > 0, values_us[reached], -1)
    return found
