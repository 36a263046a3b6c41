"""The audit becomes a chain: a hash for every row, those that are there too, and where it ends."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FIRST = "0" * 64
_VALUES = ("revision", "made_at_us", "actor", "action", "subject", "detail")


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sa.CheckConstraint("id = 1", name="ck_audit_head_single"),
    )
    # The rows that are there get their links once; from then on the store refuses changes as before.
    _let_changes(True)
    op.add_column("audit", sa.Column("hash", sa.Text(), nullable=False, server_default=""))
    rows, head = _link_all()
    _let_changes(False)
    connection = op.get_bind()
    connection.execute(
        sa.text("INSERT INTO audit_head (id, rows, hash) VALUES (1, :rows, :hash)"),
        {"rows": rows, "hash": head},
    )


def _link_all() -> tuple[int, str]:
    connection = op.get_bind()
    columns = ", ".join(("id", *_VALUES))
    found = connection.execute(sa.text(f"SELECT {columns} FROM audit ORDER BY id")).all()  # noqa: S608 - our names
    head = _FIRST
    links = []
    for place, (identity, *values) in enumerate(found, 1):
        text = json.dumps([place, *values], ensure_ascii=False, separators=(",", ":"))
        head = hashlib.sha256(head.encode() + b"\n" + text.encode()).hexdigest()
        links.append({"row": identity, "hash": head})
    if links:
        connection.execute(sa.text("UPDATE audit SET hash = :hash WHERE id = :row"), links)
    return len(links), head


def _let_changes(let: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE audit {'DISABLE' if let else 'ENABLE'} TRIGGER audit_append_only")
    elif let:
        op.execute("DROP TRIGGER audit_no_update")
    else:
        op.execute(
            "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
        )
