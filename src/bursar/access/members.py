"""Whom an identity provider's claims speak of: found, bound or made; their groups turned into roles."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, update

from bursar.access import people
from bursar.access.issuer import NotVerified
from bursar.access.people import ADMINISTRATOR_ID, Person
from bursar.access.principal import RoleGrant
from bursar.access.record import note
from bursar.access.secret import RandomBytes
from bursar.access.tables import PEOPLE
from bursar.estate.document import listed
from bursar.estate.sign_in import GroupRole, SignIn
from bursar.vocab.errors import InvalidInput
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs

_GROUPS_MOST: Final = 2000
_NAME_MOST: Final = 200


def member(
    connection: Connection,
    document: SignIn,
    claims: Mapping[str, Any],
    *,
    random_bytes: RandomBytes,
    now: InstantUs,
) -> Person:
    """Who is signed in, in the caller's transaction, with the roles of their groups as of now.

    NotVerified for somebody who is disabled, whose address is not let in, or who would take somebody else's.
    """
    issuer, subject = document.issuer, str(claims["sub"])
    email = trusted_email(document, claims)
    check_domain(document, email)
    known = people.find(connection, (PEOPLE.c.issuer == issuer) & (PEOPLE.c.subject == subject))
    person = known or _invited(connection, document, subject, email, now)
    roles = roles_of(document, claims)
    if person is None:
        return _made(connection, document, claims, email, roles, random_bytes, now)
    if person.status != "active":
        raise NotVerified("this person is disabled here: an administrator can enable them")
    return _with_roles(connection, document, person, roles, now)


def trusted_email(document: SignIn, claims: Mapping[str, Any]) -> str:
    """The address in small letters if the provider vouches for it; empty otherwise."""
    said = claims.get("email")
    if not isinstance(said, str) or not (claims.get("email_verified") is True or document.trust_email):
        return ""
    try:
        return people.checked_email(said)
    except InvalidInput:
        return ""


def check_domain(document: SignIn, email: str) -> None:
    """NotVerified unless the address lies in one of the domains that are let in."""
    domains = {domain.lower().lstrip("@") for domain in listed(document.email_domains) if domain}
    if domains and email.rpartition("@")[2] not in domains:
        raise NotVerified("people with this address are not let in here: ask an administrator")


def roles_of(document: SignIn, claims: Mapping[str, Any]) -> tuple[RoleGrant, ...]:
    """The roles that somebody's groups give, and those that everybody has."""
    given = [
        *document.default_roles,
        *(role for group in _groups(document, claims) for role in document.groups.get(group, ())),
    ]
    return tuple(dict.fromkeys(map(_grant, given)))


def _groups(document: SignIn, claims: Mapping[str, Any]) -> Sequence[str]:
    found: Any = claims.get(document.groups_claim)
    if found is None and "." in document.groups_claim:
        found = claims
        for step in document.groups_claim.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return [found]
    if not isinstance(found, list):
        return []
    return [group for group in found[:_GROUPS_MOST] if isinstance(group, str)]


def _grant(role: GroupRole) -> RoleGrant:
    return RoleGrant(
        role.role, tuple(filter(None, listed(role.teams))), tuple(filter(None, listed(role.products)))
    )


def _invited(
    connection: Connection, document: SignIn, subject: str, email: str, now: InstantUs
) -> Person | None:
    """Somebody who was added by their address, and is bound to the provider's name for them from now on."""
    found = people.find(connection, PEOPLE.c.email == email) if email else None
    if found is None:
        return None
    if found.issuer or found.id == ADMINISTRATOR_ID:
        raise NotVerified("somebody else has this address here: ask an administrator")
    bound = {"issuer": document.issuer, "subject": subject}
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == found.id).values(bound))
    detail = {"sign_in": document.name, **bound}
    note(connection, "person.bound", f"person/{found.id}", actor=found.actor, now=now, detail=detail)
    return msgspec.structs.replace(found, **bound)


def _made(
    connection: Connection,
    document: SignIn,
    claims: Mapping[str, Any],
    email: str,
    roles: tuple[RoleGrant, ...],
    random_bytes: RandomBytes,
    now: InstantUs,
) -> Person:
    said = claims.get("name") or claims.get("preferred_username") or email
    name = "".join(letter for letter in str(said or "") if letter.isprintable()).strip()[:_NAME_MOST]
    person = Person(
        id=uuid7(now, random_bytes(8)),
        email=email,
        name=name or "Somebody without a name",
        status="active",
        issuer=document.issuer,
        subject=str(claims["sub"]),
        roles=(),
        roles_by_groups=roles,
        created_at_us=now,
        created_by=f"sign_in/{document.name}",
        last_seen_at_us=now,
    )
    return people.insert(connection, person)


def _with_roles(
    connection: Connection, document: SignIn, person: Person, roles: tuple[RoleGrant, ...], now: InstantUs
) -> Person:
    if person.roles_by_groups == roles:
        return person
    text = msgspec.json.encode(roles).decode()
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == person.id).values(roles_by_groups=text))
    note(
        connection,
        "person.changed",
        f"person/{person.id}",
        actor=f"sign_in/{document.name}",
        now=now,
        detail={"roles_by_groups": people.plain(roles)},
    )
    return msgspec.structs.replace(person, roles_by_groups=roles)
