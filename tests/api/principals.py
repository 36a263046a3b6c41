"""Who asks, said by a header: what the guard finds out from tokens and sessions is not the matter here."""

from typing import Any, Final

from fastapi import FastAPI
from starlette.middleware import Middleware

from bursar.access import Principal, Role, RoleGrant
from bursar.api.permission import PRINCIPAL

HEADER: Final = b"x-who"


def limited(role: Role, *, teams: tuple[str, ...] = (), products: tuple[str, ...] = ()) -> Principal:
    """A person with one role, for the rows of some teams or products."""
    name = f"{role}-{'-'.join((*teams, *products)) or 'all'}"
    return Principal(
        actor=name, name=name, kind="person", roles=(RoleGrant(role, teams, products),), session_id=name
    )


class _As:
    """Takes the place of what the guard said by that of the header's name."""

    def __init__(self, app: Any, people: dict[str, Principal]) -> None:
        self._app = app
        self._people = people

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        for name, value in scope.get("headers", ()):
            if name == HEADER:
                scope[PRINCIPAL] = self._people[value.decode()]
        await self._app(scope, receive, send)


def with_people(app: FastAPI, *people: Principal) -> FastAPI:
    """`app`, whose requests may say by the header `x-who` in whose name they come."""
    app.user_middleware.append(Middleware(_As, people={one.actor: one for one in people}))
    return app
