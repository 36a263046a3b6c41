"""The first start of an installation: whoever made it signs in by the link it prints, nobody else."""

import re
import time

import httpx
from installation import Installation


def way_in(installation: Installation, start: int) -> str:
    """What the line `sign in` of the start says whose output begins at `start`."""
    deadline = time.monotonic() + 30
    while not (found := re.search(r"(?m)^sign in +(\S.*)$", installation.log.read_text()[start:])):
        assert time.monotonic() < deadline, installation.log.read_text()
        time.sleep(0.05)
    return found[1]


def test_the_first_start_prints_a_link_and_a_later_one_how_to_get_one(installation: Installation) -> None:
    installation.up()
    said = way_in(installation, 0)
    link = re.match(r"(http://127\.0\.0\.1:\d+/sign-in)#([\w-]{43})  \(once, within an hour\)", said)
    assert link is not None, said
    assert link[1] == f"{installation.console_url}/sign-in"
    with httpx.Client(base_url=f"{installation.console_url}/api/v1") as browser:
        assert browser.post("/auth/link", json={"token": link[2]}).status_code == 204
        me = browser.get("/me").json()
        assert (me["name"], me["sees_everything"]) == ("Administrator", True)
        assert httpx.post(f"{browser.base_url}auth/link", json={"token": link[2]}).status_code == 401

        assert installation.down() == 0
        end = len(installation.log.read_text())
        installation.up()
        assert re.fullmatch(r"`\S+ sign-in.*` makes a link", way_in(installation, end))
        assert browser.get("/me").json()["actor"] == "administrator", "a restart signs nobody out"

        another = installation.bursar("sign-in").strip().partition("#")[2]
        assert browser.post("/auth/link", json={"token": another}).status_code == 204
        assert len(browser.get("/sessions").json()["sessions"]) == 1, "it takes the place of the one before"
    verified = installation.json("audit", "verify")
    assert verified["whole"]
    assert verified["rows"] >= 6
    assert installation.down() == 0
    assert "Traceback" not in installation.log.read_text()
