"""A budget that is applied after its period has spent: calls that come at once do not slip past the count."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from installation import Installation, installed

from bursar import simulate
from bursar.simulate import write_directive
from bursar.store.state import open_state

CALLERS = 16
BUDGET = """
kind: budget
name: {name}
amount: "{amount}"
scope: {{team: search}}
---
kind: model
name: {model}
provider: mock
upstream_model: gpt-4o-mini
---
kind: price
name: mock-{model}
provider: mock
model: {model}
valid_from: 2020-01-01
per_million_tokens: {{input: "150", output: "600"}}
"""
ONE = Decimal("0.21")  # dollars for a call of 1,000 and 100 tokens


@dataclass
class First:
    """What a caller was told at first by a worker that knows the new estate, and how long that took."""

    status: int
    body: dict[str, object]
    since_applied_s: float
    waited_s: float


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    """Two workers, and five calls of team search that the ledger knows: more than a dollar."""
    with simulate.running() as provider, installed(tmp_path, workers=2) as installation:
        installation.up()
        installation.apply(provider.url, input="150", output="600")
        yield installation


def call(site: Installation, secret: str, model: str) -> httpx.Response:
    body = {
        "model": model,
        "messages": [{"role": "user", "content": write_directive(input=1000, output=100) + "a" * 1000}],
        "max_tokens": 100,
    }
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{site.gateway_url}/v1/chat/completions", json=body, headers=headers, timeout=30)


def spend(site: Installation, secret: str) -> None:
    for _ in range(5):
        assert call(site, secret, "gpt-4o-mini").status_code == 200
    site.wait_delivered()


def apply(site: Installation, **fields: str) -> None:
    token = (site.home / "admin-token").read_text().strip()
    files = [{"path": "new.yaml", "text": BUDGET.format(**fields)}]
    reply = httpx.post(
        f"{site.console_url}/api/v1/estate/apply",
        json={"files": files},
        headers={"authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert reply.status_code == 200, reply.text


def call_while_it_is_applied(
    site: Installation, secret: str, *, held_up: bool = False, **fields: str
) -> list[First]:
    """Callers who name a model that comes with the budget: they go on until a worker knows both."""
    applied = threading.Event()
    applied_at = [0.0]

    def caller(_: int) -> First:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            began = time.monotonic()
            reply = call(site, secret, fields["model"])
            if reply.status_code != 404:
                now = time.monotonic()
                applied.wait(10)
                return First(reply.status_code, reply.json(), now - applied_at[0], now - began)
        raise AssertionError("no worker ever knew the new estate")

    with ThreadPoolExecutor(CALLERS) as pool:
        calling = [pool.submit(caller, number) for number in range(CALLERS)]
        apply(site, **fields)
        applied_at[0] = time.monotonic()
        if held_up:
            hold_up_the_count(site, fields["name"])
        applied.set()
        return [one.result() for one in calling]


def hold_up_the_count(site: Installation, budget: str) -> None:
    """The control plane stands still until a worker has met the new budget, unless it was quicker."""
    control = site.pids()["control"]
    os.kill(control, signal.SIGSTOP)
    engine = open_state(f"sqlite:///{site.home}/state.sqlite")
    try:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with engine.connect() as connection:
                query = "SELECT 1 FROM budget_accounts WHERE budget = ?"
                if connection.exec_driver_sql(query, (budget,)).first() is not None:
                    break
            time.sleep(0.01)
    finally:
        os.kill(control, signal.SIGCONT)
        engine.dispose()


def account(site: Installation, name: str) -> dict[str, str]:
    found: dict[str, str] = site.api(f"/budgets/{name}")["accounts"][0]
    return found


def wait_spent(site: Installation, name: str, amount: Decimal) -> None:
    """Until the workers have told what the last calls cost."""
    deadline = time.monotonic() + 15
    while (spent := Decimal(account(site, name)["spent"])) != amount:
        assert time.monotonic() < deadline, f"{spent} of {amount}"
        time.sleep(0.05)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("held_up", [False, True], ids=["at once", "while the count is held up"])
def test_a_budget_below_what_was_spent_lets_no_call_through(site: Installation, held_up: bool) -> None:
    secret = site.key()
    spend(site, secret)
    found = call_while_it_is_applied(site, secret, held_up=held_up, name="small", amount="1", model="next")
    assert [one.status for one in found] == [402] * CALLERS, [one.body for one in found]
    site.wait_delivered()
    small = account(site, "small")
    assert Decimal(small["spent"]) == Decimal(small["external"]) == 5 * ONE, "nothing passed the new budget"


@pytest.mark.timeout(180)
def test_a_budget_with_room_lets_the_first_calls_through_soon(
    site: Installation, record_property: Callable[[str, object], None]
) -> None:
    secret = site.key()
    spend(site, secret)
    found = call_while_it_is_applied(site, secret, name="large", amount="100", model="next")
    assert {one.status for one in found} == {200}
    wait_spent(site, "large", (5 + CALLERS) * ONE)
    waited = max(one.waited_s for one in found)
    since = max(one.since_applied_s for one in found)
    took = f"the first calls under a new budget took up to {waited:.2f} s"
    record_property("report", f"{took}, until {since:.2f} s after it was applied")
    assert waited < 3, "they waited for the end of somebody's patience"
