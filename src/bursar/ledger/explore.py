"""The question of the console: one measure over periods of any zone, for the largest groups and the rest.

The groups are summed over the whole span first, only the columns that the measure needs. The largest get a
place each and all others share one; then the same rows are summed by place and by unit of time (an hour, or
what the periods need), and units are put into periods here, where there are few of them. Rollups are read for
both; events only once, into sums by group and unit from which both are made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from bursar.ledger.columns import integers
from bursar.ledger.dimensions import Dimension
from bursar.ledger.histogram import quantiles_us
from bursar.ledger.parts import HOUR_US, QUARTER, SIZES_US
from bursar.ledger.percentiles import Histograms, Integers, Places
from bursar.ledger.shapes import (
    Shape,
    placed_statement,
    scan_statement,
    scanned_groups,
    scanned_places,
    statements,
)
from bursar.ledger.tables import MEASURES
from bursar.ledger.usage import UsageQuery, choose_cells, parameters_of, parts_of, period_us, shape_of
from bursar.vocab.errors import InvalidInput, check
from bursar.vocab.instant import InstantUs
from bursar.vocab.sight import EVERYTHING, Sight

PERIODS_LIMIT: Final = 10_000
GROUPS_LIMIT: Final = 200_000
_UNIT_US: Final = {"minute": 60_000_000, **SIZES_US}
_UNITS: Final = ("day", "hour", QUARTER, "minute")  # the coarsest first

Group = tuple[str, ...]
Columns = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ExploreQuery:
    """`bounds` rise; between two of them lies a period. `slots` may put several periods into one slot.

    `columns` of tables.FIGURES are summed; the groups are ranked by the sum of the columns `rank`. With
    `durations`, one of tables.MEASURES, percentiles are asked for too. `groups` fixes who has a place.
    """

    bounds: tuple[InstantUs, ...]
    slots: tuple[int, ...] = ()
    slots_most: int = 0  # how many slots there can be, where periods share them
    by: tuple[Dimension, ...] = ()
    filters: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)
    columns: tuple[str, ...] = ("calls",)
    rank: tuple[str, ...] = ("calls",)
    durations: str = ""
    top: int = 12
    groups: tuple[Group, ...] | None = None
    sight: Sight = EVERYTHING

    @property
    def unit(self) -> str:
        """The coarsest unit of time that no inner bound cuts. The ends of the span may be ragged."""
        inner = self.bounds[1:-1]
        for unit in _UNITS:
            if all(at % _UNIT_US[unit] == 0 for at in inner):
                return unit
        raise InvalidInput("periods must begin on whole minutes")

    @property
    def hours_cut(self) -> list[InstantUs]:
        """The hours that inner bounds cut, rising: in zones whose days begin at half past, one a day."""
        cut = {at // HOUR_US * HOUR_US for at in self.bounds[1:-1] if at % HOUR_US}
        return [InstantUs(hour) for hour in sorted(cut)]

    @property
    def slot_count(self) -> int:
        """How many slots an answer has."""
        return self.slots_most if self.slots else len(self.bounds) - 1


@dataclass(frozen=True, kw_only=True)
class Explored:
    """Columns by place and slot. The places are those of `groups`, then the rest if `rest_groups` is not 0.

    `sums` has a tuple of the query's columns for each place and slot, `totals` one for each place, `whole`
    for each slot, `total` for everything. Percentiles (p50, p95, p99; microseconds, -1 without calls) alike.
    """

    groups: tuple[Group, ...]
    rest_groups: int
    sums: list[list[Columns]]
    totals: list[Columns]
    whole: list[Columns]
    total: Columns
    quantiles: Integers | None = None  # shape (places, slots, 3)
    quantiles_totals: Integers | None = None  # (places, 3)
    quantiles_whole: Integers | None = None  # (slots, 3)
    quantiles_total: Integers | None = None  # (3,)


def explore(connection: duckdb.DuckDBPyConnection, query: ExploreQuery) -> Explored:
    """Answer in the snapshot of the caller's transaction, on a connection of the caller's own."""
    check(len(query.bounds) >= 2, "a span has two ends")
    if len(query.bounds) > PERIODS_LIMIT + 1:
        raise InvalidInput(f"the answer has more than {PERIODS_LIMIT} periods: ask for a coarser grain")
    last, rolled = connection.execute("SELECT commit_last, commit_rolled FROM ledger_state").fetchall()[0]
    base = UsageQuery(
        start=query.bounds[0], end=query.bounds[-1], by=query.by, filters=query.filters, sight=query.sight
    )
    timed = replace(base, grain=query.unit)
    groups = choose_cells(connection, base)
    by_cells = groups is not None

    def planned(asked: UsageQuery) -> tuple[Shape, dict[str, Any]]:
        parts = parts_of(
            asked,
            by_cells=by_cells,
            has_rolled=rolled > 0,
            has_later=last > rolled,
            hours_cut=query.hours_cut,
        )
        return shape_of(asked, parts, by_cells=by_cells), parameters_of(asked, parts, rolled)

    shape, parameters = planned(timed)
    if not shape.sources:
        return _assembled(query, (), 0, [], None)
    if groups is not None:
        totals = _totals(connection, *planned(base), query, len(groups))
        places_of = placed_statement(shape, query.columns)
    else:
        scan_statement(shape, query.columns).run(connection, parameters)
        groups, totals = _scanned(connection, shape, query)
        places_of = scanned_places(shape, query.columns)
    chosen = _largest(groups, totals, query)
    places = {group: place for place, group in enumerate(chosen)}
    rest = [group for group, sums in zip(groups, totals, strict=True) if group not in places and any(sums)]
    _register_places(connection, shape, groups, places)
    rows = places_of.arrow(connection, parameters)
    histograms = None
    if query.durations:
        histograms = _histograms(query, len(chosen) + 1)
        histograms.add(statements(shape)[1].stream(connection, parameters))
    return _assembled(query, chosen, len(rest), _cells(rows, query), histograms)


def _totals(
    connection: duckdb.DuckDBPyConnection,
    shape: Shape,
    parameters: Mapping[str, Any],
    query: ExploreQuery,
    groups: int,
) -> list[Columns]:
    """The sums in the span of each group that cells have, which may be nothing."""
    found = placed_statement(shape, query.columns).arrow(connection, parameters)
    totals: list[Columns] = [(0,) * len(query.columns)] * groups
    for number, *sums in zip(found["number"].to_pylist(), *_integers(found, query), strict=True):
        totals[number] = tuple(sums)
    return totals


def _scanned(
    connection: duckdb.DuckDBPyConnection, shape: Shape, query: ExploreQuery
) -> tuple[list[Group], list[Columns]]:
    """Every group of the events in the span and its sums."""
    found = scanned_groups(shape, query.columns).arrow(connection, {})
    if len(found) > GROUPS_LIMIT:
        raise InvalidInput(f"there are more than {GROUPS_LIMIT} groups: filter, or split by fewer dimensions")
    names = [found[name].to_pylist() for name in shape.names]
    groups: list[Group] = list(zip(*names, strict=True)) if names else [()]
    return groups, list(zip(*_integers(found, query), strict=True))


def _integers(found: pa.Table, query: ExploreQuery) -> list[list[int]]:
    return [integers(found[name]) for name in query.columns]


def _largest(groups: Sequence[Group], totals: Sequence[Columns], query: ExploreQuery) -> tuple[Group, ...]:
    """Those with a place of their own, the largest first."""
    if query.groups is not None:
        return query.groups
    rank = [query.columns.index(name) for name in query.rank]
    ranked = sorted(
        (-sum(sums[place] for place in rank), group)
        for group, sums in zip(groups, totals, strict=True)
        if any(sums)
    )
    return tuple(group for _, group in ranked[: query.top])


def _register_places(
    connection: duckdb.DuckDBPyConnection, shape: Shape, groups: Sequence[Group], places: Mapping[Group, int]
) -> None:
    """`chosen` leads from cells, or from names, to places; who has none goes to the last, the rest."""
    place_of = np.array([places.get(group, len(places)) for group in groups], dtype=np.int32)
    if shape.by_cells:
        cells = connection.sql("SELECT cell, number FROM chosen").to_arrow_table()
        numbers = cells["number"].to_numpy()
        table = {"cell": cells["cell"].combine_chunks(), "number": pa.array(place_of[numbers], pa.int32())}
    else:
        columns = zip(*groups, strict=True) if groups else [()] * len(shape.by)
        names = {f"k{place}": pa.array(values, pa.string()) for place, values in enumerate(columns)}
        table = {**names, "number": pa.array(place_of, pa.int32())}
    connection.register("chosen", pa.table(table))


def _cells(rows: pa.Table, query: ExploreQuery) -> list[tuple[int, int, Columns]]:
    """(place, slot, sums) of rows by unit of time; several rows may be of one place and slot."""
    if not len(rows):
        return []
    periods = period_us(rows)
    numbers = rows["number"].to_pylist()
    sums = zip(*_integers(rows, query), strict=True)
    return list(zip(numbers, _slots_of(periods, query).tolist(), sums, strict=True))


def _slots_of(instants_us: Integers, query: ExploreQuery) -> Integers:
    """The slot of each unit of time. The first may begin before the span, whose start lies within it."""
    bounds = np.array(query.bounds[1:-1], dtype=np.int64)
    periods: Integers = np.searchsorted(bounds, instants_us, side="right").astype(np.int64)
    return np.array(query.slots, dtype=np.int64)[periods] if query.slots else periods


def _histograms(query: ExploreQuery, places: int) -> Histograms:
    """Counts by (slot, place), in that order."""
    unit_us = _UNIT_US[query.unit]
    first_us = query.bounds[0] // unit_us * unit_us
    units = np.arange(first_us, query.bounds[-1], unit_us, dtype=np.int64)
    table = np.arange(query.slot_count * places, dtype=np.int32).reshape(query.slot_count, places)
    return Histograms(Places(table, _slots_of(units, query), first_us, unit_us, table.size))


def _assembled(
    query: ExploreQuery,
    groups: tuple[Group, ...],
    rest_groups: int,
    cells: Sequence[tuple[int, int, Columns]],
    histograms: Histograms | None,
) -> Explored:
    places, slots, width = len(groups) + (rest_groups > 0), query.slot_count, len(query.columns)
    sums = np.zeros((max(places, 1), slots, width), dtype=object)
    for place, slot, values in cells:
        sums[place, slot] += values
    found = Explored(
        groups=groups,
        rest_groups=rest_groups,
        sums=_tuples(sums)[:places],
        totals=[tuple(row) for row in sums.sum(axis=1).tolist()][:places],
        whole=[tuple(row) for row in sums.sum(axis=0).tolist()],
        total=tuple(sums.sum(axis=(0, 1)).tolist()),
    )
    if histograms is None:
        return found
    counts, values_us = histograms.counts(MEASURES.index(query.durations))
    width = counts.shape[1]
    counts = counts.reshape(slots, len(groups) + 1, width)
    flat = counts.transpose(1, 0, 2)[:places]
    return replace(
        found,
        quantiles=quantiles_us(flat.reshape(places * slots, width), values_us).reshape(places, slots, 3),
        quantiles_totals=quantiles_us(flat.sum(axis=1), values_us),
        quantiles_whole=quantiles_us(counts.sum(axis=1), values_us),
        quantiles_total=quantiles_us(counts.sum(axis=(0, 1))[None, :], values_us)[0],
    )


def _tuples(sums: Any) -> list[list[Columns]]:
    return [[tuple(cell) for cell in row] for row in sums.tolist()]
