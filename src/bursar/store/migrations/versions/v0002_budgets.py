"""Accounts, leases and purses of budgets, grants, drivers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts only in INTEGER columns
_APPEND_ONLY = ("budget_grants", "drivers")


def upgrade() -> None:
    # Whole numbers of any size: SQLite has none beyond 64 bits, so there they are text.
    amount = sa.Text() if op.get_bind().dialect.name == "sqlite" else sa.Numeric(38, 0)
    _make_accounts(amount)
    _make_leases(amount)
    _make_grants_and_drivers(amount)
    _make_marks()
    _forbid_changes()


def _make_accounts(amount: sa.types.TypeEngine[Any]) -> None:
    op.create_table(
        "budget_accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("begins_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_us", sa.BigInteger(), nullable=False),
        sa.Column("amount", amount, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("rolling", sa.Boolean(), nullable=False),
        sa.Column("roll_over", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("limit_last", amount, nullable=False),
        sa.Column("spent", amount, nullable=False),
        sa.Column("external", amount, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget_accounts"),
    )
    op.create_index("ix_budget_accounts_budget", "budget_accounts", ["budget"])
    op.create_index("ix_budget_accounts_ends_at_us", "budget_accounts", ["ends_at_us"])


def _make_leases(amount: sa.types.TypeEngine[Any]) -> None:
    op.create_table(
        "budget_leases",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("purse", sa.Text(), nullable=False),
        sa.Column("amount", amount, nullable=False),
        sa.Column("held", amount, nullable=False),
        sa.Column("posted", amount, nullable=False),
        sa.Column("heard_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "purse", name="pk_budget_leases"),
    )
    op.create_table(
        "budget_purses",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("heard_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_budget_purses"),
    )


def _make_grants_and_drivers(amount: sa.types.TypeEngine[Any]) -> None:
    op.create_table(
        "budget_grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("amount", amount, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begins_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget_grants"),
    )
    op.create_index("ix_budget_grants_budget", "budget_grants", ["budget"])
    op.create_table(
        "drivers",
        sa.Column("id", _COUNTER, nullable=False, autoincrement=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drivers"),
    )
    op.create_index("ix_drivers_name", "drivers", ["name"])


def _make_marks() -> None:
    pulse = op.create_table(
        "budget_pulse",
        sa.Column("id", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget_pulse"),
        sa.CheckConstraint("id = 1", name="ck_budget_pulse_single"),
    )
    op.bulk_insert(pulse, [{"id": 1, "value": 0}])
    mark = op.create_table(
        "budget_external_mark",
        sa.Column("id", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("commit_no", sa.BigInteger(), nullable=False),
        sa.Column("declared", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget_external_mark"),
        sa.CheckConstraint("id = 1", name="ck_budget_external_mark_single"),
    )
    op.bulk_insert(mark, [{"id": 1, "commit_no": 0, "declared": 0}])


def _forbid_changes() -> None:
    """History is not rewritten: the store itself refuses to change or remove a row of it."""
    if op.get_bind().dialect.name == "sqlite":
        for table in _APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION bursar_append_only()"
        )
