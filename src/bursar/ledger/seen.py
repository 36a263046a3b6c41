"""A sight as a condition on rows that have a team and a product, with its names as parameters."""

import operator
from collections.abc import Iterator
from functools import reduce
from typing import Any

import ibis

from bursar.ledger.statement import parameter
from bursar.vocab.sight import Sight

AreaCounts = tuple[tuple[int, int], ...]
"""How many teams and how many products each area names: what decides the SQL."""


def area_counts(sight: Sight) -> AreaCounts | None:
    """The shape of a sight; None if it sees everything."""
    if sight.is_everything:
        return None
    return tuple((len(area.teams), len(area.products)) for area in sight.areas)


def area_values(sight: Sight) -> dict[str, Any]:
    """The parameters of `in_sight`."""
    if sight.is_everything:
        return {}
    return {
        f"area_{number}_{column}_{place}": name
        for number, area in enumerate(sight.areas)
        for column, names in (("team", area.teams), ("product", area.products))
        for place, name in enumerate(names)
    }


def in_sight(table: ibis.Table, areas: AreaCounts) -> Any:
    """Whether a row lies in one of the areas; without any, none does."""
    return reduce(operator.or_, _areas(table, areas), ibis.literal(False))


def _areas(table: ibis.Table, areas: AreaCounts) -> Iterator[Any]:
    for number, (teams, products) in enumerate(areas):
        named = {"team": teams, "product": products}
        yield reduce(
            operator.and_,
            (
                reduce(
                    operator.or_,
                    (
                        table[column] == parameter(f"area_{number}_{column}_{place}", "string")
                        for place in range(count)
                    ),
                )
                for column, count in named.items()
                if count
            ),
        )
