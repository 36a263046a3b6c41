"""Who is who: the declared estate with its history, virtual keys, and who changed what."""

from bursar.directory.changes import AuditRow, audit_newest
from bursar.directory.estate import Applied, Change, FieldChange, Version, apply, history
from bursar.directory.interventions import Recorded, interventions, undo_intervention
from bursar.directory.keys import (
    MAY_SET,
    SECRET_PREFIX,
    KeyRequest,
    create_key,
    hash_secret,
    list_keys,
    parse_expiry,
    revoke_key,
)
from bursar.directory.snapshot import revision, snapshot
from bursar.store.state import open_state

__all__ = [
    "MAY_SET",
    "SECRET_PREFIX",
    "Applied",
    "AuditRow",
    "Change",
    "FieldChange",
    "KeyRequest",
    "Recorded",
    "Version",
    "apply",
    "audit_newest",
    "create_key",
    "hash_secret",
    "history",
    "interventions",
    "list_keys",
    "open_state",
    "parse_expiry",
    "revision",
    "revoke_key",
    "snapshot",
    "undo_intervention",
]
