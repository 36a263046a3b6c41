"""Rollups by hour and by day: appended differences that cover the commits up to a mark, one path by grain."""

from functools import cache
from typing import Final

import duckdb
import ibis

from bursar.ledger.dimensions import ROLLUP_DIMENSIONS
from bursar.ledger.figures import buckets_of_events, figures_of_events, sums
from bursar.ledger.statement import Statement, compile_statement, parameter
from bursar.ledger.tables import CELLS, EVENTS, histogram_table, rollup_table
from bursar.ledger.views import ROLLUP_GRAINS
from bursar.vocab.instant import InstantUs, to_datetime

_UNITS: Final = {"hour": "h", "day": "D"}


def _entries() -> ibis.Table:
    """The events of the commits after `after` up to `through`."""
    commit_no = EVENTS["commit_no"]
    return EVENTS.filter(
        (commit_no > parameter("after", "int64")) & (commit_no <= parameter("through", "int64"))
    )


def _entries_by_period_and_cell(grain: str) -> ibis.Table:
    entries = _entries().mutate(period=EVENTS["started_at"].truncate(_UNITS[grain]))
    return entries.join(CELLS, list(ROLLUP_DIMENSIONS))


@cache
def _new_cells() -> Statement:
    found = _entries().select(*ROLLUP_DIMENSIONS).distinct()
    unknown = found.anti_join(CELLS, list(ROLLUP_DIMENSIONS))
    numbered = unknown.mutate(cell=(ibis.row_number() + 1 + parameter("cells", "int64")).cast("int32"))
    return compile_statement(numbered, before="INSERT INTO cells BY NAME")


@cache
def _roll_figures(grain: str) -> Statement:
    entries = _entries_by_period_and_cell(grain)
    rows = entries.select("period", "cell", **figures_of_events(entries))
    summed = rows.group_by(["period", "cell"]).aggregate(**sums(rows))
    return compile_statement(summed, before=f"INSERT INTO rollup_{grain} BY NAME")


@cache
def _roll_histogram(grain: str) -> Statement:
    rows = buckets_of_events(_entries_by_period_and_cell(grain), ["period", "cell"])
    counted = rows.group_by(["period", "cell", "measure", "bucket"]).aggregate(calls=rows["calls"].sum())
    return compile_statement(counted, before=f"INSERT INTO histogram_{grain} BY NAME")


def compile_all() -> None:
    """Compile the statements of this module; they are kept."""
    _new_cells()
    for grain in ROLLUP_GRAINS:
        for statement in (_roll_figures, _roll_histogram, _scattered, _merged):
            statement(grain)


def through_commit(connection: duckdb.DuckDBPyConnection) -> int:
    """The last commit that the rollups cover; events of later ones are read as they are."""
    return int(connection.execute("SELECT through_commit FROM rollup_state").fetchall()[0][0])


def roll(connection: duckdb.DuckDBPyConnection, *, through: int, now: InstantUs) -> None:
    """Add what the commits after the mark say and move it to `through`, in the caller's transaction."""
    span = {"after": through_commit(connection), "through": through}
    cells = connection.execute("SELECT count(*) FROM cells").fetchall()[0][0]
    _new_cells().run(connection, {**span, "cells": cells})
    for grain in ROLLUP_GRAINS:
        _roll_figures(grain).run(connection, span)
        _roll_histogram(grain).run(connection, span)
    rolled_at = to_datetime(now).replace(tzinfo=None)
    connection.execute("UPDATE rollup_state SET through_commit = ?, rolled_at = ?", [through, rolled_at])


def rebuild(connection: duckdb.DuckDBPyConnection, *, through: int, now: InstantUs) -> None:
    """Forget the rollups and make them anew from the events, in the caller's transaction."""
    for table in (
        "cells",
        *(f"{kind}_{grain}" for kind in ("rollup", "histogram") for grain in ROLLUP_GRAINS),
    ):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
    connection.execute("UPDATE rollup_state SET through_commit = 0")
    roll(connection, through=through, now=now)


@cache
def _scattered(grain: str) -> Statement:
    """The periods in which some cell has more than one row."""
    table = rollup_table(grain)
    counted = table.group_by("period").aggregate(rows=table.count(), cells=table["cell"].nunique())
    scattered = counted.filter(counted["rows"] > counted["cells"]).select("period")
    return compile_statement(scattered, before=f"CREATE OR REPLACE TEMP TABLE scattered_{grain} AS")


@cache
def _merged(grain: str) -> tuple[tuple[str, Statement], ...]:
    periods = ibis.table({"period": "timestamp(6)"}, name=f"scattered_{grain}")
    figures = rollup_table(grain).semi_join(periods, "period")
    buckets = histogram_table(grain).semi_join(periods, "period")
    merged_figures = figures.group_by(["period", "cell"]).aggregate(**sums(figures))
    keys = ["period", "cell", "measure", "bucket"]
    merged_buckets = buckets.group_by(keys).aggregate(calls=buckets["calls"].sum())
    return (
        (f"rollup_{grain}", _as_temporary(merged_figures)),
        (f"histogram_{grain}", _as_temporary(merged_buckets)),
    )


def _as_temporary(table: ibis.Table) -> Statement:
    return compile_statement(table, before="CREATE OR REPLACE TEMP TABLE merged AS")


def compact(connection: duckdb.DuckDBPyConnection) -> int:
    """Merge the rows of each period and cell into one; returns how many periods were merged.

    The caller has begun a transaction. Queries see the same sums before and after.
    """
    merged_periods = 0
    for grain in ROLLUP_GRAINS:
        _scattered(grain).run(connection, {})
        periods = connection.execute(f"SELECT count(*) FROM scattered_{grain}").fetchall()[0][0]  # noqa: S608
        if not periods:
            continue
        merged_periods += periods
        for table, merged in _merged(grain):
            merged.run(connection, {})
            scattered = f"SELECT period FROM scattered_{grain}"  # noqa: S608
            connection.execute(f"DELETE FROM {table} WHERE period IN ({scattered})")  # noqa: S608
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM merged")  # noqa: S608
    return merged_periods
