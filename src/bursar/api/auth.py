"""Signing in: what ways there are, and the way of a link. Nobody is known yet, so these routes are open."""

from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from bursar.access import Doorkeeper
from bursar.access.oidc import Oidc
from bursar.api.cookies import session_cookie
from bursar.api.cross_site import check_origin
from bursar.api.problems import responses
from bursar.api.visitors import visitor_of
from bursar.vocab.network import Network

_SECRET: Final[dict[str, Any]] = {"pattern": r"^[A-Za-z0-9_-]{43}$"}
_SET_COOKIE: Final[dict[int | str, dict[str, Any]]] = {
    204: {
        "description": "Signed in; the session is in the cookie.",
        "headers": {"set-cookie": {"schema": {"type": "string"}}},
    }
}


class OidcOption(BaseModel):
    """An identity provider; a browser goes to `start_url`."""

    name: str
    label: str
    start_url: str


class AuthOptions(BaseModel):
    """The ways to sign in here."""

    oidc: list[OidcOption]
    sign_in_link: bool = Field(description="Whether links of administrators sign in.")


class LinkRequest(BaseModel):
    """What follows `#` in a sign-in link."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: str = Field(max_length=200, json_schema_extra=_SECRET)


def auth_router(
    keeper: Doorkeeper, oidc: Oidc, *, is_https: bool, proxies: tuple[Network, ...] = ()
) -> APIRouter:
    """The routes; the guard must know their paths as open."""
    router = APIRouter(tags=["access"])

    @router.get("/auth/options", responses=responses(503, is_locked=False))
    def options() -> AuthOptions:
        """The ways to sign in here."""
        found = [
            OidcOption(
                name=one.name, label=one.label or one.title or one.name, start_url=oidc.start_url(one.name)
            )
            for one in oidc.providers()
        ]
        return AuthOptions(oidc=found, sign_in_link=True)

    @router.post(
        "/auth/link",
        status_code=204,
        responses={**responses(400, 403, 429, 503), **_SET_COOKIE},
    )
    async def sign_in(request: Request, wanted: LinkRequest) -> Response:
        """Sign in by a link, once. A page of another site cannot do this in somebody's name."""
        check_origin(request.scope)
        begun = await run_in_threadpool(keeper.sign_in_by_link, wanted.token, visitor_of(request, proxies))
        headers = {"set-cookie": session_cookie(begun.token, is_https=is_https).decode()}
        return Response(status_code=204, headers=headers)

    return router
