"""What this room writes into the audit: who signed in, who was refused, and what became of people."""

from collections.abc import Mapping

from sqlalchemy import Connection

from bursar.directory import AuditRow, changes
from bursar.vocab.instant import InstantUs


def note(
    connection: Connection,
    action: str,
    subject: str,
    *,
    actor: str,
    now: InstantUs,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a row in the caller's transaction. The estate's revision stays: no gateway needs to know."""
    row = AuditRow(
        revision=changes.lock(connection),
        made_at_us=now,
        actor=actor,
        action=action,
        subject=subject,
        detail=dict(detail or {}),
    )
    changes.append_audit(connection, [row])
