"""Who may come in, how much they may bring, and how a refusal reads."""

import asyncio
import json
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from starlette.types import Message

from bursar.access import Principal
from bursar.api.app import create_app
from bursar.api.guard import Guard, Tokens
from bursar.api.permission import need
from bursar.api.problems import MEDIA_TYPE, PROBLEMS, problem_of, problem_response
from bursar.ledger.decode import BatchTooLarge, BatchUnreadable
from bursar.ledger.ledger import Ledger
from bursar.ledger.writer import SequenceGap
from bursar.vocab.errors import (
    BursarError,
    Conflict,
    InvalidInput,
    InvariantBroken,
    NotFound,
    Unavailable,
)
from bursar.vocab.instant import InstantUs

LOCKED = ["/api/v1/usage", "/api/v1/calls", "/api/v1/calls/x", "/api/v1/doctor", "/api/v1/nothing"]


@pytest.mark.parametrize("path", LOCKED)
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic admin-secret", "admin-secret", "Bearer internal-secret"],
)
def test_the_api_needs_the_administrators_token(api: TestClient, path: str, authorization: str) -> None:
    reply = api.get(path, headers={"authorization": authorization})
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.headers["content-type"] == MEDIA_TYPE
    assert reply.json()["code"] == "unauthorized"
    assert "admin-token" in reply.json()["detail"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_right_token_opens(api: TestClient, scheme: str) -> None:
    assert api.get("/api/v1/usage", headers={"authorization": f"{scheme} admin-secret"}).status_code == 200


def test_workers_have_a_token_of_their_own(api: TestClient) -> None:
    assert api.post("/internal/v1/events", content=b"").status_code == 401
    reply = api.post("/internal/v1/events", content=b"", headers={"authorization": "Bearer internal-secret"})
    assert reply.status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/docs"])
def test_what_tells_nothing_is_open(api: TestClient, path: str) -> None:
    assert api.get(path, headers={"authorization": ""}).status_code == 200


def test_an_empty_secret_opens_nothing() -> None:
    assert status_of(Tokens(admin="", internal=""), "/api/v1/usage", [(b"authorization", b"Bearer ")]) == 401


def status_of(
    tokens: Tokens, path: str, headers: list[tuple[bytes, bytes]], *parts: Message, limit: int = 10
) -> int | None:
    """The status that the guard alone answers, or None if it lets the request through or hears nothing."""
    seen: list[Message] = []
    messages: Iterator[Message] = iter(parts)

    async def behind(scope: object, receive: object, send: object) -> None:
        seen.append({"type": "passed"})

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        seen.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    asyncio.run(Guard(behind, tokens, limit)(scope, receive, send))
    return next((message["status"] for message in seen if "status" in message), None)


def chunk(data: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    tokens = Tokens(admin="a", internal="b")
    announced = [(b"content-length", b"11")]
    assert status_of(tokens, "/healthz", announced) == 413
    assert status_of(tokens, "/healthz", [], chunk(b"123456", more=True), chunk(b"123456", more=True)) == 413
    assert status_of(tokens, "/healthz", [], chunk(b"12345", more=True), chunk(b"12345", more=False)) is None


def test_a_stranger_is_turned_away_before_a_byte_is_read() -> None:
    assert status_of(Tokens(admin="a", internal="b"), "/api/v1/estate/apply", []) == 401


def test_a_client_that_leaves_in_the_middle_is_not_answered() -> None:
    left = {"type": "http.disconnect"}
    assert status_of(Tokens(admin="a", internal="b"), "/healthz", [], chunk(b"1", more=True), left) is None


def test_a_body_that_is_too_large_reads_as_a_problem(api: TestClient) -> None:
    headers = {"authorization": "Bearer internal-secret"}
    reply = api.post("/internal/v1/events", content=bytes((1 << 20) + 1), headers=headers)
    assert reply.status_code == 413
    assert reply.json()["limit_bytes"] == 1 << 20


def test_unknown_paths_and_methods_are_problems(api: TestClient) -> None:
    missing, method = api.get("/api/v1/nothing"), api.post("/api/v1/usage")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert method.headers["allow"] == "GET"
    assert {missing.headers["content-type"], method.headers["content-type"]} == {MEDIA_TYPE}


def test_a_refused_method_names_all_that_the_path_has(api_ledger: Ledger, api_engine: Engine) -> None:
    def thing(who: Annotated[Principal, need("usage.read")]) -> dict[str, int]:
        return {}

    router = APIRouter()
    for method in ("GET", "POST"):
        router.add_api_route("/things", thing, methods=[method])
    tokens = Tokens(admin="admin", internal="internal")
    app = create_app(
        ledger=api_ledger, engine=api_engine, tokens=tokens, now=lambda: InstantUs(0), routers=[router]
    )
    reply = TestClient(app, headers={"authorization": "Bearer admin"}).put("/api/v1/things")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET, POST"


def test_a_route_that_says_no_permission_is_not_served(api_ledger: Ledger, api_engine: Engine) -> None:
    def everyone() -> dict[str, int]:
        return {}

    inner, router = APIRouter(), APIRouter()
    inner.add_api_route("/things", everyone, methods=["GET"])
    router.include_router(inner)
    tokens = Tokens(admin="admin", internal="internal")
    with pytest.raises(InvariantBroken, match="/things"):
        create_app(
            ledger=api_ledger, engine=api_engine, tokens=tokens, now=lambda: InstantUs(0), routers=[router]
        )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("x"), 400),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (Unavailable("x"), 503),
        (InvariantBroken("x"), 500),
        (BursarError("x"), 500),
        (SequenceGap("x", expected=3), 409),
        (BatchUnreadable("x"), 400),
        (BatchTooLarge("x"), 413),
    ],
)
def test_every_error_has_its_status_and_keeps_its_code(error: BursarError, status: int) -> None:
    reply = problem_of(error)
    body = json.loads(reply.body)
    assert (reply.status_code, body["status"]) == (status, status)
    assert body["code"] == error.code
    assert body["type"] == f"urn:bursar:problem:{error.code}"
    assert error.facts.items() <= body.items()


def test_facts_never_hide_what_a_problem_must_say() -> None:
    body = json.loads(problem_response(400, "invalid_input", "t", "d", {"status": 200, "n": 1}).body)
    assert (body["status"], body["n"]) == (400, 1)
    assert set(PROBLEMS) >= {"invalid_input", "unauthorized", "not_found"}


def test_readiness_follows_the_engine(api: TestClient, api_ledger: Ledger) -> None:
    assert api.get("/readyz").json() == {"status": "ok"}
    api_ledger._writer.broken = "the disk is gone"
    reply = api.get("/readyz")
    assert reply.status_code == 503
    assert reply.headers["retry-after"] == "1"
    assert "the disk is gone" in reply.json()["detail"]
    assert api.get("/healthz").json() == {"status": "ok"}
    api_ledger._writer.broken = None
