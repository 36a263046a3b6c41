"""The holds of calls that last, by their worker's last word."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_holds",
        sa.Column("purse", sa.Text(), nullable=False),
        sa.Column("told_at_us", sa.BigInteger(), nullable=False),
        sa.Column("holds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("purse", name="pk_budget_holds"),
    )
