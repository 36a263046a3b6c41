"""Virtual keys: who is calling, and which tags a caller may change; only a secret's SHA-256 is stored."""

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, desc, select, update

from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.directory.estate import KEY_TAG_KINDS, documents_in_force
from bursar.directory.tables import KEYS
from bursar.estate.kinds import AnyDocument
from bursar.estate.snapshot import Key
from bursar.store.state import reading, writing
from bursar.vocab.errors import InvalidInput, NotFound, near_names
from bursar.vocab.event import UNKNOWN
from bursar.vocab.instant import InstantUs, parse_instant

SECRET_PREFIX: Final = "bsk_"  # noqa: S105 - what every secret begins with, for secret scanners
_SECRET: Final = re.compile(r"bsk_[A-Za-z0-9_-]{32,}")
_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
_TAG_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_MODEL_GLOB: Final = re.compile(r"[A-Za-z0-9._:/@+*?\[\]!-]{1,200}")
_SPAN: Final = re.compile(r"([0-9]{1,6})([mhdw])")
_SPAN_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MAY_SET: Final = ("team", "product", "use_case", "environment")
_LABEL_MAX: Final = 200
_LABEL: Final = re.compile(rf"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{0,{_LABEL_MAX}}}")
_LAST_INSTANT: Final = parse_instant("9999-12-31")


class KeyRequest(msgspec.Struct, kw_only=True, frozen=True):
    """What a new key shall be. `expires` is an ISO 8601 instant or a span such as 30d; None: never."""

    team: str = UNKNOWN
    product: str = UNKNOWN
    use_case: str = UNKNOWN
    environment: str = UNKNOWN
    tags: dict[str, str] = {}
    may_set: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    expires: str | None = None
    label: str = ""


def create_key(
    engine: Engine, request: KeyRequest, *, key_id: str, secret: str, actor: str, now: InstantUs
) -> Key:
    """Store a new key for `secret` (`bsk_` and at least 32 url-safe characters).

    InvalidInput names every value that cannot be used; team, product and use case must be in the estate as
    soon as it holds any document of that kind.
    """
    if not _SECRET.fullmatch(secret):
        raise InvalidInput("a key's secret is bsk_ and at least 32 letters, digits, - or _")
    key = Key(
        id=key_id,
        secret_sha256=hash_secret(secret),
        team=request.team,
        product=request.product,
        use_case=request.use_case,
        environment=request.environment,
        tags=request.tags,
        may_set=tuple(dict.fromkeys(name.replace("use-case", "use_case") for name in request.may_set)),
        models=tuple(dict.fromkeys(request.models)),
        created_at_us=now,
        expires_at_us=None if request.expires is None else parse_expiry(request.expires, now=now),
        label=request.label,
    )
    with writing(engine) as connection:
        locked = changes.lock(connection)
        problems = [*_bad_values(key), *_unknown_names(key, documents_in_force(connection))]
        if problems:
            raise InvalidInput("; ".join(problems))
        connection.execute(KEYS.insert().values(_to_row(key, actor)))
        _note(connection, key, "created", locked=locked, actor=actor, now=now)
    return key


def revoke_key(engine: Engine, key_id: str, *, actor: str, now: InstantUs) -> Key:
    """End a key; a second time changes nothing. NotFound if there is no such key."""
    with writing(engine) as connection:
        locked = changes.lock(connection)
        row = connection.execute(select(KEYS).where(KEYS.c.id == key_id)).one_or_none()
        if row is None:
            raise no_such_key(key_id)
        key = _from_row(row)
        if key.revoked_at_us is not None:
            return key
        connection.execute(
            update(KEYS).where(KEYS.c.id == key_id).values(revoked_at_us=now, revoked_by=actor)
        )
        _note(connection, key, "revoked", locked=locked, actor=actor, now=now)
    return msgspec.structs.replace(key, revoked_at_us=now)


def no_such_key(key_id: str) -> NotFound:
    """What is said of a key that does not exist, or that whoever asks does not see."""
    return NotFound(f"there is no key with the id {key_id!r}: `bursar key list` shows them")


def list_keys(engine: Engine) -> list[Key]:
    """Every key, revoked and expired ones too, newest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(KEYS).order_by(desc(KEYS.c.created_at_us), desc(KEYS.c.id))).all()
    return [_from_row(row) for row in rows]


def key_labels(engine: Engine, ids: Collection[str]) -> dict[str, str]:
    """What these keys are called, by their id."""
    with reading(engine) as connection:
        rows = connection.execute(select(KEYS.c.id, KEYS.c.label).where(KEYS.c.id.in_(ids)))
        return {row.id: row.label for row in rows}


def all_keys(connection: Connection) -> list[Key]:
    """Every key: a gateway must know revoked and expired ones too, to say so to whoever still uses them."""
    rows = connection.execute(select(KEYS).order_by(KEYS.c.id))
    return [_from_row(row) for row in rows]


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. No salt and no slow hash: a secret has 190 bits or more of randomness."""
    return hashlib.sha256(secret.encode()).hexdigest()


def parse_expiry(text: str, *, now: InstantUs) -> InstantUs:
    """An ISO 8601 instant, or a span from now such as 90m, 12h, 30d or 4w; it must lie in the future."""
    span = _SPAN.fullmatch(text.strip())
    if span:
        length = timedelta(**{_SPAN_UNITS[span[2]]: int(span[1])})
        expires = InstantUs(now + length // timedelta(microseconds=1))
    else:
        try:
            expires = parse_instant(text.strip())
        except InvalidInput as error:
            raise InvalidInput(f"expires: {error}, or a span such as 12h, 30d or 4w") from error
    if expires > _LAST_INSTANT:
        raise InvalidInput(
            f"expires: {text!r} is beyond the calendar; leave it out for a key that never expires"
        )
    if expires <= now:
        raise InvalidInput(f"expires: {text!r} is not in the future")
    return expires


def _bad_values(key: Key) -> list[str]:
    """What is wrong with a key by itself."""
    problems = [
        f"{name} {value!r} cannot be used: letters, digits and . _ : / @ + -, at most 128"
        for name, value in [*((name, getattr(key, name)) for name in MAY_SET), *key.tags.items()]
        if not _VALUE.fullmatch(value)
    ]
    problems += [
        f"the tag name {name!r} cannot be used: small letters, digits and _ . -, at most 64"
        if not _TAG_KEY.fullmatch(name)
        else f"{name} is not a further tag: give it by its own name"
        for name in key.tags
        if not _TAG_KEY.fullmatch(name) or name in (*MAY_SET, "model")
    ]
    problems += [sentence for name in key.may_set if (sentence := _bad_may_set(name))]
    problems += [
        f"the model pattern {glob!r} cannot be used: letters, digits, . _ : / @ + - and the wildcards * ? [ ]"
        for glob in key.models
        if not _MODEL_GLOB.fullmatch(glob)
    ]
    if not _LABEL.fullmatch(key.label):
        problems.append(f"the label must be one line of at most {_LABEL_MAX} characters")
    return problems


def _bad_may_set(name: str) -> str:
    if name in MAY_SET or (name.startswith("tag:") and _TAG_KEY.fullmatch(name.removeprefix("tag:"))):
        return ""
    near = near_names(name, MAY_SET, count=1)
    advice = f"did you mean {near[0]!r}?" if near else f"use {', '.join(MAY_SET)} or tag:<key>"
    return f"may_set {name!r} is not a tag; {advice}"


def _unknown_names(key: Key, documents: Sequence[AnyDocument]) -> list[str]:
    """Names that the estate does not hold, though it holds documents of their kind."""
    problems = []
    for kind in KEY_TAG_KINDS:
        names = {document.name for document in documents if kind == document.KIND}
        value = getattr(key, kind)
        if names and value != UNKNOWN and value not in names:
            near = near_names(value, names, count=3) or sorted(names)[:3]
            problems.append(f"there is no {kind} {value!r} in the estate; near it: {', '.join(near)}")
    return problems


def _note(connection: Connection, key: Key, action: str, *, locked: int, actor: str, now: InstantUs) -> None:
    row = AuditRow(
        revision=changes.advance(connection, locked),
        made_at_us=now,
        actor=actor,
        action=f"key.{action}",
        subject=f"key/{key.id}",
        detail={"label": key.label, **{name: getattr(key, name) for name in MAY_SET}},
    )
    changes.append_audit(connection, [row])


def _to_row(key: Key, actor: str) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(key),
        "tags": msgspec.json.encode(key.tags, order="sorted").decode(),
        "may_set": msgspec.json.encode(key.may_set).decode(),
        "models": msgspec.json.encode(key.models).decode(),
        "created_by": actor,
        "revoked_by": "",
    }


def _from_row(row: Row[Any]) -> Key:
    return Key(
        id=row.id,
        secret_sha256=row.secret_sha256,
        team=row.team,
        product=row.product,
        use_case=row.use_case,
        environment=row.environment,
        tags=msgspec.json.decode(row.tags, type=dict[str, str]),
        may_set=msgspec.json.decode(row.may_set, type=tuple[str, ...]),
        models=msgspec.json.decode(row.models, type=tuple[str, ...]),
        created_at_us=row.created_at_us,
        expires_at_us=row.expires_at_us,
        revoked_at_us=row.revoked_at_us,
        label=row.label,
    )
