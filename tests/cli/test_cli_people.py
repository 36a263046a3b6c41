"""People, links, tokens, settings and the audit on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from control_plane import Bursar, Plane

from bursar.cli.people import read_role, role_words
from bursar.vocab.errors import InvalidInput


@contextmanager
def sign_in(plane: Plane, link: str) -> Iterator[httpx.Client]:
    """A browser that opened a link."""
    with httpx.Client(base_url=f"http://127.0.0.1:{plane.port}/api/v1") as client:
        reply = client.post("/auth/link", json={"token": link.strip().partition("#")[2]})
        assert reply.status_code == 204, reply.text
        yield client


def test_whoever_runs_bursar_signs_in_as_the_administrator(plane: Plane, bursar: Bursar) -> None:
    result = bursar("sign-in")
    assert result.stdout.startswith("http://127.0.0.1:8080/sign-in#")
    assert "once" in result.stderr
    with sign_in(plane, result.stdout) as browser:
        assert browser.get("/me").json()["name"] == "Administrator"
    assert bursar.json("sign-in")["sign_in_url"] != result.stdout.strip()


def test_a_person_is_added_given_roles_and_shut_out(plane: Plane, bursar: Bursar) -> None:
    link = bursar("person", "add", "ada@example.com", "--name", "Ada", "--role", "viewer:team=search").stdout
    with sign_in(plane, link) as browser:
        assert browser.get("/me").json()["roles"] == [{"role": "viewer", "teams": ["search"], "products": []}]
        listed = bursar("person", "list").stdout
        assert "viewer:team=search" in listed
        assert "Ada" in listed
        assert (
            "engineer:product=answers, auditor"
            in bursar(
                "person",
                "roles",
                "Ada@example.com",
                "--role",
                "engineer:product=answers",
                "--role",
                "auditor",
            ).stdout
        )
        assert bursar("person", "sign-out", "ada@example.com").stdout == "ended 1 sessions\n"
        assert browser.get("/me").status_code == 401
    with sign_in(plane, bursar("person", "link", "ada@example.com").stdout) as browser:
        assert "disabled" in bursar("person", "disable", "ada@example.com").stdout
        assert browser.get("/me").status_code == 401
    assert "active" in bursar("person", "enable", "ada@example.com").stdout
    (shown,) = bursar.json("person", "list")["people"]
    assert (shown["status"], shown["sessions"]) == ("active", 0)


def test_what_is_wrong_is_said_in_a_sentence(bursar: Bursar) -> None:
    bursar("person", "add", "ada@example.com")
    for arguments, code, words in (
        (("person", "add", "ada@example.com"), 1, "is there already"),
        (("person", "add", "nobody"), 2, "no e-mail address"),
        (("person", "disable", "adda@example.com"), 1, "did you mean ada@example.com?"),
        (("person", "roles", "ada@example.com", "--role", "viewer:group=x"), 2, "ROLE:team=NAME"),
        (("person", "roles", "ada@example.com", "--role", "king"), 2, "role"),
        (("token", "create", "ada@example.com", "--name", "t", "--expires", "500d"), 2, "a year"),
        (("token", "revoke", "0"), 1, "no token"),
    ):
        result = bursar(*arguments)
        assert result.exit_code == code, (arguments, result.stderr)
        assert words in result.stderr, arguments


def test_a_token_is_made_listed_used_and_revoked(plane: Plane, bursar: Bursar) -> None:
    bursar("person", "add", "ada@example.com", "--role", "viewer")
    made = bursar.json("token", "create", "ada@example.com", "--name", "ci", "--only", "usage.read")
    headers = {"authorization": f"Bearer {made['secret']}"}
    url = f"http://127.0.0.1:{plane.port}/api/v1"
    assert httpx.get(f"{url}/usage", headers=headers).status_code == 200
    assert httpx.get(f"{url}/budgets", headers=headers).status_code == 403
    listed = bursar("token", "list").stdout
    assert "usage.read" in listed
    assert made["secret"] not in listed
    assert "revoked" in bursar("token", "revoke", made["id"]).stdout
    assert httpx.get(f"{url}/usage", headers=headers).status_code == 401


def test_settings_and_the_audit_say_what_holds_and_who_did_what(bursar: Bursar, tmp_path: Path) -> None:
    estate = tmp_path / "estate.yaml"
    estate.write_text(
        "kind: sign_in\nname: corp\nissuer: https://id.example.com\nclient_id: console\n---\n"
        "kind: retention\nname: default\nmessages_days: 7\n"
    )
    assert bursar("apply", "-f", str(estate)).exit_code == 0
    shown = bursar("settings").stdout
    assert "sign_in/corp" in shown
    assert "kept 7 days" in shown
    assert bursar.json("settings")["retention"]["declared"] is True
    bursar("person", "add", "ada@example.com")
    assert "person.created" in bursar("audit", "list", "--action", "person.*").stdout
    assert bursar("audit", "verify").stdout.startswith("whole: ")


@pytest.mark.parametrize(
    "text", ["viewer", "viewer:team=search", "engineer:team=a,team=b,product=c", "viewer: team = search"]
)
def test_a_role_is_written_as_it_is_read(text: str) -> None:
    assert role_words(read_role(text)) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["viewer:search", "viewer:group=x", "viewer:team="])
def test_a_role_with_odd_limits_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_role(text)
