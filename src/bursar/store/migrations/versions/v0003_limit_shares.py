"""The shares that workers have of rate limits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limit_workers",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name="pk_limit_workers"),
    )
    op.create_table(
        "limit_shares",
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("want", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool", "worker", name="pk_limit_shares"),
    )
