"""What came in last: calls in the order of their commits, and how fast money goes, for those who watch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import duckdb
import ibis

from bursar.ledger.calls import StoredCall, naive, stored_call
from bursar.ledger.columns import integers
from bursar.ledger.statement import Statement, compile_statement, parameter
from bursar.ledger.tables import EVENT_COLUMNS, EVENTS
from bursar.vocab.instant import InstantUs
from bursar.vocab.sight import Sight

WHOSE: Final = ("team", "product")


class Counted(NamedTuple):
    """Calls of one team and product, and what they cost in picodollars."""

    team: str
    product: str
    calls: int
    cost: int


@dataclass(frozen=True)
class News:
    """The calls of some commits up to `through`: the newest of them, oldest first, and the counts of all."""

    through: int
    calls: Sequence[StoredCall]
    counts: Sequence[Counted]


def seen_of(counts: Sequence[Counted], sight: Sight) -> tuple[int, int]:
    """The calls and the cost that somebody may see of."""
    seen = [each for each in counts if sight.sees(team=each.team, product=each.product)]
    return sum(each.calls for each in seen), sum(each.cost for each in seen)


@cache
def _newest() -> Statement:
    newest = _of_commits().order_by([EVENTS["commit_no"].desc(), EVENTS["call_id"].desc()])
    return compile_statement(newest.select(*EVENT_COLUMNS))


@cache
def _counts() -> Statement:
    return compile_statement(_by_whose(_of_commits()))


@cache
def _ended() -> Statement:
    ended = EVENTS.filter(
        (EVENTS["finished_at"] >= parameter("start", "timestamp"))
        & (EVENTS["finished_at"] < parameter("end", "timestamp"))
    )
    return compile_statement(_by_whose(ended))


def _of_commits() -> ibis.Table:
    return EVENTS.filter(
        (EVENTS["commit_no"] > parameter("after", "int64"))
        & (EVENTS["commit_no"] <= parameter("through", "int64"))
        & (EVENTS["calls"] > 0)
    )


def _by_whose(rows: ibis.Table) -> ibis.Table:
    sums = {
        "calls": rows["calls"].cast("int64").sum().cast("int64"),
        "cost": rows["cost"].fill_null(0).sum(),
    }
    return rows.group_by(list(WHOSE)).aggregate(**sums)


def news(connection: duckdb.DuckDBPyConnection, *, after: int, through: int, limit: int) -> News:
    """What the commits after one and up to another brought, in the snapshot of the caller's transaction."""
    values = {"after": after, "through": through}
    counts = _counted(_counts(), connection, values)
    newest = _newest().limited(limit).run(connection, values).fetchall()
    return News(through, [stored_call(row) for row in reversed(newest)], counts)


def ended(connection: duckdb.DuckDBPyConnection, *, start: InstantUs, end: InstantUs) -> list[Counted]:
    """What the calls cost that ended in a span, by team and product."""
    return _counted(_ended(), connection, {"start": naive(start), "end": naive(end)})


def _counted(
    statement: Statement, connection: duckdb.DuckDBPyConnection, values: Mapping[str, object]
) -> list[Counted]:
    found = statement.arrow(connection, values)
    names = [found[name].to_pylist() for name in WHOSE]
    return list(map(Counted, *names, integers(found["calls"]), integers(found["cost"])))
