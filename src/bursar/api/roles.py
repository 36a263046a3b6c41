"""Roles as requests and answers write them."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from bursar.access import Role, RoleGrant

_NAME: Final[dict[str, Any]] = {"pattern": r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$"}
Name = Annotated[str, Field(**_NAME)]


class RoleReply(BaseModel):
    """A role, for all rows where both lists are empty, or for those of some teams and products."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Role
    teams: list[Name] = Field(default=[], max_length=200)
    products: list[Name] = Field(default=[], max_length=200)

    def grant(self) -> RoleGrant:
        return RoleGrant(self.role, tuple(self.teams), tuple(self.products))


def role_replies(grants: Iterable[RoleGrant]) -> list[RoleReply]:
    """Roles as they are shown."""
    return [
        RoleReply(role=grant.role, teams=list(grant.teams), products=list(grant.products)) for grant in grants
    ]
