"""Parameters fitted to real traces by docs/demo_fit.py; docs/demo.md says how good the fit is.

Sources: Azure Public Dataset, LLM inference trace 2023, code (CC BY 4.0); Mooncake, synthetic trace
(Apache-2.0); ServeGen, DeepSeek-R1 clients (Apache-2.0). Only these numbers are taken from them.
"""

from typing import Final, NamedTuple


class Part(NamedTuple):
    """One Gaussian of ln tokens: weight, means, and the lower Cholesky factor of the covariance."""

    weight: float
    input_mean: float
    output_mean: float
    input_factor: float
    shared_factor: float
    output_factor: float


class TokenMixture(NamedTuple):
    """Tokens in and out of a call, drawn together; bounds are those of the trace."""

    parts: tuple[Part, ...]
    input_least: int
    input_most: int
    output_least: int
    output_most: int


# Azure 2023, code: long prompts, very short completions.
CODING: Final = TokenMixture(
    parts=(
        Part(0.2729, 7.6285, 2.5683, 0.5852, -0.0446, 0.3694),
        Part(0.2017, 7.4120, 2.0646, 0.6740, -0.0123, 0.2206),
        Part(0.1882, 5.2935, 2.4746, 1.1120, 0.0420, 0.4197),
        Part(0.1655, 7.4824, 3.5810, 0.6864, 0.2494, 0.6368),
        Part(0.0665, 6.3885, 4.2353, 1.0977, 0.6388, 0.7893),
        Part(0.0649, 8.8493, 2.7081, 0.1080, -0.0364, 0.6176),
        Part(0.0403, 4.6687, 3.8490, 1.4281, 0.3814, 0.9542),
    ),
    input_least=3,
    input_most=7437,
    output_least=6,
    output_most=1899,
)

# Mooncake, synthetic: whole documents and conversations over them, with shared beginnings.
DOCUMENTS: Final = TokenMixture(
    parts=(
        Part(0.2724, 8.9202, 3.5258, 1.0777, 0.3592, 1.3665),
        Part(0.1911, 10.5399, 1.7113, 0.2922, 0.2781, 0.6946),
        Part(0.1254, 5.5515, 5.8618, 1.3072, 0.0196, 0.4967),
        Part(0.1203, 3.3447, 5.5499, 0.3478, 0.1479, 0.5660),
        Part(0.1201, 9.7830, 3.3285, 0.2188, 0.4079, 1.3435),
        Part(0.1016, 9.7690, 5.4868, 0.2041, 0.0195, 0.3627),
        Part(0.0691, 3.9326, 3.8924, 0.9055, 0.5321, 1.0732),
    ),
    input_least=13,
    input_most=191378,
    output_least=1,
    output_most=893,
)

# Mooncake: the chance that the beginning of a call is in the cache is logistic in ln input tokens;
# the share of the input that it then is has a Beta distribution.
CACHE_HIT_AT_ONE_TOKEN: Final = -5.1579
CACHE_HIT_PER_LN_TOKEN: Final = 0.5834
CACHE_PREFIX_ALPHA: Final = 7.3104
CACHE_PREFIX_BETA: Final = 0.2501

# Azure 2023, code: the spread of ln tokens, used inside a ServeGen client, of which only means are known.
CALL_INPUT_SIGMA: Final = 1.3602
CALL_OUTPUT_SIGMA: Final = 0.8472

# Azure 2023, code: the share of minutes without a call, and the Gamma shape of the factor in the others.
MINUTE_SILENT_SHARE: Final = 0.2069
MINUTE_BURST_SHAPE: Final = 1.5993

# ServeGen: log-normals over the clients.
CLIENT_CALLS_SIGMA: Final = 1.8284
CLIENT_INPUT_MU: Final = 5.9629
CLIENT_INPUT_SIGMA: Final = 1.4594
CLIENT_OUTPUT_MU: Final = 6.4936
CLIENT_OUTPUT_SIGMA: Final = 0.7225

# ServeGen: ln rate over the day, for clients that are there all day: two harmonics, the peak of the second
# so many hours after that of the first, and what is left from hour to hour.
DAY_AMPLITUDES: Final = (0.4476, 0.4657)
DAY_SECOND_LAG_H: Final = 6.5874
HOUR_NOISE_SIGMA: Final = 0.3446
