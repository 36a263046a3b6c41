"""The ledger: what other rooms see of it."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import duckdb

from bursar.ledger.calls import CallsPage, CallsQuery, StoredCall, last_used, page, seen_one
from bursar.ledger.charges import Charged, Used, charged_by_account, charged_by_worker, used_since
from bursar.ledger.checks import Fact, check_all
from bursar.ledger.economy import (
    Beginning,
    Caching,
    EconomyQuery,
    Limits,
    beginnings,
    caching,
    limits,
    longest,
)
from bursar.ledger.effect import Effect, EffectQuery, effect
from bursar.ledger.explore import Explored, ExploreQuery, explore
from bursar.ledger.news import Counted, News, ended, news
from bursar.ledger.rollups import known_since
from bursar.ledger.spans import Spans, SpansQuery, by_whose, spans
from bursar.ledger.tables import migrations
from bursar.ledger.usage import Usage, UsageQuery, usage
from bursar.ledger.views import create_views
from bursar.ledger.writer import Counters, Receipt, Writer, compile_writes
from bursar.store.ledger import DEFAULT_LIMITS, EngineLimits, open_store
from bursar.vocab.event import Batch
from bursar.vocab.instant import InstantUs, from_datetime
from bursar.vocab.sight import EVERYTHING, Sight


@dataclass(frozen=True)
class Worker:
    """A source of events as the ledger knows it."""

    worker: str
    high_water: int
    first_seen_at: InstantUs
    last_seen_at: InstantUs


class Ledger:
    """Events and rollups in one embedded database; one writer thread, any number of reading threads.

    Every method takes its time (the engine runs without the interpreter lock): call them off an event loop.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        roll_after_events: int = 50_000,
        roll_after_s: float = 60.0,
    ) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        create_views(connection)
        compile_writes()
        self._writer = Writer(
            connection.cursor(), roll_after_events=roll_after_events, roll_after_s=roll_after_s
        )

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        limits: EngineLimits = DEFAULT_LIMITS,
        roll_after_events: int = 50_000,
        roll_after_s: float = 60.0,
    ) -> "Ledger":
        """Open or make the ledger at `path`; Unavailable if another process has it."""
        connection = open_store(path, migrations(), limits)
        return cls(connection, roll_after_events=roll_after_events, roll_after_s=roll_after_s)

    def close(self) -> None:
        """Store what waits, write a checkpoint, close."""
        self._writer.close()
        with self._lock:
            self._connection.execute("CHECKPOINT")
            self._connection.close()

    def submit(self, batch: Batch, *, now: InstantUs) -> "Future[Receipt]":
        """Read and take over a batch; the receipt comes when it is durable and every later question sees it.

        The future raises SequenceGap or SequenceReused if the batch cannot follow what is stored, Unavailable
        if it should be sent again later; Unavailable is also raised here when too much waits already.
        """
        return self._writer.submit(batch, now=now)

    def usage(self, query: UsageQuery) -> Usage:
        """Figures by dimensions and periods; InvalidInput if there are too many rows."""
        with self._snapshot() as connection:
            return usage(connection, query)

    def explore(self, query: ExploreQuery) -> Explored:
        """One measure over periods, for the largest groups and the rest."""
        with self._snapshot() as connection:
            return explore(connection, query)

    def call(self, call_id: str, *, sight: Sight = EVERYTHING) -> StoredCall | None:
        """The record of one call; None too if it is out of sight."""
        with self._snapshot() as connection:
            return seen_one(connection, call_id, sight)

    def calls(self, query: CallsQuery) -> CallsPage:
        """A page of calls, newest first."""
        with self._snapshot() as connection:
            return page(connection, query)

    def news(self, *, after: int, through: int, limit: int) -> News:
        """What the commits after one and up to another brought: the newest calls, and the counts of all."""
        with self._snapshot() as connection:
            return news(connection, after=after, through=through, limit=limit)

    def ended(self, *, start: InstantUs, end: InstantUs) -> list[Counted]:
        """What the calls cost that ended in a span, by team and product."""
        with self._snapshot() as connection:
            return ended(connection, start=start, end=end)

    def by_whose(self, *, start: InstantUs, end: InstantUs) -> list[Counted]:
        """What the calls cost that began in a span, by team and product."""
        with self._snapshot() as connection:
            return by_whose(connection, start, end)

    def spans(self, query: SpansQuery) -> Spans:
        """Sums of many spans at once."""
        with self._snapshot() as connection:
            return spans(connection, query)

    def caching(self, query: EconomyQuery) -> list[Caching]:
        """What caches saved, by model."""
        with self._snapshot() as connection:
            return caching(connection, query)

    def output_limits(self, query: EconomyQuery, *, most: int) -> list[Limits]:
        """Where answers are allowed to be longer than they are, by model and use case."""
        with self._snapshot() as connection:
            return limits(connection, query, most=most)

    def beginnings(self, query: EconomyQuery, *, most: int) -> list[Beginning]:
        """Prompts that begin alike and are sent again."""
        with self._snapshot() as connection:
            return beginnings(connection, query, most=most)

    def longest(self, query: EconomyQuery, *, most: int) -> list[StoredCall]:
        """The calls with the longest prompts."""
        with self._snapshot() as connection:
            return longest(connection, query, most=most)

    def last_used(self, *, sight: Sight = EVERYTHING) -> dict[str, InstantUs]:
        """When the newest call of each key began, by the key's id; of the calls in sight."""
        with self._snapshot() as connection:
            return last_used(connection, sight)

    def known_since(self) -> InstantUs | None:
        """When the first call began, to the hour; None without calls."""
        with self._snapshot() as connection:
            return known_since(connection)

    def rate_card(self, ref: str) -> bytes | None:
        """The JSON of a rate card that came with events."""
        with self._snapshot() as connection:
            rows = connection.execute("SELECT body FROM rate_cards WHERE ref = ?", [ref]).fetchall()
        return bytes(rows[0][0]) if rows else None

    def effect(self, query: EffectQuery) -> Effect:
        """What tiers and policies would have done to the calls of a span."""
        with self._snapshot() as connection:
            return effect(connection, query)

    def workers(self) -> list[Worker]:
        """Every source of events with its high-water mark, by name."""
        with self._snapshot() as connection:
            rows = connection.execute(
                "SELECT worker, high_water, first_seen_at, last_seen_at FROM workers ORDER BY worker"
            ).fetchall()
        return [
            Worker(
                worker,
                mark,
                from_datetime(first.replace(tzinfo=UTC)),
                from_datetime(last.replace(tzinfo=UTC)),
            )
            for worker, mark, first, last in rows
        ]

    def charged_by_account(self) -> dict[str, Charged]:
        """What was charged to each budget account when it happened; reads the whole ledger."""
        with self._snapshot() as connection:
            return charged_by_account(connection)

    def charged_by_worker(self, worker: str, *, after: int) -> dict[str, Charged]:
        """What one worker's events with a number above `after` were charged to each budget account."""
        with self._snapshot() as connection:
            return charged_by_worker(connection, worker, after=after)

    def used_since(self, *, after: int, since: InstantUs) -> tuple[list[Used], int]:
        """What the commits after one used, by what budgets tell apart, and the last commit."""
        with self._snapshot() as connection:
            return used_since(connection, after=after, since=since)

    def checks(self) -> list[Fact]:
        """Whether the ledger agrees with itself; reads all of it."""
        with self._snapshot() as connection:
            return check_all(connection)

    def roll(self, *, now: InstantUs) -> None:
        """Bring the rollups up to the last commit now; the writer does so by itself from time to time."""
        self._writer.roll(now).result()

    def rebuild_rollups(self, *, now: InstantUs) -> None:
        """Make the rollups anew from the events, in one transaction."""
        self._writer.rebuild(now).result()

    def compact_rollups(self) -> int:
        """Merge rollup rows of the same period and dimensions; returns the number of periods merged."""
        return self._writer.compact().result()

    @property
    def commit_last(self) -> int:
        """The number of the newest commit; takes no time."""
        return self._writer.commit_last

    @property
    def counters(self) -> Counters:
        """What the writer did since the ledger was opened."""
        return self._writer.counters

    @property
    def broken(self) -> str | None:
        """Why the engine can no longer be used, or None."""
        return self._writer.broken

    @contextmanager
    def _snapshot(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own, in a transaction that sees one state of everything."""
        with self._lock:
            cursor = self._connection.cursor()
        try:
            cursor.begin()
            yield cursor
        finally:
            cursor.close()
