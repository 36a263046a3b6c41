"""Who comes to sign in, before anybody is known: the browser, and where it comes from."""

from typing import Final

from starlette.requests import Request

from bursar.access.sessions import Visitor
from bursar.api.cookies import SESSION_COOKIE, cookie
from bursar.vocab.network import Network, is_address, is_among

_FORWARDED: Final = "x-forwarded-for"


def visitor_of(request: Request, proxies: tuple[Network, ...]) -> Visitor:
    """The browser, by what it sends; only `proxies` are believed what they say of where it is."""
    return Visitor(
        address=address_of(request, proxies),
        agent=request.headers.get("user-agent", ""),
        token=cookie(request.scope, SESSION_COOKIE),
    )


def address_of(request: Request, proxies: tuple[Network, ...]) -> str:
    """Where a connection comes from; from a trusted proxy, the nearest address that is none of them.

    Others' headers are not believed: anybody can write them.
    """
    address = request.client.host if request.client else ""
    said = [part.strip() for part in ",".join(request.headers.getlist(_FORWARDED)).split(",")]
    while said and is_among(address, proxies) and is_address(said[-1]):
        address = said.pop()
    return address
