"""Routes of virtual keys: make one (its secret is shown once), list them, end one."""

import base64
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.estate_rows import EstateRows
from bursar.api.permission import Forbidden, need
from bursar.api.problems import responses
from bursar.api.rows import calls_of_key_in_sight, check_row, key_in_sight
from bursar.api.services import Services, WithServices
from bursar.estate.snapshot import Key
from bursar.vocab.event import UNKNOWN
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs, format_instant

WritesKeys = Annotated[Principal, need("keys.write")]
ReadsKeys = Annotated[Principal, need("keys.read")]

_SECRET_BYTES: Final = 32

# The patterns only describe; the directory holds them, and says in a sentence what would be right.
_TAG_VALUE: Final[dict[str, Any]] = {"pattern": r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$"}
_TAG_KEY: Final[dict[str, Any]] = {"pattern": r"^[a-z0-9][a-z0-9_.-]{0,63}$"}
_MAY_SET: Final[dict[str, Any]] = {
    "pattern": r"^(?:team|product|use_case|environment|tag:[a-z0-9][a-z0-9_.-]{0,63})$",
    "type": "string",
}
_GLOB: Final[dict[str, Any]] = {"pattern": r"^[A-Za-z0-9._:/@+*?\[\]!-]{1,200}$", "type": "string"}
_EXPIRES: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhdw]$"},
        {"type": "null"},
    ]
}


class KeyRequest(BaseModel):
    """What a new key shall be; a tag that is not given is `unknown`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    team: str = Field(default=UNKNOWN, json_schema_extra=_TAG_VALUE)
    product: str = Field(default=UNKNOWN, json_schema_extra=_TAG_VALUE)
    use_case: str = Field(default=UNKNOWN, json_schema_extra=_TAG_VALUE)
    environment: str = Field(default=UNKNOWN, json_schema_extra=_TAG_VALUE)
    tags: dict[str, str] = Field(
        default={},
        description="Any further tags.",
        json_schema_extra={
            "propertyNames": _TAG_KEY,
            "additionalProperties": {"type": "string", **_TAG_VALUE},
        },
    )
    may_set: list[str] = Field(
        default=[], description="Tags that a caller may set on a call.", json_schema_extra={"items": _MAY_SET}
    )
    models: list[str] = Field(
        default=[],
        description="Patterns of the models it may use; none: all.",
        json_schema_extra={"items": _GLOB},
    )
    expires: str | None = Field(
        default=None,
        description="An instant in the future, ISO 8601, or a span such as 90m, 12h, 30d, 4w.",
        json_schema_extra=_EXPIRES,
    )
    label: str = Field(default="", json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]{0,200}$"})


class KeyReply(BaseModel):
    """A key without its secret; instants are ISO 8601 in UTC."""

    id: str
    label: str
    status: Literal["live", "expired", "revoked"]
    team: str
    product: str
    use_case: str
    environment: str
    tags: dict[str, str]
    may_set: list[str]
    models: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class KeyCreated(KeyReply):
    """A new key; this is the only time that its secret is shown."""

    secret: str


class KeysReply(BaseModel):
    """All keys, newest first."""

    keys: list[KeyReply]


def keys_router(*, random_bytes: Callable[[int], bytes]) -> APIRouter:
    """The routes; `random_bytes` must be fit for secrets (`os.urandom`)."""
    router = APIRouter(tags=["keys"])

    @router.post("/keys", status_code=201, responses=responses(400, 503))
    def create_key(who: WritesKeys, request: KeyRequest, services: WithServices) -> KeyCreated:
        """Make a key. Its secret is in this reply and nowhere else."""
        now = services.now()
        secret = new_secret(random_bytes)
        wanted = directory.KeyRequest(
            team=request.team,
            product=request.product,
            use_case=request.use_case,
            environment=request.environment,
            tags=dict(request.tags),
            may_set=tuple(request.may_set),
            models=tuple(request.models),
            expires=request.expires,
            label=request.label,
        )
        _check_names(who, wanted, services)
        key = directory.create_key(
            services.engine,
            wanted,
            key_id=uuid7(now, random_bytes(8)),
            secret=secret,
            actor=who.actor,
            now=now,
        )
        return KeyCreated.model_validate({**_fields(key, now), "secret": secret})

    @router.get("/keys", responses=responses(503))
    def read_keys(who: ReadsKeys, services: WithServices) -> KeysReply:
        """Every key whose tags are in sight, revoked and expired ones too."""
        now, sight = services.now(), who.sight("keys.read")
        found = directory.list_keys(services.engine)
        return KeysReply(keys=[_reply(key, now) for key in found if key_in_sight(key, sight)])

    @router.delete("/keys/{key_id}", responses=responses(404, 503))
    def revoke_key(
        who: WritesKeys,
        key_id: Annotated[str, Path(description="The key's id, as it was made or as GET /keys shows it.")],
        services: WithServices,
    ) -> KeyReply:
        """End a key; it stops working in all gateway workers within a second. Twice is once."""
        now = services.now()
        _check_key(who, key_id, services)
        return _reply(directory.revoke_key(services.engine, key_id, actor=who.actor, now=now), now)

    return router


def _check_names(who: Principal, wanted: directory.KeyRequest, services: Services) -> None:
    """Forbidden unless every call of the new key is within what its maker may do, by names that they see.

    Told before the estate is asked: its hints would name what others have.
    """
    sight = who.sight("keys.write")
    if sight.is_everything:
        return
    key = Key(id="", secret_sha256="", team=wanted.team, product=wanted.product, may_set=wanted.may_set)
    rows = EstateRows(directory.snapshot(services.engine), sight)
    names = {kind: getattr(wanted, kind) for kind in ("team", "product", "use_case")}
    # Who is limited to a product would see the calls of any team for it; but that team's budgets would pay.
    lets_others_pay = not {"team", "product"}.isdisjoint(wanted.may_set)
    if (
        lets_others_pay
        or not calls_of_key_in_sight(key, sight)
        or not all(rows.may_name(kind, name) for kind, name in names.items())
    ):
        raise Forbidden(
            f"{who.name} may make keys for some teams or products only: tag it with one of them, by names of "
            "the estate that they see, and let callers set neither team nor product",
            permission="keys.write",
        )


def _check_key(who: Principal, key_id: str, services: Services) -> None:
    if who.sight("keys.write").is_everything:
        return
    found = [key for key in directory.list_keys(services.engine) if key.id == key_id]
    missing = directory.no_such_key(key_id)
    if not found:
        raise missing
    check_row(who, "keys.read", "keys.write", lambda sight: key_in_sight(found[0], sight), missing)


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """A fresh secret: `bsk_` and 43 url-safe characters that carry 256 random bits."""
    text = base64.urlsafe_b64encode(random_bytes(_SECRET_BYTES)).decode().rstrip("=")
    return directory.SECRET_PREFIX + text


def _status(key: Key, now: InstantUs) -> Literal["live", "expired", "revoked"]:
    if key.revoked_at_us is not None:
        return "revoked"
    return "expired" if key.expires_at_us is not None and key.expires_at_us <= now else "live"


def _time(instant: int | None) -> str | None:
    return None if instant is None else format_instant(InstantUs(instant))


def _reply(key: Key, now: InstantUs) -> KeyReply:
    return KeyReply.model_validate(_fields(key, now))


def _fields(key: Key, now: InstantUs) -> dict[str, object]:
    return {
        "id": key.id,
        "label": key.label,
        "status": _status(key, now),
        "team": key.team,
        "product": key.product,
        "use_case": key.use_case,
        "environment": key.environment,
        "tags": key.tags,
        "may_set": list(key.may_set),
        "models": list(key.models),
        "created_at": _time(key.created_at_us),
        "expires_at": _time(key.expires_at_us),
        "revoked_at": _time(key.revoked_at_us),
    }
