"""The JSON Schema speaks of every kind and agrees with what is read."""

import jsonschema_rs
import msgspec
import pytest

from bursar.estate.kinds import KINDS
from bursar.estate.parse import Source, encode, parse
from bursar.estate.schema import json_schema


def test_the_schema_names_every_kind() -> None:
    mapping = json_schema()["discriminator"]["mapping"]
    assert list(mapping) == [kind.KIND for kind in KINDS]


def test_documents_that_are_read_fit_the_schema() -> None:
    text = (
        "kind: provider\nname: mock\nwire: openai\nbase_url: http://127.0.0.1:9001\n---\n"
        'kind: price\nname: p\nprovider: mock\nmodel: m\nvalid_from: 2020-01-01\nper_call: "1"\n'
    )
    for item in parse([Source(path="a", text=text)]).documents:
        jsonschema_rs.validate(json_schema(), msgspec.json.decode(encode(item.document)))


def test_a_field_that_does_not_exist_does_not_fit_the_schema() -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(json_schema(), {"kind": "team", "name": "a", "ownr": "b"})
