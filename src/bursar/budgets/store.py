"""Keeps accounts, leases and purses in the state store: a report is one transaction, whatever it asks for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bursar.budgets.account import AccountState
from bursar.budgets.book import (
    Account,
    Book,
    Charge,
    Lease,
    PurseRow,
    WrittenOff,
    start_life,
    take_report,
    write_off,
)
from bursar.budgets.protocol import Answer, LongHolds, Opening, Report
from bursar.budgets.tables import ACCOUNTS, EXTERNAL_MARK, GRANTS, HOLDS, LEASES, PULSE, PURSES, WRITE_OFFS
from bursar.estate.budgets import Unit
from bursar.jobs import CONTROL_PLANE, is_led
from bursar.store.state import reading, writing
from bursar.vocab.errors import Conflict, NotFound
from bursar.vocab.instant import InstantUs

SILENT_US: Final = 17_000_000
"""How long a worker may say nothing before what it has counts as in doubt; the settings may say else."""

COUNTED_WITHIN_US: Final = 10_000_000
"""How long an account lends nothing for want of a count: a leader that has not counted by then never will."""

_NOTHING: Final[Mapping[str, int]] = {}
_PULSE: Final = select(PULSE.c.value)


class BudgetStore:
    """Every method is a transaction of its own and takes its time: call it off an event loop.

    `silent_us` is how long a worker may say nothing before what it has counts as in doubt.
    """

    def __init__(self, engine: Engine, *, now: Callable[[], InstantUs], silent_us: int) -> None:
        self._engine = engine
        self._now = now
        self.silent_us = silent_us

    # -- workers ---------------------------------------------------------------------------------------

    def seq_of(self, purse: str) -> int:
        """The last event of a worker that is accounted for."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(PURSES.c.seq).where(PURSES.c.name == purse)
            ).scalar_one_or_none()
        return int(found or 0)

    def start_life(
        self,
        purse: str,
        posted: Mapping[str, int],
        held: Mapping[str, int] = _NOTHING,
        *,
        after_seq: int,
        seq: int,
    ) -> int:
        """Begin anew: post what the last life did in the events after `after_seq` up to `seq`; the new epoch.

        `held` is what calls of the last life hold that go on. Conflict if the store knows of other events
        than `after_seq` by now; look again. Amounts for accounts that the store does not know are left out:
        their first report never arrived.
        """
        with writing(self._engine) as connection:
            row = _lock_purse(connection, purse, now_us=self._now())
            if row.seq != after_seq:
                raise Conflict(f"the budget store has accounted for event {row.seq}, not {after_seq}")
            charged = _settle_write_offs(connection, purse, now=self._now())
            book = self._book(connection, row, {*posted, *held, *charged, *_lent(connection, purse)})
            before = _copies(book)
            epoch = start_life(
                book,
                _of_known(book, posted),
                _of_known(book, held),
                charged=charged,
                seq=seq,
                now_us=self._now(),
            )
            self._keep(connection, book, before)
            connection.execute(HOLDS.delete().where(HOLDS.c.purse == purse))
        return epoch

    def end_life(
        self, connection: Connection, purse: str, known: Mapping[str, int], *, charge: Charge, after_seq: int
    ) -> list[WrittenOff]:
        """End the life of a silent worker, within a transaction; `known` is of events after `after_seq`.

        NotFound if nothing is lent to it; Conflict if it has been heard of.
        """
        now = self._now()
        nothing = NotFound(
            f"nothing is lent to a worker {purse!r}; `bursar budget leases` shows who has what"
        )
        lent = _lent(connection, purse)
        if not lent:
            raise nothing
        row = _lock_purse(connection, purse, now_us=now)
        silent_us = now - _heard_at(connection, purse)
        if silent_us <= self.silent_us or row.seq != after_seq:
            raise Conflict(
                f"the worker {purse} was heard of {max(0, silent_us) // 1_000_000} s ago, so it is not lost: "
                f"one that has said nothing for {self.silent_us // 1_000_000} s can be written off"
            )
        epoch = row.epoch
        book = self._book(connection, row, lent)
        before = _copies(book)
        found = write_off(book, known, charge)
        if not found:
            raise nothing
        self._keep(connection, book, before, heard=False)
        connection.execute(HOLDS.delete().where(HOLDS.c.purse == purse))
        for one in found:
            values = {"purse": purse, "epoch": epoch, "made_at_us": now, "settled_at_us": 0}
            connection.execute(insert(WRITE_OFFS).values(**one._asdict(), **values))
        return found

    def report(self, report: Report) -> Answer:
        """Take a report and answer it."""
        with writing(self._engine) as connection:
            row = _lock_purse(connection, report.purse, now_us=self._now())
            if row.epoch == report.epoch:
                open_accounts_of_worker(connection, report.openings, now=self._now())
            named = {entry.account for entry in report.entries}
            named.update(account for request in report.requests for account in request.amounts)
            book = self._book(connection, row, named)
            if not named <= book.accounts.keys():  # the store was replaced by an older one
                row.epoch += 1
            before = _copies(book)
            answer = take_report(book, report, now_us=self._now())
            self._keep(connection, book, before)
            if report.holds is not None and not answer.fenced:
                _keep_holds(connection, report.purse, report.holds, now=self._now())
        return answer

    def units(self, accounts: Iterable[str]) -> dict[str, Unit]:
        """What each account counts; those that do not exist are left out."""
        query = select(ACCOUNTS.c.id, ACCOUNTS.c.unit).where(ACCOUNTS.c.id.in_(sorted(accounts)))
        with reading(self._engine) as connection:
            return {row.id: row.unit for row in connection.execute(query)}

    def pulse(self) -> int:
        """A number that moves when workers shall return what they have free."""
        with reading(self._engine) as connection:
            return int(connection.execute(_PULSE).scalar_one())

    def _book(self, connection: Connection, purse: PurseRow, names: Iterable[str]) -> Book:
        """The rows of some accounts, locked in the order of their ids, with everybody's leases of them."""
        wanted = sorted(names)
        rows = connection.execute(
            select(ACCOUNTS).where(ACCOUNTS.c.id.in_(wanted)).order_by(ACCOUNTS.c.id).with_for_update()
        ).all()
        leases = connection.execute(select(LEASES).where(LEASES.c.account.in_(wanted))).all()
        now = self._now()
        limits = limits_of(connection, rows, now)
        uncounted = _uncounted(connection, rows, now)
        return Book(
            purse=purse,
            accounts={
                row.id: Account(
                    id=row.id,
                    limit=limits[row.id].limit,
                    hard=row.hard,
                    spent=row.spent,
                    external=row.external,
                    carried=limits[row.id].carried,
                    uncounted=row.id in uncounted,
                )
                for row in rows
            },
            leases={
                (row.account, row.purse): Lease(row.amount, row.held, row.posted, row.heard_at_us)
                for row in leases
            },
            live_after_us=now - self.silent_us,
        )

    def _keep(self, connection: Connection, book: Book, before: "_Unchanged", *, heard: bool = True) -> None:
        """Write what has changed; `heard` if the worker itself has spoken."""
        for name, account in book.accounts.items():
            if before.spent[name] != account.spent:
                connection.execute(
                    update(ACCOUNTS)
                    .where(ACCOUNTS.c.id == name)
                    .values(spent=account.spent, limit_last=account.limit)
                )
        for key in before.leases.keys() - book.leases.keys():
            connection.execute(LEASES.delete().where(LEASES.c.account == key[0], LEASES.c.purse == key[1]))
        changed = [
            {"account": account, "purse": purse, **_lease_values(lease)}
            for (account, purse), lease in book.leases.items()
            if before.leases.get((account, purse)) != _lease_tuple(lease)
        ]
        if changed:
            _upsert(connection, LEASES, changed)
        purse = book.purse
        values = {"epoch": purse.epoch, "number": purse.number, "seq": purse.seq}
        if heard:
            values["heard_at_us"] = self._now()
        connection.execute(update(PURSES).where(PURSES.c.name == purse.name).values(values))
        if book.recalled:
            connection.execute(update(PULSE).values(value=PULSE.c.value + 1))

    # -- everybody else ----------------------------------------------------------------------------------

    def accounts(self, *, budget: str = "") -> list[AccountState]:
        """Every account whose span has not ended, of one budget or of all, by budget and value."""
        now = self._now()
        query = select(ACCOUNTS).where(ACCOUNTS.c.ends_at_us > now, ACCOUNTS.c.begins_at_us <= now)
        if budget:
            query = query.where(ACCOUNTS.c.budget == budget)
        with reading(self._engine) as connection:
            return _states(connection, connection.execute(query).all(), now)

    def all_accounts(self) -> list[AccountState]:
        """Every account there ever was."""
        with reading(self._engine) as connection:
            return _states(connection, connection.execute(select(ACCOUNTS)).all(), self._now())


def _keep_holds(connection: Connection, purse: str, holds: LongHolds, *, now: InstantUs) -> None:
    """Nearly always there are none, and were none."""
    if not holds.holds:
        connection.execute(HOLDS.delete().where(HOLDS.c.purse == purse))
        return
    text = msgspec.json.encode(holds).decode()
    _upsert(connection, HOLDS, [{"purse": purse, "told_at_us": now, "holds": text}])


def _lent(connection: Connection, purse: str) -> list[str]:
    """The accounts that a worker has a lease of."""
    return list(connection.execute(select(LEASES.c.account).where(LEASES.c.purse == purse)).scalars())


def _heard_at(connection: Connection, purse: str) -> int:
    query = select(PURSES.c.heard_at_us).where(PURSES.c.name == purse)
    return int(connection.execute(query).scalar_one())


def _settle_write_offs(connection: Connection, purse: str, *, now: InstantUs) -> dict[str, int]:
    """What was charged for a worker that tells now what it spent, by account; it is told once."""
    unsettled = (WRITE_OFFS.c.purse == purse) & (WRITE_OFFS.c.settled_at_us == 0)
    charged: dict[str, int] = {}
    for row in connection.execute(select(WRITE_OFFS).where(unsettled)):
        charged[row.account] = charged.get(row.account, 0) + row.charged
    connection.execute(update(WRITE_OFFS).where(unsettled).values(settled_at_us=now))
    return charged


def _of_known(book: Book, amounts: Mapping[str, int]) -> dict[str, int]:
    return {account: amount for account, amount in amounts.items() if account in book.accounts}


class _Unchanged(msgspec.Struct):
    spent: dict[str, int]
    leases: dict[tuple[str, str], tuple[int, int, int, int]]


def _copies(book: Book) -> _Unchanged:
    return _Unchanged(
        spent={name: account.spent for name, account in book.accounts.items()},
        leases={key: _lease_tuple(lease) for key, lease in book.leases.items()},
    )


def _lease_tuple(lease: Lease) -> tuple[int, int, int, int]:
    return lease.amount, lease.held, lease.posted, lease.heard_at_us


def _lease_values(lease: Lease) -> dict[str, int]:
    return {
        "amount": lease.amount,
        "held": lease.held,
        "posted": lease.posted,
        "heard_at_us": lease.heard_at_us,
    }


class Limits(msgspec.Struct, frozen=True):
    """What an account may spend now, and what makes it up."""

    limit: int
    granted: int
    rolled_over: int
    carried: int


def limits_of(connection: Connection, rows: Sequence[Row[Any]], now: int) -> dict[str, Limits]:
    """The limits of accounts at an instant: amount + grants + what is rolled over; and what is carried in."""
    granted = _granted(connection, rows, now)
    used = _used_before(connection, rows)
    found = {}
    for row in rows:
        before = [used[name] for name in _before(row) if name in used]
        rolled_over = sum(max(0, limit - spent) for limit, spent in before) if row.roll_over else 0
        found[row.id] = Limits(
            limit=row.amount + granted.get(row.id, 0) + rolled_over,
            granted=granted.get(row.id, 0),
            rolled_over=rolled_over,
            carried=sum(spent for _, spent in before) if row.rolling else 0,
        )
    return found


def _before(row: Row[Any]) -> list[str]:
    names: list[str] = msgspec.json.decode(row.before)
    return names


def _granted(connection: Connection, rows: Sequence[Row[Any]], now: int) -> dict[str, int]:
    budgets = sorted({row.budget for row in rows})
    grants = connection.execute(
        select(GRANTS).where(
            GRANTS.c.budget.in_(budgets), GRANTS.c.begins_at_us <= now, GRANTS.c.ends_at_us > now
        )
    ).all()
    return {
        row.id: sum(
            grant.amount for grant in grants if grant.budget == row.budget and grant.value in ("", row.value)
        )
        for row in rows
    }


def _used_before(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, tuple[int, int]]:
    """(limit, spent and held) of every account that is carried into one of `rows`."""
    names = sorted({name for row in rows if row.rolling or row.roll_over for name in _before(row)})
    if not names:
        return {}
    leased: dict[str, int] = {}
    for lease in connection.execute(select(LEASES).where(LEASES.c.account.in_(names))):
        leased[lease.account] = leased.get(lease.account, 0) + lease.held
    return {
        row.id: (row.limit_last, row.spent + row.external + leased.get(row.id, 0))
        for row in connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.id.in_(names)))
    }


def _states(connection: Connection, rows: Sequence[Row[Any]], now: int) -> list[AccountState]:
    limits = limits_of(connection, rows, now)
    sums: dict[str, tuple[int, int]] = {}
    for lease in connection.execute(select(LEASES).where(LEASES.c.account.in_([row.id for row in rows]))):
        held, amount = sums.get(lease.account, (0, 0))
        sums[lease.account] = (held + lease.held, amount + lease.amount)
    lost = _lost(connection, [row.id for row in rows])
    return sorted(
        (_state(row, limits[row.id], *sums.get(row.id, (0, 0)), *lost.get(row.id, (0, 0))) for row in rows),
        key=lambda state: (state.budget, state.value, state.begins_at_us),
    )


def _lost(connection: Connection, accounts: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(charged, lent) of workers that were written off and have not told what they spent, by account."""
    sums: dict[str, tuple[int, int]] = {}
    unsettled = (WRITE_OFFS.c.account.in_(accounts)) & (WRITE_OFFS.c.settled_at_us == 0)
    for row in connection.execute(select(WRITE_OFFS).where(unsettled)):
        charged, lent = sums.get(row.account, (0, 0))
        sums[row.account] = (charged + row.charged, lent + row.lent)
    return sums


def _state(
    row: Row[Any], limits: Limits, held: int, leased: int, written_off: int, lost: int
) -> AccountState:
    return AccountState(
        id=row.id,
        budget=row.budget,
        value=row.value,
        owner=row.owner,
        unit=row.unit,
        hard=row.hard,
        begins_at_us=InstantUs(row.begins_at_us),
        ends_at_us=None if row.rolling else InstantUs(row.ends_at_us),
        amount=row.amount,
        granted=limits.granted,
        rolled_over=limits.rolled_over,
        limit=limits.limit,
        spent=row.spent + row.external + limits.carried,
        external=row.external,
        carried=limits.carried,
        held=held,
        leased=leased,
        written_off=written_off,
        lost=lost,
    )


def _lock_purse(connection: Connection, name: str, *, now_us: int) -> PurseRow:
    """The worker's row, made if it is not there, locked until the transaction ends."""
    query = select(PURSES).where(PURSES.c.name == name).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        connection.execute(insert(PURSES).values(name=name, epoch=0, number=0, seq=0, heard_at_us=now_us))
        return PurseRow(name)
    return PurseRow(name, epoch=row.epoch, number=row.number, seq=row.seq)


def _uncounted(connection: Connection, rows: Sequence[Row[Any]], now: InstantUs) -> set[str]:
    """The hard accounts that wait to be counted; none where nobody leads, for then nobody counts."""
    found = {
        row.id
        for row in rows
        if row.hard and row.uncounted_since_us and now - row.uncounted_since_us < COUNTED_WITHIN_US
    }
    return found if found and is_led(connection, CONTROL_PLANE, now) else set()


def open_accounts(connection: Connection, openings: Sequence[Opening]) -> None:
    """Make accounts that are not there; give those that are the amount of a newer estate."""
    for opening in _in_order(openings):
        _open(connection, opening, uncounted_since_us=0)


def open_accounts_of_worker(connection: Connection, openings: Sequence[Opening], *, now: InstantUs) -> None:
    """The same for a worker, which may have the estate before its budgets are counted: those then wait."""
    if not openings:
        return
    mark = connection.execute(select(EXTERNAL_MARK)).one()
    for opening in _in_order(openings):
        # Of an estate that was counted since, or older: an account that was not made had spent nothing.
        counted = opening.declared == mark.declared or opening.revision <= mark.revision
        if not counted:
            _doubt(connection, opening, mark, now=now)
        _open(connection, opening, uncounted_since_us=0 if counted else now)


def _in_order(openings: Sequence[Opening]) -> list[Opening]:
    """One order for all, so that none wait in a ring."""
    return sorted(openings, key=lambda one: one.id)


def _doubt(connection: Connection, opening: Opening, mark: Row[Any], *, now: InstantUs) -> None:
    """An account that is there already waits too, if its budget was away when budgets were counted last."""
    seen = (ACCOUNTS.c.declared == opening.declared) & (ACCOUNTS.c.revision > mark.revision)
    connection.execute(
        update(ACCOUNTS)
        .where(
            ACCOUNTS.c.id == opening.id,
            ACCOUNTS.c.revision <= opening.revision,
            ACCOUNTS.c.declared != mark.declared,
            ~seen,  # another worker came first, and what to do was decided then
            ACCOUNTS.c.uncounted_since_us == 0,
        )
        .values(uncounted_since_us=now)
    )


def _open(connection: Connection, opening: Opening, *, uncounted_since_us: int) -> None:
    values = {
        "owner": opening.owner,
        "unit": opening.unit,
        "hard": opening.hard,
        "ends_at_us": opening.ends_at_us,
        "amount": opening.amount,
        "revision": opening.revision,
        "rolling": opening.rolling,
        "roll_over": opening.roll_over,
        "before": msgspec.json.encode(opening.before).decode(),
        "limit_last": opening.amount,
        "declared": opening.declared,
    }
    fresh = {
        **values,
        "id": opening.id,
        "budget": opening.budget,
        "value": opening.value,
        "begins_at_us": opening.begins_at_us,
        "spent": 0,
        "external": 0,
        "uncounted_since_us": uncounted_since_us,
    }
    made = _insert(connection, ACCOUNTS).values(fresh).on_conflict_do_nothing()
    if connection.execute(made).rowcount != 1:
        known = (ACCOUNTS.c.id == opening.id) & (ACCOUNTS.c.revision <= opening.revision)
        connection.execute(update(ACCOUNTS).where(known).values(values))


def accounts_wait(connection: Connection) -> bool:
    """Whether some account waits to be counted: one look into an index."""
    query = select(ACCOUNTS.c.id).where(ACCOUNTS.c.uncounted_since_us > 0).limit(1)
    return connection.execute(query).first() is not None


def set_counted(connection: Connection, *, revision: int) -> None:
    """Accounts that were opened by estates up to `revision` are counted."""
    waiting = (ACCOUNTS.c.uncounted_since_us > 0) & (ACCOUNTS.c.revision <= revision)
    locked = select(ACCOUNTS.c.id).where(waiting).order_by(ACCOUNTS.c.id).with_for_update()
    names = connection.execute(locked).scalars().all()
    if names:
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id.in_(names)).values(uncounted_since_us=0))


def _insert(connection: Connection, table: Any) -> Any:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _upsert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows, or replace those with the same key."""
    statement = _insert(connection, table)
    keys = list(table.primary_key.columns)
    values = {
        column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key
    }
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)
