"""Who is who: the declared estate with its history, virtual keys, and who changed what."""

from bursar.directory.approvals import (
    Approval,
    GrantTerms,
    Wanted,
    charge_grant,
    decline_approval,
    get_approval,
    grant_approval,
    grant_of,
    list_approvals,
    request_approval,
    tend_approvals,
    use_grant,
)
from bursar.directory.chain import Chain, verify
from bursar.directory.changes import AuditEntry, AuditQuery, AuditRow, audit_newest, audit_page
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
    "Approval",
    "AuditEntry",
    "AuditQuery",
    "AuditRow",
    "Chain",
    "Change",
    "FieldChange",
    "GrantTerms",
    "KeyRequest",
    "Recorded",
    "Version",
    "Wanted",
    "apply",
    "audit_newest",
    "audit_page",
    "charge_grant",
    "create_key",
    "decline_approval",
    "get_approval",
    "grant_approval",
    "grant_of",
    "hash_secret",
    "history",
    "interventions",
    "list_approvals",
    "list_keys",
    "open_state",
    "parse_expiry",
    "request_approval",
    "revision",
    "revoke_key",
    "snapshot",
    "tend_approvals",
    "undo_intervention",
    "use_grant",
    "verify",
]
