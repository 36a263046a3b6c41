"""A gateway's host is lost with money in hand: it is written off by hand, and comes back after all."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from installation import Host, Installation, installed

from bursar import simulate
from bursar.simulate import write_directive

LEASE_S = 1
BUDGET = """
kind: budget
name: small
amount: "2"
"""
ONE = Decimal("0.21")  # dollars for a call of 1,000 and 100 tokens
PAUSED = 10 * 60 * 1000  # milliseconds: longer than the test


@pytest.fixture
def main(tmp_path: Path) -> Iterator[Installation]:
    with simulate.running() as provider, installed(tmp_path, workers=1) as installation:
        installation.environ["BURSAR_LEASE_S"] = str(LEASE_S)
        installation.up()
        installation.apply(provider.url, input="150", output="600")
        (tmp_path / "budget.yaml").write_text(BUDGET)
        installation.bursar("apply", "-f", str(tmp_path / "budget.yaml"))
        yield installation


def call(url: str, secret: str, **wishes: int) -> httpx.Response:
    words = write_directive(input=1000, output=100, **wishes) + "a" * 1000
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": words}], "max_tokens": 100}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=60)


def spend_all(url: str, secret: str) -> int:
    """Calls until one is refused; how many were made."""
    made = 0
    while (status := call(url, secret).status_code) == 200:
        made += 1
    assert status == 429
    return made


def use_until_it_has_something_free(main: Installation, host: Host, secret: str) -> None:
    """What a worker does not use it returns within seconds; at the end the host stands still with some."""
    for known in range(2, 8):
        assert call(host.url, secret).status_code == 200
        wait_until("its call is in the ledger", lambda known=known: len(main.all_calls()) == known)
        host.freeze()
        (lent,) = main.api("/budgets/small/holdings")["workers"]
        if Decimal(lent["leased"]) - Decimal(lent["held"]) >= ONE:
            return
        host.thaw()
    raise AssertionError("the host never has anything free")


def account(main: Installation) -> dict[str, str]:
    found: dict[str, str] = main.api("/budgets/small")["accounts"][0]
    return found


def wait_until(what: str, is_so: Any) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.mark.timeout(180)
def test_a_lost_host_is_written_off_and_what_it_spent_counts_once(tmp_path: Path, main: Installation) -> None:
    secret = main.key()
    host = Host(tmp_path / "host", main)
    try:
        host.wait_ready()
        assert call(host.url, secret).status_code == 200
        wait_until("its call is in the ledger", lambda: len(main.all_calls()) == 1)
        with ThreadPoolExecutor(1) as pool:
            in_flight = pool.submit(call, host.url, secret, latency_ms=PAUSED)
            wait_until("the call is held", lambda: Decimal(account(main)["held"]) >= ONE)
            use_until_it_has_something_free(main, host, secret)
            host.stop()
            with pytest.raises(httpx.HTTPError):
                in_flight.result()
        # Of its last call the ledger may know before the budget: both are charged, the hold as its last word.
        untold = told(main) - Decimal(account(main)["spent"])
        wait_until("the host is silent", lambda: silent_workers(main))
        (worker,) = silent_workers(main)
        left = Decimal(account(main)["left"])
        made = spend_all(main.gateway_url, secret)
        assert made < left // ONE, "what it was lent is in doubt, so not all that is left can be spent"
        assert worker["worker"] in main.bursar("budget", "leases")
        done = main.json("budget", "write-off", worker["worker"], "--reason", "the host burnt down")
        (loss,) = done["accounts"]
        held = Decimal(loss["charged"])
        assert ONE + untold <= held <= Decimal(loss["lent"])
        if not untold:
            assert held < Decimal(loss["lent"])
        assert call(main.gateway_url, secret).status_code == 200
        wait_until("it is told", lambda: Decimal(account(main)["spent"]) == told(main) - untold + held)
        assert Decimal(account(main)["written_off"]) == held
        check_counters(main)
    finally:
        host.stop()
    back = Host(tmp_path / "host", main)
    try:
        back.wait_ready()
        wait_until("the host has told", lambda: Decimal(account(main)["written_off"]) == 0)
        wait_until("the call that broke off is known", lambda: broken_off(main))
        check_counters(main)
        assert Decimal(account(main)["spent"]) == told(main)
        assert call(back.url, secret).status_code == 200
    finally:
        back.stop()


def told(main: Installation) -> Decimal:
    """What all calls in the ledger cost."""
    return sum((Decimal(one["cost_usd"] or 0) for one in main.all_calls()), Decimal(0))


def broken_off(main: Installation) -> bool:
    return "interrupted" in {one["status"] for one in main.all_calls()}


def silent_workers(main: Installation) -> list[dict[str, Any]]:
    return [one for one in main.api("/budget-workers")["workers"] if one["silent"]]


def check_counters(main: Installation) -> None:
    facts = {fact["name"]: fact for fact in main.api("/doctor")["facts"]}
    for name in ("budgets_equal_events", "budgets_within_limits", "budget_workers_answer"):
        assert facts[name]["state"] == "ok", facts[name]
