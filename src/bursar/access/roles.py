"""Roles and what each may: one visible table, from which tests and documents are made."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from bursar.vocab.role import ROLES, Role

__all__ = ["ALLOWED", "ORGANISATION", "PERMISSIONS", "ROLES", "Permission", "Role"]

Permission = Literal[
    "usage.read",
    "calls.read",
    "budgets.read",
    "budgets.write",
    "estate.read",
    "estate.write",
    "policies.read",
    "keys.read",
    "keys.write",
    "approvals.read",
    "approvals.answer",
    "alerts.read",
    "alerts.answer",
    "drivers.write",
    "views.write",
    "people.read",
    "people.write",
    "audit.read",
    "settings.read",
    "settings.write",
    "system.read",
    "system.write",
]

PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

_READER: Final[frozenset[Permission]] = frozenset(
    {"usage.read", "calls.read", "budgets.read", "estate.read", "policies.read", "alerts.read", "views.write"}
)

ALLOWED: Final[Mapping[Role, frozenset[Permission]]] = {
    "administrator": frozenset(PERMISSIONS),
    "finance": _READER
    | {"budgets.write", "drivers.write", "approvals.read", "alerts.answer", "keys.read", "audit.read"},
    "procurement": _READER | {"keys.read"},
    "approver": _READER | {"approvals.read", "approvals.answer", "alerts.answer", "keys.read"},
    "engineer": _READER | {"keys.read", "keys.write", "approvals.read", "alerts.answer"},
    "viewer": _READER,
    "auditor": _READER
    | {"approvals.read", "keys.read", "people.read", "audit.read", "settings.read", "system.read"},
}
"""What a role may do. A grant of it may be limited to teams or products: then only with their rows."""

ORGANISATION: Final[frozenset[Permission]] = frozenset(
    {
        "estate.write",
        "drivers.write",
        "people.read",
        "people.write",
        "audit.read",
        "settings.read",
        "settings.write",
        "system.read",
        "system.write",
    }
)
"""What concerns everyone: a grant that is limited to teams or products does not give it."""
