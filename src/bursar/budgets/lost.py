"""What is lent to which worker, and writing one off by hand that is lost for ever."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, Engine, select

from bursar.budgets.amount import shown
from bursar.budgets.book import Charge, WrittenOff
from bursar.budgets.store import BudgetStore
from bursar.budgets.tables import ACCOUNTS, LEASES, PURSES
from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.estate.budgets import Unit
from bursar.ledger.ledger import Ledger
from bursar.store.state import reading, writing
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs

_REASON_MAX = 2000


class Lent(msgspec.Struct, kw_only=True, frozen=True):
    """What one worker has of one account, in its unit; `held` by open calls, by its last word."""

    budget: str
    value: str
    unit: Unit
    leased: int
    held: int


class Borrower(msgspec.Struct, kw_only=True, frozen=True):
    """A worker that was lent something. What a silent one has is in doubt: nobody else may spend it."""

    worker: str
    heard_at_us: InstantUs
    is_silent: bool
    lent: tuple[Lent, ...]


class Loss(msgspec.Struct, kw_only=True, frozen=True):
    """What one account had lent to a worker that was written off, and how much of it counts as spent."""

    budget: str
    value: str
    unit: Unit
    lent: int
    charged: int


def borrowers(engine: Engine, *, now: InstantUs, silent_us: int) -> list[Borrower]:
    """Every worker that has something of an account whose span has not ended; the longest silent first."""
    query = (
        select(
            LEASES, PURSES.c.heard_at_us.label("last"), ACCOUNTS.c.budget, ACCOUNTS.c.value, ACCOUNTS.c.unit
        )
        .join(PURSES, PURSES.c.name == LEASES.c.purse)
        .join(ACCOUNTS, ACCOUNTS.c.id == LEASES.c.account)
        .where(ACCOUNTS.c.ends_at_us > now, LEASES.c.amount != 0)
        .order_by(PURSES.c.heard_at_us, LEASES.c.purse, ACCOUNTS.c.budget, ACCOUNTS.c.value)
    )
    lent: dict[tuple[str, int], list[Lent]] = {}
    with reading(engine) as connection:
        for row in connection.execute(query):
            one = Lent(budget=row.budget, value=row.value, unit=row.unit, leased=row.amount, held=row.held)
            lent.setdefault((row.purse, row.last), []).append(one)
    return [
        Borrower(
            worker=worker, heard_at_us=InstantUs(last), is_silent=now - last > silent_us, lent=tuple(found)
        )
        for (worker, last), found in lent.items()
    ]


def write_off(
    engine: Engine,
    ledger: Ledger,
    store: BudgetStore,
    *,
    worker: str,
    charge: Charge,
    reason: str,
    actor: str,
    now: InstantUs,
) -> list[Loss]:
    """End a silent worker's life and free what it was lent, save what is charged; kept in the audit.

    Should it ever speak again, it begins a new life: it tells what it did spend, and what was charged here
    is taken back. InvalidInput without a reason, NotFound if nothing is lent to it, Conflict if it is not
    silent.
    """
    if not reason.strip() or len(reason) > _REASON_MAX:
        raise InvalidInput(f"say why: writing off needs a reason of at most {_REASON_MAX} characters")
    seq = store.seq_of(worker)
    spent = ledger.charged_by_worker(worker, after=seq)
    units = store.units(spent)
    known = {account: spent[account].of(unit) for account, unit in units.items()}
    with writing(engine) as connection:
        locked = changes.lock(connection)
        found = store.end_life(connection, worker, known, charge=charge, after_seq=seq)
        losses = _losses(connection, found)
        row = AuditRow(
            revision=changes.advance(connection, locked),
            made_at_us=now,
            actor=actor,
            action="budget.written_off",
            subject=f"worker/{worker}",
            detail={"charge": charge, "reason": reason.strip(), "accounts": [_told(one) for one in losses]},
        )
        changes.append_audit(connection, [row])
    return losses


def _losses(connection: Connection, found: Sequence[WrittenOff]) -> list[Loss]:
    query = select(ACCOUNTS).where(ACCOUNTS.c.id.in_([one.account for one in found]))
    accounts = {row.id: row for row in connection.execute(query)}
    losses = [
        Loss(
            budget=accounts[one.account].budget,
            value=accounts[one.account].value,
            unit=accounts[one.account].unit,
            lent=one.lent,
            charged=one.charged,
        )
        for one in found
    ]
    return sorted(losses, key=lambda loss: (loss.budget, loss.value))


def _told(loss: Loss) -> dict[str, str]:
    return {
        "budget": loss.budget,
        "value": loss.value,
        "lent": shown(loss.lent, loss.unit),
        "charged": shown(loss.charged, loss.unit),
    }
