"""The usage question: how much, of what, for whom, in a span of time; answered from rollups and events.

Whole hours (and whole days, where the grain allows) come from the rollups. The ragged edges of the span, and
the commits that the rollups do not cover yet, come from the events. All is read in one snapshot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from bursar.ledger.cells import read_cells, read_tags
from bursar.ledger.collector import collector_paused
from bursar.ledger.columns import integers
from bursar.ledger.dimensions import ROLLUP_DIMENSIONS, Dimension
from bursar.ledger.parts import HOUR_US, QUARTER, Part, aligned, around
from bursar.ledger.percentiles import Histograms, Integers, Percentiles, Places, as_percentiles
from bursar.ledger.seen import area_counts, area_values
from bursar.ledger.shapes import Shape, statements
from bursar.ledger.tables import FIGURES, MEASURES
from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import UNKNOWN
from bursar.vocab.instant import InstantUs, to_datetime
from bursar.vocab.sight import EVERYTHING, Sight

ROWS_LIMIT: Final = 50_000

Durations = list[tuple[Integers, Percentiles | None]]  # as `Histograms.percentiles` gives them

# Each part is planned by itself: about where a look at all events costs no more.
_PARTS_MOST: Final = 250
# How finely the periods of a grain are told apart; months and days begin on an hour.
_LOOKUP_US: Final = {"minute": 60_000_000}
# The last commit there can be: events that come later are not in the snapshot anyway.
_NO_LIMIT: Final = 2**62


@dataclass(frozen=True, kw_only=True)
class UsageQuery:
    """`start` is in, `end` is out. Values of one filter are alternatives; different filters all hold.

    Without durations there are no percentiles, and the answer takes half the time.
    """

    start: InstantUs
    end: InstantUs
    by: tuple[Dimension, ...] = ()
    grain: str = "none"
    filters: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)
    sight: Sight = EVERYTHING
    with_durations: bool = True

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


def parts_of(
    query: UsageQuery,
    *,
    by_cells: bool,
    has_rolled: bool = True,
    has_later: bool = True,
    hours_cut: Sequence[InstantUs] | None = None,
) -> list[Part]:
    """Disjoint parts that cover the query's span and every commit exactly once.

    `by_cells` says whether cells tell its groups; `has_rolled` and `has_later` whether there are commits that
    the rollups cover, or do not cover. `hours_cut` (rising) are the hours in the span that its periods cut,
    if it is known that there are no others.
    """
    if query.start >= query.end:
        return []
    later = [Part("later", query.start, query.end)] if has_later else []
    if not has_rolled:
        return later
    events = [Part("rolled", query.start, query.end), *later]
    if not by_cells:
        return events
    if query.grain in ("minute", QUARTER):
        parts = events if hours_cut is None else [*around(query.start, query.end, hours_cut), *later]
        return parts if len(parts) <= _PARTS_MOST else events
    grains = ("hour",) if query.grain == "hour" else ("hour", "day")
    return [*aligned(query.start, query.end, grains), *later]


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
    figures = figures_of.limited(ROWS_LIMIT + 1).arrow(connection, values)
    if len(figures) > ROWS_LIMIT:
        raise InvalidInput(
            f"the answer has more than {ROWS_LIMIT} rows: ask for a shorter span, a coarser grain,"
            " fewer dimensions, or filter"
        )
    numbers, groups = _number_groups(connection, shape, figures, groups)
    order = _in_order(period_us(figures), numbers, groups)
    figures, numbers = figures.take(order), numbers[order]
    periods_us = period_us(figures)
    unknown: Integers = np.full((len(figures), 3), -1, dtype=np.int64)
    durations: Durations = [(unknown, None)] * len(MEASURES)
    if query.with_durations:
        places = Places.of(
            periods_us, numbers, unit_us=_LOOKUP_US.get(query.grain, HOUR_US), number_count=len(groups)
        )
        histograms = Histograms(places)
        histograms.add(buckets_of.stream(connection, values))
        durations = histograms.percentiles()
    periods: list[InstantUs | None] = periods_us.tolist() if shape.period else [None] * len(figures)
    with collector_paused():
        keys = [groups[number] for number in numbers.tolist()]
        return _assemble(periods, keys, [integers(figures[name]) for name in FIGURES], durations)


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
    durations: Durations,
) -> Usage:
    if not any(columns[0]):
        return _NOTHING  # the sums over no rows at all
    (latencies, latency), (first_tokens, first_token) = durations
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
