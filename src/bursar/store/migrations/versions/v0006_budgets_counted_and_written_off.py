"""Accounts of budgets that wait to be counted, and workers that were written off."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("declared", "uncounted_since_us"):
        op.add_column("budget_accounts", _number(column))
    op.create_index("ix_budget_accounts_uncounted_since_us", "budget_accounts", ["uncounted_since_us"])
    op.add_column("budget_external_mark", _number("revision"))
    # Whole numbers of any size: SQLite has none beyond 64 bits, so there they are text.
    amount = sa.Text() if op.get_bind().dialect.name == "sqlite" else sa.Numeric(38, 0)
    _make_write_offs(amount)


def _make_write_offs(amount: sa.types.TypeEngine[Any]) -> None:
    op.create_table(
        "budget_write_offs",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("purse", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("lent", amount, nullable=False),
        sa.Column("charged", amount, nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("settled_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "purse", "epoch", name="pk_budget_write_offs"),
    )
    op.create_index("ix_budget_write_offs_purse", "budget_write_offs", ["purse"])


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
