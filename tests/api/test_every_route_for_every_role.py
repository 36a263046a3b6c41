"""Every route that there is, in the name of every role: what is refused, and whose rows nobody else reads."""

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "alerts"))

from fastapi import APIRouter
from fastapi.testclient import TestClient
from ledger_data import open_ledger
from signing_in import Browser
from two_teams import DAY_US, World, make_world
from walking import LAST, STREAMS, Asked, leaks, operations, requests_of, walk

from bursar import access
from bursar.access import ROLES, Permission, Principal, Role, RoleGrant
from bursar.access.roles import ALLOWED, ORGANISATION
from bursar.api.permission import need
from bursar.api.services import WithServices
from bursar.directory import verify
from bursar.ledger.calls import CallsQuery
from bursar.store.state import open_state
from bursar.vocab.instant import InstantUs

ANYONE = None
NEEDS: dict[str, Permission | None] = {
    "GET /usage": "usage.read",
    "GET /explore": "usage.read",
    "GET /explore/export": "usage.read",
    "GET /changes": "usage.read",
    "GET /values": "usage.read",
    "GET /tags": "usage.read",
    "GET /calls": "calls.read",
    "GET /calls/{call_id}": "calls.read",
    "GET /live": "calls.read",
    "GET /doctor": "system.read",
    "GET /ledger/workers": "system.read",
    "GET /audit": "audit.read",
    "GET /audit/verify": "audit.read",
    "GET /me": ANYONE,
    "GET /keys": "keys.read",
    "GET /keys/use": "keys.read",
    "GET /allocation": "usage.read",
    "GET /summary": "usage.read",
    "GET /prices": "estate.read",
    "GET /forecast": "usage.read",
    "GET /usage/beginnings": "usage.read",
    "GET /usage/caching": "usage.read",
    "GET /usage/longest": "calls.read",
    "GET /usage/output-limits": "usage.read",
    "GET /budget-forecasts": "budgets.read",
    "GET /budgets/{name}/course": "budgets.read",
    "GET /budgets/{name}/holdings": "budgets.read",
    "POST /keys": "keys.write",
    "DELETE /keys/{key_id}": "keys.write",
    "GET /gateway": ANYONE,
    "POST /auth/sign-out": ANYONE,
    "GET /sessions": ANYONE,
    "DELETE /sessions": ANYONE,
    "DELETE /sessions/{session_id}": ANYONE,
    "GET /people": "people.read",
    "POST /people": "people.write",
    "PATCH /people/{person_id}": "people.write",
    "POST /people/{person_id}/link": "people.write",
    "GET /tokens": ANYONE,
    "POST /tokens": ANYONE,
    "DELETE /tokens/{token_id}": ANYONE,
    "GET /settings": "settings.read",
    "POST /estate/apply": "estate.write",
    "GET /estate": "estate.read",
    "GET /estate/history": "estate.read",
    "POST /policy/explain": "policies.read",
    "GET /policy/test": "policies.read",
    "POST /policy/effect": "policies.read",
    "GET /budget-workers": "system.read",
    "POST /budget-workers/{worker}/write-off": "system.write",
    "POST /drivers": "drivers.write",
    "GET /drivers": "budgets.read",
    "GET /budgets": "budgets.read",
    "GET /budgets/{name}": "budgets.read",
    "POST /budgets/{name}/grants": "budgets.write",
    "GET /budgets/{name}/grants": "budgets.read",
    "GET /budget-pauses": "budgets.read",
    "POST /budgets/{name}/pause": "budgets.write",
    "POST /budgets/{name}/resume": "budgets.write",
    "GET /approvals": "approvals.read",
    "GET /approvals/{request_id}": "approvals.read",
    "POST /approvals/{request_id}/grant": "approvals.answer",
    "POST /approvals/{request_id}/decline": "approvals.answer",
    "GET /alerts": "alerts.read",
    "GET /alerts/messages": "alerts.read",
    "POST /alerts/messages/{message_id}/send": "settings.write",
    "GET /alerts/{alert_id}": "alerts.read",
    "POST /alerts/{alert_id}/acknowledge": "alerts.answer",
    "GET /interventions": "alerts.read",
    "POST /interventions/{intervention_id}/undo": "alerts.answer",
    "POST /channels/{name}/test": "settings.write",
    "GET /views": "usage.read",
    "POST /views": "views.write",
    "GET /views/{view_id}": "usage.read",
    "PATCH /views/{view_id}": "views.write",
    "DELETE /views/{view_id}": "views.write",
}
"""What each locked route needs."""

OPEN = {
    "GET /alerts/answer/{token}",
    "POST /alerts/answer/{token}",
    "GET /auth/options",
    "POST /auth/link",
    "GET /auth/oidc/{name}/start",
    "GET /auth/oidc/{name}/callback",
}
LIMITS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "all": ((), ()),
    "team": (("search",), ()),
    "product": ((), ("answers",)),
    "both": (("search",), ("answers",)),
}
WHO = [(role, limit) for role in ROLES for limit in ("team", "product", "both", "all")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    ledger, engine = open_ledger(folder), open_state(f"sqlite:///{folder}/state.sqlite")
    yield make_world(folder, ledger, engine)[0]
    engine.dispose()
    ledger.close()


def short(key: str) -> str:
    return key.replace("/api/v1", "")


def locked(world: World) -> list[str]:
    keys = [f"{method} {path}" for method, path, _ in operations(world.app) if path.startswith("/api/v1")]
    return [key for key in keys if short(key) not in OPEN]


def may(role: Role, limit: str, needed: Permission) -> bool:
    return needed in ALLOWED[role] and (limit == "all" or needed not in ORGANISATION)


# -- the table -------------------------------------------------------------------------------------------


def test_every_route_is_in_the_table(world: World) -> None:
    assert {short(key) for key in locked(world)} == set(NEEDS)
    open_keys = {short(f"{method} {path}") for method, path, _ in operations(world.app)} - set(NEEDS)
    assert open_keys == OPEN | {"GET /healthz", "GET /readyz", "GET /metrics"}


@pytest.mark.parametrize(("role", "limit"), WHO)
def test_a_role_is_answered_as_the_table_says_and_no_row_of_others_is_shown(
    world: World, role: Role, limit: str
) -> None:
    thorough = (role, limit) in (("viewer", "team"), ("administrator", "product"))
    with world.browser(RoleGrant(role, *LIMITS[limit])) as browser:
        ids = world.nobodys if limit == "all" else world.hidden
        for asked in walk(world, browser, ids, thorough=thorough):
            check_status(asked, role, limit)
            if limit != "all":
                assert leaks(world, asked) == [], str(asked)
    if limit != "all":
        with world.browser(RoleGrant(role, *LIMITS[limit])) as browser:
            for asked in read_own(world, browser):
                assert leaks(world, asked) == [], str(asked)
    for stream in STREAMS:
        needed = NEEDS[short(stream)]
        assert needed is None or may(role, limit, needed), "every role may; test_live.py reads it"


def check_status(asked: Asked, role: Role, limit: str) -> None:
    key = short(asked.key)
    assert asked.status < 500 or (asked.status, key) == (503, "GET /gateway"), str(asked)
    if key in OPEN or key not in NEEDS or (asked.key in LAST and asked.status == 401):
        return
    needed = NEEDS[key]
    assert asked.status != 401, str(asked)
    if needed is not None and not may(role, limit, needed):
        assert asked.status == 403, str(asked)
    elif needed is not None and limit == "all":
        assert asked.status != 403, str(asked)


def read_own(world: World, browser: Browser) -> Iterator[Asked]:
    """The rows of one's own team by their ids: they are there, and say nothing of others."""
    ids = {**world.shown, "name": "team-search"}
    for method, path, operation in operations(world.app):
        places = {name for name in ("call_id", "alert_id", "request_id") if f"{{{name}}}" in path}
        if method == "GET" and (places or path.startswith("/api/v1/budgets/")):
            for address, params, body in requests_of(world, method, path, operation, {**world.hidden, **ids}):
                reply = browser.client.request(method, address, params=list(params), json=body)
                yield Asked(f"{method} {path}", address, reply.status_code, reply.text)


def test_rows_are_hidden_on_postgresql_too(tmp_path: Path, postgresql_url: str) -> None:
    ledger, engine = open_ledger(tmp_path), open_state(postgresql_url)
    world = make_world(tmp_path, ledger, engine)[0]
    with world.browser(RoleGrant("administrator", ("search",))) as browser:
        for asked in walk(world, browser, world.hidden, thorough=False):
            check_status(asked, "administrator", "team")
            assert leaks(world, asked) == [], str(asked)
    with world.browser(RoleGrant("approver", ("search",))) as browser:
        for path, member in (
            ("/alerts", "alerts"),
            ("/alerts/messages", "messages"),
            ("/approvals", "approvals"),
        ):
            assert len(browser.get(path, params={"limit": 1}).json()[member]) == 1, path
    engine.dispose()
    ledger.close()


def test_who_sees_a_team_does_see_it(world: World) -> None:
    with world.browser(RoleGrant("engineer", ("search",)), RoleGrant("approver", ("search",))) as browser:
        assert [asked.status for asked in read_own(world, browser) if "budgets" not in asked.key] == [200] * 3
        usage = browser.get("/usage", params={"from": "2026-11-01", "by": "team"}).json()
        assert (usage["total"]["calls"], usage["total"]["cost_usd"]) == (2, "2")
        budgets = {one["name"]: one for one in browser.get("/budgets").json()["budgets"]}
        assert set(budgets) == {"team-search", "each-team", "some-teams"}
        assert budgets["some-teams"]["scope"] == "team search"
        estate = browser.get("/estate").json()["documents"]
        names = {(one["kind"], one["name"]) for one in estate}
        assert {
            ("team", "search"),
            ("product", "answers"),
            ("use_case", "chat"),
            ("policy", "for-all"),
        } <= names
        assert not {kind for kind, _ in names} & {"channel", "sign_in"}
        (provider,) = [one for one in estate if one["kind"] == "provider"]
        assert set(provider) == {"kind", "name", "wire"}
        labels = {one["label"] for one in browser.get("/keys").json()["keys"]}
        assert "own key" in labels
        assert "zebra key" not in labels
        for path, member in (
            ("/alerts", "alerts"),
            ("/approvals", "approvals"),
            ("/interventions", "interventions"),
        ):
            assert len(browser.get(path).json()[member]) == 1
            assert len(browser.get(path, params={"limit": 1}).json()[member]) == 1
        explained = {"key": world.shown["key_id"], "model": "gpt-4o"}
        reply = browser.send("POST", "/policy/explain", explained).json()
        rules = {said["rule"] for said in reply["steps"][0]["rules"]}
        put_in_force = {rule for rule in rules if rule.startswith("policy/team-search:clamp:")}
        assert len(put_in_force) == 1, "what an alert put in force for their own team"
        (nameless,) = {
            rule for rule in rules if rule.startswith("policy/not-shown-")
        }  # for the whole company
        assert rules - put_in_force - {nameless} == {"tier/some-tier", "policy/for-all"}
        assert browser.get("/policy/test").json()["passed"] == 1


def test_what_one_may_not_see_is_said_not_to_be_in_the_same_words(world: World) -> None:
    with world.browser(RoleGrant("administrator", ("search",))) as browser:
        theirs = told(world, browser, world.hidden)
        nobodys = told(world, browser, world.nobodys)
    assert theirs == nobodys
    assert {status for status, _ in theirs.values()} <= {403, 404}


def told(world: World, browser: Browser, ids: dict[str, str]) -> dict[str, tuple[int, str]]:
    """What is said of each route with an id in its path, with the id taken out."""
    found = {}
    for method, path, operation in operations(world.app):
        names = [name for name in world.hidden if f"{{{name}}}" in path]
        if not names or any(word in path for word in ("oidc", "channels")):
            continue
        address, params, body = next(requests_of(world, method, path, operation, ids))
        reply = browser.client.request(
            method, address, params=list(params), json=body, headers={"x-bursar-csrf": browser.csrf}
        )
        text = reply.text
        for name in names:
            text = text.replace(ids[name], "ID")
        found[f"{method} {path}"] = (reply.status_code, text)
    return found


def test_what_one_sees_and_may_not_change_is_forbidden(world: World) -> None:
    grants = (RoleGrant("viewer"), RoleGrant("engineer", ("search",)), RoleGrant("approver", ("search",)))
    with world.browser(*grants, RoleGrant("finance", ("search",))) as browser:
        hidden = world.hidden
        for method, path, body in (
            ("POST", f"/alerts/{hidden['alert_id']}/acknowledge", None),
            ("POST", f"/interventions/{hidden['intervention_id']}/undo", None),
            ("POST", "/budgets/zebra-budget/grants", {"amount": "1", "until": "1d", "reason": "r"}),
            ("POST", "/budgets/each-team/grants", {"amount": "1", "until": "1d", "reason": "r"}),
        ):
            assert browser.send(method, path, body).status_code == 403, path
        own = {"amount": "1", "until": "1d", "reason": "r", "value": "search"}
        assert browser.send("POST", "/budgets/each-team/grants", own).status_code == 201
        assert browser.send("POST", "/budgets/team-search/grants", {**own, "value": ""}).status_code == 201


def test_a_key_of_the_limited_lets_nobody_charge_other_teams(world: World) -> None:
    """The calls for a product are seen whoever makes them; but the budgets of the teams would pay."""
    with world.browser(RoleGrant("engineer", (), ("answers",))) as browser:
        made = browser.send("POST", "/keys", {"product": "answers", "may_set": ["use_case", "environment"]})
        assert made.status_code == 201
        for dimension in ("team", "product"):
            reply = browser.send("POST", "/keys", {"product": "answers", "may_set": [dimension]})
            assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")


def test_nothing_of_others_was_changed_by_the_limited(world: World) -> None:
    """The walks tried every write with the other team's ids; unlimited administrators used nobody's."""
    client = TestClient(world.app, headers={"authorization": f"Bearer {world.admin_token}"})

    def get(path: str) -> Any:
        return client.get(f"/api/v1{path}").json()

    with world.browser(RoleGrant("administrator", ("search",))) as browser:
        for _ in walk(world, browser, world.hidden):
            pass
    assert get(f"/alerts/{world.hidden['alert_id']}")["acknowledged_at"] is None
    assert get(f"/approvals/{world.hidden['request_id']}")["state"] == "open"
    rules = {one["id"]: one for one in get("/interventions")["interventions"]}
    assert rules[world.hidden["intervention_id"]]["in_force"]
    keys = {one["id"]: one for one in get("/keys")["keys"]}
    assert keys[world.hidden["key_id"]]["status"] == "live"
    assert get("/budgets/zebra-budget/grants")["grants"] == []
    people = {one["id"]: one for one in get("/people")["people"]}
    assert people[world.hidden["person_id"]]["name"] == "Somebody"
    assert verify(world.engine).fault is None


# -- who is nobody ----


def test_without_a_role_one_sees_oneself_and_nothing_else(world: World) -> None:
    with world.browser() as browser:
        for asked in walk(world, browser, world.hidden, thorough=False):
            key = short(asked.key)
            if key in NEEDS and NEEDS[key] is not None:
                assert asked.status == 403, str(asked)
            assert leaks(world, asked) == [], str(asked)


@pytest.mark.parametrize("end", ["disabled", "expired", "idle", "signed out", "never"])
def test_a_session_that_is_over_opens_nothing(world: World, end: str) -> None:
    began = world.clock.at
    with world.browser(RoleGrant("administrator")) as browser:
        if end == "disabled":
            me = browser.get("/me").json()["person"]
            access.change_person(world.engine, me, status="disabled", actor="t", now=world.clock())
            world.keeper.forget()
        elif end == "signed out":
            token = browser.token
            browser.send("POST", "/auth/sign-out")
            browser.client.cookies.set("bursar_session", token)
        elif end == "never":
            browser.client.cookies.set("bursar_session", access.fresh(secrets.token_bytes))
        else:
            world.clock.move(12 * 60 if end == "expired" else 120)
        assert_shut(world, browser)
    world.clock.at = began


@pytest.mark.parametrize("end", ["revoked", "expired", "never", "with an empty scope"])
def test_an_api_token_that_is_over_opens_nothing(world: World, end: str) -> None:
    began = world.clock.at
    secret = "bst_" + access.fresh(secrets.token_bytes)
    person = world.person("", RoleGrant("administrator"))
    if end != "never":
        token = access.create_token(
            world.engine,
            token_id=f"t-{end}",
            secret=secret,
            person=person,
            name="t",
            only=["system.write"] if end == "with an empty scope" else None,
            expires_at=InstantUs(world.clock() + DAY_US),
            actor="t",
            now=world.clock(),
        )
        if end == "revoked":
            access.revoke_token(world.engine, token.id, only_of=None, actor="t", now=world.clock())
    if end == "expired":
        world.clock.move(24 * 60)
    with TestClient(world.app, headers={"authorization": f"Bearer {secret}"}) as client:
        if end == "with an empty scope":
            for asked in walk(world, Browser(client), world.nobodys, thorough=False):
                needed = NEEDS.get(short(asked.key))
                if needed not in (None, "system.write"):
                    assert asked.status == 403, str(asked)
        else:
            assert_shut(world, Browser(client))
    world.clock.at = began


def assert_shut(world: World, browser: Browser) -> None:
    """Every locked route answers 401, streams too, and tells nothing."""
    for asked in walk(world, browser, world.hidden, thorough=False):
        if short(asked.key) in NEEDS:
            assert asked.status == 401, str(asked)
        assert leaks(world, asked) == [], str(asked)
    for stream in STREAMS:
        assert browser.client.get(stream.partition(" ")[2]).status_code == 401


# -- the walk bites ----

forgetful = APIRouter()
ReadsUsage = Annotated[Principal, need("usage.read")]


@forgetful.get("/forgetful")
def forgets_sight(who: ReadsUsage, services: WithServices) -> dict[str, Any]:
    """A route as somebody may write it who forgets whose rows it answers with."""
    page = services.ledger.calls(CallsQuery(start=InstantUs(0), end=services.now()))
    return {"costs": [call.event.cost_pico for call in page.calls]}


def test_a_route_that_forgets_sight_is_found(tmp_path: Path) -> None:
    ledger, engine = open_ledger(tmp_path), open_state(f"sqlite:///{tmp_path}/state.sqlite")
    world = make_world(tmp_path, ledger, engine, (forgetful,))[0]
    assert {short(key) for key in locked(world)} - set(NEEDS) == {"GET /forgetful"}
    with world.browser(RoleGrant("viewer", ("search",))) as browser:
        found = [
            asked.key for asked in walk(world, browser, world.hidden, thorough=False) if leaks(world, asked)
        ]
    assert found == ["GET /api/v1/forgetful"]
    engine.dispose()
    ledger.close()


def test_the_markers_are_there_to_be_found(world: World) -> None:
    """Whoever sees everything reads every name: none is misspelt, or never shown to anybody."""
    names = ("team", "product", "use_case", "model", "environment", "provider", "tag:tenant")
    with world.browser(RoleGrant("administrator")) as browser:
        texts = [browser.get("/usage", params={"by": name, "from": "2026-11-01"}).text for name in names]
        texts += [browser.get(path, params={"of": "everyone"}).text for path in ("/tokens", "/sessions")]
        # At last what ends sessions and tokens.
        texts += [
            asked.text
            for asked in walk(world, browser, world.hidden, thorough=False)
            if asked.key.startswith("GET")
        ]
    everything = "".join(texts)
    # Secrets, sums that no answer holds as they are, and a view that is its owner's alone.
    hidden = ("very-secret", "15309.64", "87654321", world.hidden["view_id"])
    names = {value: name for name, value in world.hidden.items()}
    missing = [names.get(one, one) for one in world.markers() if one not in everything + " ".join(hidden)]
    assert missing == []
    assert "very-secret" not in everything, "secrets are shown to nobody"
