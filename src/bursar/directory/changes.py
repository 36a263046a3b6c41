"""Every change moves the revision on and leaves an audit row, in the transaction of the change itself."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, desc, select, update

from bursar.directory.chain import link, lock_head, move_head
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


class AuditEntry(AuditRow, kw_only=True, frozen=True):
    """A row as it is stored; `hash` covers it and all rows before."""

    id: int
    hash: str


class AuditQuery(msgspec.Struct, kw_only=True, frozen=True):
    """The newest `limit` rows older than the row `before`. An `action` may end in `*`; empty: any."""

    limit: int
    before: int | None = None
    actor: str = ""
    action: str = ""
    subject: str = ""


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
    """Write down what the transaction does, as the next links of the chain; call it with at least one row."""
    before, head = lock_head(connection)
    values = []
    for place, row in enumerate(rows, before + 1):
        value = {**msgspec.structs.asdict(row), "detail": msgspec.json.encode(row.detail).decode()}
        head = link(head, place, list(value.values()))
        values.append({**value, "hash": head})
    connection.execute(AUDIT.insert(), values)
    move_head(connection, rows_before=before, rows=before + len(rows), head=head)


def audit_newest(engine: Engine, *, limit: int) -> list[AuditEntry]:
    """The last `limit` rows of the audit, newest first."""
    return audit_page(engine, AuditQuery(limit=limit))


def audit_page(engine: Engine, query: AuditQuery) -> list[AuditEntry]:
    """Rows of the audit, newest first."""
    statement = select(AUDIT).order_by(desc(AUDIT.c.id)).limit(query.limit)
    if query.before is not None:
        statement = statement.where(AUDIT.c.id < query.before)
    if query.actor:
        statement = statement.where(AUDIT.c.actor == query.actor)
    if query.subject:
        statement = statement.where(AUDIT.c.subject == query.subject)
    if query.action.endswith("*"):
        statement = statement.where(AUDIT.c.action.startswith(query.action[:-1], autoescape=True))
    elif query.action:
        statement = statement.where(AUDIT.c.action == query.action)
    with reading(engine) as connection:
        rows = connection.execute(statement).all()
    return [_entry(row) for row in rows]


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        revision=row.revision,
        made_at_us=InstantUs(row.made_at_us),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=msgspec.json.decode(row.detail),
        hash=row.hash,
    )
