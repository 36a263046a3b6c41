"""Sight: whose calls somebody may see. What is out of sight is as if it were not there."""

from collections.abc import Iterable
from typing import Final

import msgspec


class Area(msgspec.Struct, frozen=True):
    """Calls of any of `teams` and of any of `products`; no names at all: of every one."""

    teams: tuple[str, ...] = ()
    products: tuple[str, ...] = ()

    def holds(self, team: str, product: str) -> bool:
        """Whether a call of this team and product lies in it."""
        return (not self.teams or team in self.teams) and (not self.products or product in self.products)

    @property
    def is_everything(self) -> bool:
        """Whether every call lies in it."""
        return not self.teams and not self.products


class Sight(msgspec.Struct, frozen=True):
    """The union of its areas; without one nothing is seen."""

    areas: tuple[Area, ...] = ()

    @classmethod
    def over(cls, areas: Iterable[Area]) -> "Sight":
        """The union; one area without limits makes the others needless."""
        distinct = tuple(dict.fromkeys(areas))
        return EVERYTHING if any(area.is_everything for area in distinct) else cls(distinct)

    @property
    def is_everything(self) -> bool:
        """Whether there is nothing that it does not see."""
        return any(area.is_everything for area in self.areas)

    def sees(self, *, team: str, product: str) -> bool:
        """Whether a row of this team and product is seen."""
        return any(area.holds(team, product) for area in self.areas)

    def sees_team(self, team: str) -> bool:
        """Whether everything of the team is seen, whatever the product."""
        return any(not area.products and (not area.teams or team in area.teams) for area in self.areas)

    def sees_product(self, product: str) -> bool:
        """Whether everything of the product is seen, whatever the team."""
        return any(not area.teams and (not area.products or product in area.products) for area in self.areas)


EVERYTHING: Final = Sight((Area(),))
NOTHING: Final = Sight()
