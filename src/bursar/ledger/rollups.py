"""Rollups by hour and by day: appended differences that cover the commits up to a mark, one path by grain."""

from datetime import UTC
from functools import cache
from typing import Final

import duckdb
import ibis

from bursar.ledger.figures import buckets_of_lists, lists_of_buckets, sums
from bursar.ledger.statement import Statement, compile_statement, parameter
from bursar.ledger.tables import histogram_table, rollup_table
from bursar.ledger.views import ROLLUP_GRAINS, bucket_rows, figures_view
from bursar.vocab.instant import InstantUs, from_datetime, to_datetime

UNITS: Final = {"minute": "m", "hour": "h", "day": "D", "month": "M"}


def _of_commits(view: ibis.Table, grain: str) -> ibis.Table:
    """The rows of the commits after `after` up to `through`, with their period."""
    after, through = parameter("after", "int64"), parameter("through", "int64")
    rows = view.filter((view["commit_no"] > after) & (view["commit_no"] <= through))
    return rows.mutate(period=rows["moment"].truncate(UNITS[grain]))


@cache
def _roll_figures(grain: str) -> Statement:
    """In the order of the periods: then a question about a few of them skips most of the table."""
    rows = _of_commits(figures_view("events"), grain)
    summed = rows.group_by(["period", "cell"]).aggregate(**sums(rows)).order_by("period")
    return compile_statement(summed, before=f"INSERT INTO rollup_{grain} BY NAME")


@cache
def _roll_histogram(grain: str) -> Statement:
    lists = lists_of_buckets(_of_commits(bucket_rows("events"), grain), ["period", "cell"])
    return compile_statement(lists.order_by("period"), before=f"INSERT INTO histogram_{grain} BY NAME")


def compile_all() -> None:
    """Compile the statements of this module; they are kept."""
    for grain in ROLLUP_GRAINS:
        for statement in (_roll_figures, _roll_histogram, _scattered, _merged):
            statement(grain)


def roll(connection: duckdb.DuckDBPyConnection, *, after: int, through: int, now: InstantUs) -> None:
    """Add what the commits in (after, through] say and move the mark, in the caller's transaction."""
    for grain in ROLLUP_GRAINS:
        _roll_figures(grain).run(connection, {"after": after, "through": through})
        _roll_histogram(grain).run(connection, {"after": after, "through": through})
    rolled_at = to_datetime(now).replace(tzinfo=None)
    connection.execute("UPDATE ledger_state SET commit_rolled = ?, rolled_at = ?", [through, rolled_at])


_SINCE: Final = """
    SELECT min(moment) FROM (
        SELECT min(period) AS moment FROM rollup_hour
        UNION ALL
        SELECT min(started_at) FROM events, ledger_state WHERE commit_no > commit_rolled
    )
"""


def known_since(connection: duckdb.DuckDBPyConnection) -> InstantUs | None:
    """When the first call began, to the hour for those that are rolled up; None without calls."""
    (row,) = connection.execute(_SINCE).fetchall()
    return None if row[0] is None else from_datetime(row[0].replace(tzinfo=UTC))


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the rollups, in the caller's transaction; a roll from commit 0 makes them anew."""
    for grain in ROLLUP_GRAINS:
        connection.execute(f"DELETE FROM rollup_{grain}")  # noqa: S608 - grain is one of two words
        connection.execute(f"DELETE FROM histogram_{grain}")  # noqa: S608


@cache
def _scattered(grain: str) -> Statement:
    """The periods in which some cell has more than one row."""
    table = rollup_table(grain)
    counted = table.group_by("period").aggregate(rows=table.count(), cells=table["cell"].nunique())
    scattered = counted.filter(counted["rows"] > counted["cells"]).select("period")
    return compile_statement(scattered, before=f"CREATE OR REPLACE TEMP TABLE scattered_{grain} AS")


@cache
def _merged(grain: str) -> tuple[tuple[str, Statement], ...]:
    """The tables of a grain, each with the statement that merges its scattered periods."""
    periods = ibis.table({"period": "timestamp(6)"}, name=f"scattered_{grain}")
    figures = rollup_table(grain).semi_join(periods, "period")
    buckets = histogram_table(grain).semi_join(periods, "period")
    merged_figures = figures.group_by(["period", "cell"]).aggregate(**sums(figures))
    keys = ["period", "cell"]
    merged_buckets = lists_of_buckets(buckets_of_lists(buckets, keys), keys)
    before = "CREATE OR REPLACE TEMP TABLE merged AS"
    return (
        (f"rollup_{grain}", compile_statement(merged_figures, before=before)),
        (f"histogram_{grain}", compile_statement(merged_buckets, before=before)),
    )


def compact(connection: duckdb.DuckDBPyConnection) -> int:
    """Merge the rows of each period and cell into one; returns how many periods were merged.

    The caller has begun a transaction. Queries see the same sums before and after.
    """
    return sum(_compact_grain(connection, grain) for grain in ROLLUP_GRAINS)


def _compact_grain(connection: duckdb.DuckDBPyConnection, grain: str) -> int:
    _scattered(grain).run(connection, {})
    scattered = f"SELECT period FROM scattered_{grain}"  # noqa: S608 - grain is one of two words
    periods = len(connection.execute(scattered).fetchall())
    if periods:
        for table, merged in _merged(grain):
            merged.run(connection, {})
            connection.execute(f"DELETE FROM {table} WHERE period IN ({scattered})")  # noqa: S608
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM merged ORDER BY period")  # noqa: S608
    return periods
