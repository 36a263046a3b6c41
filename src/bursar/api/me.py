"""GET /api/v1/me: who asks, what they may do, and what their browser must repeat."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from bursar import __version__
from bursar.access import PERMISSIONS, Principal, Session
from bursar.api.permission import SESSION, anyone
from bursar.api.problems import responses
from bursar.api.roles import RoleReply, role_replies
from bursar.vocab.instant import format_instant

Whoever = Annotated[Principal, anyone()]

router: Final = APIRouter(tags=["access"])


class Me(BaseModel):
    """Who asks."""

    actor: str = Field(description="How the audit names them.")
    name: str
    email: str = Field(description="Empty where none is known.")
    kind: Literal["admin_token", "person", "api_token"]
    person: str | None = Field(description="Their id; null for the installation's own token.")
    roles: list[RoleReply]
    permissions: list[str] = Field(description="What they may do, be it for a part of the rows only.")
    sees_everything: bool = Field(description="Whether no row of usage is hidden from them.")
    csrf: str | None = Field(description="Unsafe requests of a session repeat it as `x-bursar-csrf`.")
    session_ends_at: str | None
    version: str
    currency: Literal["USD"] = "USD"


@router.get("/me", responses=responses(503))
def get_me(who: Whoever, request: Request) -> Me:
    """Who asks, and what they may do."""
    session: Session | None = request.scope.get(SESSION)
    return Me(
        actor=who.actor,
        name=who.name,
        email=who.actor if "@" in who.actor else "",
        kind=who.kind,  # type: ignore[arg-type]
        person=who.person_id or None,
        roles=role_replies(who.roles),
        permissions=[permission for permission in PERMISSIONS if who.may(permission)],
        sees_everything=who.sight("usage.read").is_everything,
        csrf=None if session is None else session.csrf,
        session_ends_at=None if session is None else format_instant(session.ends_at_us),
        version=__version__,
    )
