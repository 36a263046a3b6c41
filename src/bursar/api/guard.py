"""The guard at the door: who may come in, and how much they may bring, before any route sees a byte."""

import hmac
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bursar.access import ADMINISTRATOR
from bursar.api.permission import PRINCIPAL
from bursar.api.problems import problem_of
from bursar.vocab.errors import BursarError

BODY_LIMIT_BYTES: Final = 32 << 20


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


OPEN_PREFIX: Final = "/api/v1/alerts/answer/"
"""Below it the path itself holds a token, which the route checks."""


class Guard:
    """ASGI middleware: checks the bearer token by path, and hands on a body no longer than the limit.

    A token is looked at before the body is read, so that a stranger cannot make the process hold bytes.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens, body_limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        self._app = app
        self._locks = (("/api/v1", tokens.admin.encode()), ("/internal/v1", tokens.internal.encode()))
        self._body_limit_bytes = body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check_token(scope)
            body = await self._read_body(scope, receive)
        except (Unauthorized, BodyTooLarge) as refusal:
            await problem_of(refusal)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)

    def _check_token(self, scope: Scope) -> None:
        path = scope["path"]
        if path.startswith(OPEN_PREFIX):
            return
        for prefix, secret in self._locks:
            if path == prefix or path.startswith(prefix + "/"):
                _check_bearer(_header(scope, b"authorization"), secret)
                scope[PRINCIPAL] = ADMINISTRATOR

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body, or None if the client left before its end."""
        announced = _header(scope, b"content-length")
        if announced.isdigit() and int(announced) > self._body_limit_bytes:
            raise self._too_large()
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._body_limit_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"the body is longer than {self._body_limit_bytes} bytes: send it in parts",
            limit_bytes=self._body_limit_bytes,
        )


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


def _check_bearer(given: bytes, secret: bytes) -> None:
    scheme, _, token = given.partition(b" ")
    # An empty secret would let everyone in, so it lets no one in.
    if scheme.lower() != b"bearer" or not secret or not hmac.compare_digest(token.strip(), secret):
        raise Unauthorized(
            "this address needs the header `Authorization: Bearer TOKEN`; "
            "the administrator's token is in the file admin-token of the home folder"
        )


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
