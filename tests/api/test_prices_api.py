"""The history of a model's prices, by the API."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from bursar import directory
from bursar.api.app import create_app
from bursar.api.guard import Tokens
from bursar.api.prices import prices_router
from bursar.estate.parse import Source, parse
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import parse_instant

NOW = parse_instant("2026-11-23T09:00:00Z")
PROVIDER = """
kind: provider
name: openai
wire: openai
base_url: https://api.openai.com
---
"""
PRICE = """
kind: price
name: %s
provider: openai
model: gpt-4o
valid_from: %s
per_million_tokens: {input: "%s", output: "8"}
---
"""
ESTATE = (
    PROVIDER
    + PRICE % ("first", "2026-01-01", "2")
    + PRICE % ("second", "2026-06-01", "1.5")
    + PRICE
    % (
        "to-come",
        "2027-01-01",
        "1",
    )
)


@pytest.fixture
def api(api_ledger: Ledger, api_engine: Engine) -> Iterator[TestClient]:
    documents = parse([Source(path="e.yaml", text=ESTATE)]).documents
    directory.apply(api_engine, documents, actor="test", now=NOW)
    app = create_app(
        ledger=api_ledger,
        engine=api_engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=lambda: NOW,
        routers=(prices_router(),),
    )
    with TestClient(app, headers={"authorization": "Bearer admin-secret"}) as client:
        yield client


def history(api: TestClient, provider: str, model: str) -> list[dict[str, Any]]:
    reply = api.get("/api/v1/prices", params={"provider": provider, "model": model})
    assert reply.status_code == 200, reply.text
    versions: list[dict[str, Any]] = reply.json()["versions"]
    return versions


def input_rate(version: dict[str, Any]) -> str:
    return next(one["usd"] for one in version["rates"] if one["usage_class"] == "tokens_input")


def test_own_prices_come_by_their_dates_and_before_them_the_public_ones(api: TestClient) -> None:
    now, before, *public = history(api, "openai", "gpt-4o")
    assert (now["origin"], input_rate(now), now["valid_from"][:10], now["valid_to"][:10]) == (
        "own",
        "1.5",
        "2026-06-01",
        "2027-01-01",
    )
    assert (before["origin"], input_rate(before), before["valid_to"]) == ("own", "2", now["valid_from"])
    assert public
    assert {one["origin"] for one in public} == {"public"}
    assert public[-1]["valid_from"] is None


def test_the_public_catalogue_s_dated_prices_are_told_apart(api: TestClient) -> None:
    """o3 became cheaper in June 2025."""
    versions = history(api, "openai", "o3")
    assert len(versions) > 1
    assert float(input_rate(versions[0])) < float(input_rate(versions[-1]))
    for newer, older in pairwise(versions):
        assert older["valid_to"] == newer["valid_from"]


def test_a_model_that_nobody_prices_says_so(api: TestClient) -> None:
    (only,) = history(api, "nobody", "nothing")
    assert (only["origin"], only["rates"], only["valid_from"], only["valid_to"]) == ("none", [], None, None)
    assert api.get("/api/v1/prices", params={"provider": "openai"}).status_code == 400
