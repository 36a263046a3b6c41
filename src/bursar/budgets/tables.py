"""The tables of this room; `bursar.store.migrations` makes them."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from bursar.store.state import METADATA


class Amount(TypeDecorator[int]):
    """A whole number of any size: ten million dollars in picodollars do not fit into 64 bits.

    PostgreSQL keeps it as NUMERIC. SQLite's numbers end at 64 bits, so there it is text, and the arithmetic
    is done by whoever holds the write lock.
    """

    impl = Numeric(38, 0)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric(38, 0))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


ACCOUNTS: Final = Table(
    "budget_accounts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("budget", Text, nullable=False, index=True),
    Column("value", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("hard", Boolean, nullable=False),
    Column("begins_at_us", BigInteger, nullable=False),
    Column("ends_at_us", BigInteger, nullable=False, index=True),
    Column("amount", Amount, nullable=False),
    Column("revision", BigInteger, nullable=False),  # of the estate that gave the amount
    Column("rolling", Boolean, nullable=False),
    Column("roll_over", Boolean, nullable=False),
    Column("before", Text, nullable=False),  # JSON list of the accounts that are carried into this one
    Column("limit_last", Amount, nullable=False),  # as it was computed last
    Column("spent", Amount, nullable=False),  # posted by gateways
    Column("external", Amount, nullable=False),  # used without passing one
    Column("declared", BigInteger, nullable=False),  # hash of the budgets that it was opened by last
    # Since when it waits for what it had spent before it was there to be counted; 0: it is counted.
    Column("uncounted_since_us", BigInteger, nullable=False, index=True),
)
"""One budget for one value and one span."""

LEASES: Final = Table(
    "budget_leases",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("purse", Text, primary_key=True),
    Column("amount", Amount, nullable=False),
    Column("held", Amount, nullable=False),
    Column("posted", Amount, nullable=False),
    Column("heard_at_us", BigInteger, nullable=False),
)

PURSES: Final = Table(
    "budget_purses",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),  # of the last report
    Column("seq", BigInteger, nullable=False),  # the last event that is accounted for
    Column("heard_at_us", BigInteger, nullable=False),
)

HOLDS: Final = Table(
    "budget_holds",
    METADATA,
    Column("purse", Text, primary_key=True),
    Column("told_at_us", BigInteger, nullable=False),
    Column("holds", Text, nullable=False),  # JSON of protocol.LongHolds
)
"""The calls in flight of each worker that last, by its last word."""

WRITE_OFFS: Final = Table(
    "budget_write_offs",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("purse", Text, primary_key=True, index=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),  # of the life that was ended
    Column("lent", Amount, nullable=False),  # what it could still spend, as far as the store knew
    Column("charged", Amount, nullable=False),  # of that: added to what the account has spent
    Column("made_at_us", BigInteger, nullable=False),
    Column("settled_at_us", BigInteger, nullable=False),  # when the worker told what it did spend; 0: not yet
)
"""What workers that were written off by hand may have spent, until they tell."""

PULSE: Final = Table(
    "budget_pulse",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
"""One row; it moves on whenever workers shall return what they have free."""

GRANTS: Final = Table(
    "budget_grants",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("budget", Text, nullable=False, index=True),
    Column("value", Text, nullable=False),  # of the dimension `each`; empty: every one
    Column("amount", Amount, nullable=False),
    Column("reason", Text, nullable=False),
    Column("begins_at_us", BigInteger, nullable=False),
    Column("ends_at_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
)
"""Append-only: a temporary increase, who gave it and why. What ends sooner is a second row with less."""

EXTERNAL_MARK: Final = Table(
    "budget_external_mark",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("commit_no", BigInteger, nullable=False),  # of the ledger: events up to it are in `external`
    Column("declared", BigInteger, nullable=False),  # hash of the budgets with which they were counted
    Column("revision", BigInteger, nullable=False),  # of the estate that declared them
    CheckConstraint("id = 1", name="single"),
)
