"""The one who asks: what they may do, and over whose rows."""

from typing import Final

import msgspec

from bursar.access.roles import ALLOWED, ORGANISATION, Permission, Role
from bursar.vocab.sight import Area, Sight


class RoleGrant(msgspec.Struct, frozen=True):
    """A role, for all rows or only for those of some teams or products."""

    role: Role
    teams: tuple[str, ...] = ()
    products: tuple[str, ...] = ()

    @property
    def area(self) -> Area:
        """The rows that it is for."""
        return Area(self.teams, self.products)

    def gives(self, permission: Permission) -> bool:
        """Whether it allows this at all, be it for a part of the rows."""
        if permission in ORGANISATION and not self.area.is_everything:
            return False
        return permission in ALLOWED[self.role]


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A person, a person's API token, or the installation's own administrator token.

    `only` narrows what the roles allow, as a token with a scope does; None narrows nothing.
    """

    actor: str  # how the audit names them
    name: str
    kind: str  # admin_token, person, api_token
    roles: tuple[RoleGrant, ...] = ()
    only: frozenset[Permission] | None = None
    person_id: str = ""
    session_id: str = ""  # empty unless a browser's session speaks
    token_id: str = ""  # empty unless an API token speaks

    def may(self, permission: Permission) -> bool:
        """Whether this is allowed, be it for a part of the rows only."""
        if self.only is not None and permission not in self.only:
            return False
        return any(grant.gives(permission) for grant in self.roles)

    def sight(self, permission: Permission) -> Sight:
        """The rows for which this is allowed."""
        if not self.may(permission):
            return Sight()
        return Sight.over(grant.area for grant in self.roles if grant.gives(permission))


ADMINISTRATOR: Final = Principal(
    actor="administrator",
    name="Administrator",
    kind="admin_token",
    roles=(RoleGrant("administrator"),),
)
"""The one who holds the home's admin token."""
