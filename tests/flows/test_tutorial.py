"""The tutorial, followed: its estate, its call, its trace, and the figures that it prints."""

import re
import shlex
import time
from pathlib import Path

import httpx
import pytest
from installation import Installation

from bursar.simulate import Running

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")


def block(language: str, *, holding: str) -> str:
    """The one fenced block of the page in `language` that holds some words."""
    found = [code for code in re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S) if holding in code]
    assert len(found) == 1, f"the tutorial has {len(found)} {language} blocks with {holding!r}"
    return str(found[0])


@pytest.fixture
def followed(installation: Installation, provider: Running) -> Installation:
    """Steps 2 and 3: running, with the page's estate in force."""
    estate = installation.folder / "estate"
    estate.mkdir()
    document = block("yaml", holding="kind: provider")
    assert "http://127.0.0.1:9001" in document
    (estate / "first.yaml").write_text(document.replace("http://127.0.0.1:9001", provider.url))
    (installation.folder / "trace.csv").write_text(block("text", holding="ContextTokens"))
    installation.up()
    assert "6 created" in installation.bursar("apply", "-f", "estate")
    assert "6 unchanged" in installation.bursar("apply", "-f", "estate")
    return installation


def test_the_tutorial_prints_what_it_says(followed: Installation) -> None:
    key = followed.key()

    # Step 4: one call of known size, by the page's own body.
    body = re.search(r"-d '(\{.*?\})'", block("sh", holding="curl -i"), re.S)
    assert body is not None
    reply = httpx.post(
        f"{followed.gateway_url}/v1/chat/completions",
        content=body[1],
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    assert reply.status_code == 200, reply.text
    assert f"x-bursar-cost-usd: {reply.headers['x-bursar-cost-usd']}\n" in block(
        "text", holding="x-bursar-cost"
    )

    # Step 5: a trace, and the ledger's account of it beside the replay's own.
    replayed = followed.bursar(
        "replay", "trace.csv", "--model", "gpt-4o-mini", "--key", key, "--speed", "max"
    )
    assert "3 of 3 calls" in replayed
    assert "0.0012417 USD" in replayed
    followed.wait_delivered()
    shown = followed.bursar("usage", "--by", "team,model")
    assert [line.split() for line in shown.splitlines()] == [
        line.split() for line in block("text", holding="USD\n").splitlines()
    ]
    called = followed.bursar("call", reply.headers["x-bursar-call-id"])
    assert "0.00045" in called

    hold_within_a_budget(followed, key)


def hold_within_a_budget(followed: Installation, key: str) -> None:
    """Step 6."""
    (followed.folder / "estate" / "budget.yaml").write_text(block("yaml", holding="kind: budget"))
    followed.bursar("apply", "-f", "estate")
    *_, printed = block("text", holding="owner\n").splitlines()
    wanted = [
        word for word in printed.split() if not word.startswith("2026-")
    ]  # the day on which a month ends
    deadline = time.monotonic() + 20
    while True:
        *_, shown = followed.bursar("budget", "list").splitlines()
        if [word for word in shown.split() if not re.fullmatch(r"\d{4}-\d\d-01", word)] == wanted:
            break
        assert time.monotonic() < deadline, shown
        time.sleep(0.2)

    body = re.search(r"-d '(\{.*?\})'", block("sh", holding="Tell me a story"), re.S)
    assert body is not None

    def tell() -> httpx.Response:
        return httpx.post(
            f"{followed.gateway_url}/v1/chat/completions",
            content=body[1],
            headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
        )

    deadline = time.monotonic() + 20
    first = tell()
    assert first.status_code == 200
    assert f"x-bursar-advice: {first.headers['x-bursar-advice']}\n" in block(
        "text", holding="x-bursar-advice"
    )
    # Faster than a person types, the other worker may still hear that the first call holds what is left.
    while (second := tell().status_code) == 429:
        assert time.monotonic() < deadline
    assert second == 402
    grant = re.search(r"^bursar (budget grant .*)$", block("sh", holding="budget grant"), re.M)
    assert grant is not None
    followed.bursar(*shlex.split(grant[1]))
    assert tell().status_code == 200
