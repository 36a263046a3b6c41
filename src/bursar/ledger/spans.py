"""Sums of several spans at once: today, this week, this month, the same days before, and budgets that end.

The bounds cut time into spans without gaps. Each span is added up once by cell, whole days and hours from the
rollups and the ragged ends from the events; what is asked for then (windows of neighbouring spans, by a
dimension) is added up from these.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import duckdb
import ibis
import pyarrow as pa

from bursar.estate.scope import Scope, any_fits, terms
from bursar.ledger.cells import CellKey, read_cells, read_tags
from bursar.ledger.columns import integers
from bursar.ledger.dimensions import ROLLUP_DIMENSIONS
from bursar.ledger.news import WHOSE, Counted
from bursar.ledger.parts import QUARTER, SIZES_US, Part, aligned
from bursar.ledger.statement import Statement, compile_statement, over_union, parameter, registered
from bursar.ledger.tables import AMOUNTS
from bursar.ledger.views import figures_view
from bursar.vocab.instant import InstantUs, to_datetime
from bursar.vocab.sight import EVERYTHING, Sight

SUMMED: Final = ("calls", "cost", "unpriced_calls", "estimated_calls")
_SPANS_FEW: Final = 16  # that are read one by one; about where a look at every hour costs less
_NO_LIMIT: Final = 2**62
_STAMP: Final = pa.timestamp("us")


class Sums(NamedTuple):
    """What is counted of some calls; the cost in picodollars."""

    calls: int = 0
    cost: int = 0
    unpriced_calls: int = 0
    estimated_calls: int = 0


NOTHING: Final = Sums()


@dataclass(frozen=True, kw_only=True)
class Aside:
    """Calls that are told apart: those that a scope speaks of, in a span."""

    scope: Scope
    start: InstantUs
    end: InstantUs


TiersOf = Callable[[str, str], tuple[str, ...]]  # of a model and its provider


def _no_tiers(_model: str, _provider: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class SpansQuery:
    """`windows` are spans of time by name.

    `asides` are summed within the window `aside_window`, each call once however many speak of it.
    """

    windows: Mapping[str, tuple[InstantUs, InstantUs]]
    by: tuple[str, ...] = ()  # of ROLLUP_DIMENSIONS
    asides: Sequence[Aside] = ()
    aside_window: str = ""
    tiers_of: TiersOf = _no_tiers
    sight: Sight = EVERYTHING

    def bounds(self) -> list[InstantUs]:
        """Where one span ends and the next begins, rising."""
        found = {at for window in self.windows.values() for at in window}
        if self.asides:
            first, after = self.windows[self.aside_window]
            found |= {
                InstantUs(min(max(at, first), after)) for one in self.asides for at in (one.start, one.end)
            }
        return sorted(found)


@dataclass(frozen=True, kw_only=True)
class Spans:
    """An answer: sums by window, by dimension, window and value, and of what is told apart.

    `untold` are the places of asides that `aside` is without: they name a tag, and calls that they may
    speak of share a cell with calls of other tags (`cells.TAG_SETS_MAX`).
    """

    windows: Mapping[str, Sums]
    by: Mapping[str, Mapping[str, Mapping[str, Sums]]]
    aside: Sums
    untold: frozenset[int]


def spans(connection: duckdb.DuckDBPyConnection, query: SpansQuery) -> Spans:
    """Answer in the snapshot of the caller's transaction, on a connection of the caller's own."""
    bounds = query.bounds()
    cells = _Cells(connection, query)
    connection.register("spans", _by_span_and_cell(connection, bounds, cells.seen))
    named = list(query.windows)
    ranges = [_between(bounds, *query.windows[name]) for name in named]
    members = [(place, span) for place, spans_of in enumerate(ranges) for span in spans_of]
    connection.register("windows", _pairs(members, ("wanted", "span")))
    totals = _totals(connection)
    told = [cells.of(aside.scope) for aside in query.asides]
    return Spans(
        windows={name: totals.get(place, NOTHING) for place, name in enumerate(named)},
        by={name: _by_dimension(connection, name, named) for name in query.by},
        aside=_aside(connection, query, bounds, told) if query.asides else NOTHING,
        untold=frozenset(place for place, members in enumerate(told) if members is None),
    )


def by_whose(connection: duckdb.DuckDBPyConnection, start: InstantUs, end: InstantUs) -> list[Counted]:
    """What the calls that began in a span cost, by team and product."""
    bounds = [start, end]
    connection.register("spans", _by_span_and_cell(connection, bounds, None))
    found = _whose_statement().arrow(connection, {})
    names = [found[name].to_pylist() for name in WHOSE]
    return list(map(Counted, *names, integers(found["calls"]), integers(found["cost"])))


@lru_cache(maxsize=1)
def _whose_statement() -> Statement:
    cells = ibis.table({"cell": "int32", **dict.fromkeys(WHOSE, "string")}, name="cells")
    return compile_statement(_summed(_SPANS.join(cells, "cell"), list(WHOSE)))


def _between(bounds: Sequence[InstantUs], first: InstantUs, after: InstantUs) -> range:
    """The numbers of the spans between two bounds."""
    return range(bisect_left(bounds, first), bisect_left(bounds, after))


class _Cells:
    """The cells in sight; None of them: every one. Read only where they are needed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, query: SpansQuery) -> None:
        self.keys: Sequence[CellKey] = ()
        self.seen: list[int] | None = None
        self._tags: Sequence[Mapping[str, str] | None] = ()
        self._tiers_of = cache(query.tiers_of)
        if query.asides or not query.sight.is_everything:
            self.keys = read_cells(connection)
        if any(one.scope.tags for one in query.asides):
            self._tags = read_tags(connection)
        if not query.sight.is_everything:
            team, product = ROLLUP_DIMENSIONS.index("team"), ROLLUP_DIMENSIONS.index("product")
            self.seen = [
                cell
                for cell, key in enumerate(self.keys)
                if query.sight.sees(team=key[team], product=key[product])
            ]

    def of(self, scope: Scope) -> Sequence[int] | None:
        """The cells that a scope speaks of; None where one of them holds calls of several sets of tags."""
        found: Sequence[int] = range(len(self.keys))
        for name, allowed in terms(scope):
            fits = self._test(name, allowed)
            found = [cell for cell in found if fits(cell)]
        if scope.tags and any(self._tags[cell] is None for cell in found):
            return None
        return found

    def _test(self, name: str, allowed: tuple[str, ...]) -> Callable[[int], bool]:
        """Whether calls of a cell may have one of the values; each value is looked at once."""
        fits = cache(lambda *values: any_fits(allowed, values))
        if name == "tier":
            model, provider = ROLLUP_DIMENSIONS.index("model"), ROLLUP_DIMENSIONS.index("provider")
            keys, tiers_of = self.keys, self._tiers_of
            return lambda cell: fits(*tiers_of(keys[cell][model], keys[cell][provider]))
        if name.startswith("tag:"):
            tag = name.removeprefix("tag:")
            return lambda cell: (tags := self._tags[cell]) is None or (tag in tags and fits(tags[tag]))
        place = ROLLUP_DIMENSIONS.index(name)
        return lambda cell: fits(self.keys[cell][place])


# -- by span and cell ------------------------------------------------------------------------------


def _by_span_and_cell(
    connection: duckdb.DuckDBPyConnection, bounds: Sequence[InstantUs], seen: Sequence[int] | None
) -> pa.Table:
    last, rolled = connection.execute("SELECT commit_last, commit_rolled FROM ledger_state").fetchall()[0]
    values: dict[str, Any] = {"rolled": rolled, "through": _NO_LIMIT}
    values |= {"start": _naive(bounds[0]), "end": _naive(bounds[-1])}
    units = _units_of(bounds) if rolled else ""
    runs, whole_units = _cut(bounds, units) if rolled else ([], [])
    if units:
        connection.register("units", _units_table(whole_units))
    for place, (number, run) in enumerate(runs):
        values |= {f"start_{place}": _naive(run.start), f"end_{place}": _naive(run.end)}
        values[f"span_{place}"] = number
    has_later = last > rolled or not rolled
    if has_later:
        whole = {"number": pa.array(range(len(bounds) - 1), pa.int64())}
        whole |= {"since": pa.array(bounds[:-1], _STAMP), "until": pa.array(bounds[1:], _STAMP)}
        connection.register("all_spans", pa.table(whole))
    if seen is not None:
        connection.register("seen", pa.table({"cell": pa.array(seen, pa.int32())}))
    sources = tuple(run.source for _, run in runs)
    return _statement(units, sources, has_later, seen is not None).arrow(connection, values)


@lru_cache(maxsize=256)
def _statement(units: str, runs: tuple[str, ...], has_later: bool, is_limited: bool) -> Statement:
    """What the parts of all spans add up to; `units` and `runs` are sources."""
    parts = [_units_part(units)] if units else []
    parts += [
        _run_part(source).with_suffix(f"_{place}", ("start", "end", "span"))
        for place, source in enumerate(runs)
    ]
    if has_later:
        parts.append(_later_part())
    return over_union(_merge(is_limited), "parts", parts)


def _units_of(bounds: Sequence[InstantUs]) -> str:
    """The source of whole units that are read for all spans at once; none where there are few spans.

    A few are read run by run, each from the rollup of the largest unit that fits. Each run costs a little by
    itself, so where there are many the whole hours of all are joined with the rows of their span; and if most
    do not begin on an hour, quarters of an hour with the events.
    """
    if len(bounds) - 1 <= _SPANS_FEW:
        return ""
    on_hours = sum(at % SIZES_US["hour"] == 0 for at in bounds)
    return "hour" if on_hours * 2 >= len(bounds) else QUARTER


Run = tuple[int, Part]  # with the number of its span


def _cut(bounds: Sequence[InstantUs], units: str) -> tuple[list[Run], list[Run]]:
    """The runs of each span that are read one by one, and those of whole `units`."""
    sources = (units,) if units else ("hour", "day")
    runs = [(number, run) for number, span in enumerate(pairwise(bounds)) for run in aligned(*span, sources)]
    return [run for run in runs if run[1].source != units], [run for run in runs if run[1].source == units]


def _units_table(runs: Sequence[Run]) -> pa.Table:
    """When each whole unit begins, and the number of its span."""
    rows = [(at, number) for number, run in runs for at in range(run.start, run.end, SIZES_US[run.source])]
    begins, numbers = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"unit": pa.array(begins, _STAMP), "number": pa.array(numbers, pa.int64())})


@lru_cache(maxsize=2)
def _units_part(source: str) -> Statement:
    """The whole units: from the rollup by the hour, or from the events by quarters of an hour."""
    units = ibis.table({"unit": "timestamp(6)", "number": "int64"}, name="units")
    rows = figures_view("events" if source == QUARTER else source)
    moment = rows["moment"]
    inside = (moment >= parameter("start", "timestamp")) & (moment < parameter("end", "timestamp"))
    if source == QUARTER:
        inside &= rows["commit_no"] <= parameter("rolled", "int64")
    rows = rows.filter(inside)
    unit = rows["moment"].bucket(minutes=15) if source == QUARTER else rows["moment"]
    joined = rows.mutate(unit=unit).join(units, "unit")
    return compile_statement(_summed(joined, ["number", "cell"]))


@lru_cache(maxsize=3)
def _run_part(source: str) -> Statement:
    """A part of one span: from a rollup, or (`rolled`) from the events that the rollups cover."""
    rows = figures_view("events" if source == "rolled" else source)
    moment = rows["moment"]
    inside = (moment >= parameter("start", "timestamp")) & (moment < parameter("end", "timestamp"))
    if source == "rolled":
        inside &= rows["commit_no"] <= parameter("rolled", "int64")
    numbered = rows.filter(inside).mutate(number=parameter("span", "int64"))
    return compile_statement(_summed(numbered, ["number", "cell"]))


@lru_cache(maxsize=1)
def _later_part() -> Statement:
    """What the rollups do not cover yet."""
    kinds = {"number": "int64", "since": "timestamp(6)", "until": "timestamp(6)"}
    all_spans = ibis.table(kinds, name="all_spans")
    rows = figures_view("events")
    rows = rows.filter(rows["commit_no"] > parameter("rolled", "int64"))
    joined = rows.join(all_spans, [rows["moment"] >= all_spans["since"], rows["moment"] < all_spans["until"]])
    return compile_statement(_summed(joined, ["number", "cell"]))


def _summed(rows: ibis.Table, keys: list[str]) -> ibis.Table:
    sums = {name: _sum(rows, name) for name in SUMMED}
    return rows.group_by(keys).aggregate(**sums).select(*keys, *SUMMED)


def _sum(rows: ibis.Table, name: str) -> Any:
    total = rows[name].sum()
    return total if name in AMOUNTS else total.cast("decimal(38, 0)").cast("int64")


_KINDS: Final = {name: "decimal(38, 12)" if name in AMOUNTS else "int64" for name in SUMMED}


@lru_cache(maxsize=2)
def _merge(is_limited: bool) -> Statement:
    parts = ibis.table({"number": "int64", "cell": "int32", **_KINDS}, name="parts")
    if is_limited:
        parts = parts.semi_join(ibis.table({"cell": "int32"}, name="seen"), "cell")
    return compile_statement(_summed(parts, ["number", "cell"]).rename(span="number"))


# -- what is asked for -------------------------------------------------------------------------------

_SPANS: Final = ibis.table({"span": "int64", "cell": "int32", **_KINDS}, name="spans")
_WINDOWS: Final = ibis.table({"wanted": "int64", "span": "int64"}, name="windows")


@lru_cache(maxsize=1)
def _totals_statement() -> Statement:
    return compile_statement(_summed(_SPANS.join(_WINDOWS, "span"), ["wanted"]))


def _totals(connection: duckdb.DuckDBPyConnection) -> dict[int, Sums]:
    found = _totals_statement().arrow(connection, {})
    return dict(zip(found["wanted"].to_pylist(), _rows(found), strict=True))


@lru_cache(maxsize=len(ROLLUP_DIMENSIONS))
def _dimension_statement(name: str) -> Statement:
    cells = ibis.table({"cell": "int32", name: "string"}, name="cells")
    wanted = _WINDOWS.filter(_WINDOWS["wanted"] < parameter("named", "int64"))
    rows = _SPANS.join(wanted, "span").join(cells, "cell")
    summed = _summed(rows, ["wanted", name])
    return compile_statement(summed.filter(summed["calls"] != 0))


def _by_dimension(
    connection: duckdb.DuckDBPyConnection, name: str, named: Sequence[str]
) -> dict[str, dict[str, Sums]]:
    found = _dimension_statement(name).arrow(connection, {"named": len(named)})
    by: dict[str, dict[str, Sums]] = {window: {} for window in named}
    rows = zip(found["wanted"].to_pylist(), found[name].to_pylist(), _rows(found), strict=True)
    for place, value, sums in rows:
        by[named[place]][value] = sums
    return by


@lru_cache(maxsize=1)
def _aside_statement() -> Statement:
    asides = ibis.table({"span": "int64", "cell": "int64"}, name="asides")
    rows = _SPANS.semi_join(asides, ["span", "cell"])
    return compile_statement(rows.aggregate(**{name: _sum(rows, name) for name in SUMMED}))


def _aside(
    connection: duckdb.DuckDBPyConnection,
    query: SpansQuery,
    bounds: Sequence[InstantUs],
    told: Sequence[Sequence[int] | None],
) -> Sums:
    first, after = query.windows[query.aside_window]
    members = {
        (span, cell)
        for one, cells in zip(query.asides, told, strict=True)
        for span in _between(bounds, InstantUs(max(one.start, first)), InstantUs(min(one.end, after)))
        for cell in cells or ()
    }
    with registered(connection, "asides", _pairs(members, ("span", "cell"))):
        return _rows(_aside_statement().arrow(connection, {}))[0]


def _pairs(members: Iterable[tuple[int, int]], names: tuple[str, str]) -> pa.Table:
    left, right = zip(*members, strict=True) if members else ((), ())
    return pa.table({names[0]: pa.array(left, pa.int64()), names[1]: pa.array(right, pa.int64())})


def _rows(found: pa.Table) -> list[Sums]:
    return list(map(Sums, *(integers(found[name]) for name in SUMMED)))


def _naive(instant: InstantUs) -> Any:
    return to_datetime(instant).replace(tzinfo=None)
