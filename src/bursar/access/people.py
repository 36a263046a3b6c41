"""People: who they are, how they sign in, and the roles that they hold."""

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Connection, Engine, Row, select, update

from bursar.access.principal import Principal, RoleGrant
from bursar.access.record import note
from bursar.access.tables import API_TOKENS, PEOPLE, SESSIONS, SIGN_IN_LINKS
from bursar.store.state import insert_or_nothing, reading, writing
from bursar.vocab.errors import Conflict, InvalidInput, NotFound
from bursar.vocab.instant import InstantUs

Status = Literal["active", "disabled"]

ADMINISTRATOR_ID: Final = "administrator"
"""The person that every installation has: who started it signs in as them."""

_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f<>\"',;:\\]{1,64}@[^\s@\x00-\x1f\x7f<>\"',;:\\]{1,189}")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")
_LIMITED_TO: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
_ROLES_MOST: Final = 50
_NAMES_MOST: Final = 200
_decode_roles = msgspec.json.Decoder(tuple[RoleGrant, ...]).decode


class Person(msgspec.Struct, kw_only=True, frozen=True):
    """Somebody who may sign in. `roles` were given by hand, `roles_by_groups` by groups at a sign-in."""

    id: str
    email: str  # empty: none is known
    name: str
    status: Status
    issuer: str  # empty: signs in by link
    subject: str
    roles: tuple[RoleGrant, ...]
    roles_by_groups: tuple[RoleGrant, ...]
    created_at_us: InstantUs
    created_by: str
    last_seen_at_us: InstantUs | None

    @property
    def actor(self) -> str:
        """How the audit names them; of no two people the same."""
        if self.id == ADMINISTRATOR_ID:
            return self.id
        return self.email or f"person/{self.id}"

    def principal(self, **further: Any) -> Principal:
        """Who they are to the API; `further` are fields of Principal such as `kind`."""
        roles = tuple(dict.fromkeys((*self.roles, *self.roles_by_groups)))
        return Principal(actor=self.actor, name=self.name, roles=roles, person_id=self.id, **further)


def add_person(
    engine: Engine,
    *,
    person_id: str,
    email: str,
    name: str,
    roles: Sequence[RoleGrant],
    actor: str,
    now: InstantUs,
) -> Person:
    """Somebody new who signs in by link. Conflict if there is somebody with this address already."""
    with writing(engine) as connection:
        return insert(
            connection,
            Person(
                id=person_id,
                email=checked_email(email),
                name=checked_name(name or email),
                status="active",
                issuer="",
                subject="",
                roles=checked_roles(roles),
                roles_by_groups=(),
                created_at_us=now,
                created_by=actor,
                last_seen_at_us=None,
            ),
        )


def insert(connection: Connection, person: Person) -> Person:
    """Add a checked person in the caller's transaction, with its row of the audit."""
    row = {
        **msgspec.structs.asdict(person),
        "email": person.email or None,
        "issuer": person.issuer or None,
        "subject": person.subject or None,
        "roles": _text(person.roles),
        "roles_by_groups": _text(person.roles_by_groups),
    }
    if not insert_or_nothing(connection, PEOPLE, row):
        raise Conflict(f"{person.email or person.name} is there already: `bursar person list` shows them")
    detail = {"email": person.email, "name": person.name, "roles": plain(person.roles)}
    if person.roles_by_groups:
        detail["roles_by_groups"] = plain(person.roles_by_groups)
    note(
        connection,
        "person.created",
        f"person/{person.id}",
        actor=person.created_by,
        now=person.created_at_us,
        detail=detail,
    )
    return person


def change_person(
    engine: Engine,
    person_id: str,
    *,
    name: str | None = None,
    roles: Sequence[RoleGrant] | None = None,
    status: Status | None = None,
    actor: str,
    now: InstantUs,
) -> Person:
    """Change what is given. Who is disabled is signed out at once, and their links and tokens end."""
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted["name"] = checked_name(name)
    if roles is not None:
        wanted["roles"] = checked_roles(roles)
    if status is not None:
        wanted["status"] = status
    with writing(engine) as connection:
        before = get(connection, person_id, lock=True)
        changed = {field: value for field, value in wanted.items() if getattr(before, field) != value}
        if not changed:
            return before
        after = msgspec.structs.replace(before, **changed)
        values = {**changed, "roles": _text(after.roles)}
        connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(values))
        if changed.get("status") == "disabled":
            end_all(connection, person_id, now=now)
        detail = {field: _shown(value) for field, value in changed.items()}
        note(connection, "person.changed", f"person/{person_id}", actor=actor, now=now, detail=detail)
    return after


def end_all(connection: Connection, person_id: str, *, now: InstantUs) -> None:
    """End every session, link and API token of somebody, in the caller's transaction."""
    for table in (SESSIONS, API_TOKENS):
        live = (table.c.person == person_id) & table.c.revoked_at_us.is_(None)
        connection.execute(update(table).where(live).values(revoked_at_us=now))
    unused = (SIGN_IN_LINKS.c.person == person_id) & (SIGN_IN_LINKS.c.expires_at_us > now)
    connection.execute(update(SIGN_IN_LINKS).where(unused).values(expires_at_us=now))


def ensure_administrator(engine: Engine, *, now: InstantUs) -> Person:
    """The person that every installation has; made when they are first needed."""
    with reading(engine) as connection:
        found = find(connection, PEOPLE.c.id == ADMINISTRATOR_ID)
    if found is not None:
        return found
    with writing(engine) as connection:
        found = find(connection, PEOPLE.c.id == ADMINISTRATOR_ID)
        return found or insert(
            connection,
            Person(
                id=ADMINISTRATOR_ID,
                email="",
                name="Administrator",
                status="active",
                issuer="",
                subject="",
                roles=(RoleGrant("administrator"),),
                roles_by_groups=(),
                created_at_us=now,
                created_by=ADMINISTRATOR_ID,
                last_seen_at_us=None,
            ),
        )


def list_people(engine: Engine) -> list[Person]:
    """Everybody, disabled ones too, by when they were added."""
    with reading(engine) as connection:
        rows = connection.execute(select(PEOPLE).order_by(PEOPLE.c.created_at_us, PEOPLE.c.id)).all()
    return [from_row(row) for row in rows]


def get_person(engine: Engine, person_id: str) -> Person:
    """NotFound if there is nobody of this id."""
    with reading(engine) as connection:
        return get(connection, person_id)


def get(connection: Connection, person_id: str, *, lock: bool = False) -> Person:
    """The same in the caller's transaction; `lock` holds them still until its end."""
    query = select(PEOPLE).where(PEOPLE.c.id == person_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(f"there is no person with the id {person_id!r}: `bursar person list` shows them")
    return from_row(row)


def find(connection: Connection, condition: Any) -> Person | None:
    """The one that fits a condition on the table; None if nobody does."""
    row = connection.execute(select(PEOPLE).where(condition)).one_or_none()
    return None if row is None else from_row(row)


def checked_email(text: str) -> str:
    """The address in small letters; InvalidInput if it is none."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidInput(f"{text!r} is no e-mail address: write name@host")
    return email


def checked_name(text: str) -> str:
    name = text.strip()
    if not _NAME.fullmatch(name):
        raise InvalidInput("a name is one line of 1 to 200 characters")
    return name


def checked_roles(roles: Sequence[RoleGrant]) -> tuple[RoleGrant, ...]:
    """Each role once; InvalidInput for more of them than make sense, or limits that are no names."""
    distinct = tuple(dict.fromkeys(roles))
    if len(distinct) > _ROLES_MOST:
        raise InvalidInput(f"{len(distinct)} roles are too many for one person: at most {_ROLES_MOST}")
    for grant in distinct:
        names = (*grant.teams, *grant.products)
        if len(names) > _NAMES_MOST:
            raise InvalidInput(f"a role can be limited to at most {_NAMES_MOST} teams and products")
        for name in names:
            if not _LIMITED_TO.fullmatch(name):
                raise InvalidInput(f"{name!r} is no name of a team or product")
    return distinct


def plain(roles: Sequence[RoleGrant]) -> list[dict[str, Any]]:
    """Roles as JSON values: role, teams, products."""
    return [
        {"role": grant.role, "teams": list(grant.teams), "products": list(grant.products)} for grant in roles
    ]


def from_row(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        email=row.email or "",
        name=row.name,
        status=row.status,
        issuer=row.issuer or "",
        subject=row.subject or "",
        roles=_decode_roles(row.roles),
        roles_by_groups=_decode_roles(row.roles_by_groups),
        created_at_us=row.created_at_us,
        created_by=row.created_by,
        last_seen_at_us=row.last_seen_at_us,
    )


def _text(roles: Sequence[RoleGrant]) -> str:
    return msgspec.json.encode(roles).decode()


def _shown(value: object) -> object:
    return plain(value) if isinstance(value, tuple) else value
