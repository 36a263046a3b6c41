"""What must hold in the ledger at any time, checked over all of it: for `bursar doctor`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

import duckdb
import ibis

from bursar.catalogue import RateCard
from bursar.ledger.dimensions import ROLLUP_COLUMNS, ROLLUP_DIMENSIONS, Dimension
from bursar.ledger.figures import bucket_sums, sums
from bursar.ledger.rollups import UNITS
from bursar.ledger.statement import Statement, compile_statement, parameter
from bursar.ledger.tables import AMOUNTS
from bursar.ledger.usage import UsageQuery, usage
from bursar.ledger.views import ROLLUP_GRAINS, bucket_rows, figures_view
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs
from bursar.vocab.money import Picodollars, from_usd, usd_text

_FOREVER: Final = InstantUs(253_402_300_799_999_999)


@dataclass(frozen=True)
class Fact:
    """One thing that was checked. `attention` is no fault, but somebody should look."""

    name: str
    state: Literal["ok", "attention", "broken"]
    sentence: str
    found: dict[str, Any] = field(default_factory=dict)


def check_all(connection: duckdb.DuckDBPyConnection) -> list[Fact]:
    """Every check, in the snapshot of the caller's transaction. Reads the whole ledger."""
    return [fact for check in CHECKS for fact in check(connection)]


def _fact(name: str, faults: list[Any], good: str, bad: str) -> Fact:
    """`ok` with the sentence `good` if there are no faults, else `broken` with `bad` and the first few."""
    if not faults:
        return Fact(name, "ok", good)
    return Fact(name, "broken", bad, {"count": len(faults), "first": faults[:10]})


def _differences(one: ibis.Table, other: ibis.Table) -> Statement:
    """Rows that only one of the two has."""
    only_one, only_other = ibis.difference(one, other), ibis.difference(other, one)
    return compile_statement(ibis.union(only_one, only_other).limit(1000))


def _covered(view: ibis.Table) -> ibis.Table:
    return view.filter(view["commit_no"] <= parameter("mark", "int64"))


@cache
def _figures_differences(grain: str) -> Statement:
    """Periods and cells whose rollup rows do not add up to their events."""

    def summed(view: ibis.Table) -> ibis.Table:
        keys = [view["moment"].truncate(UNITS[grain]).name("period"), "cell"]
        return view.group_by(keys).aggregate(**sums(view))

    return _differences(summed(_covered(figures_view("events"))), summed(figures_view(grain)))


@cache
def _buckets_differences(grain: str) -> Statement:
    """Periods and buckets whose histogram rows do not add up to their events."""

    def summed(view: ibis.Table) -> ibis.Table:
        keys = [view["moment"].truncate(UNITS[grain]).name("period"), "bucket"]
        return view.group_by(keys).aggregate(**bucket_sums(view))

    return _differences(summed(_covered(bucket_rows("events"))), summed(bucket_rows(grain)))


def _rollups_equal_events(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    rolled = connection.execute("SELECT commit_rolled FROM ledger_state").fetchall()[0][0]
    for grain in ROLLUP_GRAINS:
        for kind, statement in (("rollup", _figures_differences), ("histogram", _buckets_differences)):
            rows = statement(grain).run(connection, {"mark": rolled}).fetchall()
            periods = sorted({row[0].isoformat() for row in rows})
            yield _fact(
                f"{kind}_{grain}_equals_events",
                periods,
                f"every row of {kind}_{grain} is the sum of its events",
                f"{kind}_{grain} differs from the events: run a rebuild, and find out why",
            )


def _every_call_once(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    rows = connection.execute(
        "SELECT call_id, sum(calls) FROM events GROUP BY call_id HAVING sum(calls) <> 1 LIMIT 1000"
    ).fetchall()
    yield _fact(
        "every_call_once",
        [call_id for call_id, _ in rows],
        "every call id counts exactly once",
        "some call ids do not count exactly once",
    )


# A map knows the order of its keys, and a cell's are sorted. Hashes tell fast whether any differs at all;
# only then is each event's map sorted too, which takes ten times as long.
_OTHER_HASHES: Final = """
    SELECT call_id FROM events JOIN cells
    ON events.cell = cells.cell AND hash(events.tags) <> hash(cells.tags) AND cells.tags IS NOT NULL LIMIT 1
"""
_OTHER_TAGS: Final = """
    SELECT call_id FROM events JOIN cells ON events.cell = cells.cell
    WHERE map_from_entries(list_sort(map_entries(events.tags))) <> cells.tags LIMIT 1000
"""


def _every_event_in_its_cell(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    pairs = zip(ROLLUP_COLUMNS, ROLLUP_DIMENSIONS, strict=True)
    same = " AND ".join(f"events.{column} = cells.{name}" for column, name in pairs)
    rows = connection.execute(
        f"SELECT call_id FROM events LEFT JOIN cells ON events.cell = cells.cell AND {same}"  # noqa: S608
        " WHERE cells.cell IS NULL LIMIT 1000"
    ).fetchall()
    if connection.execute(_OTHER_HASHES).fetchall():
        rows += connection.execute(_OTHER_TAGS).fetchall()
    yield _fact(
        "every_event_in_its_cell",
        [row[0] for row in rows],
        "every event counts for its own team, product, use case, model, environment, provider, key and tags",
        "some events count for other dimensions than their own",
    )


def _no_number_missing(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    """Each number up to a worker's mark is an event, a dropped record or part of a dead letter, once."""
    rows = connection.execute(
        """
        WITH taken AS (
            SELECT worker, seq AS first, seq AS last FROM events WHERE calls > 0
            UNION ALL SELECT worker, seq, seq FROM dropped
            UNION ALL SELECT worker, seq_first, seq_last FROM dead_letters
        ), neighbours AS (
            SELECT worker, first, last,
                lag(last, 1, 0) OVER (PARTITION BY worker ORDER BY first, last) AS before
            FROM taken
        ), counted AS (
            SELECT worker, count(*) FILTER (WHERE first <> before + 1) AS breaks, max(last) AS last
            FROM neighbours GROUP BY worker
        )
        SELECT coalesce(workers.worker, counted.worker), high_water, last, breaks
        FROM workers FULL JOIN counted ON workers.worker = counted.worker
        WHERE breaks > 0 OR high_water IS DISTINCT FROM last
        """
    ).fetchall()
    yield _fact(
        "no_number_missing",
        [{"worker": row[0], "high_water": row[1], "last": row[2], "breaks": row[3]} for row in rows],
        "every worker's numbers are complete up to its mark, each taken once",
        "numbers of some workers are missing, taken twice, or differ from the mark",
    )


def _every_price_has_its_card(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    rows = connection.execute(
        "SELECT DISTINCT price_ref FROM events WHERE price_ref <> '' "
        "AND price_ref NOT IN (SELECT ref FROM rate_cards) LIMIT 1000"
    ).fetchall()
    yield _fact(
        "every_price_has_its_card",
        [row[0] for row in rows],
        "the rate card of every priced call is kept",
        "calls name rate cards that the ledger does not have",
    )


def _every_card_says_what_it_said(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    """A card's reference ends with the hash of its content, so a card that was changed is found."""
    wrong = [
        ref
        for ref, body in connection.execute("SELECT ref, body FROM rate_cards").fetchall()
        if not _is_card(ref, bytes(body))
    ]
    yield _fact(
        "every_card_says_what_it_said",
        wrong,
        "the content of every rate card is the one that its reference names",
        "the content of some rate cards is not the one that their reference names",
    )


def _is_card(ref: str, body: bytes) -> bool:
    try:
        return RateCard.from_json(body).ref == ref
    except InvalidInput:
        return False


def _allocation_adds_up(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    """By each dimension, what is allocated and what is `unknown` add up to a scan of all events."""
    scanned = connection.execute(
        "SELECT coalesce(sum(calls), 0), coalesce(sum(cost), 0), coalesce(sum(cost_list), 0) FROM events"
    ).fetchall()[0]
    total = (int(scanned[0]), from_usd(scanned[1]), from_usd(scanned[2]))
    wrong = []
    for name in ROLLUP_DIMENSIONS:
        query = UsageQuery(start=InstantUs(0), end=_FOREVER, by=(Dimension(name),), with_durations=False)
        figures = [row.figures for row in usage(connection, query).rows]
        added = tuple(sum(each[figure] for each in figures) for figure in ("calls", *AMOUNTS))
        if added != total:
            wrong.append({"by": name, "rows": _shown(added), "events": _shown(total)})
    yield _fact(
        "allocation_adds_up",
        wrong,
        f"by every dimension the rows add up to all events: {total[0]} calls, {usd_text(total[1])} USD",
        "the rows by some dimension do not add up to all events",
    )


def _shown(sums_found: tuple[int, ...]) -> list[str]:
    calls, *amounts = sums_found
    return [str(calls), *(usd_text(Picodollars(amount)) for amount in amounts)]


def _dead_letters(connection: duckdb.DuckDBPyConnection) -> Iterator[Fact]:
    rows = connection.execute(
        "SELECT worker, seq_first, seq_last, reason FROM dead_letters ORDER BY received_at, worker, seq_first"
    ).fetchall()
    if not rows:
        yield Fact("no_dead_letters", "ok", "everything that was delivered could be read")
        return
    letters = [dict(zip(("worker", "seq_first", "seq_last", "reason"), row, strict=True)) for row in rows]
    yield Fact(
        "no_dead_letters",
        "attention",
        "some delivered events could not be read; they are in the table dead_letters and counted nowhere",
        {"count": len(letters), "first": letters[:10]},
    )


CHECKS: Final[tuple[Callable[[duckdb.DuckDBPyConnection], Iterator[Fact]], ...]] = (
    _rollups_equal_events,
    _every_call_once,
    _every_event_in_its_cell,
    _no_number_missing,
    _every_price_has_its_card,
    _every_card_says_what_it_said,
    _allocation_adds_up,
    _dead_letters,
)
