"""The audit as a chain: each row's hash covers the row and the hash before it: no row can change unseen."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, select, update

from bursar.directory.tables import AUDIT, AUDIT_HEAD
from bursar.store.state import reading
from bursar.vocab.errors import check

FIRST: Final = "0" * 64
"""What stands before the first row."""

_ROWS_AT_ONCE: Final = 1000
_encode = msgspec.json.Encoder().encode


class Chain(msgspec.Struct, kw_only=True, frozen=True):
    """What a walk over all of the audit found; `fault` is None if it is whole."""

    rows: int
    head: str  # hash of the last row, as it was walked
    fault: str | None


def link(before: str, place: int, values: Sequence[object]) -> str:
    """The hash of a row: SHA-256 over the hash before, its place (from 1), and its values as they are stored.

    `values` are revision, made_at_us, actor, action, subject, detail (text).
    """
    return hashlib.sha256(before.encode() + b"\n" + _encode([place, *values])).hexdigest()


def lock_head(connection: Connection) -> tuple[int, str]:
    """How many rows there are and the last one's hash; held still until the transaction ends."""
    # SQLite ignores FOR UPDATE; there the transaction holds the only write lock from its start.
    row = connection.execute(select(AUDIT_HEAD.c.rows, AUDIT_HEAD.c.hash).with_for_update()).one()
    return int(row.rows), str(row.hash)


def move_head(connection: Connection, *, rows_before: int, rows: int, head: str) -> None:
    """Write down where the chain ends now."""
    statement = update(AUDIT_HEAD).where(AUDIT_HEAD.c.rows == rows_before).values(rows=rows, hash=head)
    check(connection.execute(statement).rowcount == 1, "the audit's head moved while it was locked")


def verify(engine: Engine, *, noted: str = "") -> Chain:
    """Walk the whole audit in one snapshot.

    `noted` is the hash of any row, as somebody wrote it down elsewhere: a chain that was made anew, or whose
    end was cut off before that row, does not have it.
    """
    with reading(engine) as connection:
        head = connection.execute(select(AUDIT_HEAD.c.rows, AUDIT_HEAD.c.hash)).one()
        columns = ("id", "revision", "made_at_us", "actor", "action", "subject", "detail", "hash")
        rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
            select(*(AUDIT.c[name] for name in columns)).order_by(AUDIT.c.id)
        )
        with rows:
            return _walk(rows, int(head.rows), str(head.hash), noted)


def _walk(rows: Iterable[Row[Any]], count: int, head: str, noted: str) -> Chain:
    place, last, is_noted = 0, FIRST, not noted
    for row in rows:
        identity, *values, written = tuple(row)
        place += 1
        found = link(last, place, values)
        if not hmac.compare_digest(found, str(written)):
            return Chain(
                rows=place,
                head=last,
                fault=f"row {identity} is not what was written, or a row before it is missing or was added",
            )
        last = found
        is_noted = is_noted or found == noted
    if (place, last) != (count, head):
        return Chain(
            rows=place, head=last, fault=f"the end is missing: {count} rows were written, {place} are there"
        )
    if not is_noted:
        fault = "no row has the hash that was noted: its end was cut off, or all of it was made anew"
        return Chain(rows=place, head=last, fault=fault)
    return Chain(rows=place, head=last, fault=None)
