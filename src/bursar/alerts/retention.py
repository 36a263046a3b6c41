"""Forgets what is over for as long as the estate says: messages here, sessions and their like in `access`.

Events, prices, the estate, alerts and the audit are kept for good: nothing that was counted is rewritten.
"""

from typing import Final

from sqlalchemy import Connection, Engine, delete

from bursar.access.record import note
from bursar.access.retention import forget_access
from bursar.alerts.tables import MESSAGES
from bursar.directory.estate import documents_in_force
from bursar.estate.retention import NAME, Retention, in_force
from bursar.jobs import Fence, unfenced
from bursar.store.state import writing
from bursar.vocab.instant import InstantUs

_TOLD: Final = ("messages", "sessions", "api_tokens", "sign_in_links")
_DAY_US: Final = 86_400 * 1_000_000


def apply_retention(engine: Engine, *, now: InstantUs, fence: Fence = unfenced) -> dict[str, int]:
    """Delete what is kept no longer, in one transaction; how many rows of what. The audit says so."""
    with writing(engine) as connection:
        fence(connection)
        declared = [one for one in documents_in_force(connection) if isinstance(one, Retention)]
        kept = in_force(declared)
        forgotten = {
            "messages": _forget_messages(connection, InstantUs(now - kept.messages_days * _DAY_US)),
            **forget_access(connection, kept, now=now),
        }
        told = {name: forgotten[name] for name in _TOLD if forgotten[name]}
        if told:
            note(
                connection,
                "retention.applied",
                f"retention/{NAME}",
                actor="retention",
                now=now,
                detail=told,
            )
    return forgotten


def _forget_messages(connection: Connection, before: InstantUs) -> int:
    over = MESSAGES.c.state.in_(("sent", "dead")) & (MESSAGES.c.created_at_us < before)
    return connection.execute(delete(MESSAGES).where(over)).rowcount
