"""Figures of usage as the API shows them: models for OpenAPI, and the plain values behind them."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from bursar.ledger.percentiles import Percentiles as LedgerPercentiles
from bursar.ledger.usage import UsageRow
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.usage import INPUT_TOKEN_CLASSES, OUTPUT_TOKEN_CLASSES, TOKEN_CLASSES, USAGE_CLASSES

_UNIT_CLASSES: Final = tuple(name for name in USAGE_CLASSES if name not in TOKEN_CLASSES)
_SHORT: Final = {name: name.removeprefix("tokens_") for name in TOKEN_CLASSES}
_USD: Final = r"^-?[0-9]+(\.[0-9]{1,12})?$"


class Tokens(BaseModel):
    """Tokens: both totals, and the classes that make them up without overlapping."""

    input_total: int = Field(description="All input tokens, cached ones included.")
    output_total: int = Field(description="All output tokens, reasoning included.")
    input: int
    cache_read: int
    cache_write: int
    cache_write_5m: int
    cache_write_30m: int
    cache_write_1h: int
    cache_write_12h: int
    input_audio: int
    input_image: int
    input_video: int
    cache_read_audio: int
    cache_read_image: int
    cache_read_video: int
    output: int
    reasoning: int
    output_audio: int
    output_image: int
    output_video: int


class Units(BaseModel):
    """What is counted in other units than tokens."""

    web_searches: int
    web_fetches: int
    file_searches: int
    code_executions: int
    images: int
    audio_ms: int
    characters_input: int
    pages: int


class Percentiles(BaseModel):
    """Milliseconds, within 4.8 % of the true value."""

    p50: float
    p95: float
    p99: float


class Figures(BaseModel):
    """What was used and what it cost. Amounts are exact decimal text in USD."""

    calls: int
    tokens: Tokens
    units: Units
    cost_usd: str = Field(pattern=_USD, description="Of the calls that have a price.")
    cost_list_usd: str = Field(pattern=_USD, description="At list price, of the calls that have one.")
    unpriced_calls: int = Field(description="Calls without a known price: never counted as free.")
    list_unpriced_calls: int = Field(description="Calls without a known list price.")
    estimated_calls: int = Field(description="Calls whose usage was counted by us, not said by the provider.")
    partial_calls: int = Field(description="Replies that broke off.")
    interrupted_calls: int = Field(description="In flight when a gateway process died; may be billed.")
    errors: int = Field(description="Calls that the provider answered with an error, or not at all.")
    latency_ms: Percentiles | None = Field(description="Of complete and partial replies; null without any.")
    first_token_ms: Percentiles | None = Field(description="Time to the first token of streamed replies.")


class Row(Figures):
    """One group: its dimensions by name, and its figures."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    period: str | None = Field(
        default=None, description="The period's first instant; absent if the grain is none."
    )


def token_counts(counts: dict[str, int]) -> dict[str, Any]:
    """The token and unit members of figures, from values by usage class."""
    return {
        "tokens": {
            "input_total": sum(counts[name] for name in INPUT_TOKEN_CLASSES),
            "output_total": sum(counts[name] for name in OUTPUT_TOKEN_CLASSES),
            **{short: counts[name] for name, short in _SHORT.items()},
        },
        "units": {name: counts[name] for name in _UNIT_CLASSES},
    }


def figures_of(row: UsageRow) -> dict[str, Any]:
    """A row's figures as JSON values, in the order of the model `Figures`."""
    figures = row.figures
    return {
        "calls": figures["calls"],
        **token_counts(figures),
        "cost_usd": usd_text(Picodollars(figures["cost"])),
        "cost_list_usd": usd_text(Picodollars(figures["cost_list"])),
        "unpriced_calls": figures["unpriced_calls"],
        "list_unpriced_calls": figures["list_unpriced_calls"],
        "estimated_calls": figures["estimated_calls"],
        "partial_calls": figures["partial_calls"],
        "interrupted_calls": figures["interrupted_calls"],
        "errors": figures["errors"],
        "latency_ms": _percentiles(row.latency),
        "first_token_ms": _percentiles(row.first_token),
    }


def _percentiles(found: LedgerPercentiles | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {"p50": found.p50 / 1000, "p95": found.p95 / 1000, "p99": found.p99 / 1000}
