"""Who has what of one account: leases of workers, and the calls in flight that hold part of them."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Engine, select

from bursar.budgets.pot import PLACES
from bursar.budgets.protocol import LongHolds
from bursar.budgets.tables import HOLDS, LEASES, PURSES
from bursar.estate.budgets import Unit
from bursar.store.state import reading
from bursar.vocab.instant import InstantUs


class HeldByCall(NamedTuple):
    """A call in flight that has lasted, and what is held for it in the account's unit."""

    call_id: str
    amount: int
    since_us: InstantUs
    expires_at_us: InstantUs


class Holding(NamedTuple):
    """What a worker has of an account: `leased` includes what its calls hold. `calls` are the oldest.

    `told_at_us` is when it last told of its calls one by one; None if it has none that last.
    """

    worker: str
    heard_at_us: InstantUs
    is_silent: bool
    leased: int
    held: int
    told_at_us: InstantUs | None
    calls: tuple[HeldByCall, ...]

    @property
    def held_by_others(self) -> int:
        """What is held for calls that have just begun, or are too many to be told one by one."""
        return max(0, self.held - sum(call.amount for call in self.calls))


def holdings(engine: Engine, account: str, unit: Unit, *, now: InstantUs, silent_us: int) -> list[Holding]:
    """Every worker that has something of an account, the one with the most first."""
    query = (
        select(LEASES, PURSES.c.heard_at_us.label("last"), HOLDS.c.told_at_us, HOLDS.c.holds)
        .join(PURSES, PURSES.c.name == LEASES.c.purse)
        .outerjoin(HOLDS, HOLDS.c.purse == LEASES.c.purse)
        .where(LEASES.c.account == account)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    found = [
        Holding(
            worker=row.purse,
            heard_at_us=InstantUs(row.last),
            is_silent=now - row.last > silent_us,
            leased=row.amount,
            held=row.held,
            told_at_us=None if row.told_at_us is None else InstantUs(row.told_at_us),
            calls=_calls(row.holds, account, unit),
        )
        for row in rows
        if row.amount or row.held
    ]
    return sorted(found, key=lambda one: (-one.leased, one.worker))


def _calls(text: str | None, account: str, unit: Unit) -> tuple[HeldByCall, ...]:
    if text is None:
        return ()
    place = PLACES[unit]
    return tuple(
        HeldByCall(hold.call_id, hold.amounts[place], InstantUs(hold.since_us), InstantUs(hold.expires_at_us))
        for hold in msgspec.json.decode(text, type=LongHolds).holds
        if account in hold.accounts
    )
