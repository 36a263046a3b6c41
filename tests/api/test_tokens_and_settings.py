"""API tokens of people: what they may, for how long; the settings that hold, and what is forgotten when."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from signing_in import ADMIN, Browser, Clock, Console, console_on, role
from sqlalchemy import Engine, text

from bursar import directory
from bursar.access import PERMISSIONS
from bursar.alerts.retention import apply_retention
from bursar.api.keys import keys_router
from bursar.directory import audit_newest, verify
from bursar.estate.parse import parse
from bursar.jobs import Deposed
from bursar.ledger.ledger import Ledger
from bursar.vocab.errors import BursarError

START = 1_800_000_000_000_000
DAY_MINUTES = 24 * 60


@pytest.fixture
def console(api_ledger: Ledger, api_engine: Engine) -> Console:
    router = keys_router(random_bytes=lambda size: b"\7" * size)
    return console_on(api_ledger, api_engine, Clock(START), routers=(router,))


@pytest.fixture
def ada(console: Console) -> Iterator[Browser]:
    with console.signed_in("ada@example.com", role("engineer", teams=("search",))) as browser:
        yield browser


def made(browser: Browser, **wanted: Any) -> dict[str, Any]:
    reply = browser.send("POST", "/tokens", {"name": "ci", "expires": "30d", **wanted})
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


def by_token(console: Console, secret: str) -> TestClient:
    return TestClient(console.app, headers={"authorization": f"Bearer {secret}"})


def test_a_token_speaks_for_its_person_without_any_csrf(console: Console, ada: Browser) -> None:
    token = made(ada)
    client = by_token(console, token["secret"])
    me = client.get("/api/v1/me").json()
    assert (me["actor"], me["kind"], me["csrf"]) == ("ada@example.com", "api_token", None)
    assert me["roles"] == [{"role": "engineer", "teams": ["search"], "products": []}]
    assert client.post("/api/v1/keys", json={"team": "search"}).status_code == 201
    assert client.post("/api/v1/keys", json={"team": "ads"}).status_code == 403
    (shown,) = ada.get("/tokens").json()["tokens"]
    assert "secret" not in shown
    assert shown["last_used_at"] is not None
    with console.engine.connect() as connection:
        for table in ("api_tokens", "audit"):
            assert token["secret"] not in str(connection.execute(text(f"SELECT * FROM {table}")).all())


def test_a_token_with_a_scope_may_that_and_no_more_than_its_person(console: Console, ada: Browser) -> None:
    client = by_token(console, made(ada, permissions=["usage.read", "people.write"])["secret"])
    assert client.get("/api/v1/me").json()["permissions"] == ["usage.read"]
    assert client.get("/api/v1/usage").status_code == 200
    assert client.get("/api/v1/keys").status_code == 403
    assert client.get("/api/v1/people").status_code == 403
    mine = ada.get("/sessions").json()["sessions"][0]["id"]
    for method, path in (
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
        ("DELETE", f"/sessions/{mine}"),
        ("GET", "/tokens"),
        ("DELETE", "/tokens/0"),
    ):
        assert client.request(method, f"/api/v1{path}").status_code == 403, path
    assert ada.get("/me").status_code == 200


def test_a_token_makes_no_tokens_and_nobody_makes_them_for_others(console: Console, ada: Browser) -> None:
    client = by_token(console, made(ada)["secret"])
    wanted = {"name": "more", "expires": "1d"}
    assert client.post("/api/v1/tokens", json=wanted).status_code == 403
    bob = console.person("bob@example.com", role("administrator"))
    assert ada.send("POST", "/tokens", {**wanted, "person": bob}).status_code == 403
    admin = TestClient(console.app, headers=ADMIN)
    assert admin.post("/api/v1/tokens", json=wanted).status_code == 400
    for_bob = admin.post("/api/v1/tokens", json={**wanted, "person": bob}).json()
    assert by_token(console, for_bob["secret"]).get("/api/v1/me").json()["actor"] == "bob@example.com"
    assert audit_newest(console.engine, limit=1)[0].actor == "administrator"
    assert ada.send("DELETE", f"/tokens/{for_bob['id']}").status_code == 404
    assert [one["person"] for one in ada.get("/tokens").json()["tokens"]] != [bob]
    assert ada.get("/tokens", params={"of": "everyone"}).status_code == 403


@pytest.mark.parametrize("end", ["revoked", "expired", "person disabled", "role taken"])
def test_a_token_ends_at_once(console: Console, ada: Browser, end: str) -> None:
    token = made(ada, expires="1d")
    client = by_token(console, token["secret"])
    assert client.get("/api/v1/usage").status_code == 200
    admin = TestClient(console.app, headers=ADMIN)
    if end == "revoked":
        assert ada.send("DELETE", f"/tokens/{token['id']}").status_code == 200
        assert ada.send("DELETE", f"/tokens/{token['id']}").status_code == 200
    elif end == "expired":
        console.clock.move(DAY_MINUTES)
    elif end == "person disabled":
        admin.patch(f"/api/v1/people/{token['person']}", json={"status": "disabled"})
    else:
        admin.patch(f"/api/v1/people/{token['person']}", json={"roles": []})
    assert client.get("/api/v1/usage").status_code == (403 if end == "role taken" else 401)


@pytest.mark.parametrize(
    "wanted",
    [
        {"expires": "400d"},
        {"expires": "yesterday"},
        {"expires": "2001-01-01T00:00:00Z"},
        {"permissions": []},
        {"permissions": ["all"]},
        {"name": ""},
        {"name": "two\nlines"},
    ],
)
def test_a_token_that_cannot_be_is_refused_in_a_sentence(ada: Browser, wanted: dict[str, Any]) -> None:
    reply = ada.send("POST", "/tokens", {"name": "ci", "expires": "30d", **wanted})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_input")


def test_roles_by_groups_hold_for_tokens_only_while_their_person_signs_in(
    console: Console, ada: Browser
) -> None:
    secret = made(ada, expires="2027-12-31T00:00:00Z")["secret"]
    with console.engine.begin() as connection:
        roles = '[{"role":"viewer","teams":[],"products":[]}]'
        connection.execute(text("UPDATE people SET roles = '[]', roles_by_groups = :roles"), {"roles": roles})
    client = by_token(console, secret)
    console.keeper.forget()
    console.clock.move(29 * DAY_MINUTES)
    assert client.get("/api/v1/usage").status_code == 200
    console.clock.move(2 * DAY_MINUTES)
    assert client.get("/api/v1/usage").status_code == 403


def test_settings_say_how_one_signs_in_and_no_secret(console: Console, ada: Browser) -> None:
    declare(
        console,
        {
            "kind": "sign_in",
            "name": "corp",
            "issuer": "https://issuer.example",
            "client_id": "console",
            "client_secret": "env:CORP_SECRET",
            "groups": {"finops": [{"role": "finance", "teams": "search"}]},
        },
    )
    assert ada.get("/settings").status_code == 403
    reply = TestClient(console.app, headers=ADMIN).get("/api/v1/settings")
    settings = reply.json()
    (shown,) = settings["sign_in"]
    assert shown["redirect_url"] == "http://testserver/api/v1/auth/oidc/corp/callback"
    assert shown["groups"] == [
        {"group": "finops", "roles": [{"role": "finance", "teams": ["search"], "products": []}]}
    ]
    assert "CORP_SECRET" not in reply.text
    assert settings["retention"]["messages_days"] == 90
    assert settings["retention"]["declared"] is False
    assert "audit" in settings["retention"]["kept_for_good"]


def declare(console: Console, *documents: dict[str, Any]) -> None:
    parsed = parse([], list(documents)).documents
    directory.apply(console.engine, parsed, actor="t", now=console.clock())


def test_what_is_over_is_forgotten_after_the_days_that_the_estate_says(
    console: Console, ada: Browser
) -> None:
    declare(console, {"kind": "retention", "name": "default", "sessions_days": 3, "links_days": 1})
    made(ada, expires="2d")
    ada.send("POST", "/auth/sign-out")
    events = len(audit_newest(console.engine, limit=1000))
    assert sum(apply_retention(console.engine, now=console.clock()).values()) == 0
    console.clock.move(2 * DAY_MINUTES)
    found = apply_retention(console.engine, now=console.clock())
    assert (found["sign_in_links"], found["sessions"], found["api_tokens"]) == (1, 0, 0)
    console.clock.move(2 * DAY_MINUTES)
    assert apply_retention(console.engine, now=console.clock())["sessions"] == 1
    console.clock.move(100 * DAY_MINUTES)
    assert apply_retention(console.engine, now=console.clock())["api_tokens"] == 1
    rows = audit_newest(console.engine, limit=1000)
    assert [row.action for row in rows].count("retention.applied") == 3
    assert len(rows) == events + 3, "the audit is kept"
    assert verify(console.engine).fault is None


def test_only_the_leader_forgets(console: Console) -> None:
    def deposed(_: Any) -> None:
        raise Deposed("another one leads")

    with pytest.raises(Deposed):
        apply_retention(console.engine, now=console.clock(), fence=deposed)


@pytest.mark.parametrize("document", [{"name": "other"}, {"messages_days": 0}, {"messages_days": 5000}])
def test_there_is_one_retention_within_bounds(console: Console, document: dict[str, Any]) -> None:
    with pytest.raises(BursarError):
        declare(console, {"kind": "retention", "name": "default", **document})


def test_every_permission_can_be_given_to_a_token(ada: Browser) -> None:
    assert made(ada, permissions=list(PERMISSIONS))["permissions"] == list(PERMISSIONS)
