"""Who may: people, how they sign in, their roles, what these allow, and over whose rows."""

from bursar.access.attempts import TooManyAttempts
from bursar.access.doorkeeper import Doorkeeper, Entered
from bursar.access.links import NotSignedIn, make_link
from bursar.access.people import (
    ADMINISTRATOR_ID,
    Person,
    Status,
    add_person,
    change_person,
    ensure_administrator,
    get_person,
    list_people,
)
from bursar.access.principal import ADMINISTRATOR, Principal, RoleGrant
from bursar.access.roles import PERMISSIONS, ROLES, Permission, Role
from bursar.access.secret import fresh
from bursar.access.sessions import Begun, Session, end_session, end_sessions, list_sessions
from bursar.access.tokens import TOKEN_PREFIX, ApiToken, create_token, list_tokens, revoke_token

__all__ = [
    "ADMINISTRATOR",
    "ADMINISTRATOR_ID",
    "PERMISSIONS",
    "ROLES",
    "TOKEN_PREFIX",
    "ApiToken",
    "Begun",
    "Doorkeeper",
    "Entered",
    "NotSignedIn",
    "Permission",
    "Person",
    "Principal",
    "Role",
    "RoleGrant",
    "Session",
    "Status",
    "TooManyAttempts",
    "add_person",
    "change_person",
    "create_token",
    "end_session",
    "end_sessions",
    "ensure_administrator",
    "fresh",
    "get_person",
    "list_people",
    "list_sessions",
    "list_tokens",
    "make_link",
    "revoke_token",
]
