"""The guard at the door: who may come in, and how much they may bring, before any route sees a byte."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bursar.access import ADMINISTRATOR, TOKEN_PREFIX, Doorkeeper, Entered
from bursar.api.cookies import SESSION_COOKIE, cookie, session_cookie
from bursar.api.cross_site import check_same_site
from bursar.api.permission import PRINCIPAL, SESSION, Forbidden
from bursar.api.problems import problem_of
from bursar.vocab.errors import BursarError

BODY_LIMIT_BYTES: Final = 32 << 20


_NEEDS_BEARER: Final = (
    "this address needs the header `Authorization: Bearer TOKEN`, or the session of a browser; "
    "the administrator's token is in the file admin-token of the home folder"
)


class Unauthorized(BursarError):
    """No token, or not the right one."""

    code = "unauthorized"


class BodyTooLarge(BursarError):
    """The request's body is longer than the limit."""

    code = "body_too_large"


@dataclass(frozen=True)
class Tokens:
    """The secrets that open the two locked parts of the API."""

    admin: str  # /api/v1
    internal: str  # /internal/v1


OPEN_PREFIXES: Final = ("/api/v1/alerts/answer/", "/api/v1/auth/oidc/")
"""Below them the request itself holds a token, which the route checks."""

OPEN_PATHS: Final = ("/api/v1/auth/options", "/api/v1/auth/link")
OPEN_BODY_LIMIT_BYTES: Final = 4096
"""What a stranger may send: enough for a sign-in link's token."""


_PRIVATE: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class Guard:
    """ASGI middleware: finds out who asks, and hands on a body no longer than the limit.

    Under /api/v1 that is the administrator's token, an API token, or a browser's session. They are looked at
    before the body is read, so that a stranger cannot make the process hold bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: Tokens,
        body_limit_bytes: int = BODY_LIMIT_BYTES,
        keeper: Doorkeeper | None = None,
        is_https: bool = False,
    ) -> None:
        self._app = app
        self._admin, self._internal = tokens.admin.encode(), tokens.internal.encode()
        self._body_limit_bytes = body_limit_bytes
        self._keeper = keeper
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            fresh_token = await self._check_who(scope)
            body = await self._read_body(scope, receive, self._limit(scope["path"]))
        except (Unauthorized, Forbidden, BodyTooLarge) as refusal:
            await problem_of(refusal)(scope, receive, send)
            return
        if body is not None:
            answer = self._with_cookie(send, fresh_token) if fresh_token else send
            if _is_below(scope["path"], "/api"):
                answer = _private(answer)
            await self._app(scope, _replay(body, receive), answer)

    async def _check_who(self, scope: Scope) -> str:
        """Leave who asks in the scope; the token that their browser shall have from now on, if any."""
        path = scope["path"]
        authorization = _header(scope, b"authorization")
        if _is_below(path, "/internal/v1"):
            if not _is_bearer(authorization, self._internal):
                raise Unauthorized(_NEEDS_BEARER)
        elif _is_below(path, "/api/v1") and not _is_open(path):
            if _is_bearer(authorization, self._admin):
                scope[PRINCIPAL] = ADMINISTRATOR
                return ""
            entered = await self._enter(scope, authorization)
            scope[PRINCIPAL], scope[SESSION] = entered.principal, entered.session
            return entered.fresh_token
        return ""

    async def _enter(self, scope: Scope, authorization: bytes) -> Entered:
        """Who an API token or a session speaks for; a token that is given wins, also if it is wrong."""
        if self._keeper is None:
            raise Unauthorized(_NEEDS_BEARER)
        if authorization:
            scheme, _, secret = authorization.decode("latin-1").partition(" ")
            if scheme.lower() != "bearer" or not secret.strip().startswith(TOKEN_PREFIX):
                raise Unauthorized(_NEEDS_BEARER)
            return await _known(self._keeper, self._keeper.api_token, secret.strip())
        token = cookie(scope, SESSION_COOKIE)
        if not token:
            raise Unauthorized(_NEEDS_BEARER)
        entered = await _known(self._keeper, self._keeper.session, token)
        if entered.session is not None:
            check_same_site(scope, entered.session.csrf)
        return entered

    def _limit(self, path: str) -> int:
        return (
            min(OPEN_BODY_LIMIT_BYTES, self._body_limit_bytes) if _is_open(path) else self._body_limit_bytes
        )

    def _with_cookie(self, send: Send, token: str) -> Send:
        """A `send` that hands the browser its new token."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"set-cookie", session_cookie(token, is_https=self._is_https))
                # A route that ends the session has said so in a cookie of its own.
                if not any(name == b"set-cookie" for name, _ in message.get("headers", ())):
                    message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        return answer

    async def _read_body(self, scope: Scope, receive: Receive, limit: int) -> bytes | None:
        """The whole body, or None if the client left before its end."""
        announced = _header(scope, b"content-length")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > limit:
                raise _too_large(limit)
            if not message.get("more_body", False):
                return bytes(body)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is longer than {limit} bytes: send it in parts", limit_bytes=limit)


def _private(send: Send) -> Send:
    """A `send` whose replies nobody keeps, and no browser takes for something else than they say."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            named = {name for name, _ in given}
            more = [header for header in _PRIVATE if header[0] not in named]
            message = {**message, "headers": [*given, *more]}
        await send(message)

    return answer


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)


async def _known(keeper: Doorkeeper, ask: Callable[[str], Entered | None], secret: str) -> Entered:
    """Who a secret speaks for, from memory or from the store."""
    entered = keeper.recall(secret) or await run_in_threadpool(ask, secret)
    if entered is None:
        raise Unauthorized("the session or token is over, or was never one: sign in again", is_over=True)
    return entered


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


def _is_bearer(given: bytes, secret: bytes) -> bool:
    scheme, _, token = given.partition(b" ")
    # An empty secret would let everyone in, so it lets no one in.
    return scheme.lower() == b"bearer" and bool(secret) and hmac.compare_digest(token.strip(), secret)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once and then what the connection really says."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
