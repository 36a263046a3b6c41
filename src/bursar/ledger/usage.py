"""The usage question: how much, of what, for whom, in a span of time; answered from rollups and events.

Whole hours (and whole days, where the grain allows) come from the rollups. The ragged edges of the span, and
the commits that the rollups do not cover yet, come from the events. All is read in one snapshot.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import lru_cache, reduce
from typing import Any, Final

import duckdb
import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bursar.ledger.columns import integers
from bursar.ledger.dimensions import Dimension
from bursar.ledger.figures import sums
from bursar.ledger.histogram import quantiles_us
from bursar.ledger.rollups import through_commit
from bursar.ledger.statement import Statement, compile_statement, over_union, parameter
from bursar.ledger.tables import AMOUNTS, FIGURES, MEASURES
from bursar.ledger.views import ROLLUP_GRAINS, buckets_view, figures_view
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, from_datetime, to_datetime

ROWS_LIMIT: Final = 100_000
_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_UNITS: Final = {"minute": "m", "hour": "h", "day": "D", "month": "M"}


@dataclass(frozen=True, kw_only=True)
class UsageQuery:
    """`start` is in, `end` is out. Values of one filter are alternatives; different filters all hold."""

    start: InstantUs
    end: InstantUs
    by: tuple[Dimension, ...] = ()
    grain: str = "none"
    filters: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Percentiles:
    """Microseconds; within `histogram.RELATIVE_ERROR` of the true value."""

    p50: int
    p95: int
    p99: int


@dataclass(frozen=True)
class UsageRow:
    """Figures of one group; `figures` has every name of tables.FIGURES, money in picodollars."""

    period: InstantUs | None
    keys: tuple[str, ...]
    figures: dict[str, int]
    latency: Percentiles | None
    first_token: Percentiles | None


@dataclass(frozen=True)
class Usage:
    """Rows ordered by period and keys, and what they add up to."""

    rows: list[UsageRow]
    total: UsageRow


@dataclass(frozen=True)
class Part:
    """A span of one source: the rollups by `day` or `hour`, or the events of the commits that the rollups
    cover (`rolled`) or do not cover yet (`later`)."""

    source: str
    start: InstantUs
    end: InstantUs


def parts_of(query: UsageQuery) -> list[Part]:
    """Disjoint parts that cover the query's span and every commit exactly once."""
    if query.start >= query.end:
        return []
    by_rollups = all(dimension.in_rollups for dimension in (*query.by, *query.filters))
    rolled: list[Part]
    if not by_rollups or query.grain == "minute":
        rolled = [Part("rolled", query.start, query.end)]
    else:
        rolled = _aligned(query.start, query.end, ("hour",) if query.grain == "hour" else ("hour", "day"))
    return [*rolled, Part("later", query.start, query.end)]


def _aligned(start: InstantUs, end: InstantUs, grains: Sequence[str], edges: str = "rolled") -> list[Part]:
    """The whole periods of the first grain in the span, inside them those of the next; and the edges."""
    if start >= end:
        return []
    if not grains:
        return [Part(edges, start, end)]
    size_us = _HOUR_US if grains[0] == "hour" else _DAY_US
    inner_start, inner_end = InstantUs(-(-start // size_us) * size_us), InstantUs(end // size_us * size_us)
    if inner_start >= inner_end:
        return [Part(edges, start, end)]
    sides = [(start, inner_start), (inner_end, end)]
    inner = _aligned(inner_start, inner_end, grains[1:], grains[0])
    return [*(Part(edges, low, high) for low, high in sides if low < high), *inner]


@dataclass(frozen=True)
class Shape:
    """What decides the SQL of a query: everything but its values."""

    sources: tuple[str, ...]
    by: tuple[Dimension, ...]
    grain: str
    filters: tuple[tuple[Dimension, int], ...]  # with the number of alternatives

    @property
    def keys(self) -> list[str]:
        """The key columns of the result: `period` unless the grain is none, then k0, k1, ..."""
        return [
            *(["period"] if self.grain != "none" else []),
            *(f"k{place}" for place in range(len(self.by))),
        ]


_PART_PARAMETERS: Final = ("start", "end", "after", "through")


def _rows(view: ibis.Table, shape: Shape) -> tuple[ibis.Table, list[Any]]:
    """The rows of a view that the query asks for, and its keys as named columns of them."""
    wanted = (view["at"] >= parameter("start", "timestamp")) & (view["at"] < parameter("end", "timestamp"))
    if "commit_no" in view.columns:
        wanted &= view["commit_no"] > parameter("after", "int64")
        wanted &= view["commit_no"] <= parameter("through", "int64")
    for number, (dimension, count) in enumerate(shape.filters):
        column = dimension.column(view, f"filter_tag_{number}")
        choices = [column == parameter(f"filter_{number}_{choice}", "string") for choice in range(count)]
        wanted &= reduce(operator.or_, choices)
    rows = view.filter(wanted)
    keys = [each.column(rows, f"by_tag_{place}").name(f"k{place}") for place, each in enumerate(shape.by)]
    if shape.grain != "none":
        keys.insert(0, rows["at"].truncate(_UNITS[shape.grain]).name("period"))
    return rows, keys


@lru_cache(maxsize=1024)
def _figures_part(view_name: str, shape: Shape) -> Statement:
    rows, keys = _rows(figures_view(view_name), shape)
    return compile_statement((rows.group_by(keys) if keys else rows).aggregate(**sums(rows)))


@lru_cache(maxsize=1024)
def _buckets_part(view_name: str, shape: Shape) -> Statement:
    rows, keys = _rows(buckets_view(view_name), shape)
    return compile_statement(rows.group_by([*keys, "measure", "bucket"]).aggregate(calls=rows["calls"].sum()))


def _key_kinds(shape: Shape) -> dict[str, str]:
    return {key: "timestamp(6)" if key == "period" else "string" for key in shape.keys}


@lru_cache(maxsize=256)
def _figures_merge(shape: Shape) -> Statement:
    kinds = {name: "decimal(38, 12)" if name in AMOUNTS else "int64" for name in FIGURES}
    parts = ibis.table({**_key_kinds(shape), **kinds}, name="parts")
    if not shape.keys:
        return compile_statement(parts.aggregate(**sums(parts)))
    merged = parts.group_by(shape.keys).aggregate(**sums(parts))
    # A group whose rows were all taken back again is no group.
    return compile_statement(merged.filter(merged["calls"] != 0).order_by(shape.keys).limit(ROWS_LIMIT + 1))


@lru_cache(maxsize=256)
def _buckets_merge(shape: Shape) -> Statement:
    columns = [*shape.keys, "measure", "bucket"]
    kinds = {"measure": "string", "bucket": "uint8", "calls": "int64"}
    parts = ibis.table({**_key_kinds(shape), **kinds}, name="parts")
    return compile_statement(parts.group_by(columns).aggregate(calls=parts["calls"].sum()))


@lru_cache(maxsize=1024)
def _statements(shape: Shape) -> tuple[Statement, Statement]:
    """For the figures and for the buckets: the parts of the shape, merged."""
    figures, buckets = [], []
    # Equal parts are compiled once, and the merge depends on the keys only.
    bare = replace(shape, sources=())
    keys_only = replace(bare, filters=())
    for place, source in enumerate(shape.sources):
        view = source if source in ROLLUP_GRAINS else "events"
        figures.append(_figures_part(view, bare).with_suffix(f"_{place}", _PART_PARAMETERS))
        buckets.append(_buckets_part(view, bare).with_suffix(f"_{place}", _PART_PARAMETERS))
    return (
        over_union(_figures_merge(keys_only), "parts", figures),
        over_union(_buckets_merge(keys_only), "parts", buckets),
    )


# The last commit there can be: events that come later are not in the snapshot anyway.
_NO_LIMIT: Final = 2**62


def _values(query: UsageQuery, parts: Sequence[Part], mark: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, part in enumerate(parts):
        values[f"start_{place}"] = to_datetime(part.start).replace(tzinfo=None)
        values[f"end_{place}"] = to_datetime(part.end).replace(tzinfo=None)
        is_later = part.source == "later"
        values[f"after_{place}"] = mark if is_later else -1
        values[f"through_{place}"] = _NO_LIMIT if is_later else mark
    for number, (dimension, choices) in enumerate(query.filters.items()):
        values[f"filter_tag_{number}"] = dimension.tag_key
        values |= {f"filter_{number}_{choice}": text for choice, text in enumerate(choices)}
    values |= {f"by_tag_{place}": each.tag_key for place, each in enumerate(query.by)}
    return values


def usage(connection: duckdb.DuckDBPyConnection, query: UsageQuery) -> Usage:
    """Answer `query` in the snapshot of the caller's transaction.

    InvalidInput if it has more than ROWS_LIMIT rows.
    """
    parts = parts_of(query)
    if not parts:
        return Usage([], _EMPTY)
    filters = tuple((dimension, len(choices)) for dimension, choices in query.filters.items())
    shape = Shape(tuple(part.source for part in parts), query.by, query.grain, filters)
    figures_statement, buckets_statement = _statements(shape)
    values = _values(query, parts, through_commit(connection))
    figures = figures_statement.arrow(connection, values)
    if len(figures) > ROWS_LIMIT:
        raise InvalidInput(
            f"the answer has more than {ROWS_LIMIT} rows: ask for a shorter span, a coarser grain,"
            " fewer dimensions, or filter"
        )
    return _assemble(shape, figures, buckets_statement.arrow(connection, values))


def _assemble(shape: Shape, figures: pa.Table, buckets: pa.Table) -> Usage:
    columns = {name: integers(figures[name]) for name in FIGURES}
    keys = list(zip(*(figures[name].to_pylist() for name in shape.keys), strict=True)) if shape.keys else [()]
    groups = {key: place for place, key in enumerate(keys)}
    percentiles = {measure: _percentiles(shape, buckets, measure, groups) for measure in MEASURES}
    has_period = shape.grain != "none"
    rows = [
        UsageRow(
            period=from_datetime(key[0].replace(tzinfo=UTC)) if has_period else None,
            keys=key[has_period:],
            figures=dict(zip(FIGURES, values, strict=True)),
            latency=latency,
            first_token=first_token,
        )
        for key, values, latency, first_token in zip(
            keys,
            zip(*columns.values(), strict=True),
            percentiles["latency"][:-1],
            percentiles["first_token"][:-1],
            strict=True,
        )
    ]
    total = UsageRow(
        period=None,
        keys=(),
        figures={name: sum(column) for name, column in columns.items()},
        latency=percentiles["latency"][-1],
        first_token=percentiles["first_token"][-1],
    )
    return Usage([row for row in rows if row.figures["calls"]], total)


def _percentiles(
    shape: Shape, buckets: pa.Table, measure: str, groups: Mapping[tuple[Any, ...], int]
) -> list[Percentiles | None]:
    """Per group, and last for all groups together."""
    rows = buckets.filter(pc.equal(buckets["measure"], measure))
    bucket = rows["bucket"].to_numpy().astype(np.int64)
    calls = np.array(integers(rows["calls"]), dtype=np.int64)
    places = _group_places(rows, shape.keys, groups)
    of_groups = quantiles_us(places, bucket, calls, group_count=len(groups))
    of_all = quantiles_us(np.zeros_like(bucket), bucket, calls, group_count=1)
    return [
        Percentiles(*found) if found[0] >= 0 else None for found in (*of_groups.tolist(), *of_all.tolist())
    ]


def _group_places(
    rows: pa.Table, keys: Sequence[str], groups: Mapping[tuple[Any, ...], int]
) -> npt.NDArray[np.int64]:
    """For each row of a histogram the place of its group, without a Python step per row."""
    codes = np.zeros(len(rows), dtype=np.int64)
    dictionaries = []
    for key in keys:
        encoded = rows[key].combine_chunks().dictionary_encode()
        dictionaries.append(encoded.dictionary.to_pylist())
        codes = codes * len(encoded.dictionary) + encoded.indices.to_numpy()
    distinct, inverse = np.unique(codes, return_inverse=True)
    places = np.empty(len(distinct), dtype=np.int64)
    for place, code in enumerate(distinct.tolist()):
        parts = []
        for dictionary in reversed(dictionaries):
            code, index = divmod(code, len(dictionary))
            parts.append(dictionary[index])
        places[place] = groups[tuple(reversed(parts))]
    return places[inverse]


_EMPTY: Final = UsageRow(None, (), dict.fromkeys(FIGURES, 0), None, None)
