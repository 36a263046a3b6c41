"""Figures of usage as the API shows them: models for OpenAPI, and the plain values behind them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bursar.ledger.percentiles import Integers as Quantiles
from bursar.ledger.percentiles import Percentiles as LedgerPercentiles
from bursar.ledger.tables import FIGURES
from bursar.ledger.usage import UsageRow
from bursar.vocab.errors import check
from bursar.vocab.money import usd_text
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
    cost_usd: str = Field(
        pattern=_USD, description="Of the calls that have a price, and of what is priced in the others."
    )
    cost_list_usd: str = Field(pattern=_USD, description="At list price, of the calls that have one.")
    unpriced_calls: int = Field(description="Calls without a known price: never counted as free.")
    partly_unpriced_calls: int = Field(
        description="Calls of which some usage has no rate: they cost more than `cost_usd` says."
    )
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


# What msgspec writes as JSON, filled by position. Answers have thousands of rows: made column by column like
# this, they take a tenth of the time of dictionaries or pydantic.
_TokensJson: Final = msgspec.defstruct("_TokensJson", list(Tokens.model_fields), gc=False)
_UnitsJson: Final = msgspec.defstruct("_UnitsJson", list(Units.model_fields), gc=False)
_PercentilesJson: Final = msgspec.defstruct("_PercentilesJson", list(Percentiles.model_fields), gc=False)
_FIGURES_JSON: Final = tuple(Figures.model_fields)
_INPUT: Final = slice(0, len(INPUT_TOKEN_CLASSES))
_OUTPUT: Final = slice(len(INPUT_TOKEN_CLASSES), len(TOKEN_CLASSES))
_UNITS: Final = slice(len(TOKEN_CLASSES), len(USAGE_CLASSES))
check(
    USAGE_CLASSES[: len(TOKEN_CLASSES)] == TOKEN_CLASSES and FIGURES[-len(USAGE_CLASSES) :] == USAGE_CLASSES,
    "figures end with the usage classes, input tokens first, then output tokens",
)

Column = Sequence[Any]


def rows_json(keys: Mapping[str, Column], figures: Mapping[str, Column]) -> list[Any]:
    """Rows for msgspec to encode: the key columns by name, then the members of Figures."""
    columns = [*keys.values(), *(figures[name] for name in _FIGURES_JSON)]
    return list(map(_row_type(tuple(keys)), *columns))


@lru_cache(maxsize=256)
def _row_type(names: tuple[str, ...]) -> Any:
    places = [f"key_{place}" for place in range(len(names))]
    rename = dict(zip(places, names, strict=True))
    return msgspec.defstruct("_RowJson", [*places, *_FIGURES_JSON], rename=rename, gc=False)


def figures_json(
    columns: Sequence[Column], latencies: Quantiles, first_tokens: Quantiles
) -> dict[str, Column]:
    """The columns of an answer, in the order of tables.FIGURES, as those of the model Figures."""
    found = dict(zip(FIGURES, columns, strict=True))
    tokens, units = counts_json(columns[-len(USAGE_CLASSES) :])
    return {
        **found,
        "tokens": tokens,
        "units": units,
        "cost_usd": list(map(usd_text, found["cost"])),
        "cost_list_usd": list(map(usd_text, found["cost_list"])),
        "latency_ms": _milliseconds(latencies),
        "first_token_ms": _milliseconds(first_tokens),
    }


def total_json(total: UsageRow) -> Any:
    """The sums of an answer as one row without keys."""
    columns = [[value] for value in total.values]
    return rows_json({}, figures_json(columns, _one(total.latency), _one(total.first_token)))[0]


def counts_json(columns: Sequence[Column]) -> tuple[list[Any], list[Any]]:
    """The members `tokens` and `units` of rows, from columns in the order of USAGE_CLASSES."""
    tokens_input, tokens_output = columns[_INPUT], columns[_OUTPUT]
    totals = (map(sum, zip(*classes, strict=True)) for classes in (tokens_input, tokens_output))
    return (
        list(map(_TokensJson, *totals, *tokens_input, *tokens_output)),
        list(map(_UnitsJson, *columns[_UNITS])),
    )


def _one(found: LedgerPercentiles | None) -> Quantiles:
    return np.array([found or (-1, -1, -1)], dtype=np.int64)


def _milliseconds(found_us: Quantiles) -> list[Any]:
    """Percentiles of each row, None where there are none."""
    rows = map(_PercentilesJson, *(found_us / 1000).T.tolist())
    return [row if known else None for row, known in zip(rows, (found_us[:, 0] >= 0).tolist(), strict=True)]
