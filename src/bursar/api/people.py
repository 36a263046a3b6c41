"""Routes of people: who may sign in, with which roles; and the links that sign them in."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from bursar import access
from bursar.access import ADMINISTRATOR_ID, Doorkeeper, Person, Principal
from bursar.access.secret import RandomBytes
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.roles import RoleReply, role_replies
from bursar.api.services import Services, WithServices
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import format_instant

ReadsPeople = Annotated[Principal, need("people.read")]
WritesPeople = Annotated[Principal, need("people.write")]
PersonId = Annotated[
    str, Path(pattern=r"^[0-9a-z-]{1,64}$", description=f"As the list shows it, or `{ADMINISTRATOR_ID}`.")
]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_NAME: Final[dict[str, Any]] = {"pattern": r"^[^\u0000-\u001f\u007f-\u009f]{0,200}$"}
_EMAIL: Final[dict[str, Any]] = {"pattern": r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,189}$"}


class PersonReply(BaseModel):
    """Somebody who may sign in."""

    id: str
    email: str
    name: str
    status: Literal["active", "disabled"]
    origin: Literal["link", "oidc"] = Field(description="How they sign in.")
    roles: list[RoleReply] = Field(description="Given by an administrator.")
    roles_by_groups: list[RoleReply] = Field(description="Given by their groups, as of their last sign-in.")
    created_at: str
    last_seen_at: str | None
    sessions: int = Field(description="Browsers that are signed in.")


class PeopleReply(BaseModel):
    """Everybody, by when they were added."""

    people: list[PersonReply]


class PersonRequest(BaseModel):
    """Somebody new, who signs in by link."""

    model_config = _STRICT

    email: str = Field(max_length=254, json_schema_extra=_EMAIL)
    name: str = Field(default="", json_schema_extra=_NAME)
    roles: list[RoleReply] = Field(default=[], max_length=50)


class PersonChange(BaseModel):
    """What of somebody shall change; what is not given stays."""

    model_config = _STRICT

    name: str | None = Field(default=None, min_length=1, json_schema_extra=_NAME)
    roles: list[RoleReply] | None = Field(default=None, max_length=50)
    status: Literal["active", "disabled"] | None = None


class LinkReply(BaseModel):
    """A link that signs in once, within an hour; the only time that it is shown."""

    sign_in_url: str
    expires_at: str


class PersonCreated(LinkReply):
    """Somebody new, and the link that signs them in."""

    person: PersonReply


def people_router(keeper: Doorkeeper, *, random_bytes: RandomBytes, console_url: str) -> APIRouter:
    """The routes; `random_bytes` must be fit for secrets, `console_url` is how browsers reach the console."""
    router = APIRouter(tags=["access"])

    @router.get("/people", responses=responses(503))
    def read_people(who: ReadsPeople, services: WithServices) -> PeopleReply:
        """Everybody who may sign in, disabled ones too."""
        counts = _session_counts(services)
        found = access.list_people(services.engine)
        return PeopleReply(people=[_reply(one, counts.get(one.id, 0)) for one in found])

    @router.post("/people", status_code=201, responses=responses(400, 409, 503))
    def add_person(who: WritesPeople, request: PersonRequest, services: WithServices) -> PersonCreated:
        """Add somebody and make the link that signs them in."""
        now = services.now()
        person = access.add_person(
            services.engine,
            person_id=uuid7(now, random_bytes(8)),
            email=request.email,
            name=request.name,
            roles=[role.grant() for role in request.roles],
            actor=who.actor,
            now=now,
        )
        link = _link(person.id, who, services)
        return PersonCreated(person=_reply(person, 0), **link.model_dump())

    @router.patch("/people/{person_id}", responses=responses(400, 404, 503))
    def change_person(
        who: WritesPeople, person_id: PersonId, request: PersonChange, services: WithServices
    ) -> PersonReply:
        """Change a name or roles, disable or enable. Who is disabled is signed out at once."""
        person = access.change_person(
            services.engine,
            person_id,
            name=request.name,
            roles=None if request.roles is None else [role.grant() for role in request.roles],
            status=request.status,
            actor=who.actor,
            now=services.now(),
        )
        keeper.forget()
        return _reply(person, _session_counts(services).get(person.id, 0))

    @router.post("/people/{person_id}/link", status_code=201, responses=responses(400, 404, 409, 503))
    def make_link(who: WritesPeople, person_id: PersonId, services: WithServices) -> LinkReply:
        """A new link that signs somebody in; those made before end."""
        if person_id == ADMINISTRATOR_ID:
            access.ensure_administrator(services.engine, now=services.now())
        return _link(person_id, who, services)

    def _link(person_id: str, who: Principal, services: Services) -> LinkReply:
        secret = access.fresh(random_bytes)
        expires_at = access.make_link(
            services.engine, person_id, secret=secret, actor=who.actor, now=services.now()
        )
        url = f"{console_url}/sign-in#{secret}"
        return LinkReply(sign_in_url=url, expires_at=format_instant(expires_at))

    return router


def _session_counts(services: Services) -> dict[str, int]:
    counts: dict[str, int] = {}
    for session in access.list_sessions(services.engine, person=None, now=services.now()):
        counts[session.person] = counts.get(session.person, 0) + 1
    return counts


def _reply(person: Person, sessions: int) -> PersonReply:
    return PersonReply(
        id=person.id,
        email=person.email,
        name=person.name,
        status=person.status,
        origin="oidc" if person.issuer else "link",
        roles=role_replies(person.roles),
        roles_by_groups=role_replies(person.roles_by_groups),
        created_at=format_instant(person.created_at_us),
        last_seen_at=None if person.last_seen_at_us is None else format_instant(person.last_seen_at_us),
        sessions=sessions,
    )
