"""Sessions of browsers: begun at a sign-in, rotated while they are used, ended by time or by hand."""

import hmac
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, Row, desc, or_, select, update

from bursar.access import people
from bursar.access.people import Person
from bursar.access.record import note
from bursar.access.secret import RandomBytes, digest, fresh
from bursar.access.tables import PEOPLE, SESSIONS
from bursar.store.state import reading, writing
from bursar.vocab.errors import NotFound
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs

_MINUTE_US: Final = 60 * 1_000_000
ABSOLUTE_US: Final = 12 * 60 * _MINUTE_US
IDLE_US: Final = 2 * 60 * _MINUTE_US
ROTATE_US: Final = 10 * _MINUTE_US
GRACE_US: Final = _MINUTE_US
"""How long the token before still opens once the new one was seen: requests may be under way."""

_SEEN_EVERY_US: Final = _MINUTE_US
_AGENT_MOST: Final = 300


class Session(msgspec.Struct, kw_only=True, frozen=True):
    """A browser that is signed in."""

    id: str
    person: str
    csrf: str
    created_at_us: InstantUs
    last_seen_at_us: InstantUs
    rotated_at_us: InstantUs
    ends_at_us: InstantUs
    address: str
    agent: str
    revoked_at_us: InstantUs | None

    def lives(self, now: InstantUs) -> bool:
        """Whether it is neither over, nor idle for too long, nor ended by hand."""
        idle_until = self.last_seen_at_us + IDLE_US
        return self.revoked_at_us is None and now < self.ends_at_us and now < idle_until


class Visitor(NamedTuple):
    """A browser that comes to sign in: where from, what it says of itself, its session's token."""

    address: str
    agent: str = ""
    token: str = ""


class Begun(NamedTuple):
    """A new session and the token for its browser, which is kept nowhere else."""

    session: Session
    token: str


class Seen(NamedTuple):
    """A live session as its token showed it; `fresh_token` is to be handed to the browser if not empty."""

    session: Session
    person: Person
    fresh_token: str


def begin(
    connection: Connection,
    person: Person,
    *,
    by: str,
    visitor: Visitor,
    random_bytes: RandomBytes,
    now: InstantUs,
) -> Begun:
    """Sign somebody in, in the caller's transaction: always a new token, so none can be fixed beforehand.

    The session that the browser had ends: nobody could use it again, and its streams would go on. `by` says
    how for the audit: link, or the name of an identity provider.
    """
    _end_replaced(connection, visitor, actor=person.actor, now=now)
    token = fresh(random_bytes)
    session = Session(
        id=uuid7(now, random_bytes(8)),
        person=person.id,
        csrf=fresh(random_bytes),
        created_at_us=now,
        last_seen_at_us=now,
        rotated_at_us=now,
        ends_at_us=InstantUs(now + ABSOLUTE_US),
        address=visitor.address,
        agent="".join(letter for letter in visitor.agent if letter.isprintable())[:_AGENT_MOST],
        revoked_at_us=None,
    )
    connection.execute(
        SESSIONS.insert().values({**msgspec.structs.asdict(session), "token_sha256": digest(token)})
    )
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == person.id).values(last_seen_at_us=now))
    detail = {"by": by, "address": visitor.address, "session": session.id}
    note(connection, "sign_in.done", f"person/{person.id}", actor=person.actor, now=now, detail=detail)
    return Begun(session, token)


def _end_replaced(connection: Connection, visitor: Visitor, *, actor: str, now: InstantUs) -> None:
    row = _row(connection, digest(visitor.token), lock=True) if visitor.token else None
    if row is None or row.revoked_at_us is not None:
        return
    _revoke(connection, row, actor=actor, now=now, by="another sign-in in the same browser")


def _revoke(connection: Connection, row: Row[Any], *, actor: str, now: InstantUs, **detail: str) -> None:
    connection.execute(update(SESSIONS).where(SESSIONS.c.id == row.id).values(revoked_at_us=now))
    detail = {"session": row.id, **detail}
    note(connection, "session.ended", f"person/{row.person}", actor=actor, now=now, detail=detail)


def see(engine: Engine, token: str, *, random_bytes: RandomBytes, now: InstantUs) -> Seen | None:
    """The live session that a token opens; it is rotated and marked as seen where that is due."""
    found = digest(token)
    with reading(engine) as connection:
        row = _row(connection, found)
        seen = _opened(connection, row, found, now)
    if row is None or seen is None:
        return None
    if not _is_due(row, found, now):
        return seen
    with writing(engine) as connection:
        row = _row(connection, found, lock=True)
        seen = _opened(connection, row, found, now)
        if row is None or seen is None:
            return None
        return seen._replace(fresh_token=_move_on(connection, row, found, random_bytes, now))


def person_of(engine: Engine, session_id: str, *, now: InstantUs) -> Person | None:
    """Whose session it is, if it still lives and they are still active."""
    with reading(engine) as connection:
        row = connection.execute(select(SESSIONS).where(SESSIONS.c.id == session_id)).one_or_none()
        if row is None or not _from_row(row).lives(now):
            return None
        person = people.get(connection, row.person)
    return person if person.status == "active" else None


def list_sessions(engine: Engine, *, person: str | None, now: InstantUs) -> list[Session]:
    """Live sessions of one person, or of everybody, newest first."""
    query = select(SESSIONS).where(SESSIONS.c.revoked_at_us.is_(None), SESSIONS.c.ends_at_us > now)
    if person is not None:
        query = query.where(SESSIONS.c.person == person)
    ordered = query.order_by(desc(SESSIONS.c.created_at_us), desc(SESSIONS.c.id)).limit(1000)
    with reading(engine) as connection:
        found = [_from_row(row) for row in connection.execute(ordered)]
    return [session for session in found if session.lives(now)]


def end_session(
    engine: Engine, session_id: str, *, only_of: str | None, actor: str, now: InstantUs
) -> Session:
    """End a session; twice is once. NotFound if it is none, or not of the person `only_of`."""
    with writing(engine) as connection:
        row = connection.execute(
            select(SESSIONS).where(SESSIONS.c.id == session_id).with_for_update()
        ).one_or_none()
        if row is None or only_of not in (None, row.person):
            raise NotFound(f"there is no session with the id {session_id!r}")
        if row.revoked_at_us is None:
            _revoke(connection, row, actor=actor, now=now)
        return _from_row(row)


def end_sessions(engine: Engine, person_id: str, *, actor: str, now: InstantUs) -> int:
    """Sign somebody out everywhere; how many sessions that ended."""
    live = (SESSIONS.c.person == person_id) & SESSIONS.c.revoked_at_us.is_(None)
    with writing(engine) as connection:
        ended = connection.execute(update(SESSIONS).where(live).values(revoked_at_us=now)).rowcount
        if ended:
            detail = {"sessions": ended}
            note(connection, "session.ended", f"person/{person_id}", actor=actor, now=now, detail=detail)
    return ended


def _row(connection: Connection, found: str, *, lock: bool = False) -> Row[Any] | None:
    opens = or_(SESSIONS.c.token_sha256 == found, SESSIONS.c.previous_sha256 == found)
    query = select(SESSIONS).where(opens)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def _opened(connection: Connection, row: Row[Any] | None, found: str, now: InstantUs) -> Seen | None:
    if row is None or not _from_row(row).lives(now):
        return None
    if not hmac.compare_digest(row.token_sha256, found) and not _in_grace(row, now):
        return None
    person = people.get(connection, row.person)
    return Seen(_from_row(row), person, "") if person.status == "active" else None


def _in_grace(row: Row[Any], now: InstantUs) -> bool:
    return row.previous_until_us is None or now < row.previous_until_us


def _is_due(row: Row[Any], found: str, now: InstantUs) -> bool:
    """Whether something must be written: a rotation, that the new token was seen, or when it was."""
    is_newest = row.token_sha256 == found
    confirms = is_newest and row.previous_sha256 is not None and row.previous_until_us is None
    return confirms or _rotates(row, is_newest, now) or now - row.last_seen_at_us >= _SEEN_EVERY_US


def _rotates(row: Row[Any], is_newest: bool, now: InstantUs) -> bool:
    if is_newest:
        return bool(now - row.rotated_at_us >= ROTATE_US)
    # The reply that carried the new token may be lost: then the browser still has this one, and gets another.
    return row.previous_until_us is None and bool(now - row.rotated_at_us >= GRACE_US)


def _move_on(
    connection: Connection, row: Row[Any], found: str, random_bytes: RandomBytes, now: InstantUs
) -> str:
    """Write what is due for a locked row; the new token if it was rotated."""
    is_newest = row.token_sha256 == found
    values: dict[str, object] = {"last_seen_at_us": now}
    token = ""
    if _rotates(row, is_newest, now):
        token = fresh(random_bytes)
        values |= {"token_sha256": digest(token), "rotated_at_us": now}
        values |= {"previous_sha256": found, "previous_until_us": None}
    elif is_newest and row.previous_sha256 is not None and row.previous_until_us is None:
        values["previous_until_us"] = now + GRACE_US
    connection.execute(update(SESSIONS).where(SESSIONS.c.id == row.id).values(values))
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == row.person).values(last_seen_at_us=now))
    return token


def _from_row(row: Row[Any]) -> Session:
    return Session(**{name: getattr(row, name) for name in Session.__struct_fields__})
