"""Figures of usage as the API shows them: models for OpenAPI, and the plain values behind them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from bursar.ledger.percentiles import Percentiles as LedgerPercentiles
from bursar.ledger.tables import FIGURES
from bursar.ledger.usage import UsageRow
from bursar.vocab.errors import check
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.usage import INPUT_TOKEN_CLASSES, TOKEN_CLASSES, USAGE_CLASSES

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


_TokensJson: Final = msgspec.defstruct("_TokensJson", list(Tokens.model_fields), gc=False)
_UnitsJson: Final = msgspec.defstruct("_UnitsJson", list(Units.model_fields), gc=False)
_FIGURES_JSON: Final = list(Figures.model_fields)
_INPUT: Final = slice(0, len(INPUT_TOKEN_CLASSES))
_OUTPUT: Final = slice(len(INPUT_TOKEN_CLASSES), len(TOKEN_CLASSES))
_UNITS: Final = slice(len(TOKEN_CLASSES), len(USAGE_CLASSES))
check(
    USAGE_CLASSES[: len(TOKEN_CLASSES)] == TOKEN_CLASSES and FIGURES[-len(USAGE_CLASSES) :] == USAGE_CLASSES,
    "figures end with the usage classes, input tokens first, then output tokens",
)


def counts_json(counts: Sequence[int]) -> tuple[Any, Any]:
    """The members `tokens` and `units`, from values in the order of USAGE_CLASSES."""
    tokens_input, tokens_output = counts[_INPUT], counts[_OUTPUT]
    tokens = _TokensJson(sum(tokens_input), sum(tokens_output), *tokens_input, *tokens_output)
    return tokens, _UnitsJson(*counts[_UNITS])


@lru_cache(maxsize=256)
def row_type(names: tuple[str, ...]) -> Any:
    """What msgspec writes as JSON for a row with these members before its figures, filled by position.

    Thousands of rows are made for an answer: this takes a tenth of what dictionaries or pydantic take.
    """
    places = [f"key_{place}" for place in range(len(names))]
    rename = dict(zip(places, names, strict=True))
    return msgspec.defstruct("_RowJson", [*places, *_FIGURES_JSON], rename=rename, gc=False)


def figures_json(row: UsageRow) -> tuple[Any, ...]:
    """The values of a row in the order of the model Figures."""
    calls, unpriced, list_unpriced, estimated, partial, interrupted, errors, cost, cost_list, *counts = (
        row.values
    )
    return (
        calls,
        *counts_json(counts),
        usd_text(Picodollars(cost)),
        usd_text(Picodollars(cost_list)),
        unpriced,
        list_unpriced,
        estimated,
        partial,
        interrupted,
        errors,
        _milliseconds(row.latency),
        _milliseconds(row.first_token),
    )


def _milliseconds(found: LedgerPercentiles | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {"p50": found.p50 / 1000, "p95": found.p95 / 1000, "p99": found.p99 / 1000}
