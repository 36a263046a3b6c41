"""The SQL of a usage question: one statement for each source that has a part of the span, put together."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import Any, Final

import ibis

from bursar.ledger.dimensions import Dimension
from bursar.ledger.figures import lists_of_buckets, sums
from bursar.ledger.parts import QUARTER
from bursar.ledger.rollups import UNITS
from bursar.ledger.seen import AreaCounts, in_sight
from bursar.ledger.statement import Statement, compile_statement, over_union, parameter
from bursar.ledger.tables import AMOUNTS, BUCKETS_KIND, FIGURES
from bursar.ledger.views import ROLLUP_GRAINS, bucket_lists, bucket_rows, figures_view


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
    return compile_statement(merged.filter(merged["calls"] != 0))


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
