"""Which events a question is about: its filters and its sight as a condition, and the parameters of both."""

import operator
from collections.abc import Mapping
from functools import reduce
from typing import Any

import ibis

from bursar.ledger.dimensions import Dimension
from bursar.ledger.seen import AreaCounts, area_counts, area_values, in_sight
from bursar.ledger.statement import parameter
from bursar.ledger.tables import EVENTS
from bursar.vocab.sight import Sight

Filters = Mapping[Dimension, tuple[str, ...]]

Shape = tuple[tuple[tuple[Dimension, int], ...], AreaCounts | None]
"""What of a question decides its SQL: how many values each filter has, and how many names each area."""


def shape_of(filters: Filters, sight: Sight) -> Shape:
    """The shape of a question."""
    return tuple((each, len(choices)) for each, choices in filters.items()), area_counts(sight)


def condition(shape: Shape) -> ibis.Value:
    """On EVENTS; values of one filter are alternatives, different filters all hold."""
    filters, areas = shape
    wanted: ibis.Value = ibis.literal(True)
    for number, (dimension, count) in enumerate(filters):
        column = dimension.column(EVENTS, f"filter_tag_{number}").cast("string")
        choices = [column == parameter(f"filter_{number}_{choice}", "string") for choice in range(count)]
        wanted &= reduce(operator.or_, choices)
    return wanted if areas is None else wanted & in_sight(EVENTS, areas)


def values_of(filters: Filters, sight: Sight) -> dict[str, Any]:
    """The parameters of `condition`."""
    values = area_values(sight)
    for number, (dimension, choices) in enumerate(filters.items()):
        values[f"filter_tag_{number}"] = dimension.tag_key
        values |= {f"filter_{number}_{choice}": text for choice, text in enumerate(choices)}
    return values
