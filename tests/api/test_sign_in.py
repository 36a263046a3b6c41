"""Signing in by link, and what a session may do, for how long, and from where."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from signing_in import ADMIN, Clock, Console, console_on, role
from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.types import Message

from bursar.access import Doorkeeper, make_link
from bursar.access.secret import fresh
from bursar.api.guard import Guard, Tokens
from bursar.api.visitors import address_of
from bursar.directory import audit_newest, verify
from bursar.ledger.ledger import Ledger
from bursar.vocab.network import networks

START = 1_800_000_000_000_000


@pytest.fixture
def console(api_ledger: Ledger, api_engine: Engine) -> Console:
    return console_on(api_ledger, api_engine, Clock(START))


def actions(console: Console, count: int = 50) -> list[str]:
    return [entry.action for entry in audit_newest(console.engine, limit=count)]


# -- links -----------------------------------------------------------------------------------------


def test_a_link_signs_in_once(console: Console) -> None:
    secret = console.link(console.person("ada@example.com", role("viewer")))
    with console.browser() as browser, console.browser() as thief:
        me = browser.sign_in(secret).get("/me").json()
        assert (me["actor"], me["kind"], me["email"]) == ("ada@example.com", "person", "ada@example.com")
        assert me["roles"] == [{"role": "viewer", "teams": [], "products": []}]
        assert "usage.read" in me["permissions"]
        assert "people.read" not in me["permissions"]
        assert me["session_ends_at"] == "2027-01-15T20:00:00.000000Z"
        again = thief.client.post("/api/v1/auth/link", json={"token": secret})
        assert (again.status_code, again.json()["code"]) == (401, "not_signed_in")
        assert thief.get("/me").status_code == 401
    assert actions(console)[:2] == ["sign_in.refused", "sign_in.done"]
    assert verify(console.engine).fault is None


def test_a_link_that_two_try_at_once_lets_one_in(console: Console) -> None:
    secret = console.link(console.person("ada@example.com"))

    def attempt(_: int) -> int:
        with TestClient(console.app) as client:
            return client.post("/api/v1/auth/link", json={"token": secret}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [204, 401, 401, 401]


def test_a_link_is_over_after_an_hour_and_when_a_newer_one_is_made(console: Console) -> None:
    ada = console.person("ada@example.com")
    older, newer = console.link(ada), console.link(ada)
    with console.browser() as browser:
        assert browser.client.post("/api/v1/auth/link", json={"token": older}).status_code == 401
        console.clock.move(60)
        assert browser.client.post("/api/v1/auth/link", json={"token": newer}).status_code == 401


def test_no_secret_is_kept_and_no_reply_tells_a_wrong_link_from_an_old_one(console: Console) -> None:
    ada = console.person("ada@example.com")
    used = console.link(ada)
    with console.browser() as browser:
        browser.sign_in(used)
        token = browser.token
    with console.browser() as browser:
        replies = [
            browser.client.post("/api/v1/auth/link", json={"token": one}).json()
            for one in (used, fresh(secrets.token_bytes), "x")
        ]
    assert replies[0] == replies[1] == replies[2]
    with console.engine.connect() as connection:
        for table in ("sessions", "sign_in_links", "audit"):
            kept = str(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert used not in kept
            assert token not in kept


def test_a_disabled_person_is_signed_out_at_once_and_not_let_in_again(console: Console) -> None:
    ada = console.person("ada@example.com", role("administrator"))
    with console.browser() as browser, TestClient(console.app, headers=ADMIN) as admin:
        browser.sign_in(console.link(ada))
        unused = console.link(ada)
        assert admin.patch(f"/api/v1/people/{ada}", json={"status": "disabled"}).status_code == 200
        assert browser.get("/me").status_code == 401
        assert browser.client.post("/api/v1/auth/link", json={"token": unused}).status_code == 401
        assert admin.post(f"/api/v1/people/{ada}/link").status_code == 409
        assert admin.patch(f"/api/v1/people/{ada}", json={"status": "active"}).status_code == 200
        assert browser.get("/me").status_code == 401, "an old session does not come back"
        browser.sign_in(console.link(ada))


def test_too_many_tries_are_not_looked_at_any_more(console: Console) -> None:
    secret = console.link(console.person("ada@example.com"))
    with console.browser() as browser:
        for _ in range(20):
            wrong = browser.client.post("/api/v1/auth/link", json={"token": fresh(secrets.token_bytes)})
            assert wrong.status_code == 401
        reply = browser.client.post("/api/v1/auth/link", json={"token": secret})
        assert (reply.status_code, reply.headers["retry-after"]) == (429, "600")
        console.clock.move(10)
        browser.sign_in(secret)


def test_strangers_cannot_fill_the_tables_or_the_audit(console: Console) -> None:
    from bursar.access.links import refuse_link

    for number in range(260):
        refuse_link(console.engine, "x", address=f"10.0.{number % 256}.{number // 256}", now=console.clock())
    assert actions(console, 1000).count("sign_in.refused") == 200
    console.clock.move(11)
    refuse_link(console.engine, "x", address="10.0.0.1", now=console.clock())
    with console.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sign_in_attempts")).scalar_one() == 1


def test_a_stranger_may_send_little(console: Console) -> None:
    with console.browser() as browser:
        reply = browser.client.post("/api/v1/auth/link", json={"token": "x" * 5000})
        assert reply.status_code == 413


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_site_cannot_sign_somebody_in_as_somebody_else(
    console: Console, headers: dict[str, str]
) -> None:
    secret = console.link(console.person("mallory@example.com"))
    with console.browser() as browser:
        reply = browser.client.post("/api/v1/auth/link", json={"token": secret}, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (403, "cross_site")
        browser.sign_in(secret)  # it was not used up


# -- cookies and CSRF ------------------------------------------------------------------------------


@pytest.mark.parametrize("is_https", [False, True])
def test_no_script_and_no_other_site_gets_the_cookie(
    api_ledger: Ledger, api_engine: Engine, is_https: bool
) -> None:
    console = console_on(api_ledger, api_engine, Clock(START), is_https=is_https)
    secret = console.link(console.person("ada@example.com"))
    with console.browser() as browser:
        reply = browser.client.post("/api/v1/auth/link", json={"token": secret})
        name, *attributes = reply.headers["set-cookie"].split("; ")
        assert name.startswith("bursar_session=")
        assert attributes == ["Path=/", "HttpOnly", "SameSite=Lax", *(["Secure"] if is_https else [])]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"x-bursar-csrf": ""}, 403),
        ({"x-bursar-csrf": "\u00e4"}, 403),
        ({"x-bursar-csrf": "CSRF", "origin": "https://evil.example"}, 403),
        ({"x-bursar-csrf": "CSRF", "origin": "null"}, 403),
        ({"x-bursar-csrf": "CSRF", "sec-fetch-site": "same-site"}, 403),
        ({"x-bursar-csrf": "CSRF"}, 200),
        ({"x-bursar-csrf": "CSRF", "origin": "http://testserver", "sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_what_changes_something_needs_the_csrf_secret_and_the_own_origin(
    console: Console, headers: dict[str, str], status: int
) -> None:
    with console.signed_in("ada@example.com") as browser:
        sent = {
            name: value.replace("CSRF", browser.csrf).encode("latin-1") for name, value in headers.items()
        }
        reply = browser.client.request("DELETE", "/api/v1/sessions", headers=sent)
        assert reply.status_code == status, reply.text
        assert browser.get("/me").status_code == (401 if status == 200 else 200)


def test_the_csrf_secret_of_one_session_is_none_for_another(console: Console) -> None:
    with console.signed_in("a@example.com") as one, console.signed_in("b@example.com") as other:
        other.csrf = one.csrf
        assert other.send("DELETE", "/sessions").status_code == 403


def test_a_bearer_token_needs_no_csrf_and_a_wrong_one_is_not_made_good_by_a_cookie(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser:
        assert browser.client.post("/api/v1/people/administrator/link", headers=ADMIN).status_code == 201
        for wrong in (
            "Bearer wrong",
            "Basic abc",
            "Bearer bst_" + "x" * 43,
            "Bearer bst_short",
            "Bearer \u00e9",
        ):
            headers = {"authorization": wrong.encode("latin-1")}
            assert browser.client.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\u00e4" * 43, "x" * 100_000])
def test_a_cookie_that_is_none_opens_nothing(console: Console, token: str) -> None:
    with console.browser() as browser:
        sent = f"a=b; bursar_session={token}".encode("latin-1")
        reply = browser.client.get("/api/v1/me", headers={"cookie": sent})
        assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")


def test_a_stranger_with_a_cookie_is_turned_away_before_a_byte_is_read(console: Console) -> None:
    seen: list[Message] = []

    async def never(*_: Any) -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        seen.append(message)

    headers = [(b"cookie", b"bursar_session=" + b"x" * 43), (b"content-length", b"5")]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/estate/apply", "headers": headers}
    guard = Guard(never, Tokens(admin="a", internal="b"), keeper=console.keeper)
    asyncio.run(guard(scope, never, send))
    assert seen[0]["status"] == 401


# -- how long ---------------------------------------------------------------------------------------


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser:
        for _ in range(11):
            console.clock.move(65)
            assert browser.get("/me").status_code == 200
        console.clock.move(6)
        assert browser.get("/me").status_code == 401


def test_a_session_that_nobody_uses_ends_after_two_hours(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser:
        console.clock.move(119)
        assert browser.get("/me").status_code == 200
        console.clock.move(120)
        assert browser.get("/me").status_code == 401


def test_the_token_is_rotated_and_the_old_one_has_a_grace_for_parallel_requests(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser, console.browser() as parallel:
        first = browser.token
        console.clock.move(11)
        assert browser.get("/me").status_code == 200
        second = browser.token
        assert second != first
        parallel.token = first
        assert parallel.get("/me").status_code == 200
        assert parallel.token == first, "one rotation at a time"
        console.clock.move(seconds=2)
        assert browser.get("/me").status_code == 200  # the new one is seen
        console.clock.move(seconds=59)
        assert parallel.get("/me").status_code == 200
        console.clock.move(seconds=2)
        assert parallel.get("/me").status_code == 401
        assert browser.get("/me").json()["csrf"] == browser.csrf


def test_a_reply_that_is_lost_with_the_new_token_signs_nobody_out(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser, console.browser() as restored:
        first = browser.token
        console.clock.move(11)
        browser.get("/me")
        restored.token = first  # the browser never got the reply
        console.clock.move(5)
        assert restored.get("/me").status_code == 200
        assert restored.token not in ("", first)
        console.clock.move(seconds=2)
        assert restored.get("/me").status_code == 200


def test_many_requests_at_once_rotate_once(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser:
        token = browser.token
        console.clock.move(11)

        def ask(_: int) -> tuple[int, bool]:
            reply = TestClient(console.app).get("/api/v1/me", headers={"cookie": f"bursar_session={token}"})
            return reply.status_code, "set-cookie" in reply.headers

        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(ask, range(12)))
        assert {status for status, _ in replies} == {200}
        assert sum(has_cookie for _, has_cookie in replies) == 1


def test_a_sign_in_never_takes_over_a_token_that_the_browser_had(console: Console) -> None:
    with console.browser() as browser:
        browser.token = fixed = fresh(secrets.token_bytes)
        browser.sign_in(console.link(console.person("ada@example.com")))
        assert browser.token != fixed


# -- ending sessions ---------------------------------------------------------------------------------


def test_signing_out_ends_the_session_and_takes_the_cookie(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser, console.browser() as copy:
        copy.token = browser.token
        reply = browser.send("POST", "/auth/sign-out")
        assert reply.status_code == 204
        assert "Max-Age=0" in reply.headers["set-cookie"]
        assert copy.get("/me").status_code == 401
    assert actions(console)[0] == "session.ended"


def test_whoever_signs_in_ends_the_session_that_the_browser_had(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser, console.browser() as copy:
        copy.token = browser.token
        browser.sign_in(console.link(console.person("bob@example.com")))
        assert copy.get("/me").status_code == 401
        assert browser.get("/me").json()["email"] == "bob@example.com"
    assert actions(console)[:2] == ["sign_in.done", "session.ended"]


@pytest.mark.parametrize(
    ("connection", "forwarded", "address"),
    [
        ("10.0.0.7", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", "198.51.100.1, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("10.0.0.7", "nonsense", "10.0.0.7"),
        ("10.0.0.7", "", "10.0.0.7"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours: anybody can write a header
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("not an address", "198.51.100.1", "not an address"),
    ],
)
def test_only_a_trusted_proxy_is_believed_where_somebody_is(
    connection: str, forwarded: str, address: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "client": (connection, 1), "headers": headers})
    assert address_of(request, networks("10.0.0.0/24, fd00::/8")) == address
    assert address_of(request, ()) == connection


def test_everybody_sees_and_ends_their_own_sessions_and_nobody_elses(console: Console) -> None:
    ada = console.person("ada@example.com", role("viewer"))
    with console.browser() as one, console.browser() as two, console.signed_in("bob@example.com") as bob:
        for browser in (one, two):
            browser.sign_in(console.link(ada))
            console.clock.move(seconds=1)
        shown = one.get("/sessions").json()["sessions"]
        assert [each["is_this"] for each in shown] == [False, True]
        assert {each["person"] for each in shown} == {ada}
        assert one.get("/sessions", params={"of": "everyone"}).status_code == 403
        assert one.send("DELETE", f"/sessions?person={bob.get('/me').json()['person']}").status_code == 403
        others = bob.get("/sessions").json()["sessions"][0]["id"]
        assert one.send("DELETE", f"/sessions/{others}").status_code == 404
        assert bob.get("/me").status_code == 200
        assert one.send("DELETE", f"/sessions/{shown[0]['id']}").status_code == 200
        assert two.get("/me").status_code == 401


def test_sign_out_everywhere_ends_every_session_at_once(console: Console) -> None:
    ada = console.person("ada@example.com")
    with console.browser() as one, console.browser() as two:
        for browser in (one, two):
            browser.sign_in(console.link(ada))
        assert one.send("DELETE", "/sessions").json() == {"ended": 2}
        assert [one.get("/me").status_code, two.get("/me").status_code] == [401, 401]


def test_another_process_follows_within_a_second(console: Console) -> None:
    replica = Doorkeeper(console.engine, random_bytes=secrets.token_bytes, now=console.clock)
    with console.signed_in("ada@example.com") as browser:
        token = browser.token
        assert replica.session(token) is not None
        browser.send("DELETE", "/sessions")
        assert console.keeper.recall(token) is None
        console.clock.move(seconds=1)
        assert replica.recall(token) is None
        assert replica.session(token) is None


def test_what_was_read_before_a_change_is_not_remembered_after_it(console: Console) -> None:
    with console.signed_in("ada@example.com") as browser:
        token = browser.token
        slow = console.keeper
        see = slow._remember

        def remember(*given: Any) -> None:
            slow.forget()  # somebody signs out between the look and the note of it
            see(*given)

        slow.forget()
        slow._remember = remember  # type: ignore[method-assign]
        assert slow.session(token) is not None
        assert slow.recall(token) is None


def test_a_stream_learns_that_its_session_is_over(console: Console) -> None:
    with console.signed_in("ada@example.com", role("viewer")) as browser:
        entered = console.keeper.session(browser.token)
        assert entered is not None
        assert console.keeper.still(entered.principal) == entered.principal
        browser.send("DELETE", "/sessions")
        assert console.keeper.still(entered.principal) is None


# -- people -----------------------------------------------------------------------------------------


def test_the_first_link_makes_the_administrator_and_names_the_consoles_address(console: Console) -> None:
    with TestClient(console.app, headers=ADMIN) as admin, console.browser() as browser:
        assert admin.get("/api/v1/people").json() == {"people": []}
        reply = admin.post("/api/v1/people/administrator/link").json()
        url, _, secret = reply["sign_in_url"].partition("#")
        assert url == "http://testserver/sign-in"
        me = browser.sign_in(secret).get("/me").json()
        assert (me["actor"], me["sees_everything"]) == ("administrator", True)
        assert browser.get("/people").json()["people"][0]["sessions"] == 1


def test_people_are_added_changed_and_refused_in_sentences(console: Console) -> None:
    with TestClient(console.app, headers=ADMIN) as admin:
        wanted = {
            "email": "Ada@Example.com",
            "name": "Ada",
            "roles": [{"role": "viewer", "teams": ["search"]}],
        }
        reply = admin.post("/api/v1/people", json=wanted)
        assert reply.status_code == 201
        ada = reply.json()["person"]
        assert (ada["email"], ada["origin"]) == ("ada@example.com", "link")
        assert "#" in reply.json()["sign_in_url"]
        assert admin.post("/api/v1/people", json=wanted).status_code == 409
        for bad in ({"email": "nobody"}, {"email": "a@b", "roles": [{"role": "king"}]}, {"email": "a@b c"}):
            assert admin.post("/api/v1/people", json=bad).status_code == 400
        changed = admin.patch(f"/api/v1/people/{ada['id']}", json={"roles": [], "name": "Ada L."}).json()
        assert (changed["roles"], changed["name"]) == ([], "Ada L.")
        assert admin.patch("/api/v1/people/nobody", json={"name": "x"}).status_code == 404
    entry = audit_newest(console.engine, limit=1)[0]
    assert (entry.action, entry.detail) == ("person.changed", {"name": "Ada L.", "roles": []})


def test_roles_hold_from_the_next_request_on(console: Console) -> None:
    ada = console.person("ada@example.com")
    with console.browser() as browser, TestClient(console.app, headers=ADMIN) as admin:
        browser.sign_in(console.link(ada))
        assert browser.get("/usage").status_code == 403
        admin.patch(f"/api/v1/people/{ada}", json={"roles": [{"role": "viewer"}]})
        assert browser.get("/usage").status_code == 200
        assert browser.get("/people").status_code == 403
        admin.patch(f"/api/v1/people/{ada}", json={"roles": []})
        assert browser.get("/usage").status_code == 403


def test_sessions_and_links_work_the_same_on_both_databases(state: Engine, api_ledger: Ledger) -> None:
    console = console_on(api_ledger, state, Clock(START))
    with console.signed_in("ada@example.com") as browser:
        console.clock.move(11)
        assert browser.get("/me").status_code == 200
        console.clock.move(seconds=2)
        assert browser.get("/me").status_code == 200
        make_link(state, browser.get("/me").json()["person"], secret="x", actor="t", now=console.clock())
        assert browser.send("DELETE", "/sessions").json() == {"ended": 1}
    assert verify(state).fault is None


def test_options_tell_the_ways_in_and_nothing_else(console: Console) -> None:
    with console.browser() as browser:
        assert browser.get("/auth/options").json() == {"oidc": [], "sign_in_link": True}
