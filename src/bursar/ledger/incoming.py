"""Adds decoded events to the ledger inside one transaction, each call counted exactly once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import duckdb
import ibis
import pyarrow as pa

from bursar.ledger.cells import Cells, KeyWithTags
from bursar.ledger.decode import ROW_FIELDS, DeadLetter, Row
from bursar.ledger.delivery import Prepared
from bursar.ledger.statement import Statement, compile_statement, parameter, registered
from bursar.ledger.tables import EVENT_COLUMNS, EVENTS, INCOMING
from bursar.vocab.event import INTERRUPTED
from bursar.vocab.instant import InstantUs, to_datetime
from bursar.vocab.usage import USAGE_CLASSES

_CALL_ID: Final = ROW_FIELDS.index("call_id")
_STATUS: Final = ROW_FIELDS.index("status")


@dataclass
class Chunk:
    """What one transaction adds: parallel lists of rows, their workers and sequence numbers."""

    commit_no: int
    received_at: InstantUs
    rows: list[Row] = field(default_factory=list)
    workers: list[str] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    keys: list[KeyWithTags] = field(default_factory=list)
    tables: list[pa.Table] = field(default_factory=list)  # the same rows as columns
    dead: list[tuple[str, DeadLetter]] = field(default_factory=list)
    high_water: dict[str, int] = field(default_factory=dict)
    cards: dict[str, bytes] = field(default_factory=dict)
    dropped: int = 0

    def add(self, prepared: Prepared, skipped: int, dead: Iterable[DeadLetter]) -> None:
        """Take in what one worker delivered, without its first `skipped` rows."""
        rows = prepared.rows[skipped:]
        self.rows += rows
        self.seqs += prepared.seqs[skipped:]
        self.keys += prepared.keys[skipped:]
        self.workers += [prepared.batch.worker] * len(rows)
        if rows and prepared.table is not None:
            self.tables.append(prepared.table.slice(skipped))
        self.dead += [(prepared.batch.worker, letter) for letter in dead]


_INCOMING_IDS: Final = ibis.table({"call_id": "string"}, name="incoming_ids")


@cache
def _insert_events() -> Statement:
    """As few expressions as can be: with small deliveries the time goes into planning it."""
    added = INCOMING.mutate(
        commit_no=parameter("commit_no", "int64"),
        calls=ibis.literal(1, "int8"),
        received_at=parameter("received_at", "timestamp"),
    )
    return compile_statement(added, before="INSERT INTO events BY NAME")


@cache
def _known_calls() -> Statement:
    """Which of the incoming calls the ledger has, with the sum of their rows by status.

    The bounds let the engine skip all row groups but the latest few, since call ids sort by time.
    """
    bounds = EVENTS["call_id"].between(parameter("id_first", "string"), parameter("id_last", "string"))
    known = EVENTS.filter(bounds).select("call_id", "status", "calls").semi_join(_INCOMING_IDS, "call_id")
    counted = known.group_by(["call_id", "status"]).aggregate(calls=known["calls"].sum())
    return compile_statement(counted.filter(counted["calls"] > 0))


@cache
def _take_back() -> Statement:
    """Rows that take back the interruptions of the calls in `replaced`: same names, negated quantities."""
    replaced = ibis.table({"call_id": "string"}, name="replaced")
    rows = EVENTS.filter(
        (EVENTS["status"] == INTERRUPTED)
        & (EVENTS["calls"] > 0)
        & EVENTS["call_id"].between(parameter("id_first", "string"), parameter("id_last", "string"))
    ).semi_join(replaced, "call_id")
    signed = [*_QUANTITIES, "calls"]
    negated = rows.mutate(
        **{name: (-rows[name]).cast(rows[name].type()) for name in signed},
        commit_no=parameter("commit_no", "int64"),
        received_at=parameter("received_at", "timestamp"),
    )
    return compile_statement(negated.select(*EVENT_COLUMNS), before="INSERT INTO events BY NAME")


_QUANTITIES: Final = ("cost", "cost_list", *USAGE_CLASSES)


def compile_all() -> None:
    """Compile the statements of this module; they are kept."""
    for statement in (_insert_events, _known_calls, _take_back):
        statement()


def warm(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the engine load what it needs for tables of columns, so that the first delivery does not wait.

    It imports pandas to see whether a table is one of its own, which takes more than half a second.
    """
    with registered(connection, "incoming_ids", pa.table({"call_id": pa.array([], pa.string())})):
        connection.execute("SELECT count(*) FROM incoming_ids").fetchall()


def add_chunk(connection: duckdb.DuckDBPyConnection, chunk: Chunk, cells: Cells) -> None:
    """Everything of `chunk`, with the workers' new high-water marks; the caller has begun a transaction."""
    values = {"commit_no": chunk.commit_no, "received_at": _naive(chunk.received_at)}
    _add_cards(connection, chunk)
    if chunk.rows:
        _add_events(connection, chunk, cells, values)
    _add_dead_letters(connection, chunk)
    _move_high_water(connection, chunk)
    connection.execute("UPDATE ledger_state SET commit_last = ?", [chunk.commit_no])


def _naive(instant: InstantUs) -> object:
    return to_datetime(instant).replace(tzinfo=None)


def _add_events(
    connection: duckdb.DuckDBPyConnection, chunk: Chunk, cells: Cells, values: dict[str, object]
) -> None:
    ids = [row[_CALL_ID] for row in chunk.rows]
    values = {**values, "id_first": min(ids), "id_last": max(ids)}
    numbers = pa.array(cells.numbers(connection, chunk.keys), pa.int32())
    table = pa.concat_tables(chunk.tables).append_column("cell", numbers)
    with registered(connection, "incoming_ids", table.select(["call_id"])):
        known = _known_calls().run(connection, values).fetchall()
    if not known and len(set(ids)) == len(ids):
        with registered(connection, "incoming", table):
            _insert_events().run(connection, values)
        return
    sorted_out = sort_out(chunk.rows, [(call_id, status) for call_id, status, _ in known])
    if sorted_out.kept:
        with registered(connection, "incoming", table.take(sorted_out.kept)):
            _insert_events().run(connection, values)
    _add_dropped(connection, chunk, sorted_out.dropped)
    if sorted_out.replaced:
        replaced = pa.table({"call_id": sorted(sorted_out.replaced)})
        with registered(connection, "replaced", replaced):
            _take_back().run(connection, values)


@dataclass
class SortedOut:
    """Which rows are news (`kept`) or not (`dropped`), and the calls whose interruption is taken back."""

    kept: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)


def sort_out(rows: Sequence[Row], known: Iterable[tuple[str, str]]) -> SortedOut:
    """Each call counts once: the first finished record stands, an interruption only while there is none.

    `known` are the (call id, status) that the ledger counts before these rows come.
    """
    known = list(known)
    finished = {call_id for call_id, status in known if status != INTERRUPTED}
    interrupted = {call_id for call_id, status in known if status == INTERRUPTED}
    result = SortedOut()
    for place, row in enumerate(rows):
        call_id, is_interruption = row[_CALL_ID], row[_STATUS] == INTERRUPTED
        if call_id in finished or (is_interruption and call_id in interrupted):
            result.dropped.append(place)
            continue
        result.kept.append(place)
        if is_interruption:
            interrupted.add(call_id)
            continue
        finished.add(call_id)
        if call_id in interrupted:
            interrupted.remove(call_id)
            result.replaced.add(call_id)
    return result


def _add_dropped(connection: duckdb.DuckDBPyConnection, chunk: Chunk, places: Sequence[int]) -> None:
    chunk.dropped += len(places)
    if places:
        rows = [
            (
                chunk.commit_no,
                chunk.workers[at],
                chunk.seqs[at],
                chunk.rows[at][_CALL_ID],
                chunk.rows[at][_STATUS],
            )
            for at in places
        ]
        connection.executemany("INSERT INTO dropped VALUES (?, ?, ?, ?, ?)", rows)


def _add_cards(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    received_at = _naive(chunk.received_at)
    for ref, body in chunk.cards.items():
        # A card's reference names its content, so the first one stands; `checks` finds one that lies.
        connection.execute(
            "INSERT INTO rate_cards VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [ref, body, received_at]
        )


def _add_dead_letters(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    for worker, letter in chunk.dead:
        connection.execute(
            "INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                chunk.commit_no,
                worker,
                letter.seq_first,
                letter.seq_last,
                _naive(chunk.received_at),
                letter.reason,
                letter.body,
            ],
        )


def _move_high_water(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    now = _naive(chunk.received_at)
    for worker, seq in chunk.high_water.items():
        # Half the price of an INSERT that gives way to an update.
        updated = connection.execute(
            "UPDATE workers SET high_water = ?, last_seen_at = ? WHERE worker = ?", [seq, now, worker]
        ).fetchone()
        if updated == (0,):
            connection.execute("INSERT INTO workers VALUES (?, ?, ?, ?)", [worker, seq, now, now])
