"""By what usage can be split and filtered: the names that the API accepts, and the columns behind them."""

import re
from dataclasses import dataclass
from typing import Any, Final

from bursar.ledger.statement import map_value, parameter
from bursar.vocab.errors import InvalidInput, near_names
from bursar.vocab.event import UNKNOWN

OWNED_BY: Final = ("team", "product", "use_case", "model", "environment")
"""What every call is charged to; `unknown` where nobody said."""

# The rollups know these, and further tags where few of them occur; all else is read from the events.
ROLLUP_DIMENSIONS: Final = (*OWNED_BY, "provider", "key")

EVENT_DIMENSIONS: Final = {
    "model_requested": "model_requested",
    "model_served": "model_served",
    "region": "region",
    "status": "status",
    "http_status": "http_status",
    "operation": "operation",
    "wire": "wire",
    "service_tier": "service_tier",
    "processing": "processing",
    "speed": "speed",
    "inference_geo": "inference_geo",
    "usage_source": "usage_source",
    "price_ref": "price_ref",
    "source": "source",
}

_COLUMNS: Final = {**EVENT_DIMENSIONS, "key": "key_id"}
ROLLUP_COLUMNS: Final = tuple(_COLUMNS.get(name, name) for name in ROLLUP_DIMENSIONS)
"""Where events have what the rollups know, in the same order."""

TAG_PREFIX: Final = "tag:"
TAG_KEY_PATTERN: Final = r"[a-z0-9][a-z0-9_.-]{0,63}"
DIMENSION_NAMES: Final = (*ROLLUP_DIMENSIONS, *EVENT_DIMENSIONS)
DIMENSION_PATTERN: Final = rf"(?:{'|'.join(DIMENSION_NAMES)}|{TAG_PREFIX}{TAG_KEY_PATTERN})"
GRAINS: Final = ("none", "minute", "hour", "day", "month")


@dataclass(frozen=True, order=True)
class Dimension:
    """One thing to split or filter by; `tag:<key>` for further tags, whose missing value is `unknown`."""

    name: str

    @property
    def is_tag(self) -> bool:
        return self.name.startswith(TAG_PREFIX)

    @property
    def in_rollups(self) -> bool:
        """Whether the rollups know it; of a tag, whether they can."""
        return self.is_tag or self.name in ROLLUP_DIMENSIONS

    @property
    def tag_key(self) -> str:
        return self.name.removeprefix(TAG_PREFIX)

    def column(self, table: Any, tag_parameter: str) -> Any:
        """Its text in a view of views.py; a tag's key is the value of the parameter `tag_parameter`."""
        if self.is_tag:
            value = map_value(table["tags"], parameter(tag_parameter, "string")).name("tag_value")
            return value.coalesce(UNKNOWN)
        return table[_COLUMNS.get(self.name, self.name)]


def dimension(name: str) -> Dimension:
    """The dimension called `name`; InvalidInput that lists what is allowed if there is none."""
    if re.fullmatch(DIMENSION_PATTERN, name) is None:
        allowed = [*DIMENSION_NAMES, "tag:<key>"]
        near = near_names(name, allowed)
        hint = f"; did you mean {' or '.join(near)}" if near else ""
        raise InvalidInput(
            f"{name!r} is not a dimension{hint}. Allowed: {', '.join(allowed)}", allowed=allowed, near=near
        )
    return Dimension(name)
