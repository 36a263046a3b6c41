"""Signing in by an identity provider: the way there and back, whose word counts, and what it gives."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from issuers import Forger, Provider, forger, provider_process
from joserfc.jwk import OctKey, RSAKey
from signing_in import ADMIN, HOST, Browser, Clock, Console, console_on, role
from sqlalchemy import Engine, text

from bursar import directory
from bursar.access.oidc import own_path
from bursar.api.estate import estate_router
from bursar.clock import now_us
from bursar.directory import audit_newest, verify
from bursar.estate.parse import parse
from bursar.ledger.ledger import Ledger
from bursar.vocab.errors import BursarError

CLIENT = "console-client"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_process() as one:
        yield one


@pytest.fixture
def forged() -> Iterator[Forger]:
    with forger() as one:
        yield one


@pytest.fixture
def console(api_ledger: Ledger, api_engine: Engine) -> Console:
    return console_on(api_ledger, api_engine, Clock(now_us()), routers=(estate_router(),))


def declare(console: Console, issuer: str, **fields: Any) -> None:
    document = {
        "kind": "sign_in",
        "name": "corp",
        "label": "Corporate account",
        "issuer": issuer,
        "client_id": CLIENT,
        "client_secret": "literal:s3cret",
        "groups": {
            "finops": [{"role": "finance"}],
            "search-devs": [{"role": "engineer", "teams": "search"}],
        },
        **fields,
    }
    documents = parse([], [document]).documents
    directory.apply(console.engine, documents, actor="t", now=console.clock())


def set_out(browser: Browser, next_path: str = "/") -> str:
    """The address that a browser is sent to."""
    reply = browser.get("/auth/oidc/corp/start", params={"next": next_path})
    assert reply.status_code == 302, reply.text
    return str(reply.headers["location"])


def way(browser: Browser, provider: Provider, subject: str, next_path: str = "/") -> Any:
    """The whole way: there, signed in, and back."""
    back = provider.sign_in(set_out(browser, next_path), subject)
    assert str(back).startswith(f"{HOST}/api/v1/auth/oidc/corp/callback?")
    return browser.client.get(back.raw_path.decode())


def member(provider: Provider, subject: str, *groups: str, **claims: Any) -> None:
    provider.user(
        subject, email=f"{subject}@corp.example", email_verified=True, groups=list(groups), **claims
    )


def refused(reply: Any, status: int = 401) -> str:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"].startswith("text/html")
    assert "bursar_session" not in reply.headers.get("set-cookie", "")
    return str(reply.text)


# -- the way --------------------------------------------------------------------------------------------


def test_somebody_signs_in_and_has_the_roles_of_their_groups(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    member(provider, "ada", "finops", "search-devs", "others", name="Ada L.")
    with console.browser() as browser:
        options = browser.get("/auth/options").json()
        assert options["oidc"] == [
            {
                "name": "corp",
                "label": "Corporate account",
                "start_url": f"{HOST}/api/v1/auth/oidc/corp/start",
            }
        ]
        reply = way(browser, provider, "ada", "/budgets?view=all")
        assert (reply.status_code, reply.headers["location"]) == (302, "/budgets?view=all")
        me = browser.get("/me").json()
        assert (me["actor"], me["name"], me["kind"]) == ("ada@corp.example", "Ada L.", "person")
        assert me["roles"] == [
            {"role": "finance", "teams": [], "products": []},
            {"role": "engineer", "teams": ["search"], "products": []},
        ]
    done = audit_newest(console.engine, limit=1)[0]
    assert (done.actor, done.action, done.detail["by"]) == (
        "ada@corp.example",
        "sign_in.done",
        "sign_in/corp",
    )
    assert verify(console.engine).fault is None


def test_the_request_has_a_challenge_a_state_and_a_nonce_and_asks_for_openid(
    console: Console, provider: Provider
) -> None:
    declare(console, provider.url)
    with console.browser() as browser:
        first, second = (parse_qs(urlsplit(set_out(browser)).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"{HOST}/api/v1/auth/oidc/corp/callback"]
    assert first["scope"] == ["openid profile email"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) == 43
        assert first[name] != second[name]


def test_the_proof_that_only_we_have_is_sent_for_the_code(console: Console, forged: Forger) -> None:
    declare(console, forged.url)
    with console.browser() as browser:
        assert come_back(console, browser, forged).status_code == 200
    (asked,) = forged.asked
    assert asked["code"] == ["c"]
    assert len(asked["code_verifier"][0]) == 43


def test_roles_follow_the_groups_at_each_sign_in_and_those_given_by_hand_stay(
    console: Console, provider: Provider
) -> None:
    declare(console, provider.url)
    member(provider, "eve", "finops")
    with console.browser() as browser, TestClient(console.app, headers=ADMIN) as admin:
        way(browser, provider, "eve")
        person = browser.get("/me").json()["person"]
        admin.patch(f"/api/v1/people/{person}", json={"roles": [{"role": "auditor"}]})
        member(provider, "eve", "search-devs")
        way(browser, provider, "eve")
        me = browser.get("/me").json()
        assert [one["role"] for one in me["roles"]] == ["auditor", "engineer"]
        member(provider, "eve")
        way(browser, provider, "eve")
        assert [one["role"] for one in browser.get("/me").json()["roles"]] == ["auditor"]
        (shown,) = admin.get("/api/v1/people").json()["people"]
        assert (shown["origin"], shown["roles_by_groups"]) == ("oidc", [])
        assert shown["sessions"] == 1  # each sign-in ended the one that the browser had


def test_who_is_in_no_known_group_is_told_whom_to_ask_and_may_do_nothing(
    console: Console, provider: Provider
) -> None:
    declare(console, provider.url, ask="finops@corp.example <b>")
    member(provider, "new", "unknown-group")
    with console.browser() as browser:
        reply = way(browser, provider, "new")
        assert reply.status_code == 200
        assert "Ask finops@corp.example &lt;b&gt;" in reply.text
        assert browser.get("/me").json()["permissions"] == []
        assert browser.get("/usage").status_code == 403


def test_default_roles_and_claims_within_claims(console: Console, provider: Provider) -> None:
    declare(
        console,
        provider.url,
        groups_claim="realm.roles",
        default_roles=[{"role": "viewer", "teams": ["ads"]}],
    )
    member(provider, "kim", realm={"roles": ["finops", 7, None]})
    with console.browser() as browser:
        way(browser, provider, "kim")
        assert [one["role"] for one in browser.get("/me").json()["roles"]] == ["viewer", "finance"]


def test_the_way_is_the_same_on_both_databases(state: Engine, api_ledger: Ledger, provider: Provider) -> None:
    console = console_on(api_ledger, state, Clock(now_us()))
    declare(console, provider.url)
    member(provider, "ada", "finops")
    with console.browser() as browser:
        back = provider.sign_in(set_out(browser), "ada").raw_path.decode()
        assert browser.client.get(back).status_code == 302
        refused(browser.client.get(back))
        assert [one["role"] for one in browser.get("/me").json()["roles"]] == ["finance"]
    assert verify(state).fault is None


# -- what does not sign in ------------------------------------------------------------------------------


def test_a_state_is_good_once_and_in_the_browser_that_set_out(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    member(provider, "ada", "finops")
    with console.browser() as browser, console.browser() as victim:
        back = provider.sign_in(set_out(browser), "ada").raw_path.decode()
        # An attacker who makes a victim's browser open their own way back signs nobody in.
        assert "begin again" in refused(victim.client.get(back))
        set_out(victim)
        refused(victim.client.get(back))
        assert browser.client.get(back).status_code == 302
        refused(browser.client.get(back))
        assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("change", ["state=x", "state=", "code=x", "code=", "iss=https://evil.example"])
def test_a_way_back_that_was_changed_signs_nobody_in(
    console: Console, provider: Provider, change: str
) -> None:
    declare(console, provider.url)
    member(provider, "ada", "finops")
    name, _, value = change.partition("=")
    with console.browser() as browser:
        back = provider.sign_in(set_out(browser), "ada").copy_set_param(name, value)
        refused(browser.client.get(back.raw_path.decode()))
        assert browser.get("/me").status_code == 401


def test_a_code_that_was_used_is_good_no_more(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    member(provider, "ada", "finops")
    with console.browser() as browser, console.browser() as thief:
        back = provider.sign_in(set_out(browser), "ada")
        browser.client.get(back.raw_path.decode())
        stolen = back.params["code"]
        own_state = parse_qs(urlsplit(set_out(thief)).query)["state"][0]
        params = {"state": own_state, "code": stolen}
        refused(thief.get("/auth/oidc/corp/callback", params=params))


def test_a_code_of_somebody_elses_way_has_the_wrong_nonce(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    member(provider, "ada", "finops")
    with console.browser() as browser, console.browser() as thief:
        stolen = provider.sign_in(set_out(browser), "ada").params["code"]  # not used yet
        own_state = parse_qs(urlsplit(set_out(thief)).query)["state"][0]
        params = {"state": own_state, "code": stolen}
        refused(thief.get("/auth/oidc/corp/callback", params=params))


def test_a_way_that_takes_longer_than_ten_minutes_is_over(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    member(provider, "ada", "finops")
    with console.browser() as browser:
        back = provider.sign_in(set_out(browser), "ada")
        console.clock.move(10)
        refused(browser.client.get(back.raw_path.decode()))


def test_who_says_no_at_the_provider_is_not_signed_in(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    with console.browser() as browser:
        refused(browser.client.get(provider.deny(set_out(browser)).raw_path.decode()))


def test_a_disabled_person_is_not_let_in_by_their_provider(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    member(provider, "bob", "finops")
    with console.browser() as browser, TestClient(console.app, headers=ADMIN) as admin:
        way(browser, provider, "bob")
        person = browser.get("/me").json()["person"]
        admin.patch(f"/api/v1/people/{person}", json={"status": "disabled"})
        assert browser.get("/me").status_code == 401
        assert "disabled" in refused(way(browser, provider, "bob"))
        assert browser.get("/me").status_code == 401
    entry = audit_newest(console.engine, limit=1)[0]
    assert (entry.action, entry.detail["subject"]) == ("sign_in.refused", "bob")


def test_one_account_that_fails_again_and_again_is_not_looked_at(
    console: Console, provider: Provider
) -> None:
    declare(console, provider.url, email_domains=["other.example"])
    member(provider, "ada", "finops")
    with console.browser() as browser:
        for _ in range(10):
            assert "not let in" in refused(way(browser, provider, "ada"))
        assert "too many" in refused(way(browser, provider, "ada"), 429)


# -- whose word counts ----------------------------------------------------------------------------------


def come_back(console: Console, browser: Browser, forged: Forger, **changes: Any) -> Any:
    """The way back with an ID token of the forger's; a change of None leaves a claim out."""
    asked = parse_qs(urlsplit(set_out(browser)).query)
    now_s = console.clock() // 1_000_000
    claims = {
        "iss": forged.url,
        "sub": "mallory",
        "aud": CLIENT,
        "iat": now_s,
        "exp": now_s + 300,
        "nonce": asked["nonce"][0],
        "groups": [],
        "email": "m@corp.example",
        **changes,
    }
    forged.claims = {name: value for name, value in claims.items() if value is not None}
    return browser.get("/auth/oidc/corp/callback", params={"state": asked["state"][0], "code": "c"})


def test_the_forger_signs_in_where_it_tells_the_truth(console: Console, forged: Forger) -> None:
    declare(console, forged.url)
    with console.browser() as browser:
        assert come_back(console, browser, forged).status_code == 200
        assert come_back(console, browser, forged, aud=[CLIENT]).status_code == 200


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": ["another-client"]},
        {"aud": "another-client", "azp": CLIENT},
        {"aud": [CLIENT, "another-client"]},  # and no azp
        {"azp": "another-client"},
        {"nonce": "x" * 43},
        {"nonce": None},
        {"exp": None},
        {"exp": 1_000_000_000},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"at_hash": "wrong"},
    ],
)
def test_an_id_token_that_is_not_right_in_every_claim_signs_nobody_in(
    console: Console, forged: Forger, lie: dict[str, Any]
) -> None:
    declare(console, forged.url)
    with console.browser() as browser:
        assert "did not confirm" in refused(come_back(console, browser, forged, **lie))


def test_time_is_that_of_our_clock_with_a_minute_of_leeway(console: Console, forged: Forger) -> None:
    console.clock.move(24 * 60)  # a day ahead of the machine's
    declare(console, forged.url)
    now_s = console.clock() // 1_000_000
    with console.browser() as browser:
        assert come_back(console, browser, forged).status_code == 200
        assert come_back(console, browser, forged, exp=now_s - 50).status_code == 200
        refused(come_back(console, browser, forged, exp=now_s - 70))


@pytest.mark.parametrize("fault", ["other key", "none", "shared secret", "no token", "no JSON", "huge"])
def test_what_is_not_signed_by_the_provider_signs_nobody_in(
    console: Console, forged: Forger, fault: str
) -> None:
    declare(console, forged.url)
    if fault == "other key":
        forged.shown_key = RSAKey.generate_key(2048, {"kid": "one"})
    elif fault == "shared secret":
        forged.key, forged.algorithm = OctKey.import_key("s3cret" * 8), "HS256"
        forged.shown_key = RSAKey.generate_key(2048, {"kid": "one"})
    elif fault == "none":
        forged.token = {"id_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."}
    elif fault == "no token":
        forged.token = {"id_token": None}
    with console.browser() as browser:
        address = set_out(browser)
        if fault in ("no JSON", "huge"):
            forged.raw = b"<html>" if fault == "no JSON" else b" " * 600_000
            state = parse_qs(urlsplit(address).query)["state"][0]
            reply = browser.get("/auth/oidc/corp/callback", params={"state": state, "code": "c"})
            refused(reply, 503)
        else:
            refused(come_back(console, browser, forged))
        assert browser.get("/me").status_code == 401


def test_what_userinfo_says_counts_only_of_the_same_person(console: Console, forged: Forger) -> None:
    declare(console, forged.url)
    forged.metadata = {"userinfo_endpoint": f"{forged.url}/userinfo"}
    forged.userinfo = {"sub": "mallory", "groups": ["finops"]}
    with console.browser() as browser:
        assert come_back(console, browser, forged, groups=None).status_code == 302
        assert [one["role"] for one in browser.get("/me").json()["roles"]] == ["finance"]
        forged.userinfo = {"sub": "somebody-else", "groups": ["finops"]}
        assert "somebody else" in refused(come_back(console, browser, forged, groups=None))


def test_an_address_counts_only_if_the_provider_vouches_for_it(console: Console, forged: Forger) -> None:
    invited = console.person("boss@corp.example", role("administrator"))
    with console.browser() as browser:
        declare(console, forged.url)
        come_back(console, browser, forged, email="boss@corp.example", email_verified=False)
        me = browser.get("/me").json()
        assert (me["email"], me["roles"]) == ("", [])
        assert me["actor"] == f"person/{me['person']}"
        claims = {"sub": "boss", "email": "Boss@corp.example", "email_verified": True}
        assert come_back(console, browser, forged, **claims).status_code == 302
        assert browser.get("/me").json()["person"] == invited
        # From then on the address belongs to that subject of that issuer.
        thief = {**claims, "sub": "thief"}
        assert "somebody else" in refused(come_back(console, browser, forged, **thief))


def test_only_addresses_of_the_domains_that_are_let_in(console: Console, forged: Forger) -> None:
    declare(console, forged.url, email_domains=["corp.example"], trust_email=True)
    with console.browser() as browser:
        assert come_back(console, browser, forged, email="a@corp.example").status_code == 200
        for email in ("a@evil.example", "a@sub.corp.example", "a@corp.example.evil", "corp.example", None):
            refused(come_back(console, browser, forged, sub=f"s-{email}", email=email))


# -- the provider and its address -------------------------------------------------------------------------


def test_a_provider_that_is_down_or_is_somebody_else_is_said_to_be(console: Console, forged: Forger) -> None:
    declare(console, "http://127.0.0.1:9")
    with console.browser() as browser:
        assert "does not answer" in refused(browser.get("/auth/oidc/corp/start"), 503)
        declare(console, forged.url)
        forged.metadata = {"issuer": "https://evil.example"}
        assert "names itself" in refused(browser.get("/auth/oidc/corp/start"), 503)
        forged.metadata = {"authorization_endpoint": "javascript:alert(1)"}
        refused(browser.get("/auth/oidc/corp/start"), 503)
        assert browser.get("/auth/oidc/other/start").status_code == 404


@pytest.mark.parametrize("member_name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
@pytest.mark.parametrize(
    "address", ["http://10.0.0.1/x", "ftp://127.0.0.1/", "//x", "http://169.254.169.254/", "http://[::1", ""]
)
def test_no_address_that_a_provider_names_is_asked_without_tls(
    console: Console, forged: Forger, member_name: str, address: str
) -> None:
    declare(console, forged.url)
    forged.metadata = {member_name: address}
    with console.browser() as browser:
        reply = come_back(console, browser, forged, groups=None)
        if member_name == "userinfo_endpoint" and not address:
            assert reply.status_code == 200
        else:
            refused(reply, 503)


def test_addresses_of_metadata_services_are_never_asked(console: Console) -> None:
    declare(console, "http://169.254.169.254", allow_http=True)
    with console.browser() as browser:
        assert "may not be called" in refused(browser.get("/auth/oidc/corp/start"), 503)


@pytest.mark.parametrize(
    "fields",
    [
        {"issuer": "http://issuer.example"},
        {"issuer": "https://user:password@issuer.example"},
        {"issuer": "ftp://issuer.example"},
        {"name": "a/b"},
        {"client_id": ""},
        {"groups": {"g": [{"role": "king"}]}},
        {"client_secret": "literal:(hidden)"},
    ],
)
def test_a_way_to_sign_in_that_cannot_be_used_is_refused_when_it_is_declared(
    console: Console, fields: dict[str, Any]
) -> None:
    with pytest.raises(BursarError):
        declare(console, **{"issuer": "https://issuer.example", **fields})


def test_the_clients_secret_is_hidden_where_the_estate_is_shown(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    with TestClient(console.app, headers=ADMIN) as admin:
        reply = admin.get("/api/v1/estate", params={"kind": "sign_in"})
        assert reply.json()["documents"][0]["client_secret"] == "literal:(hidden)"
        history = admin.get("/api/v1/estate/history", params={"kind": "sign_in", "name": "corp"})
        assert "s3cret" not in reply.text + history.text


def test_starts_are_bounded(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    with console.engine.begin() as connection:
        row = "(:n, 'b', '', 'corp', 'n', 'v', '/', :until)"
        for number in range(200):
            connection.execute(
                text(f"INSERT INTO oidc_starts VALUES {row}"),
                {"n": str(number), "until": console.clock() + 60_000_000},
            )
    with console.browser() as browser:
        assert "too many" in refused(browser.get("/auth/oidc/corp/start"), 503)
        console.clock.move(1)
        set_out(browser)


# -- where one goes on --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%0d%0aset-cookie:x\r\n",
        "/\tevil",
        " /budgets",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/api/v1/auth/oidc/corp/start",
        "/internal/v1/events",
        "/" + "x" * 3000,
        "/\u2028evil",
        "http:/evil.example",
    ],
)
def test_a_sign_in_leads_nowhere_but_into_the_console(wanted: str) -> None:
    assert own_path(wanted) == "/"


def test_an_open_redirect_is_none_on_the_whole_way(console: Console, provider: Provider) -> None:
    declare(console, provider.url)
    member(provider, "ada", "finops")
    with console.browser() as browser:
        assert way(browser, provider, "ada", "//evil.example/x").headers["location"] == "/"
        assert own_path("/explore?by=team&x=%2F%2Fy#z") == "/explore?by=team&x=%2F%2Fy#z"


def test_no_secret_of_the_way_is_kept_in_the_clear_where_it_would_help(
    console: Console, provider: Provider
) -> None:
    declare(console, provider.url)
    with console.browser() as browser:
        state = parse_qs(urlsplit(set_out(browser)).query)["state"][0]
        cookie = browser.client.cookies.get("bursar_sign_in")
        assert cookie
        with console.engine.connect() as connection:
            kept = str(connection.execute(text("SELECT * FROM oidc_starts")).all())
    assert state not in kept
    assert cookie not in kept
