"""Which permission a route needs: said at the route, checked before it runs, and missing nowhere."""

from collections.abc import Iterable
from typing import Any, cast

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from bursar.access import Permission, Principal
from bursar.vocab.errors import BursarError, check

PRINCIPAL: str = "bursar.principal"
"""Where the guard leaves the one who asks, in the ASGI scope."""


SESSION: str = "bursar.session"
"""Where the guard leaves the browser's session beside them; None for a token."""


class Forbidden(BursarError):
    """The one who asks may not do this at all."""

    code = "forbidden"


class _Need:
    """Raises Forbidden unless the one who asks has the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Principal:
        principal: Principal = request.scope[PRINCIPAL]
        if not principal.may(self.permission):
            raise Forbidden(
                f"{principal.name} may not do this: it needs {self.permission}; "
                "an administrator can give a role that has it",
                permission=self.permission,
            )
        return principal


class _Anyone:
    """Whoever was let in, whatever their roles."""

    permission = None

    def __call__(self, request: Request) -> Principal:
        principal: Principal = request.scope[PRINCIPAL]
        return principal


def need(permission: Permission) -> Any:
    """The dependency of a route that needs `permission`; it gives the route its Principal."""
    return Depends(_Need(permission))


def anyone() -> Any:
    """The dependency of a route about the one who asks themselves; it gives the route its Principal."""
    return Depends(_Anyone())


def check_own_account(principal: Principal, otherwise: Permission) -> None:
    """Forbidden for an API token that may not do this to everybody: it is no key to its person's account."""
    if principal.kind == "api_token" and not principal.may(otherwise):
        raise Forbidden(
            "an API token may not see or end sessions and tokens: sign in to the console",
            permission=otherwise,
        )


def see_all(principal: Principal, permission: Permission) -> None:
    """Forbidden unless the permission holds for every row; for answers that cannot be split by rows."""
    if not principal.sight(permission).is_everything:
        raise Forbidden(
            f"{principal.name} may do this for some teams or products only, and it concerns all of them",
            permission=permission,
        )


def permission_of(route: APIRoute) -> Permission | None:
    """What a route needs; None if everyone who was let in may call it. Fails where the route does not say."""
    needs = [each.call for each in _all(route.dependant) if isinstance(each.call, _Need | _Anyone)]
    check(len(needs) == 1, f"the route {route.path} must say which one permission it needs")
    return needs[0].permission


def check_permissions(routes: Iterable[BaseRoute]) -> None:
    """Every route says what it needs: deny by default."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            check_permissions(included.routes)
            continue
        check(isinstance(route, APIRoute), f"{route!r} is no route that can say a permission")
        permission_of(cast(APIRoute, route))


def _all(dependant: Dependant) -> Iterable[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _all(each)
