"""Accounts of budgets that wait until what their period had spent is counted."""

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


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
