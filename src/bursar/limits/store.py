"""The beat of a worker in the state store: one transaction that renews all its shares."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from bursar.limits.shares import Found, Given, Held, Renewed, Report, Watch, given
from bursar.limits.tables import LIMIT_SHARES, LIMIT_WORKERS
from bursar.store.state import writing

_LOCK: Final = 0x6C69_6D69_7473  # "limits" in ASCII: the advisory lock that makes beats come one by one
_POOLS_AT_ONCE: Final = 500  # names in one statement


class ShareStore:
    """One worker's way to the shares. Used by one thread at a time."""

    def __init__(self, engine: Engine, worker: str) -> None:
        """`worker` is a name that no other living process has; a new process may go on with an old name."""
        self._engine = engine
        self._worker = worker
        self._watch = Watch()
        self._begun = False

    def renew(self, reports: Sequence[Report], now_us: int) -> Renewed:
        """Give a sign of life, and take or give back shares; `now_us` by a clock that never steps.

        The first time it only says what the store holds of this worker's last process. Unavailable if the
        store does not answer; whether the shares were raised is then not known, and the old ones hold.
        """
        with writing(self._engine) as connection:
            _one_by_one(connection)
            known, workers = self._sign_of_life(connection, now_us)
            if not self._begun:
                answer = Renewed(not known, {}, tuple(self._found(connection)))
            else:
                if not known:
                    reports = [report._replace(share=0) for report in reports]
                answer = Renewed(not known, self._renew(connection, reports, workers))
        self._begun = True
        return answer

    def _sign_of_life(self, connection: Connection, now_us: int) -> tuple[bool, int]:
        """Whether the store knew of this worker, and how many are alive; takes what the gone ones had."""
        beats = {row.worker: row.beat for row in connection.execute(select(LIMIT_WORKERS))}
        known = self._worker in beats
        # Never a number that it had before, also when others have struck the worker off meanwhile: they
        # would take it for one that stands still.
        beat = max(beats.pop(self._worker, 0) + 1, now_us)
        if known:
            table = LIMIT_WORKERS
            connection.execute(update(table).where(table.c.worker == self._worker).values(beat=beat))
        else:
            connection.execute(insert(LIMIT_WORKERS).values(worker=self._worker, beat=beat))
            connection.execute(delete(LIMIT_SHARES).where(LIMIT_SHARES.c.worker == self._worker))
        gone = self._watch.gone(beats, now_us)
        for table in (LIMIT_WORKERS, LIMIT_SHARES) if gone else ():
            connection.execute(delete(table).where(table.c.worker.in_(gone)))
        return known, len(beats) - len(gone) + 1

    def _found(self, connection: Connection) -> Iterator[Found]:
        mine = select(LIMIT_SHARES).where(LIMIT_SHARES.c.worker == self._worker)
        for row in connection.execute(mine):
            yield Found(row.pool, row.share, row.used)

    def _renew(self, connection: Connection, reports: Sequence[Report], workers: int) -> dict[str, Given]:
        """The new shares of all pools that are kept; what is not reported is given back."""
        kept = [report for report in reports if report.keep]
        others: dict[str, dict[str, Held]] = {}
        for at in range(0, len(kept), _POOLS_AT_ONCE):
            others |= self._others(connection, [report.pool for report in kept[at : at + _POOLS_AT_ONCE]])
        shares = {
            report.pool: given(report, self._worker, others.get(report.pool, {}), workers) for report in kept
        }
        connection.execute(delete(LIMIT_SHARES).where(LIMIT_SHARES.c.worker == self._worker))
        if kept:
            connection.execute(insert(LIMIT_SHARES), [self._row(report, shares) for report in kept])
        return shares

    def _others(self, connection: Connection, pools: Sequence[str]) -> dict[str, dict[str, Held]]:
        table = LIMIT_SHARES
        query = select(table).where(table.c.pool.in_(pools), table.c.worker != self._worker)
        found: dict[str, dict[str, Held]] = {}
        for row in connection.execute(query):
            found.setdefault(row.pool, {})[row.worker] = Held(row.share, row.want, row.used)
        return found

    def _row(self, report: Report, shares: Mapping[str, Given]) -> dict[str, object]:
        return {
            "pool": report.pool,
            "worker": self._worker,
            "share": shares[report.pool].share,
            "used": report.used,
            "want": report.want,
        }


def _one_by_one(connection: Connection) -> None:
    """Beats decide on what others hold, so they come one after the other; SQLite's writers always do."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
