"""The routes of people, sign-in and tokens answer as the OpenAPI document says, whatever they are sent."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from signing_in import Clock, Console, console_on, role
from sqlalchemy import Engine

from bursar.access.tables import SIGN_IN_ATTEMPTS
from bursar.ledger.ledger import Ledger

FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
OPERATIONS = [
    "GET /api/v1/me",
    "GET /api/v1/sessions",
    "DELETE /api/v1/sessions",
    "DELETE /api/v1/sessions/{session_id}",
    "POST /api/v1/auth/sign-out",
    "GET /api/v1/auth/options",
    "POST /api/v1/auth/link",
    "GET /api/v1/auth/oidc/{name}/start",
    "GET /api/v1/auth/oidc/{name}/callback",
    "GET /api/v1/people",
    "POST /api/v1/people",
    "PATCH /api/v1/people/{person_id}",
    "POST /api/v1/people/{person_id}/link",
    "GET /api/v1/tokens",
    "POST /api/v1/tokens",
    "DELETE /api/v1/tokens/{token_id}",
    "GET /api/v1/settings",
]
OPEN = {name for name in OPERATIONS if "/auth/" in name and "sign-out" not in name}


@pytest.fixture
def console(api_ledger: Ledger, api_engine: Engine) -> Console:
    return console_on(api_ledger, api_engine, Clock(1_800_000_000_000_000))


@pytest.fixture
def client(console: Console) -> Iterator[TestClient]:
    """A signed-in administrator."""
    with console.signed_in("admin@example.com", role("administrator")) as browser:
        browser.client.headers |= {"x-bursar-csrf": browser.csrf, "cookie": f"bursar_session={browser.token}"}
        yield browser.client


def described(client: TestClient) -> dict[str, Any]:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app)
    schema.config.update(headers={name: client.headers[name] for name in ("cookie", "x-bursar-csrf")})
    operations = [result.ok() for result in schema.get_all_operations()]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in operations}


def ends_in_time(case: schemathesis.Case) -> bool:
    """No schema can say that a token ends between now and a year from now."""
    return not isinstance(case.body, dict) or "T" not in str(case.body.get("expires", ""))


@pytest.mark.parametrize("name", OPERATIONS)
def test_requests_are_answered_as_described(console: Console, client: TestClient, name: str) -> None:
    console.person("ada@example.com", role("viewer"))
    operation = described(client)[name]

    @FEW
    @given(case=operation.as_strategy().filter(ends_in_time))
    def answers(case: schemathesis.Case) -> None:
        with console.engine.begin() as connection:
            connection.execute(SIGN_IN_ATTEMPTS.delete())
        case.call_and_validate()

    answers()


def test_what_is_open_says_so(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    for name in OPERATIONS:
        method, path = name.split(" ")
        operation = paths[path][method.lower()]
        assert bool(operation.get("security")) == (name not in OPEN), name
