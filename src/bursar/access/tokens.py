"""API tokens: a person's own, for programs; with an end, and with a part of what the person may."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, desc, func, select, update

from bursar.access import people
from bursar.access.people import Person
from bursar.access.principal import Principal
from bursar.access.record import note
from bursar.access.roles import PERMISSIONS, Permission
from bursar.access.secret import digest
from bursar.access.tables import API_TOKENS
from bursar.store.state import reading, writing
from bursar.vocab.errors import Conflict, InvalidInput, NotFound
from bursar.vocab.instant import InstantUs, format_instant

TOKEN_PREFIX: Final = "bst_"  # noqa: S105 - what every one begins with, for secret scanners
LIFE_MOST_US: Final = 366 * 86_400 * 1_000_000
LIVE_MOST: Final = 100
GROUPS_HOLD_US: Final = 30 * 86_400 * 1_000_000
"""So long roles by groups hold for tokens whose person does not sign in: they may have left the groups."""

_SECRET: Final = re.compile(r"bst_[A-Za-z0-9_-]{43}")
_USED_EVERY_US: Final = 60 * 1_000_000
_decode_only = msgspec.json.Decoder(list[Permission]).decode


class ApiToken(msgspec.Struct, kw_only=True, frozen=True):
    """A token without its secret. `only` are the permissions that it has of its person's; None: all."""

    id: str
    person: str
    name: str
    only: tuple[Permission, ...] | None
    created_at_us: InstantUs
    expires_at_us: InstantUs
    revoked_at_us: InstantUs | None
    last_used_at_us: InstantUs | None

    def lives(self, now: InstantUs) -> bool:
        return self.revoked_at_us is None and now < self.expires_at_us


def create_token(
    engine: Engine,
    *,
    token_id: str,
    secret: str,
    person: str,
    name: str,
    only: Sequence[str] | None,
    expires_at: InstantUs,
    actor: str,
    now: InstantUs,
) -> ApiToken:
    """Keep a token for `secret` (`bst_` and 43 url-safe characters), at most for a year."""
    if not _SECRET.fullmatch(secret):
        raise InvalidInput("a token's secret is bst_ and 43 letters, digits, - or _")
    token = ApiToken(
        id=token_id,
        person=person,
        name=people.checked_name(name),
        only=_checked_only(only),
        created_at_us=now,
        expires_at_us=_checked_end(expires_at, now),
        revoked_at_us=None,
        last_used_at_us=None,
    )
    with writing(engine) as connection:
        owner = people.get(connection, person, lock=True)
        if owner.status != "active":
            raise Conflict(f"{owner.name} is disabled: they can have no token")
        if _live(connection, person, now) >= LIVE_MOST:
            raise Conflict(f"{owner.name} has {LIVE_MOST} live tokens: revoke those that nobody needs")
        row = {**msgspec.structs.asdict(token), "secret_sha256": digest(secret)}
        row["only"] = None if token.only is None else msgspec.json.encode(token.only).decode()
        connection.execute(API_TOKENS.insert().values(row))
        detail = {
            "name": token.name,
            "person": person,
            "only": None if token.only is None else list(token.only),
            "expires_at": format_instant(token.expires_at_us),
        }
        note(connection, "token.created", f"token/{token.id}", actor=actor, now=now, detail=detail)
    return token


def list_tokens(engine: Engine, *, person: str | None, now: InstantUs) -> list[ApiToken]:
    """Live tokens of one person, or of everybody, newest first."""
    table = API_TOKENS
    query = select(table).where(table.c.revoked_at_us.is_(None), table.c.expires_at_us > now)
    if person is not None:
        query = query.where(table.c.person == person)
    ordered = query.order_by(desc(table.c.created_at_us), desc(table.c.id)).limit(1000)
    with reading(engine) as connection:
        return [_from_row(row) for row in connection.execute(ordered)]


def revoke_token(
    engine: Engine, token_id: str, *, only_of: str | None, actor: str, now: InstantUs
) -> ApiToken:
    """End a token; a second time changes nothing. NotFound if it is none, or not of the person `only_of`."""
    with writing(engine) as connection:
        query = select(API_TOKENS).where(API_TOKENS.c.id == token_id).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is None or only_of not in (None, row.person):
            raise NotFound(f"there is no token with the id {token_id!r}: `bursar token list` shows them")
        token = _from_row(row)
        if token.revoked_at_us is not None:
            return token
        connection.execute(update(API_TOKENS).where(API_TOKENS.c.id == token_id).values(revoked_at_us=now))
        detail = {"name": token.name, "person": token.person}
        note(connection, "token.revoked", f"token/{token_id}", actor=actor, now=now, detail=detail)
    return msgspec.structs.replace(token, revoked_at_us=now)


def speaks(engine: Engine, secret: str, *, now: InstantUs) -> Principal | None:
    """Who a live token speaks for; None if it is none. Its use is noted once a minute."""
    if not _SECRET.fullmatch(secret):
        return None
    with reading(engine) as connection:
        row = connection.execute(
            select(API_TOKENS).where(API_TOKENS.c.secret_sha256 == digest(secret))
        ).one_or_none()
        principal = None if row is None else _principal(connection, _from_row(row), now)
    if row is not None and principal is not None and now - (row.last_used_at_us or 0) >= _USED_EVERY_US:
        with writing(engine) as connection:
            connection.execute(
                update(API_TOKENS).where(API_TOKENS.c.id == row.id).values(last_used_at_us=now)
            )
    return principal


def still_speaks(engine: Engine, token_id: str, *, now: InstantUs) -> Principal | None:
    """The same for a token that was let in before, by its id."""
    with reading(engine) as connection:
        row = connection.execute(select(API_TOKENS).where(API_TOKENS.c.id == token_id)).one_or_none()
        return None if row is None else _principal(connection, _from_row(row), now)


def _principal(connection: Connection, token: ApiToken, now: InstantUs) -> Principal | None:
    if not token.lives(now):
        return None
    person: Person = people.get(connection, token.person)
    if person.status != "active":
        return None
    if now - (person.last_seen_at_us or 0) > GROUPS_HOLD_US:
        person = msgspec.structs.replace(person, roles_by_groups=())
    only = None if token.only is None else frozenset(token.only)
    return person.principal(kind="api_token", only=only, token_id=token.id)


def _live(connection: Connection, person: str, now: InstantUs) -> int:
    table = API_TOKENS
    alive = (table.c.person == person) & table.c.revoked_at_us.is_(None) & (table.c.expires_at_us > now)
    return int(connection.execute(select(func.count()).where(alive)).scalar_one())


def _checked_only(only: Sequence[str] | None) -> tuple[Permission, ...] | None:
    if only is None:
        return None
    unknown = sorted(set(only) - set(PERMISSIONS))
    if unknown or not only:
        named = f"{', '.join(unknown)} is none" if unknown else "give at least one, or leave them out"
        raise InvalidInput(f"permissions: {named}; there are {', '.join(PERMISSIONS)}")
    return tuple(name for name in PERMISSIONS if name in only)


def _checked_end(expires_at: InstantUs, now: InstantUs) -> InstantUs:
    if not now < expires_at <= now + LIFE_MOST_US:
        raise InvalidInput("expires: a token ends in the future, at most a year from now")
    return expires_at


def _from_row(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        person=row.person,
        name=row.name,
        only=None if row.only is None else tuple(_decode_only(row.only)),
        created_at_us=row.created_at_us,
        expires_at_us=row.expires_at_us,
        revoked_at_us=row.revoked_at_us,
        last_used_at_us=row.last_used_at_us,
    )
