"""What a session's cookie may not do: a browser sends it whoever wrote the page that asks."""

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from bursar.api.permission import Forbidden

CSRF_HEADER: Final = "x-bursar-csrf"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class CrossSite(Forbidden):
    """A request that another site's page may have made."""

    code = "cross_site"


def check_same_site(scope: Scope, csrf: str) -> None:
    """CrossSite for an unsafe request that does not repeat `csrf`, or says that it comes from elsewhere.

    The header alone is enough: another site cannot read the value, nor send such a header unasked. What the
    browser says of the origin is looked at too, for the day on which one of the two fails.
    """
    if scope["method"] in _SAFE:
        return
    check_origin(scope)
    given = _header(scope, CSRF_HEADER.encode())
    if not hmac.compare_digest(given.encode("latin-1", "replace"), csrf.encode()):
        raise CrossSite(f"a session needs the header {CSRF_HEADER} here; GET /api/v1/me tells its value")


def check_origin(scope: Scope) -> None:
    """CrossSite if the browser says that a page of another origin has asked."""
    site = _header(scope, b"sec-fetch-site")
    origin = _header(scope, b"origin")
    if site not in ("", "same-origin", "none") or (origin and not _is_own(origin, scope)):
        raise CrossSite("a page of another site may not do this: open the console itself")


def _is_own(origin: str, scope: Scope) -> bool:
    host = _header(scope, b"host").lower()
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host
    except ValueError:
        return False


def _header(scope: Scope, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""
