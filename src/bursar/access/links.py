"""Sign-in links: a secret in the part of an address that no server is sent, good once, for an hour."""

from typing import Final

from sqlalchemy import Connection, Engine, select, update

from bursar.access import people
from bursar.access.attempts import note_failure
from bursar.access.people import Person
from bursar.access.record import note
from bursar.access.secret import digest
from bursar.access.tables import SIGN_IN_LINKS
from bursar.store.state import writing
from bursar.vocab.errors import BursarError, Conflict
from bursar.vocab.instant import InstantUs, format_instant

LINK_US: Final = 3_600 * 1_000_000


class NotSignedIn(BursarError):
    """Whoever tried to sign in was not let in; the sentence tells nothing that helps to guess."""

    code = "not_signed_in"


SENTENCE: Final = (
    "this link does not sign anybody in: it was used, is older than an hour, or was never made. "
    "Ask an administrator for a new one; `bursar sign-in` makes one for whoever runs bursar"
)


def make_link(engine: Engine, person_id: str, *, secret: str, actor: str, now: InstantUs) -> InstantUs:
    """Keep a link's secret for somebody; when it ends. A new link ends those made before for them."""
    with writing(engine) as connection:
        person = people.get(connection, person_id, lock=True)
        if person.status != "active":
            raise Conflict(f"{person.name} is disabled: enable them before they get a link")
        expires_at = InstantUs(now + LINK_US)
        earlier = (SIGN_IN_LINKS.c.person == person_id) & (SIGN_IN_LINKS.c.expires_at_us > now)
        connection.execute(update(SIGN_IN_LINKS).where(earlier).values(expires_at_us=now))
        connection.execute(
            SIGN_IN_LINKS.insert().values(
                token_sha256=digest(secret), person=person_id, made_at_us=now, expires_at_us=expires_at
            )
        )
        detail = {"expires_at": format_instant(expires_at)}
        note(connection, "link.created", f"person/{person_id}", actor=actor, now=now, detail=detail)
    return expires_at


def use_link(connection: Connection, secret: str, *, now: InstantUs) -> Person | None:
    """Whom a link signs in, in the caller's transaction; None if it is none, is over, or was used."""
    table = SIGN_IN_LINKS
    good = (table.c.token_sha256 == digest(secret)) & table.c.used_at_us.is_(None)
    statement = update(table).where(good & (table.c.expires_at_us > now)).values(used_at_us=now)
    if connection.execute(statement).rowcount != 1:
        return None
    person = people.get(connection, _owner(connection, secret))
    return person if person.status == "active" else None


def refuse_link(engine: Engine, secret: str, *, address: str, now: InstantUs) -> NotSignedIn:
    """Keep that a link was refused, and to whom it would have led; the error to raise."""
    with writing(engine) as connection:
        owner = _owner(connection, secret)
        subject = f"person/{owner}" if owner else "person/unknown"
        if note_failure(connection, address=address, account=owner, now=now):
            detail = {"by": "link", "address": address}
            note(connection, "sign_in.refused", subject, actor="nobody", now=now, detail=detail)
    return NotSignedIn(SENTENCE)


def _owner(connection: Connection, secret: str) -> str:
    query = select(SIGN_IN_LINKS.c.person).where(SIGN_IN_LINKS.c.token_sha256 == digest(secret))
    return str(connection.execute(query).scalar_one_or_none() or "")
