"""The OpenAPI document is exact: requests made from it are answered as it says, good ones and bad ones."""

from typing import Any
from zoneinfo import available_timezones

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from ledger_data import NOON, Feed, event
from schemathesis.generation import GenerationMode

from bursar.api.times import read_instant
from bursar.vocab.instant import InstantUs

DAY_US = 86_400_000_000  # the control plane of these tests is a day after NOON
OPERATIONS = {
    "GET /api/v1/changes",
    "GET /api/v1/explore",
    "GET /api/v1/explore/export",
    "GET /api/v1/values",
    "GET /api/v1/keys/use",
    "GET /api/v1/me",
    "GET /api/v1/usage",
    "GET /api/v1/usage/beginnings",
    "GET /api/v1/usage/caching",
    "GET /api/v1/usage/longest",
    "GET /api/v1/usage/output-limits",
    "GET /api/v1/allocation",
    "GET /api/v1/summary",
    "GET /api/v1/calls",
    "GET /api/v1/calls/{call_id}",
    "GET /api/v1/doctor",
    "GET /api/v1/ledger/workers",
    "GET /api/v1/audit",
    "GET /api/v1/audit/verify",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
}
FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def goes_forward(case: schemathesis.Case) -> bool:
    """No schema of a parameter can say that `from` must be before `to`."""
    query = case.query or {}
    if not {"from", "to"} & set(query):
        return True
    ends = (query.get("from", "30d"), query.get("to", "now"))
    first, after = (read_instant(str(text), now=InstantUs(NOON + DAY_US)) for text in ends)
    return first < after


def is_askable(case: schemathesis.Case) -> bool:
    """Nor which names are time zones, or how many periods of a grain lie in a span."""
    query = case.query or {}
    grain = str(query.get("grain", "day"))
    few = grain == "none" or (grain != "minute" and not {"from", "to"} & set(query))
    return few and str(query.get("tz", "UTC")) in available_timezones()


def described(api: TestClient) -> dict[str, Any]:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", api.app)
    schema.config.update(headers={"Authorization": api.headers["authorization"]})
    operations = [result.ok() for result in schema.get_all_operations()]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in operations}


def test_every_public_route_is_described_and_no_internal_one(api: TestClient) -> None:
    assert set(described(api)) == OPERATIONS


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_requests_are_answered_as_described(api: TestClient, api_feed: Feed, name: str) -> None:
    api_feed.send(*(event(number) for number in range(5)))
    operation = described(api)[name]

    @FEW
    @given(case=operation.as_strategy().filter(goes_forward).filter(is_askable))
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate()

    answers()
    if not operation.query:  # any text may be an id, and there is nothing else to get wrong
        return

    @FEW
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def refuses(case: schemathesis.Case) -> None:
        case.call_and_validate()

    refuses()


def test_every_error_that_may_come_is_described(api: TestClient) -> None:
    document = api.get("/api/openapi.json").json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            problems = {status: reply for status, reply in operation["responses"].items() if status >= "400"}
            assert all("application/problem+json" in reply["content"] for reply in problems.values())
            assert "422" not in problems
            assert ("401" in problems) == path.startswith("/api/v1")
            assert bool(operation.get("security")) == path.startswith("/api/v1")
    assert "HTTPValidationError" not in document["components"]["schemas"]
