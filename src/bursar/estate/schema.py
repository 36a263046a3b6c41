"""JSON Schema of all estate kinds, made from the tuple KINDS, for editors and for `bursar schema`."""

from typing import Any, Union

import msgspec

from bursar.estate.kinds import KINDS

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Draft 2020-12; one document validates against exactly one of the kinds, told apart by `kind`."""
    # Union[...] of a tuple is the one way to make a union type of values known at run time.
    schema = msgspec.json.schema(Union[KINDS])  # noqa: UP007
    return {
        "$schema": SCHEMA_ID,
        "title": "Bursar estate document",
        "description": "One document of the declared world; a YAML file holds any number of them.",
        **schema,
    }
