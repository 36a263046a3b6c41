"""Routes of sessions: see them, end one, sign out here or everywhere."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from bursar.access import (
    Doorkeeper,
    Principal,
    Session,
    end_session,
    end_sessions,
    list_people,
    list_sessions,
)
from bursar.api.cookies import no_session_cookie
from bursar.api.permission import Forbidden, anyone, check_own_account
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.vocab.instant import format_instant

Whoever = Annotated[Principal, anyone()]
SessionId = Annotated[str, Path(pattern=r"^[0-9a-f-]{1,64}$", description="As the list shows it.")]

_SIGNED_OUT: Final[dict[int | str, dict[str, Any]]] = {204: {"description": "Signed out."}}


class SessionReply(BaseModel):
    """A browser that is signed in."""

    id: str
    person: str = Field(description="Their id.")
    person_name: str
    created_at: str
    last_seen_at: str = Field(description="Within a minute.")
    ends_at: str
    address: str
    agent: str = Field(description="What the browser says of itself.")
    is_this: bool


class SessionsReply(BaseModel):
    """Live sessions, newest first."""

    sessions: list[SessionReply]


class SessionEnded(BaseModel):
    """It opens nothing any more."""

    id: str


class SessionsEnded(BaseModel):
    """How many sessions were ended."""

    ended: int


def sessions_router(keeper: Doorkeeper, *, is_https: bool) -> APIRouter:
    """The routes; everybody may see and end what is theirs."""
    router = APIRouter(tags=["access"])

    @router.post("/auth/sign-out", status_code=204, responses={**responses(503), **_SIGNED_OUT})
    def sign_out(who: Whoever, services: WithServices) -> Response:
        """End the session that asks, and take it from the browser."""
        if who.session_id:
            end_session(
                services.engine, who.session_id, only_of=who.person_id, actor=who.actor, now=services.now()
            )
            keeper.forget()
        cookie = no_session_cookie(is_https=is_https).decode()
        return Response(status_code=204, headers={"set-cookie": cookie})

    @router.get("/sessions", responses=responses(400, 503))
    def read_sessions(
        who: Whoever,
        services: WithServices,
        of: Annotated[
            Literal["me", "everyone"], Query(description="`everyone` needs the permission people.read.")
        ] = "me",
    ) -> SessionsReply:
        """Live sessions."""
        if of == "everyone":
            _check(who, "people.read")
        check_own_account(who, "people.read")
        person = None if of == "everyone" else who.person_id
        names = {one.id: one.name for one in list_people(services.engine)}
        found = list_sessions(services.engine, person=person, now=services.now())
        return SessionsReply(sessions=[_reply(one, names.get(one.person, ""), who) for one in found])

    @router.delete("/sessions/{session_id}", responses=responses(400, 404, 503))
    def delete_session(who: Whoever, session_id: SessionId, services: WithServices) -> SessionEnded:
        """End a session of one's own; of others with the permission people.write. Twice is once."""
        check_own_account(who, "people.write")
        only_of = None if who.may("people.write") else who.person_id
        end_session(services.engine, session_id, only_of=only_of, actor=who.actor, now=services.now())
        keeper.forget()
        return SessionEnded(id=session_id)

    @router.delete("/sessions", responses=responses(400, 503))
    def delete_sessions(
        who: Whoever,
        services: WithServices,
        person: Annotated[
            str, Query(pattern=r"^[0-9a-z-]{0,64}$", description="Somebody else: needs people.write.")
        ] = "",
    ) -> SessionsEnded:
        """Sign out everywhere, here too."""
        check_own_account(who, "people.write")
        if person not in ("", who.person_id):
            _check(who, "people.write")
        ended = end_sessions(services.engine, person or who.person_id, actor=who.actor, now=services.now())
        keeper.forget()
        return SessionsEnded(ended=ended)

    return router


def _check(who: Principal, permission: Literal["people.read", "people.write"]) -> None:
    if not who.may(permission):
        raise Forbidden(
            f"{who.name} may see and end their own only: others need {permission}", permission=permission
        )


def _reply(session: Session, name: str, who: Principal) -> SessionReply:
    return SessionReply(
        id=session.id,
        person=session.person,
        person_name=name,
        created_at=format_instant(session.created_at_us),
        last_seen_at=format_instant(session.last_seen_at_us),
        ends_at=format_instant(session.ends_at_us),
        address=session.address,
        agent=session.agent,
        is_this=session.id == who.session_id,
    )
