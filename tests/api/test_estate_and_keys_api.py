"""The estate and keys over HTTP: what is taken, what is refused and how, and what is never shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import ignored_auth

from bursar.api.app import create_app
from bursar.api.estate import estate_router
from bursar.api.guard import Tokens
from bursar.api.keys import keys_router, new_secret
from bursar.config import providers_from_environ
from bursar.directory import hash_secret, open_state, snapshot
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs, parse_instant

NOW = parse_instant("2026-11-23T09:00:00Z")
ADMIN = {"authorization": "Bearer admin"}
TEAM = {"kind": "team", "name": "search"}
PROVIDER = {
    "kind": "provider",
    "name": "mock",
    "wire": "openai",
    "base_url": "http://x",
    "credential": "literal:sk-upstream",
    "headers": {"x-api-key": "sk-header", "x-team": "plain"},
}


class Time:
    """A clock that a test moves by hand."""

    now = NOW

    def __call__(self) -> InstantUs:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def client(tmp_path: Path, clock: Time) -> Iterator[TestClient]:
    """A control plane on real stores; OPENAI_API_KEY was in its environment."""
    engine = open_state(f"sqlite:///{tmp_path}/state.sqlite")
    ledger = Ledger.open(tmp_path / "ledger.duckdb")
    counter = iter(range(1, 1_000_000))
    providers = providers_from_environ({"OPENAI_API_KEY": "sk-env"})
    app = create_app(
        ledger=ledger,
        engine=engine,
        tokens=Tokens(admin="admin", internal="internal"),
        now=clock,
        routers=(
            estate_router(environment_providers=providers),
            keys_router(random_bytes=lambda count: next(counter).to_bytes(count, "big")),
        ),
    )
    with TestClient(app, headers=ADMIN) as client:
        yield client
    ledger.close()
    engine.dispose()


def apply(client: TestClient, *documents: dict[str, Any], **more: Any) -> Any:
    return client.post("/api/v1/estate/apply", json={"documents": list(documents), **more})


def test_files_are_applied_and_counted(client: TestClient) -> None:
    files = [{"path": "e.yaml", "text": "kind: team\nname: search\n---\nkind: team\nname: ads\n"}]
    reply = client.post("/api/v1/estate/apply", json={"files": files})
    assert reply.status_code == 200
    body = reply.json()
    assert (body["created"], body["updated"], body["unchanged"], body["removed"]) == (2, 0, 0, 0)
    assert (body["revision"], body["dry_run"], body["warnings"]) == (1, False, [])
    assert body["changes"][0] == {"kind": "team", "name": "search", "action": "created", "fields": []}


def test_mistakes_come_back_as_one_problem_with_every_place(client: TestClient) -> None:
    files = [
        {"path": "a.yaml", "text": "kind: model\nname: m\nprovidr: x\n"},
        {"path": "b.yaml", "text": "kind: team\nname: [\n"},
    ]
    reply = client.post("/api/v1/estate/apply", json={"files": files})
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["code"] == "invalid_estate"
    assert [(error["path"], error["line"]) for error in body["errors"]] == [("a.yaml", 3), ("b.yaml", 3)]
    assert body["errors"][0]["message"] == "unknown field 'providr'; did you mean 'provider'?"
    assert client.get("/api/v1/estate").json()["revision"] == 0


def test_a_model_may_name_the_provider_that_the_environment_makes(client: TestClient) -> None:
    assert apply(client, {"kind": "model", "name": "m", "provider": "openai"}).status_code == 200
    reply = apply(client, {"kind": "model", "name": "n", "provider": "opnai"})
    assert reply.status_code == 400
    assert "did you mean 'openai'?" in reply.json()["errors"][0]["message"]


def test_the_estate_is_read_with_secrets_hidden(client: TestClient) -> None:
    warnings = apply(client, PROVIDER, TEAM).json()["warnings"]
    reply = client.get("/api/v1/estate")
    names = [(document["kind"], document["name"]) for document in reply.json()["documents"]]
    assert names == [("provider", "mock"), ("provider", "openai"), ("team", "search")]
    assert "sk-" not in reply.text
    assert "sk-" not in str(warnings)
    mock = reply.json()["documents"][0]
    assert mock["headers"] == {"x-api-key": "(hidden)", "x-team": "plain"}
    teams = client.get("/api/v1/estate", params={"kind": "team"}).json()["documents"]
    assert teams == [TEAM]


def test_what_was_hidden_cannot_be_applied_by_mistake(client: TestClient) -> None:
    apply(client, PROVIDER)
    shown = client.get("/api/v1/estate", params={"kind": "provider"}).json()["documents"][0]
    reply = apply(client, shown)
    assert reply.status_code == 400
    messages = [error["message"] for error in reply.json()["errors"]]
    assert messages == [
        "credential was hidden where this was copied from: write it again",
        "headers.x-api-key was hidden where this was copied from: write it again",
    ]


def test_a_dry_run_and_prune_tell_what_would_go(client: TestClient) -> None:
    apply(client, TEAM, PROVIDER)
    body = apply(client, TEAM | {"owner": "ann"}, dry_run=True, prune=True).json()
    assert (body["updated"], body["removed"], body["revision"]) == (1, 1, 1)
    assert body["changes"][0]["fields"] == [{"field": "owner", "before": None, "after": '"ann"'}]
    assert len(client.get("/api/v1/estate", params={"kind": "provider"}).json()["documents"]) == 2


def test_nothing_to_apply_is_refused_so_that_prune_cannot_empty_an_estate_by_accident(
    client: TestClient,
) -> None:
    reply = client.post("/api/v1/estate/apply", json={"prune": True})
    assert reply.status_code == 400
    assert "nothing to apply" in reply.json()["detail"]
    empty = [{"path": "e.yaml", "text": "# all gone"}]
    reply = client.post("/api/v1/estate/apply", json={"prune": True, "files": empty})
    assert reply.status_code == 400
    assert "would remove the whole estate" in reply.json()["detail"]


def test_history_and_audit_say_who_changed_what_and_when(client: TestClient, clock: Time) -> None:
    apply(client, TEAM)
    clock.now = InstantUs(NOW + 1_000_000)
    apply(client, TEAM | {"owner": "ann"})
    versions = client.get("/api/v1/estate/history", params={"kind": "team", "name": "search"}).json()
    assert [(item["version"], item["made_at"][:19], item["actor"]) for item in versions["versions"]] == [
        (1, "2026-11-23T09:00:00", "administrator"),
        (2, "2026-11-23T09:00:01", "administrator"),
    ]
    entries = client.get("/api/v1/audit", params={"limit": 1}).json()["entries"]
    assert [(entry["action"], entry["subject"]) for entry in entries] == [("estate.updated", "team/search")]


def test_a_key_shows_its_secret_once(client: TestClient) -> None:
    reply = client.post("/api/v1/keys", json={"team": "search", "expires": "30d", "may_set": ["team"]})
    assert reply.status_code == 201
    body = reply.json()
    assert body["secret"].startswith("bsk_")
    assert len(body["secret"]) == 47
    assert (body["status"], body["expires_at"]) == ("live", "2026-12-23T09:00:00.000000Z")
    listed = client.get("/api/v1/keys")
    assert body["secret"] not in listed.text
    assert hash_secret(body["secret"]) not in listed.text
    assert listed.json()["keys"][0]["id"] == body["id"]


def test_a_key_ends_by_revocation_or_by_time(client: TestClient, clock: Time) -> None:
    first, second = (client.post("/api/v1/keys", json={"expires": "1h"}).json()["id"] for _ in range(2))
    assert client.delete(f"/api/v1/keys/{first}").json()["status"] == "revoked"
    assert client.delete(f"/api/v1/keys/{first}").status_code == 200
    clock.now = InstantUs(NOW + 3_600_000_000)
    statuses = {key["id"]: key["status"] for key in client.get("/api/v1/keys").json()["keys"]}
    assert statuses == {first: "revoked", second: "expired"}


def test_a_key_that_never_was_is_not_found(client: TestClient) -> None:
    reply = client.delete("/api/v1/keys/nobody")
    assert reply.status_code == 404
    assert "bursar key list" in reply.json()["detail"]


def test_a_key_for_an_unknown_team_names_near_ones(client: TestClient) -> None:
    apply(client, TEAM)
    reply = client.post("/api/v1/keys", json={"team": "serch", "may_set": ["taem"]})
    assert reply.status_code == 400
    assert reply.json()["detail"] == (
        "may_set 'taem' is not a tag; did you mean 'team'?; "
        "there is no team 'serch' in the estate; near it: search"
    )


@pytest.mark.parametrize("path", ["/api/v1/estate", "/api/v1/keys", "/api/v1/audit"])
def test_nothing_is_read_without_the_token(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"authorization": "Bearer guess"}).status_code == 401


def test_two_secrets_are_never_alike() -> None:
    numbers = iter(range(256))
    secrets = {new_secret(lambda count: bytes([next(numbers)] * count)) for _ in range(256)}
    assert len(secrets) == 256


def test_the_snapshot_of_gateways_has_the_key_that_the_api_made(client: TestClient) -> None:
    secret = client.post("/api/v1/keys", json={}).json()["secret"]
    engine = client.app.state.services.engine  # type: ignore[attr-defined]
    assert [key.secret_sha256 for key in snapshot(engine).keys] == [hash_secret(secret)]


OURS = r"^/api/v1/(estate|keys|audit)"
# Our own token replaces the ones that it makes up, so it cannot judge; the test above does.
NOT_ASKED = [ignored_auth]


def test_the_openapi_document_is_exact(client: TestClient) -> None:
    """Requests made from the document are answered as the document says, good ones and bad ones."""
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app)
    schema.config.update(headers=ADMIN)
    # YAML in a string, names that must exist and times that must lie ahead are beyond a JSON schema: a well
    # formed request may be refused for what it says.
    schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "400", "404"]
    operations = [result.ok() for result in schema.include(path_regex=OURS).get_all_operations()]
    assert len(operations) == 9
    for operation in operations:
        _answers_as_described(operation)


def _answers_as_described(operation: Any) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=NOT_ASKED)

    answers()
    if not (operation.body or operation.query):  # any text may be an id
        return

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    def refuses(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=NOT_ASKED)

    refuses()
