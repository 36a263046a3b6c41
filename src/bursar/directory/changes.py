"""Every change moves the revision on and leaves an audit row, in the transaction of the change itself."""

import msgspec
from sqlalchemy import Connection, Engine, desc, select, update

from bursar.directory.tables import AUDIT, REVISION
from bursar.store.state import reading
from bursar.vocab.errors import check
from bursar.vocab.instant import InstantUs


class AuditRow(msgspec.Struct, kw_only=True, frozen=True):
    """Who did what and when; `detail` is a JSON object and never holds a secret."""

    revision: int
    made_at_us: InstantUs
    actor: str
    action: str
    subject: str
    detail: dict[str, object]


def lock(connection: Connection) -> int:
    """The present revision, held still until the transaction ends: decisions on what is in force are safe."""
    # SQLite ignores FOR UPDATE; there the transaction holds the only write lock from its start.
    value = connection.execute(select(REVISION.c.value).with_for_update()).scalar_one()
    return int(value)


def advance(connection: Connection, locked: int) -> int:
    """Move the revision on by one from the one that `lock` gave; returns the new one."""
    statement = update(REVISION).where(REVISION.c.value == locked).values(value=locked + 1)
    check(connection.execute(statement).rowcount == 1, "the revision moved while it was locked")
    return locked + 1


def append_audit(connection: Connection, rows: list[AuditRow]) -> None:
    """Write down what the transaction does; call it with at least one row."""
    values = [
        {**msgspec.structs.asdict(row), "detail": msgspec.json.encode(row.detail).decode()} for row in rows
    ]
    connection.execute(AUDIT.insert(), values)


def audit_newest(engine: Engine, *, limit: int) -> list[AuditRow]:
    """The last `limit` audit rows, newest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(AUDIT).order_by(desc(AUDIT.c.id)).limit(limit)).all()
    return [
        AuditRow(
            revision=row.revision,
            made_at_us=InstantUs(row.made_at_us),
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            detail=msgspec.json.decode(row.detail),
        )
        for row in rows
    ]
