"""The usage question: how much, of what, for whom, in a span of time; answered from rollups and events.

Whole hours (and whole days, where the grain allows) come from the rollups. The ragged edges of the span, and
the commits that the rollups do not cover yet, come from the events. All is read in one snapshot.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, reduce
from typing import Any, Final, NamedTuple

import duckdb
import ibis
import numpy as np
import pyarrow as pa

from bursar.ledger.cells import read_cells, read_tags
from bursar.ledger.collector import collector_paused
from bursar.ledger.columns import integers
from bursar.ledger.dimensions import ROLLUP_DIMENSIONS, Dimension
from bursar.ledger.figures import lists_of_buckets, sums
from bursar.ledger.percentiles import Histograms, Integers, Percentiles, Places, as_percentiles
from bursar.ledger.rollups import UNITS
from bursar.ledger.seen import AreaCounts, area_counts, area_values, in_sight
from bursar.ledger.statement import Statement, compile_statement, over_union, parameter
from bursar.ledger.tables import AMOUNTS, BUCKETS_KIND, FIGURES
from bursar.ledger.views import ROLLUP_GRAINS, bucket_lists, bucket_rows, figures_view
from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import UNKNOWN
from bursar.vocab.instant import InstantUs, to_datetime
from bursar.vocab.sight import EVERYTHING, Sight

ROWS_LIMIT: Final = 50_000
QUARTER: Final = "quarter"
"""Quarters of an hour: a grain that is not offered, for zones whose days do not begin on a whole hour."""

_HOUR_US: Final = 3_600_000_000
SIZES_US: Final = {QUARTER: _HOUR_US // 4, "hour": _HOUR_US, "day": 24 * _HOUR_US}
# How finely the periods of a grain are told apart; months and days begin on an hour.
_LOOKUP_US: Final = {"minute": 60_000_000}
# The last commit there can be: events that come later are not in the snapshot anyway.
_NO_LIMIT: Final = 2**62


@dataclass(frozen=True, kw_only=True)
class UsageQuery:
    """`start` is in, `end` is out. Values of one filter are alternatives; different filters all hold."""

    start: InstantUs
    end: InstantUs
    by: tuple[Dimension, ...] = ()
    grain: str = "none"
    filters: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)
    sight: Sight = EVERYTHING

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Those that it names."""
        return (*self.by, *self.filters)


class UsageRow(NamedTuple):
    """Figures of one group; `values` in the order of tables.FIGURES, money in picodollars."""

    period: InstantUs | None  # its first
    keys: tuple[str, ...]
    values: tuple[int, ...]
    latency: Percentiles | None
    first_token: Percentiles | None

    @property
    def figures(self) -> dict[str, int]:
        """The values by name."""
        return dict(zip(FIGURES, self.values, strict=True))


@dataclass(frozen=True, eq=False)
class Usage:
    """An answer by columns, ordered by period and keys, and what it adds up to.

    All columns are parallel: periods, keys, a list for each of FIGURES, and percentiles as
    `Histograms.percentiles` gives them.
    """

    periods: list[InstantUs | None]
    keys: list[tuple[str, ...]]
    columns: list[list[int]]
    latencies: Integers
    first_tokens: Integers
    total: UsageRow

    @cached_property
    def rows(self) -> list[UsageRow]:
        """The same by rows."""
        percentiles = map(as_percentiles, (self.latencies, self.first_tokens))
        return list(map(UsageRow, self.periods, self.keys, zip(*self.columns, strict=True), *percentiles))


@dataclass(frozen=True)
class Part:
    """A span of one source: the rollups by `day` or `hour`, or the events of the commits that the rollups
    cover (`rolled`) or do not cover yet (`later`)."""

    source: str
    start: InstantUs
    end: InstantUs


def parts_of(
    query: UsageQuery, *, by_cells: bool, has_rolled: bool = True, has_later: bool = True
) -> list[Part]:
    """Disjoint parts that cover the query's span and every commit exactly once.

    `by_cells` says whether cells tell its groups; `has_rolled` and `has_later` whether there are commits that
    the rollups cover, or do not cover.
    """
    if query.start >= query.end:
        return []
    later = [Part("later", query.start, query.end)] if has_later else []
    if not has_rolled:
        return later
    if not by_cells or query.grain in ("minute", QUARTER):
        return [Part("rolled", query.start, query.end), *later]
    grains = ("hour",) if query.grain == "hour" else ("hour", "day")
    return [*aligned(query.start, query.end, grains), *later]


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


@dataclass(frozen=True)
class Shape:
    """What decides the SQL of a query: everything but its values.

    If cells tell its groups, `by_cells`: a group is the number that the table `chosen` gives its cells, and
    cells that a filter rules out are not in it. Else a group is named by values k0, k1, ...
    """

    sources: tuple[str, ...]
    grain: str
    by_cells: bool
    by: tuple[Dimension, ...] = ()
    filters: tuple[tuple[Dimension, int], ...] = ()  # with the number of alternatives
    areas: AreaCounts | None = None  # of the sight, where it is not everything

    @property
    def period(self) -> list[str]:
        """The column of the period, if the grain asks for one."""
        return ["period"] if self.grain != "none" else []

    @property
    def names(self) -> list[str]:
        """The columns that name a group."""
        return ["number"] if self.by_cells else [f"k{place}" for place in range(len(self.by))]

    @property
    def part_keys(self) -> list[str]:
        """The columns before the figures of a part."""
        return [*self.period, *(["cell"] if self.by_cells else self.names)]


PART_PARAMETERS: Final = ("start", "end", "after", "through")


def _chosen(shape: Shape) -> ibis.Table:
    """The table of groups that is registered for one query."""
    names = {"cell": "int32"} if shape.by_cells else dict.fromkeys(shape.names, "string")
    return ibis.table({**names, "number": "int32"}, name="chosen")


def _rows(view: ibis.Table, shape: Shape) -> tuple[ibis.Table, list[str]]:
    """The rows of a view that the query asks for, and their keys: the period, then the cell or k0, k1, ..."""
    moment = view["moment"]
    wanted = (moment >= parameter("start", "timestamp")) & (moment < parameter("end", "timestamp"))
    if "commit_no" in view.columns:
        wanted &= view["commit_no"] > parameter("after", "int64")
        wanted &= view["commit_no"] <= parameter("through", "int64")
    for number, (dimension, count) in enumerate(shape.filters):
        column = dimension.column(view, f"filter_tag_{number}")
        choices = [column == parameter(f"filter_{number}_{choice}", "string") for choice in range(count)]
        wanted &= reduce(operator.or_, choices)
    if shape.areas is not None:
        wanted &= in_sight(view, shape.areas)
    rows = view.filter(wanted)
    keys: dict[str, Any] = {}
    if shape.grain == QUARTER:
        keys["period"] = rows["moment"].bucket(minutes=15)
    elif shape.period:
        keys["period"] = rows["moment"].truncate(UNITS[shape.grain])
    if shape.by_cells:
        keys["cell"] = rows["cell"]
    else:
        keys |= {f"k{place}": each.column(rows, f"by_tag_{place}") for place, each in enumerate(shape.by)}
    return (rows.mutate(**keys) if keys else rows), list(keys)


@lru_cache(maxsize=1024)
def _figures_part(view_name: str, shape: Shape, columns: tuple[str, ...] = FIGURES) -> Statement:
    """Rows of keys and figures."""
    rows, keys = _rows(figures_view(view_name), shape)
    return compile_statement(rows.select(*keys, *columns))


@lru_cache(maxsize=1024)
def _buckets_part(view_name: str, shape: Shape) -> Statement:
    """Rows of keys and lists of buckets. Those of the rollups are as they are stored: they are added up
    while they are streamed, which takes a tenth of the time of grouping them in the engine.
    """
    if view_name in ROLLUP_GRAINS:
        rows, keys = _rows(bucket_lists(view_name), shape)
        return compile_statement(rows.select(*keys, "buckets"))
    rows, keys = _rows(bucket_rows(view_name), shape)
    if not shape.by_cells:
        one_group = rows.mutate(number=ibis.literal(0, "int32"))
        rows = rows.join(_chosen(shape), shape.names) if shape.names else one_group
        keys = [*shape.period, "number"]
    return compile_statement(lists_of_buckets(rows, keys).select(*keys, "buckets"))


def _table(name: str, keys: Sequence[str], columns: Mapping[str, str]) -> ibis.Table:
    kinds = {"period": "timestamp(6)", "cell": "int32", "number": "int32"}
    return ibis.table({**{key: kinds.get(key, "string") for key in keys}, **columns}, name=name)


def _parts_table(keys: Sequence[str], columns: Mapping[str, str]) -> ibis.Table:
    return _table("parts", keys, columns)


@lru_cache(maxsize=64)
def _figures_merge(shape: Shape) -> Statement:
    """The sums of the parts' rows by group."""
    kinds = {name: "decimal(38, 12)" if name in AMOUNTS else "int64" for name in FIGURES}
    parts = _parts_table(shape.part_keys, kinds)
    rows = parts.join(_chosen(shape), "cell") if shape.by_cells else parts
    keys = [*shape.period, *shape.names]
    if not keys:
        return compile_statement(rows.aggregate(**sums(rows)))
    merged = rows.group_by(keys).aggregate(**sums(rows))
    # A group whose rows were all taken back again is no group.
    return compile_statement(merged.filter(merged["calls"] != 0).limit(ROWS_LIMIT + 1))


@lru_cache(maxsize=64)
def _buckets_merge(shape: Shape) -> Statement:
    """The parts' rows with the number of their group."""
    keys = [*shape.period, "number"]
    if not shape.by_cells:
        return compile_statement(_parts_table(keys, {"buckets": BUCKETS_KIND}))
    parts = _parts_table(shape.part_keys, {"buckets": BUCKETS_KIND})
    return compile_statement(parts.join(_chosen(shape), "cell").select(*keys, "buckets"))


@lru_cache(maxsize=1024)
def statements(shape: Shape) -> tuple[Statement, Statement]:
    """For the figures and for the buckets: the parts of the shape, put together."""
    figures, buckets = [], []
    bare = replace(shape, sources=())  # equal parts are compiled once
    for place, source in enumerate(shape.sources):
        view = source if source in ROLLUP_GRAINS else "events"
        figures.append(_figures_part(view, bare).with_suffix(f"_{place}", PART_PARAMETERS))
        buckets.append(_buckets_part(view, bare).with_suffix(f"_{place}", PART_PARAMETERS))
    return (
        over_union(_figures_merge(bare), "parts", figures),
        over_union(_buckets_merge(bare), "parts", buckets),
    )


@lru_cache(maxsize=1024)
def placed_statement(shape: Shape, columns: tuple[str, ...]) -> Statement:
    """For a shape by cells: sums of some figures by period and the number that `chosen` gives each cell."""
    rows = _parts_table(shape.part_keys, _kinds(columns))
    return over_union(_placed(rows, shape, columns), "parts", _column_parts(shape, columns))


@lru_cache(maxsize=1024)
def scan_statement(shape: Shape, columns: tuple[str, ...]) -> Statement:
    """For a shape that is not by cells: keeps sums of some figures by period and name as the table `scanned`.

    Reading the events is what takes the time: all that is asked of them then is asked of this table.
    """
    rows = _parts_table(shape.part_keys, _kinds(columns))
    found = compile_statement(_summed(rows, shape.part_keys, columns))
    return over_union(found, "parts", _column_parts(shape, columns), before=_SCAN)


@lru_cache(maxsize=1024)
def scanned_groups(shape: Shape, columns: tuple[str, ...]) -> Statement:
    """The sums of `scanned` by the names of the groups."""
    return compile_statement(_summed(_scanned(shape, columns), shape.names, columns))


@lru_cache(maxsize=1024)
def scanned_places(shape: Shape, columns: tuple[str, ...]) -> Statement:
    """The sums of `scanned` by period and by the number that `chosen` gives each name."""
    return _placed(_scanned(shape, columns), shape, columns)


_SCAN: Final = "CREATE OR REPLACE TEMP TABLE scanned AS"


def _scanned(shape: Shape, columns: tuple[str, ...]) -> ibis.Table:
    return _table("scanned", shape.part_keys, _kinds(columns))


def _placed(rows: ibis.Table, shape: Shape, columns: tuple[str, ...]) -> Statement:
    named = ["cell"] if shape.by_cells else shape.names
    rows = rows.join(_chosen(shape), named) if named else rows.mutate(number=ibis.literal(0, "int32"))
    return compile_statement(_summed(rows, [*shape.period, "number"], columns))


def _summed(rows: ibis.Table, keys: Sequence[str], columns: tuple[str, ...]) -> ibis.Table:
    summed = {name: _whole_sum(rows, name) for name in columns}
    return rows.group_by(keys).aggregate(**summed) if keys else rows.aggregate(**summed)


def _column_parts(shape: Shape, columns: tuple[str, ...]) -> list[Statement]:
    bare = replace(shape, sources=())
    views = [source if source in ROLLUP_GRAINS else "events" for source in shape.sources]
    return [
        _figures_part(view, bare, columns).with_suffix(f"_{place}", PART_PARAMETERS)
        for place, view in enumerate(views)
    ]


def _kinds(columns: Sequence[str]) -> dict[str, str]:
    return {name: "decimal(38, 12)" if name in AMOUNTS else "int64" for name in columns}


def _whole_sum(rows: ibis.Table, name: str) -> Any:
    total = rows[name].sum()
    return total if name in AMOUNTS else total.cast("decimal(38, 0)").cast("int64")


def usage(connection: duckdb.DuckDBPyConnection, query: UsageQuery) -> Usage:
    """Answer `query` in the snapshot of the caller's transaction, on a connection of the caller's own.

    InvalidInput if it has more than ROWS_LIMIT rows.
    """
    last, rolled = connection.execute("SELECT commit_last, commit_rolled FROM ledger_state").fetchall()[0]
    groups = choose_cells(connection, query)
    by_cells = groups is not None
    parts = parts_of(query, by_cells=by_cells, has_rolled=rolled > 0, has_later=last > rolled)
    if not parts:
        return _NOTHING
    shape = shape_of(query, parts, by_cells=by_cells)
    figures_of, buckets_of = statements(shape)
    values = parameters_of(query, parts, rolled)
    figures = figures_of.arrow(connection, values)
    if len(figures) > ROWS_LIMIT:
        raise InvalidInput(
            f"the answer has more than {ROWS_LIMIT} rows: ask for a shorter span, a coarser grain,"
            " fewer dimensions, or filter"
        )
    numbers, groups = _number_groups(connection, shape, figures, groups)
    order = _in_order(period_us(figures), numbers, groups)
    figures, numbers = figures.take(order), numbers[order]
    periods_us = period_us(figures)
    places = Places.of(
        periods_us, numbers, unit_us=_LOOKUP_US.get(query.grain, _HOUR_US), number_count=len(groups)
    )
    histograms = Histograms(places)
    histograms.add(buckets_of.stream(connection, values))
    periods: list[InstantUs | None] = periods_us.tolist() if shape.period else [None] * len(figures)
    with collector_paused():
        keys = [groups[number] for number in numbers.tolist()]
        return _assemble(periods, keys, [integers(figures[name]) for name in FIGURES], histograms)


def shape_of(query: UsageQuery, parts: Sequence[Part], *, by_cells: bool) -> Shape:
    """What decides the SQL of a query over these parts."""
    sources = tuple(part.source for part in parts)
    if by_cells:
        return Shape(sources, query.grain, by_cells=True)
    filters = tuple((dimension, len(choices)) for dimension, choices in query.filters.items())
    areas = area_counts(query.sight)
    return Shape(sources, query.grain, by_cells=False, by=query.by, filters=filters, areas=areas)


def parameters_of(query: UsageQuery, parts: Sequence[Part], rolled: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, part in enumerate(parts):
        values[f"start_{place}"] = to_datetime(part.start).replace(tzinfo=None)
        values[f"end_{place}"] = to_datetime(part.end).replace(tzinfo=None)
        is_later = part.source == "later"
        values[f"after_{place}"] = rolled if is_later else -1
        values[f"through_{place}"] = _NO_LIMIT if is_later else rolled
    for number, (dimension, choices) in enumerate(query.filters.items()):
        values[f"filter_tag_{number}"] = dimension.tag_key
        values |= {f"filter_{number}_{choice}": text for choice, text in enumerate(choices)}
    values |= area_values(query.sight)
    return values | {f"by_tag_{place}": each.tag_key for place, each in enumerate(query.by)}


def choose_cells(connection: duckdb.DuckDBPyConnection, query: UsageQuery) -> list[tuple[str, ...]] | None:
    """Register `chosen` (cell, number) for the cells that pass the filters; returns the groups by number.

    None where cells do not tell them: a dimension that they do not know, or a tag and a cell of several sets.
    """
    if not all(dimension.in_rollups for dimension in query.dimensions):
        return None
    tags = tuple(dict.fromkeys(each for each in query.dimensions if each.is_tag))
    names = (*ROLLUP_DIMENSIONS, *(each.name for each in tags))
    by = [names.index(dimension.name) for dimension in query.by]
    filters = [
        (names.index(dimension.name), frozenset(choices)) for dimension, choices in query.filters.items()
    ]
    known = [(place, choices) for place, choices in filters if place < len(ROLLUP_DIMENSIONS)]
    team, product = ROLLUP_DIMENSIONS.index("team"), ROLLUP_DIMENSIONS.index("product")
    sight = None if query.sight.is_everything else query.sight
    numbers: dict[tuple[str, ...], int] = {}
    cells, chosen = [], []
    of_tags = read_tags(connection) if tags else []
    for cell, values in enumerate(read_cells(connection)):
        if sight is not None and not sight.sees(team=values[team], product=values[product]):
            continue
        if not all(values[place] in choices for place, choices in known):
            continue
        if tags:
            of_cell = of_tags[cell]
            if of_cell is None:
                return None
            values += tuple(of_cell.get(each.tag_key, UNKNOWN) for each in tags)
            if not all(values[place] in choices for place, choices in filters):
                continue
        group = tuple(values[place] for place in by)
        cells.append(cell)
        chosen.append(numbers.setdefault(group, len(numbers)))
    connection.register(
        "chosen", pa.table({"cell": pa.array(cells, pa.int32()), "number": pa.array(chosen, pa.int32())})
    )
    return list(numbers)


def _number_groups(
    connection: duckdb.DuckDBPyConnection,
    shape: Shape,
    figures: pa.Table,
    groups: list[tuple[str, ...]] | None,
) -> tuple[Integers, list[tuple[str, ...]]]:
    """The group's number for each row of `figures`, and the groups; registers `chosen` if not by cells."""
    if groups is not None:
        return figures["number"].to_numpy().astype(np.int64), groups
    if not shape.names:
        return np.zeros(len(figures), dtype=np.int64), [()]
    numbers: dict[tuple[str, ...], int] = {}
    rows = zip(*(figures[name].to_pylist() for name in shape.names), strict=True)
    found = [numbers.setdefault(key, len(numbers)) for key in rows]
    columns = zip(*numbers, strict=True) if numbers else [()] * len(shape.names)
    named = {name: pa.array(values, pa.string()) for name, values in zip(shape.names, columns, strict=True)}
    connection.register("chosen", pa.table({**named, "number": pa.array(range(len(numbers)), pa.int32())}))
    return np.array(found, dtype=np.int64), list(numbers)


def _in_order(periods_us: Integers, numbers: Integers, groups: Sequence[tuple[str, ...]]) -> Integers:
    """The places of the rows by period, then by the names of their groups."""
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[sorted(range(len(groups)), key=groups.__getitem__)] = np.arange(len(groups))
    return np.lexsort((ranks[numbers], periods_us))


def period_us(figures: pa.Table) -> Integers:
    if "period" not in figures.column_names:
        return np.zeros(len(figures), dtype=np.int64)
    periods: Integers = figures["period"].cast(pa.int64()).to_numpy()
    return periods


def _assemble(
    periods: list[InstantUs | None],
    keys: list[tuple[str, ...]],
    columns: list[list[int]],
    histograms: Histograms,
) -> Usage:
    if not any(columns[0]):
        return _NOTHING  # the sums over no rows at all
    (latencies, latency), (first_tokens, first_token) = histograms.percentiles()
    total = UsageRow(None, (), tuple(map(sum, columns)), latency, first_token)
    return Usage(periods, keys, columns, latencies, first_tokens, total)


_NO_ROWS: Final = np.empty((0, 3), dtype=np.int64)
_NOTHING: Final = Usage(
    periods=[],
    keys=[],
    columns=[[] for _ in FIGURES],
    latencies=_NO_ROWS,
    first_tokens=_NO_ROWS,
    total=UsageRow(None, (), (0,) * len(FIGURES), None, None),
)
