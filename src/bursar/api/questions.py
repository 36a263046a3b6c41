"""Query parameters that several routes share, and their exact description in OpenAPI."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Query

from bursar.ledger.dimensions import DIMENSION_NAMES, DIMENSION_PATTERN, Dimension, dimension
from bursar.vocab.errors import InvalidInput

FILTERS_LIMIT: Final = 50
_FILTER_PATTERN: Final = rf"^{DIMENSION_PATTERN}:[^\x00-\x1f]{{0,256}}$"
_BY_PATTERN: Final = rf"^(?:{DIMENSION_PATTERN}(?:,{DIMENSION_PATTERN}){{0,4}})?$"
_BY_LIMIT: Final = 5

_INSTANT_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": "^(?:now|[0-9]{1,6}[smhdw])$"},
    ]
}


def _instant_query(name: str, sentence: str) -> Any:
    return Query(alias=name, description=sentence, json_schema_extra=_INSTANT_SCHEMA)


FromQuery = Annotated[
    str,
    _instant_query(
        "from", "The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`."
    ),
]
ToQuery = Annotated[str, _instant_query("to", "The instant after the last one; written as `from`.")]
ByQuery = Annotated[
    str,
    Query(
        description=(
            f"Up to 5 dimensions to split by, with commas between: {', '.join(DIMENSION_NAMES)}, tag:<key>."
        ),
        json_schema_extra={"pattern": _BY_PATTERN},
    ),
]
FilterQuery = Annotated[
    list[str],
    Query(
        description=(
            "`dimension:value`, repeatable. Values of one dimension are alternatives; of different"
            " dimensions all must hold."
        ),
        json_schema_extra={
            "items": {"type": "string", "pattern": _FILTER_PATTERN},
            "maxItems": FILTERS_LIMIT,
        },
    ),
]


def read_by(text: str) -> tuple[Dimension, ...]:
    """The dimensions of a `by` parameter, each once, in the order given."""
    names = dict.fromkeys(text.split(",")) if text else {}
    if text.count(",") >= _BY_LIMIT:
        raise InvalidInput(f"at most {_BY_LIMIT} dimensions can be split by at once")
    return tuple(dimension(name) for name in names)


def read_filters(texts: list[str]) -> Mapping[Dimension, tuple[str, ...]]:
    """Alternatives by dimension; InvalidInput that lists the dimensions if one is not known."""
    if len(texts) > FILTERS_LIMIT:
        raise InvalidInput(f"at most {FILTERS_LIMIT} filters can be given")
    found: dict[Dimension, tuple[str, ...]] = {}
    for text in texts:
        name, value = _split_filter(text)
        key = dimension(name)
        if re.fullmatch(_FILTER_PATTERN, text) is None:
            raise InvalidInput(f"{value!r} cannot be a value: it is too long or has control characters")
        if value not in found.get(key, ()):
            found[key] = (*found.get(key, ()), value)
    return found


def _split_filter(text: str) -> tuple[str, str]:
    """`tag:cost-centre:42` is the value 42 of `tag:cost-centre`; a value may hold colons itself."""
    parts = text.split(":", 2 if text.startswith("tag:") else 1)
    if len(parts) < (3 if parts[0] == "tag" else 2):
        raise InvalidInput(f"{text!r} is not a filter: write dimension:value, such as environment:production")
    return ":".join(parts[:-1]), parts[-1]
