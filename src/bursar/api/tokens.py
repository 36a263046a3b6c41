"""Routes of API tokens: a person's own, for programs; the secret is shown once."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bursar import access
from bursar.access import TOKEN_PREFIX, ApiToken, Doorkeeper, Permission, Principal
from bursar.access.secret import RandomBytes
from bursar.api.permission import Forbidden, anyone, check_own_account
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.directory import parse_expiry
from bursar.vocab.errors import InvalidInput
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import format_instant

Whoever = Annotated[Principal, anyone()]
TokenId = Annotated[str, Path(pattern=r"^[0-9a-f-]{1,64}$", description="As the list shows it.")]

_NAME: Final[dict[str, Any]] = {"pattern": r"^[^\u0000-\u001f\u007f-\u009f]{1,200}$"}
_EXPIRES: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "pattern": "^[1-9][0-9]{0,1}[dw]$"},
    ]
}


class TokenRequest(BaseModel):
    """What a new token shall be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(description="What it is for.", json_schema_extra=_NAME)
    permissions: list[Permission] | None = Field(
        default=None, description="What it may do of what its person may; all of it if not given."
    )
    expires: str = Field(
        description="An instant within a year, ISO 8601, or a span such as 30d.", json_schema_extra=_EXPIRES
    )
    person: str | None = Field(
        default=None,
        max_length=64,
        description="Whose it is; only the installation's own token may make one for somebody else.",
    )


class TokenReply(BaseModel):
    """A token without its secret."""

    id: str
    person: str = Field(description="The id of whose it is.")
    name: str
    permissions: list[Permission] | None = Field(description="Null: all that its person may do.")
    created_at: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None = Field(description="Within a minute.")


class TokenCreated(TokenReply):
    """A new token; this is the only time that its secret is shown."""

    secret: str


class TokensReply(BaseModel):
    """Live tokens, newest first."""

    tokens: list[TokenReply]


def tokens_router(keeper: Doorkeeper, *, random_bytes: RandomBytes) -> APIRouter:
    """The routes; everybody may see, make and end what is theirs. `random_bytes` must be fit for secrets."""
    router = APIRouter(tags=["access"])

    @router.get("/tokens", responses=responses(400, 503))
    def read_tokens(
        who: Whoever,
        services: WithServices,
        of: Annotated[
            Literal["me", "everyone"], Query(description="`everyone` needs the permission people.read.")
        ] = "me",
    ) -> TokensReply:
        """Live tokens."""
        if of == "everyone" and not who.may("people.read"):
            raise Forbidden(f"{who.name} may see their own tokens only", permission="people.read")
        check_own_account(who, "people.read")
        person = None if of == "everyone" else who.person_id
        found = access.list_tokens(services.engine, person=person, now=services.now())
        return TokensReply(tokens=[TokenReply.model_validate(_fields(one)) for one in found])

    @router.post("/tokens", status_code=201, responses=responses(400, 404, 409, 503))
    def create_token(who: Whoever, request: TokenRequest, services: WithServices) -> TokenCreated:
        """Make a token. Its secret is in this reply and nowhere else."""
        now = services.now()
        secret = TOKEN_PREFIX + access.fresh(random_bytes)
        token = access.create_token(
            services.engine,
            token_id=uuid7(now, random_bytes(8)),
            secret=secret,
            person=_owner(who, request.person),
            name=request.name,
            only=request.permissions,
            expires_at=parse_expiry(request.expires, now=now),
            actor=who.actor,
            now=now,
        )
        return TokenCreated.model_validate({**_fields(token), "secret": secret})

    @router.delete("/tokens/{token_id}", responses=responses(400, 404, 503))
    def revoke_token(who: Whoever, token_id: TokenId, services: WithServices) -> TokenReply:
        """End a token of one's own; of others with the permission people.write. Twice is once."""
        check_own_account(who, "people.write")
        only_of = None if who.may("people.write") else who.person_id
        token = access.revoke_token(
            services.engine, token_id, only_of=only_of, actor=who.actor, now=services.now()
        )
        keeper.forget()
        return TokenReply.model_validate(_fields(token))

    return router


def _owner(who: Principal, person: str | None) -> str:
    """Whose the new token is. A token makes no tokens: it would outlive its end, and widen what it may."""
    if who.kind == "api_token":
        raise Forbidden("an API token cannot make tokens: sign in to the console")
    if who.kind == "admin_token":
        if not person:
            raise InvalidInput("person: say whose token it shall be; the installation's own is nobody")
        return person
    if person not in (None, who.person_id):
        raise Forbidden(f"{who.name} may make tokens for themselves only")
    return who.person_id


def _fields(token: ApiToken) -> dict[str, Any]:
    def time(instant: Any) -> str | None:
        return None if instant is None else format_instant(instant)

    return {
        "id": token.id,
        "person": token.person,
        "name": token.name,
        "permissions": None if token.only is None else list(token.only),
        "created_at": time(token.created_at_us),
        "expires_at": time(token.expires_at_us),
        "revoked_at": time(token.revoked_at_us),
        "last_used_at": time(token.last_used_at_us),
    }
