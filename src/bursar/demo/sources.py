"""The demo's sources of calls: one use case in one environment that calls one model in its own way."""

import functools
import math
from random import Random
from statistics import NormalDist
from typing import Final, NamedTuple

from bursar.demo import fitted
from bursar.demo.fitted import CODING, DOCUMENTS, TokenMixture

_NORMAL: Final = NormalDist()


class Source(NamedTuple):
    """Who calls which model, and how. Shares are 0..1."""

    team: str
    product: str
    use_case: str
    environment: str
    provider: str
    model: str
    operation: str
    tokens: TokenMixture | None = None  # None: a ServeGen client with means of its own
    streams: float = 0.0  # share of calls that stream
    reasons: float = 0.0  # share of the output that is hidden reasoning
    caches: bool = False  # calls share beginnings that the provider caches
    bursts: bool = False  # calls come in uneven minutes
    nightly: bool = False  # works at night instead of by day
    output_factor: float = 1.0
    # From so many days before the end of the history on, another model is called.
    moves_before_end_days: int = 0
    moves_to: str = ""

    @property
    def name(self) -> str:
        return f"{self.product}/{self.use_case}/{self.environment}"

    def model_at(self, days_before_end: float) -> str:
        return (
            self.moves_to if self.moves_to and days_before_end <= self.moves_before_end_days else self.model
        )


# In the order of their size: the first makes the most calls, by the spread of clients in ServeGen.
SOURCES: Final = (
    Source(
        "platform",
        "codepilot",
        "completion",
        "production",
        "mistral",
        "codestral-2508",
        "chat",
        tokens=CODING,
        streams=0.9,
        bursts=True,
    ),
    Source(
        "support",
        "helpdesk",
        "reply-draft",
        "production",
        "anthropic",
        "claude-haiku-4-5",
        "messages",
        tokens=DOCUMENTS,
        streams=1.0,
        caches=True,
        moves_before_end_days=9,
        moves_to="claude-sonnet-4-5",
    ),
    Source(
        "search", "answers", "chat", "production", "openai", "gpt-5-mini", "chat", streams=0.85, reasons=0.3
    ),
    Source(
        "search",
        "answers",
        "index",
        "production",
        "openai",
        "text-embedding-3-small",
        "embeddings",
        nightly=True,
    ),
    Source(
        "research",
        "lab",
        "agents",
        "experiment",
        "anthropic",
        "claude-sonnet-4-5",
        "messages",
        tokens=DOCUMENTS,
        streams=0.7,
        reasons=0.2,
        caches=True,
        bursts=True,
    ),
    Source(
        "platform",
        "codepilot",
        "review",
        "production",
        "openai",
        "gpt-5.2",
        "responses",
        tokens=CODING,
        streams=0.5,
        reasons=0.6,
        caches=True,
        output_factor=20.0,
    ),
    Source(
        "support",
        "helpdesk",
        "triage",
        "production",
        "anthropic",
        "claude-haiku-4-5",
        "messages",
        output_factor=0.1,
    ),
    Source(
        "growth",
        "campaigns",
        "copy",
        "production",
        "gemini",
        "gemini-2.5-flash",
        "generate_content",
        streams=0.3,
    ),
    Source(
        "research",
        "lab",
        "documents",
        "experiment",
        "gemini",
        "gemini-2.5-pro",
        "generate_content",
        tokens=DOCUMENTS,
        streams=0.2,
        reasons=0.4,
        caches=True,
        bursts=True,
    ),
    Source(
        "growth",
        "campaigns",
        "translate",
        "production",
        "mistral",
        "mistral-small-latest",
        "chat",
        nightly=True,
    ),
    Source("search", "answers", "chat", "staging", "openai", "gpt-5-mini", "chat", streams=0.85, reasons=0.3),
    Source(
        "platform",
        "codepilot",
        "completion",
        "experiment",
        "openai",
        "gpt-5-mini",
        "chat",
        tokens=CODING,
        streams=0.9,
        reasons=0.1,
        bursts=True,
    ),
    Source(
        "support",
        "helpdesk",
        "triage",
        "staging",
        "anthropic",
        "claude-haiku-4-5",
        "messages",
        output_factor=0.1,
    ),
    Source("research", "lab", "own-model", "experiment", "mistral", "lab-tiny", "chat", bursts=True),
)


class Means(NamedTuple):
    """Mean tokens in and out of a source's calls."""

    input: float
    output: float


@functools.cache
def calls_per_day(source: Source, total: float) -> float:
    """A source's part of `total`: sizes spread as the clients of ServeGen, largest first.

    Quantiles of the fitted log-normal instead of random draws, so that no seed makes one source all.
    """
    count = len(SOURCES)
    sizes = [
        math.exp(fitted.CLIENT_CALLS_SIGMA * _NORMAL.inv_cdf((count - rank - 0.5) / count))
        for rank in range(count)
    ]
    return total * sizes[SOURCES.index(source)] / sum(sizes)


def mean_tokens(source: Source, seed: int) -> Means:
    """The means of a source that is like a ServeGen client, drawn once by its name and the seed."""
    # Both environments of a use case call alike.
    random = Random(f"{seed}/{source.product}/{source.use_case}")  # noqa: S311 - a demo, not a secret
    return Means(
        math.exp(fitted.CLIENT_INPUT_MU + fitted.CLIENT_INPUT_SIGMA * random.gauss()),
        math.exp(fitted.CLIENT_OUTPUT_MU + fitted.CLIENT_OUTPUT_SIGMA * random.gauss()),
    )
