"""The way to an identity provider and back. Nobody is known yet, so these routes are open."""

from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bursar.access.oidc import START_US, Finished, Oidc
from bursar.api.cookies import SIGN_IN_COOKIE, cookie, session_cookie, sign_in_cookie
from bursar.api.problems import responses, status_of
from bursar.api.visitors import address_of, visitor_of
from bursar.vocab.errors import BursarError
from bursar.vocab.network import Network

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_Text = Annotated[str, Query(max_length=4000)]

_PAGE_HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
_AWAY: Final[dict[int | str, dict[str, Any]]] = {
    302: {"description": "Onwards.", "headers": {"location": {"schema": {"type": "string"}}}}
}
_PAGE: Final[dict[str, Any]] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_PAGES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Signed in, with no role yet: a page that says whom to ask.", **_PAGE},
    401: {"description": "Nobody was signed in: a page that says so.", **_PAGE},
    429: {"description": "Too many tries: a page that says so.", **_PAGE},
    503: {"description": "The provider does not answer: a page that says so.", **_PAGE},
}


def oidc_router(oidc: Oidc, *, is_https: bool, proxies: tuple[Network, ...] = ()) -> APIRouter:
    """The routes; the guard must know their paths as open."""
    router = APIRouter(tags=["access"])

    @router.get(
        "/auth/oidc/{name}/start",
        status_code=302,
        response_class=Response,
        responses={**responses(404, is_locked=False), **_AWAY, 429: _PAGES[429], 503: _PAGES[503]},
    )
    async def start(
        request: Request,
        name: Name,
        wanted: Annotated[
            str,
            Query(alias="next", max_length=4000, description="A path of the console to go to afterwards."),
        ] = "/",
    ) -> Response:
        """Send the browser to an identity provider."""
        try:
            started = await run_in_threadpool(oidc.start, name, wanted, address=address_of(request, proxies))
        except BursarError as error:
            return _refusal(error)
        headers = {"cache-control": "no-store"}
        headers["set-cookie"] = sign_in_cookie(
            started.browser, is_https=is_https, max_age_s=START_US // 1_000_000
        ).decode()
        return RedirectResponse(started.address, 302, headers)

    @router.get(
        "/auth/oidc/{name}/callback",
        status_code=302,
        response_class=Response,
        responses={**responses(404, is_locked=False), **_AWAY, **_PAGES},
    )
    async def come_back(
        request: Request,
        name: Name,
        state: _Text = "",
        code: _Text = "",
        iss: _Text = "",
        error: _Text = "",
        error_description: _Text = "",
        error_uri: _Text = "",
        session_state: _Text = "",
        scope: _Text = "",
        authuser: _Text = "",
        prompt: _Text = "",
        hd: _Text = "",
    ) -> Response:
        """Where the identity provider sends the browser back to."""
        try:
            finished = await run_in_threadpool(
                oidc.finish,
                name,
                state=state,
                browser=cookie(request.scope, SIGN_IN_COOKIE),
                code="" if error else code,
                iss=iss,
                visitor=visitor_of(request, proxies),
            )
        except BursarError as refusal:
            return _refusal(refusal)
        return _arrived(finished, is_https=is_https)

    return router


def _arrived(finished: Finished, *, is_https: bool) -> Response:
    person = finished.person
    answer: Response
    if person.roles or person.roles_by_groups:
        answer = RedirectResponse(finished.next, 302, {"cache-control": "no-store"})
    else:
        ask = finished.ask or "an administrator of this installation"
        answer = _page(
            200,
            "You have no role yet",
            f"You are signed in as {person.email or person.name}, and none of your groups gives you a role. "
            f"Ask {ask}.",
        )
    answer.headers.append("set-cookie", session_cookie(finished.begun.token, is_https=is_https).decode())
    answer.headers.append("set-cookie", sign_in_cookie("", is_https=is_https, max_age_s=0).decode())
    return answer


def _refusal(error: BursarError) -> Response:
    status, title = status_of(error)
    if status not in _PAGES:
        raise error
    return _page(status, title, f"{error}.")


def _page(status: int, title: str, sentence: str) -> Response:
    """A page that works without scripts and loads nothing."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Bursar</title>'
        '<meta name="viewport" content="width=device-width">'
        '<body style="font:16px/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em">'
        f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p>"
        '<p><a href="/sign-in">Sign in</a></p></body></html>',
        status,
        _PAGE_HEADERS,
    )
