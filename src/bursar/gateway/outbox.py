"""The outbox: one SQLite file per worker in which events become durable, a group at a time.

A group of events is one row, so a commit costs one statement whatever the group's size. Events keep
their rows until the control plane has confirmed them.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

from bursar.budgets.pot import Hold
from bursar.catalogue import RateCard
from bursar.gateway.journal import Journal
from bursar.vocab.errors import Unavailable, check
from bursar.vocab.event import Event, decode_events, encode_events

Durability = Literal["disk", "process"]

_log = logging.getLogger(__name__)
_RETRY_SECONDS: Final = 0.25
_PATIENCE_SECONDS: Final = 30.0
# Under load a commit waits a little for more events, which all share its price; a lone call never waits.
# Nor does it wait on when most calls in flight are there: soon there would be nothing else to do.
_BUSY_EVENTS: Final = 4
_GATHER_SECONDS: Final = 0.002
_WAITING_SHARE: Final = 0.6
_ORDER_SECONDS: Final = 10.0
_PAGE_BYTES: Final = 4096

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_group (
    seq_first INTEGER PRIMARY KEY,
    seq_last INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS card (ref TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""


class OutboxBusy(Unavailable):
    """Another process holds this outbox."""


class Pending(Protocol):
    """A call on its way to the disk."""

    slot: int  # its place in the journal of calls in flight
    hold: Hold | None  # what was reserved for it, and posted with its events

    def events(self) -> Sequence[Event]:
        """What is to be stored of it; asked once, when its group is put together, and never fails."""

    def durable(self, kept: bool) -> None:
        """The events are durable; or (False) the disk has failed for too long, and they are tried again."""


class _Awaited:
    """One event, and a future for whoever waits."""

    __slots__ = ("_events", "future", "hold", "slot")

    def __init__(
        self, events: Sequence[Event], future: "asyncio.Future[bool]", slot: int, hold: Hold | None
    ) -> None:
        self._events = events
        self.future = future
        self.slot = slot
        self.hold = hold

    def events(self) -> Sequence[Event]:
        return self._events

    def durable(self, kept: bool) -> None:
        if not self.future.done():
            self.future.set_result(kept)


class Group(NamedTuple):
    """A stored row: the events seq_first..seq_last, encoded."""

    seq_first: int
    seq_last: int
    body: bytes


def open_database(path: Path) -> sqlite3.Connection:
    """Open or make an outbox file."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    # Commits are not synced by SQLite: the outbox syncs the log itself, off the event loop.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA journal_size_limit=67108864")
    # The sender checkpoints, from its own thread: a commit that callers wait for never pays for it.
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.executescript(_SCHEMA)
    return connection


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def confirm(database: sqlite3.Connection, seq: int, gone: int) -> None:
    """Events up to `seq` are delivered, and those up to `gone` no longer needed."""
    with transaction(database):
        database.execute("UPDATE meta SET value=? WHERE name='delivered'", (str(seq),))
        database.execute("DELETE FROM event_group WHERE seq_last <= ?", (gone,))


class Outbox:
    """Gathers events on the event loop and commits them a group at a time.

    A commit writes into the kernel's cache, which costs less than handing it to a thread, so the loop does
    that. What takes long with `disk` is the sync: a thread of its own makes it while the next group gathers,
    and only then is the group durable. One group is under way at a time.
    """

    def __init__(
        self,
        path: Path,
        *,
        worker: str,
        durability: Durability,
        journal: Journal,
        patience_s: float = _PATIENCE_SECONDS,
    ) -> None:
        """`worker` names a new file's stream of events; an existing file keeps its own name.

        `patience_s` is how long a finished call may wait for a disk that cannot be written.
        """
        self.path = path
        self._lock_file = path.with_suffix(".lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock_file.close()
            raise OutboxBusy(f"{path} is in use by another process; stop that one first") from error
        self._database = open_database(path)
        self.worker = self._meta("worker", worker)
        self.purse = self._meta("purse", self.worker)  # the name that the budgets know it by, for ever
        self._base = int(self._meta("base", "0"))  # events that were numbered before a stream began anew
        self._journal = journal
        self._next_seq = self._find_next_seq()
        self._cards_known = {str(row[0]) for row in self._database.execute("SELECT ref FROM card")}
        self._cards_new: list[tuple[str, bytes]] = []
        self._gathered: list[Pending] = []
        self._scheduled = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._syncer = _Syncer(path) if durability == "disk" else None
        self._patience_s = patience_s
        self._failing_since = 0.0
        self.fault = ""  # why commits fail now; empty when they do not
        # Who is told what a call cost for which something was held, and up to which number all is durable;
        # and up to where rows may be removed.
        self.post: Callable[[Hold, Sequence[Event]], None] | None = None
        self.on_durable: Callable[[int], None] | None = None
        self.kept_after: Callable[[], int] | None = None

    def _meta(self, name: str, value: str) -> str:
        self._database.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
        return str(self._database.execute("SELECT value FROM meta WHERE name=?", (name,)).fetchone()[0])

    def _find_next_seq(self) -> int:
        """One after the last seq ever given out, also when all rows were delivered and deleted."""
        last = self._database.execute("SELECT max(seq_last) FROM event_group").fetchone()[0] or 0
        return max(last, int(self._meta("delivered", "0"))) + 1

    # -- gathering and committing ----------------------------------------------------------------------

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        if self._syncer is not None:
            self._syncer.start(loop)

    def append(self, slot: int, *events: Event, hold: Hold | None = None) -> "asyncio.Future[bool]":
        """Hand a call's events over; the future ends with True when they are durable.

        It ends with False when the disk has failed for too long: the events are still kept, and tried again.
        """
        assert self._loop is not None
        durable: asyncio.Future[bool] = self._loop.create_future()
        self.add(_Awaited(events, durable, slot, hold))
        return durable

    def add(self, pending: Pending) -> None:
        """Hand a call over that makes its events when its group is put together.

        What calls have in common is then done for all of a group in a row, which the processor's caches like.
        """
        self._gathered.append(pending)
        if not self._scheduled:
            assert self._loop is not None
            self._scheduled = True
            self._loop.call_soon(self._write)
        elif self._timer is not None and self._enough():
            assert self._loop is not None
            self._timer.cancel()
            self._timer = None
            self._loop.call_soon(self._write)

    def _enough(self) -> bool:
        """Whether most calls in flight are here: those who wait for this commit send none before it."""
        return len(self._gathered) >= _WAITING_SHARE * self._journal.taken

    def remember_card(self, card: RateCard) -> None:
        """Keep a rate card that events refer to, before the first event that does."""
        if card.ref not in self._cards_known:
            self._cards_known.add(card.ref)
            self._cards_new.append((card.ref, card.to_json()))

    def _write(self) -> None:
        """Commit what has gathered, if anything has; `_scheduled` stays set until that is durable."""
        self._timer = None
        group, self._gathered = self._gathered, []
        if group:
            events: list[Event] = []
            costs: list[tuple[Hold, Sequence[Event]]] = []
            for pending in group:
                found = pending.events()
                events += found
                if pending.hold is not None:
                    costs.append((pending.hold, found))
            self._commit(group, costs, len(events), encode_events(events))
        else:
            self._scheduled = False

    def _commit(
        self, group: list[Pending], costs: list[tuple[Hold, Sequence[Event]]], count: int, encoded: bytes
    ) -> None:
        """A disk that is full or fails is waited out: the events stay in memory and in the journal."""
        assert self._loop is not None
        try:
            self._store(count, encoded)
        except sqlite3.Error as error:
            self._failed(error, group)
            self._loop.call_later(_RETRY_SECONDS, self._commit, group, costs, count, encoded)
            return
        # In the same step: at any other moment what has a number here is posted, and what has none is held.
        if self.post is not None:
            for hold, found in costs:
                self.post(hold, found)
        if self._syncer is None:
            self._written(group)
        else:
            self._syncer.sync(lambda error: self._synced(group, error))

    def _synced(self, group: list[Pending], error: OSError | None) -> None:
        assert self._loop is not None
        if error is None:
            self._written(group)
            return
        # The kernel drops what it could not write, and the next sync would succeed without it. Whoever starts
        # next finds the calls in the journal; nobody here was told that they are durable.
        _log.critical("the outbox %s cannot be synced (%s): this process ends", self.path, error)
        os._exit(os.EX_IOERR)

    def _failed(self, error: Exception, group: list[Pending]) -> None:
        assert self._loop is not None
        now = self._loop.time()
        if not self.fault:
            _log.error("the outbox %s cannot be written: %s", self.path, error)
            self._failing_since = now
        self.fault = str(error)
        if now - self._failing_since > self._patience_s:
            for pending in (*group, *self._gathered):
                pending.durable(False)

    def _written(self, group: list[Pending]) -> None:
        """The group is durable: free its places, tell those who wait, go on with what gathered meanwhile."""
        self.fault = ""
        if self.on_durable is not None:
            self.on_durable(self.events_numbered())
        for pending in group:
            self._journal.free(pending.slot)
            pending.durable(True)
        if len(group) >= _BUSY_EVENTS and self._loop is not None and not self._enough():
            self._timer = self._loop.call_later(_GATHER_SECONDS, self._write)
        else:
            self._write()

    def events_numbered(self) -> int:
        """How many events were ever stored, over all streams of this file; the last may not be synced."""
        return self._base + self._next_seq - 1

    def store(self, events: list[Event]) -> None:
        """Commit events as one group, at once; for recovery, before the outbox is started."""
        self._store(len(events), encode_events(events))
        if self._syncer is not None:
            self._syncer.sync_now()

    def _store(self, count: int, encoded: bytes) -> None:
        if self._cards_new:
            self._database.executemany("INSERT OR IGNORE INTO card VALUES (?, ?)", self._cards_new)
            self._cards_new = []
        seq_last = self._next_seq + count - 1
        self._database.execute(
            "INSERT INTO event_group VALUES (?, ?, ?)", (self._next_seq, seq_last, encoded)
        )
        self._next_seq = seq_last + 1

    # -- orders from the sender ------------------------------------------------------------------------

    def confirm(self, seq: int) -> None:
        """Events up to `seq` are in the ledger: their rows are no longer needed."""
        self._order(lambda: self._confirm(seq))

    def _confirm(self, seq: int) -> None:
        """Rows that the budgets have not been told of stay, though they are in the ledger."""
        gone = seq if self.kept_after is None else min(seq, self.kept_after() - self._base)
        confirm(self._database, seq, gone)

    def end_log(self) -> None:
        """Move the last of the write-ahead log into the file, so that the log begins anew.

        Between two groups nothing is added, and after the sender's own checkpoint little is left to move.
        """
        self._order(lambda: self._database.execute("PRAGMA wal_checkpoint(PASSIVE)"))

    def restart_stream(self, worker: str) -> None:
        """Go on under a new name, counting from 1: the ledger that knew the old one is gone."""
        done = threading.Event()
        self._order(lambda: self._restart_stream(worker, done))
        done.wait(_ORDER_SECONDS)

    def _order(self, order: Callable[[], object]) -> None:
        """The loop does it between two groups, so that no two connections wait for the same lock."""
        if self._loop is None:
            self._do(order)
        else:
            with contextlib.suppress(RuntimeError):  # the loop has closed; it is done after the next start
                self._loop.call_soon_threadsafe(self._do, order)

    def _do(self, order: Callable[[], object]) -> None:
        try:
            order()
        except sqlite3.Error as error:
            _log.warning("the outbox %s could not be tidied: %s", self.path, error)

    def _restart_stream(self, worker: str, done: threading.Event) -> None:
        gone = int(self._meta("delivered", "0"))
        with transaction(self._database):
            self._database.execute(
                "UPDATE event_group SET seq_first = seq_first - ?, seq_last = seq_last - ?", (gone, gone)
            )
            self._database.execute("UPDATE meta SET value='0' WHERE name='delivered'")
            self._database.execute("UPDATE meta SET value=? WHERE name='base'", (str(self._base + gone),))
            self._database.execute("UPDATE meta SET value=? WHERE name='worker'", (worker,))
        self._next_seq -= gone
        self._base += gone
        self.worker = worker
        done.set()

    def stop_gathering(self) -> None:
        """No more events will come; what the sender still orders is done at once, on its own thread."""
        self._loop = None

    def close(self) -> None:
        """Stop; everything that was awaited is committed."""
        self._loop = None
        if self._syncer is not None:
            self._syncer.close()
        self._database.close()
        self._lock_file.close()


class _Syncer:
    """The thread that syncs SQLite's write-ahead log: what `PRAGMA synchronous=FULL` does in each commit.

    Its own descriptor of the log is safe: SQLite keeps its locks on other files.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(f"{path}-wal", os.O_RDONLY)
        _sync_folder(path.parent)
        self._queue: queue.SimpleQueue[Callable[[OSError | None], None] | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread.start()

    def sync(self, then: Callable[[OSError | None], None]) -> None:
        """Make durable what was committed; `then` is called on the loop."""
        self._queue.put(then)

    def sync_now(self) -> None:
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        os.close(self._descriptor)

    def _run(self) -> None:
        assert self._loop is not None
        while (then := self._queue.get()) is not None:
            failed: OSError | None = None
            try:
                os.fdatasync(self._descriptor)
            except OSError as error:
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
                self._loop.call_soon_threadsafe(then, failed)


def _sync_folder(folder: Path) -> None:
    """Make the names of new files durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class OutboxReader:
    """The sender's view of an outbox: what is not yet confirmed, and the confirmation."""

    def __init__(self, path: Path) -> None:
        self._database = open_database(path)
        row = self._database.execute("SELECT value FROM meta WHERE name='worker'").fetchone()
        check(row is not None, f"{path} has no worker name: it was not made by an Outbox")

    @property
    def worker(self) -> str:
        """The name of the file's stream of events."""
        return str(self._database.execute("SELECT value FROM meta WHERE name='worker'").fetchone()[0])

    def delivered(self) -> int:
        """The last seq that the control plane has confirmed."""
        row = self._database.execute("SELECT value FROM meta WHERE name='delivered'").fetchone()
        return int(row[0]) if row else 0

    def events_numbered(self) -> int:
        """How many events there ever were, over all streams of this file."""
        return self._base() + self.last_seq()

    def events_between(self, after: int, through: int) -> Iterator[Event]:
        """The stored events with after < number <= through, as numbered over all streams."""
        base = self._base()
        rows = self._database.execute(
            "SELECT seq_first, body FROM event_group"
            " WHERE seq_last > ? AND seq_first <= ? ORDER BY seq_first",
            (after - base, through - base),
        )
        for seq_first, body in rows:
            first = base + int(seq_first)
            yield from decode_events(body)[max(0, after + 1 - first) : through + 1 - first]

    def _base(self) -> int:
        row = self._database.execute("SELECT value FROM meta WHERE name='base'").fetchone()
        return int(row[0]) if row else 0

    def last_seq(self) -> int:
        """The last seq that is stored or confirmed."""
        stored = self._database.execute("SELECT max(seq_last) FROM event_group").fetchone()[0]
        return max(int(stored or 0), self.delivered())

    def groups_after(self, seq: int, *, max_bytes: int) -> list[Group]:
        """Unconfirmed groups in order, as many as fit into max_bytes, at least one if there is one."""
        groups: list[Group] = []
        size = 0
        rows = self._database.execute(
            "SELECT seq_first, seq_last, body FROM event_group WHERE seq_last > ? ORDER BY seq_first", (seq,)
        )
        for row in rows:
            size += len(row[2])
            if groups and size > max_bytes:
                break
            groups.append(Group(*row))
        return groups

    def all_groups(self) -> Iterator[Group]:
        """Every stored group, one at a time."""
        for row in self._database.execute("SELECT seq_first, seq_last, body FROM event_group"):
            yield Group(*row)

    def cards(self) -> dict[str, bytes]:
        return dict(self._database.execute("SELECT ref, body FROM card"))

    def checkpoint(self) -> int:
        """Move what was committed from the write-ahead log into the file, without stopping the writer.

        Returns the log's length in bytes. It goes on growing while something is added in each moment that
        this takes: `Outbox.end_log` puts an end to that.
        """
        _, pages, _ = self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return int(pages) * _PAGE_BYTES

    def close(self) -> None:
        self._database.close()
