"""Cookies: read from a request, and written so that no script and no other site gets at them."""

import re
from typing import Final

from starlette.types import Scope

SESSION_COOKIE: Final = "bursar_session"
SIGN_IN_COOKIE: Final = "bursar_sign_in"
"""Binds a way to an identity provider to the browser that set out on it."""

_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie(scope: Scope, name: str) -> str:
    """The value of a cookie of ours; empty if there is none, or it is nothing that we have written."""
    for header, value in scope["headers"]:
        if header == b"cookie":
            for part in value.decode("latin-1").split(";"):
                found, _, text = part.strip().partition("=")
                if found == name and _VALUE.fullmatch(text):
                    return str(text)
    return ""


def session_cookie(token: str, *, is_https: bool) -> bytes:
    """The value of `set-cookie` for a session; it ends with the browser, the server knows when before."""
    return _cookie(SESSION_COOKIE, token, "/", is_https=is_https)


def no_session_cookie(*, is_https: bool) -> bytes:
    """The value of `set-cookie` that takes the session from the browser."""
    return _cookie(SESSION_COOKIE, "", "/", is_https=is_https, max_age_s=0)


def sign_in_cookie(secret: str, *, is_https: bool, max_age_s: int) -> bytes:
    """The value of `set-cookie` for the way to an identity provider and back; empty takes it away."""
    return _cookie(SIGN_IN_COOKIE, secret, "/api/v1/auth/oidc", is_https=is_https, max_age_s=max_age_s)


def _cookie(name: str, value: str, path: str, *, is_https: bool, max_age_s: int | None = None) -> bytes:
    parts = [f"{name}={value}", f"Path={path}", "HttpOnly", "SameSite=Lax"]
    parts += [f"Max-Age={max_age_s}"] if max_age_s is not None else []
    parts += ["Secure"] if is_https else []
    return "; ".join(parts).encode()
