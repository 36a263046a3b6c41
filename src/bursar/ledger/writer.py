"""The one thread that writes to the ledger: deliveries that wait together become one transaction."""

import queue
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import duckdb

from bursar.ledger import incoming, rollups
from bursar.ledger.cells import Cells
from bursar.ledger.collector import collector_paused
from bursar.ledger.delivery import Prepared, prepare, prepare_set_aside
from bursar.ledger.incoming import Chunk, add_chunk
from bursar.vocab.errors import BursarError, Conflict, Unavailable
from bursar.vocab.event import Batch
from bursar.vocab.instant import InstantUs

T = TypeVar("T")

CHUNK_EVENTS: Final = (
    20_000  # a transaction takes no more than this, so that the first sender is not kept long
)
QUEUE_LIMIT_BYTES: Final = 256 << 20
_COMPACT_EVERY_ROLLS: Final = 64
# What the engine says of values, not of itself: the same batch would fail again.
_POISON: Final = (duckdb.DataError, duckdb.NotSupportedError)


class SequenceGap(Conflict):
    """A batch begins after the event that comes next; `facts["expected"]` is the one to send."""

    code = "sequence_gap"


class SequenceReused(Conflict):
    """A sequence number came again with another call: this outbox is not the one that the ledger knows."""

    code = "sequence_reused"


@dataclass(frozen=True)
class Receipt:
    """What became of a delivery; `high_water` is the last sequence number the ledger has of the worker."""

    high_water: int
    stored: int = 0
    skipped: int = 0  # were there before
    dead_letters: int = 0


@dataclass
class Counters:
    """What the writer did since it started."""

    batches: int = 0
    events: int = 0
    skipped: int = 0
    dropped: int = 0
    dead_letters: int = 0
    commits: int = 0
    commit_seconds: float = 0.0
    rolls: int = 0
    maintenance_failures: int = 0


@dataclass(frozen=True)
class _Waiting:
    prepared: Prepared
    now: InstantUs
    size_bytes: int
    result: "Future[Receipt]"


@dataclass(frozen=True)
class _Task:
    run: Callable[[duckdb.DuckDBPyConnection], Any]
    result: "Future[Any]"


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def compile_writes() -> None:
    """Compile every statement of the writer, so that no delivery waits for it."""
    incoming.compile_all()
    rollups.compile_all()


class Writer:
    """Owns the writing connection. `submit` and `run` may be called from any thread."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        roll_after_events: int = 50_000,
        roll_after_s: float = 60.0,
    ) -> None:
        self.counters = Counters()
        self.broken: str | None = None  # why the engine can no longer be used, once it says so
        self._connection = connection
        self._roll_after_events = roll_after_events
        self._roll_after_s = roll_after_s
        self._queue: queue.SimpleQueue[_Waiting | _Task | None] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._closed = False
        self._rolls_since_compaction = 0
        self._now = InstantUs(0)
        self._load()
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, batch: Batch, *, now: InstantUs) -> "Future[Receipt]":
        """Read a batch in the caller's thread and queue it; the receipt comes after the commit that holds it.

        The future raises SequenceGap or SequenceReused when the batch cannot follow what is stored, and
        Unavailable when the engine fails; nothing of the batch is stored then.
        """
        self._check_open()
        waiting = _Waiting(prepare(batch), now, sum(map(len, batch.groups)) + 256, Future())
        with self._lock:
            self._check_open()
            if self._queued_bytes + waiting.size_bytes > QUEUE_LIMIT_BYTES:
                raise Unavailable("the ledger is behind: send this batch again in a moment")
            self._queued_bytes += waiting.size_bytes
            self._queue.put(waiting)
        return waiting.result

    def run(self, task: Callable[[duckdb.DuckDBPyConnection], T]) -> "Future[T]":
        """Run `task` on the writing connection, between two commits."""
        result: Future[T] = Future()
        with self._lock:
            self._check_open()
            self._queue.put(_Task(task, result))
        return result

    def close(self) -> None:
        """Store what waits, then end the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def roll(self, now: InstantUs) -> "Future[None]":
        """Bring the rollups up to the last commit."""
        return self.run(lambda _connection: self._roll(now))

    def rebuild(self, now: InstantUs) -> "Future[None]":
        """Make the rollups anew from the events."""

        def task(connection: duckdb.DuckDBPyConnection) -> None:
            with transaction(connection):
                rollups.clear(connection)
                rollups.roll(connection, after=0, through=self._commit_last, now=now)
            self._note_roll()

        return self.run(task)

    def compact(self) -> "Future[int]":
        """Merge the rollups' rows; returns how many periods had more than one row for a cell."""
        return self.run(lambda _connection: self._compact())

    @property
    def commit_last(self) -> int:
        """The number of the newest commit."""
        return self._commit_last

    def _check_open(self) -> None:
        if self._closed or self.broken:
            raise Unavailable(f"the ledger is closed{': ' + self.broken if self.broken else ''}")

    def _load(self) -> None:
        """What a fresh start or a failed transaction must read again from the store."""
        rows = self._connection.execute("SELECT worker, high_water FROM workers").fetchall()
        self._high_water: dict[str, int] = dict(rows)
        self._refs = {row[0] for row in self._connection.execute("SELECT ref FROM rate_cards").fetchall()}
        state = self._connection.execute("SELECT commit_last, commit_rolled FROM ledger_state").fetchall()
        self._commit_last: int = state[0][0]
        self._commit_rolled: int = state[0][1]
        self._cells = Cells(self._connection)
        unrolled = "SELECT count(*) FROM events WHERE commit_no > ?"
        self._unrolled = int(self._connection.execute(unrolled, [self._commit_rolled]).fetchall()[0][0])
        self._tended_at_s = time.monotonic()
        self._pause_s = 0.0  # how long maintenance waits after it has failed

    def _work(self) -> None:
        try:
            incoming.warm(self._connection)
            going = True
            while going:
                waiting, task, going = self._take()
                if waiting:
                    self._commit_or_split(waiting)
                if task is not None:
                    self._run_task(task)
                self._maintain()
        except BaseException as error:
            # Nobody may wait for a thread that is gone.
            self.broken = f"the writer ended: {error!r}"
            while not self._queue.empty():
                self._turn_away(self._queue.get_nowait())
            raise

    def _turn_away(self, item: _Waiting | _Task | None) -> None:
        if item is not None:
            item.result.set_exception(Unavailable(f"the ledger is closed: {self.broken}"))

    def _take(self) -> tuple[list[_Waiting], _Task | None, bool]:
        """Batches that wait, up to a chunk, then a task if one comes next, and whether to go on.

        Blocks until there is something, or a roll is due.
        """
        waiting: list[_Waiting] = []
        events = 0
        try:
            item = self._queue.get(timeout=self._roll_after_s if self._unrolled else None)
            while isinstance(item, _Waiting):
                self._queued_bytes_less(item.size_bytes)
                if item.result.set_running_or_notify_cancel():  # else the sender has left, and sends it again
                    waiting.append(item)
                    events += len(item.prepared.rows)
                if events >= CHUNK_EVENTS:
                    return waiting, None, True
                item = self._queue.get_nowait()
        except queue.Empty:
            return waiting, None, True
        return waiting, item, item is not None

    def _queued_bytes_less(self, size_bytes: int) -> None:
        with self._lock:
            self._queued_bytes -= size_bytes

    def _commit_or_split(self, waiting: list[_Waiting]) -> None:
        """One transaction for all; if it fails, one for each, so that a batch fails only by itself."""
        try:
            self._commit(waiting)
        except Exception as error:
            self._recover(error)
            if len(waiting) > 1 and self.broken is None:
                for each in waiting:
                    self._commit_or_split([each])
            elif isinstance(error, _POISON) and self.broken is None:
                self._commit_set_aside(waiting[0], error)
            else:
                self._refuse(waiting, error)

    def _commit_set_aside(self, waiting: _Waiting, why: Exception) -> None:
        """Keep a batch that the engine cannot take as a dead letter: sent again it would fail for ever."""
        aside = prepare_set_aside(waiting.prepared.batch, f"the engine cannot take it: {why}")
        try:
            self._commit([replace(waiting, prepared=aside)])
        except Exception as error:
            self._recover(error)
            self._refuse([waiting], error)

    def _recover(self, error: Exception) -> None:
        """After a failed transaction: what was noted in memory is read again."""
        self._note_failure(error)
        if self.broken is None:
            try:
                self._load()
            except duckdb.Error as failure:
                self.broken = str(failure)

    def _refuse(self, waiting: list[_Waiting], error: Exception) -> None:
        for each in waiting:
            if not each.result.done():
                each.result.set_exception(Unavailable(f"the ledger could not store the batch: {error}"))

    def _note_failure(self, error: Exception) -> None:
        if isinstance(error, duckdb.FatalException | duckdb.InternalException):
            self.broken = str(error)

    def _commit(self, waiting: list[_Waiting]) -> None:
        """Store the batches and tell the senders."""
        started_s = time.perf_counter()
        self._now = waiting[-1].now
        chunk = Chunk(commit_no=self._commit_last + 1, received_at=self._now)
        with collector_paused():
            receipts = [(each, self._admit(chunk, each.prepared)) for each in waiting]
            if chunk.high_water:
                self._store(chunk)
        self.counters.commit_seconds += time.perf_counter() - started_s
        for each, outcome in receipts:
            if isinstance(outcome, BursarError):
                each.result.set_exception(outcome)
            else:
                each.result.set_result(outcome)

    def _store(self, chunk: Chunk) -> None:
        with transaction(self._connection):
            add_chunk(self._connection, chunk, self._cells)
        self._commit_last = chunk.commit_no
        self._high_water.update(chunk.high_water)
        self._refs.update(chunk.cards)
        self._unrolled += len(chunk.rows)
        self.counters.commits += 1
        self.counters.events += len(chunk.rows) - chunk.dropped
        self.counters.dropped += chunk.dropped
        self.counters.dead_letters += len(chunk.dead)

    def _admit(self, chunk: Chunk, prepared: Prepared) -> "Receipt | BursarError":
        """Put what is new of the batch into the chunk, or say why it cannot follow what is stored."""
        batch = prepared.batch
        worker = batch.worker
        known = chunk.high_water.get(worker, self._high_water.get(worker, 0))
        if batch.seq_first > known + 1:
            return SequenceGap(
                f"worker {worker} sent {batch.seq_first} where {known + 1} comes next",
                expected=known + 1,
                worker=worker,
            )
        self.counters.batches += 1
        skipped = bisect_right(prepared.seqs, known)
        if skipped and self._differs(chunk, prepared, skipped):
            return SequenceReused(
                f"worker {worker} sent other calls under numbers that the ledger has:"
                " a new outbox needs a new worker name",
                high_water=known,
                worker=worker,
            )
        dead = [letter for letter in prepared.dead if letter.seq_last > known]
        chunk.add(prepared, skipped, dead)
        chunk.cards.update({ref: body for ref, body in batch.cards.items() if ref not in self._refs})
        if batch.seq_last > known:
            chunk.high_water[worker] = batch.seq_last
        self.counters.skipped += skipped
        return Receipt(max(known, batch.seq_last), len(prepared.rows) - skipped, skipped, len(dead))

    def _differs(self, chunk: Chunk, prepared: Prepared, skipped: int) -> bool:
        """Whether one of the first `skipped` rows is another call than the ledger has under its number."""
        worker, seqs = prepared.batch.worker, prepared.seqs[:skipped]
        delivered = {seq: row[0] for seq, row in zip(seqs, prepared.rows, strict=False)}
        stored = self._connection.execute(
            "SELECT seq, call_id FROM events WHERE worker = ? AND seq BETWEEN ? AND ?",
            [worker, seqs[0], seqs[-1]],
        ).fetchall()
        waiting = zip(chunk.workers, chunk.seqs, chunk.rows, strict=True)
        stored += [(seq, row[0]) for owner, seq, row in waiting if owner == worker]
        return any(delivered.get(seq, call_id) != call_id for seq, call_id in stored)

    def _run_task(self, task: _Task) -> None:
        if not task.result.set_running_or_notify_cancel():
            return
        try:
            task.result.set_result(task.run(self._connection))
        except Exception as error:
            self._note_failure(error)
            task.result.set_exception(error)

    def _maintain(self) -> None:
        """Between commits: bring the rollups forward when enough events wait, or for long enough.

        Events are safe and visible without it, so a failure is counted and tried again later.
        """
        waited_s = time.monotonic() - self._tended_at_s
        is_due = self._unrolled >= self._roll_after_events and waited_s >= self._pause_s
        try:
            if is_due or (self._unrolled and waited_s >= self._roll_after_s):
                self._roll(self._now)
            if self._rolls_since_compaction >= _COMPACT_EVERY_ROLLS:
                self._compact()
        except Exception as error:
            self._note_failure(error)
            self.counters.maintenance_failures += 1
            self._tended_at_s = time.monotonic()
            self._pause_s = self._roll_after_s

    def _roll(self, now: InstantUs) -> None:
        with transaction(self._connection):
            rollups.roll(self._connection, after=self._commit_rolled, through=self._commit_last, now=now)
        self._note_roll()

    def _note_roll(self) -> None:
        self._commit_rolled = self._commit_last
        self._unrolled = 0
        self._tended_at_s = time.monotonic()
        self._pause_s = 0.0
        self._rolls_since_compaction += 1
        self.counters.rolls += 1

    def _compact(self) -> int:
        with transaction(self._connection):
            periods = rollups.compact(self._connection)
        self._rolls_since_compaction = 0
        return periods
