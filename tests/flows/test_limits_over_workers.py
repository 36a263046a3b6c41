"""One rate limit over several gateways, each of several processes, on one state store of either kind."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from installation import command, free_port
from sqlalchemy import Engine, func, select

from bursar import directory
from bursar.clock import now_us
from bursar.directory import KeyRequest
from bursar.estate.parse import Source, parse
from bursar.limits.tables import LIMIT_SHARES
from bursar.simulate import Running, write_directive
from bursar.store.state import reading

SECRET = "bsk_" + "a" * 40
ESTATE = """\
kind: provider
name: mock
wire: openai
base_url: {upstream}
credential: literal:x
---
kind: model
name: gpt-4o-mini
provider: mock
---
kind: limit
name: everybody
{limit}
owner: anna
"""


class Gateway:
    """`bursar gateway` as a user starts it on one of several machines."""

    def __init__(self, home: Path, state_url: str, *, workers: int) -> None:
        self.home = home
        self.port = free_port()
        settings = {
            "BURSAR_HOME": str(home),
            "BURSAR_STATE_URL": state_url,
            "BURSAR_GATEWAY_PORT": str(self.port),
            "BURSAR_CONTROL_URL": "http://127.0.0.1:9",
            "BURSAR_WORKERS": str(workers),
            "BURSAR_DURABILITY": "process",
        }
        self.process = subprocess.Popen(
            [*command(), "gateway"], env={**os.environ, **settings}, start_new_session=True
        )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                headers = {"authorization": f"Bearer {SECRET}"}
                url = f"http://127.0.0.1:{self.port}/v1/models"
                if httpx.get(url, headers=headers, trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("the gateway does not start")

    def pids(self) -> list[int]:
        pids: dict[str, int] = json.loads((self.home / "run.json").read_text())["pids"]
        return list(pids.values())

    def stop(self) -> None:
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0


def declare(state: Engine, provider: Running, limit: str) -> None:
    text = ESTATE.format(upstream=provider.url, limit=limit)
    documents = parse([Source(path="estate.yaml", text=text)]).documents
    directory.apply(state, documents, actor="test", now=now_us())
    directory.create_key(
        state, KeyRequest(team="search"), key_id="key_1", secret=SECRET, actor="test", now=now_us()
    )


@contextlib.contextmanager
def gateways(folder: Path, state_url: str, *, count: int, workers: int) -> Iterator[list[Gateway]]:
    started: list[Gateway] = []
    try:
        homes = (folder / f"home{number}" for number in range(count))
        started.extend(Gateway(home, state_url, workers=workers) for home in homes)
        for one in started:
            one.wait_ready()
        yield started
    finally:
        for one in started:
            one.stop()


def ask(port: int, text: str = "hello") -> tuple[int, float]:
    """A call on a connection of its own, so that any worker may get it: status, and seconds until room."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]}
    headers = {"authorization": f"Bearer {SECRET}"}
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    reply = httpx.post(url, json=body, headers=headers, trust_env=False, timeout=30)
    return reply.status_code, float(reply.headers.get("retry-after-ms", "0")) / 1000


def load(ports: list[int], *, until: int, clients: int = 6) -> Counter[int]:
    """Clients that ask without a pause until `until` calls have passed, and then for a second more.

    How often each status came. They give up after 35 seconds, before the first call is a minute old.
    """
    found: Counter[int] = Counter()
    begun = time.monotonic()
    end = begun + 35

    def client(number: int) -> None:
        nonlocal end
        while time.monotonic() < end:
            status, _ = ask(ports[number % len(ports)])
            found[status] += 1
            if found[200] == until and status == 200:
                end = time.monotonic() + 1
            if status != 200:
                time.sleep(0.02)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    return found


def test_four_workers_together_admit_the_whole_limit_and_not_one_call_more(
    state: Engine, state_url: str, provider: Running, tmp_path: Path
) -> None:
    declare(state, provider, "requests_per_minute: 120")
    with gateways(tmp_path, state_url, count=2, workers=2) as (one, other):
        found = load([one.port, other.port], until=120)
    assert found[200] == 120
    assert set(found) == {200, 429}


def test_one_gateway_after_the_other_finds_what_the_first_left(
    state: Engine, state_url: str, provider: Running, tmp_path: Path
) -> None:
    declare(state, provider, "requests_per_minute: 60")
    with gateways(tmp_path, state_url, count=2, workers=1) as (one, other):
        assert Counter(ask(one.port)[0] for _ in range(25))[200] == 25
        found = load([other.port], until=35, clients=2)
    assert found[200] == 35


def test_a_worker_that_sleeps_past_its_lease_cannot_break_the_limit(
    state: Engine, state_url: str, provider: Running, tmp_path: Path
) -> None:
    declare(state, provider, "requests_per_minute: 60")
    with gateways(tmp_path, state_url, count=2, workers=1) as (one, other):
        first = Counter(ask(one.port)[0] for _ in range(10))
        (pid,) = one.pids()
        os.kill(pid, signal.SIGSTOP)
        stopped = time.monotonic()
        meanwhile = load([other.port], until=20, clients=2)
        time.sleep(max(0.0, stopped + 6 - time.monotonic()))
        os.kill(pid, signal.SIGCONT)
        after = load([one.port, other.port], until=60 - first[200] - meanwhile[200], clients=4)
    assert first[200] + meanwhile[200] + after[200] == 60


def test_places_are_shared_and_come_home(
    state: Engine, state_url: str, provider: Running, tmp_path: Path
) -> None:
    declare(state, provider, "concurrent: 8")
    slow = write_directive(output=2, latency_ms=700)
    with gateways(tmp_path, state_url, count=2, workers=2) as started:
        ports = [gateway.port for gateway in started]
        most = 0
        with ThreadPoolExecutor(16) as pool:
            for _ in range(4):
                replies = list(pool.map(lambda number: ask(ports[number % 2], slow)[0], range(16)))
                assert replies.count(200) <= 8
                most = max(most, replies.count(200))
        assert most >= 6
        deadline = time.monotonic() + 10
        while _shares(state) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert _shares(state) == 0


def test_a_worker_that_is_killed_goes_on_with_its_share(
    state: Engine, state_url: str, provider: Running, tmp_path: Path
) -> None:
    declare(state, provider, "requests_per_minute: 40")
    with gateways(tmp_path, state_url, count=1, workers=1) as (one,):
        before = Counter(ask(one.port)[0] for _ in range(15))
        time.sleep(1.3)  # until its next beat has said what it used
        os.kill(one.pids()[0], signal.SIGKILL)
        after = load([one.port], until=25, clients=2)
    assert before[200] == 15
    assert after[200] == 25


@pytest.mark.parametrize("state_url", ["postgresql"], indirect=True)
def test_a_limit_that_nobody_can_check_is_said_to_be_so(
    state: Engine, state_url: str, provider: Running, tmp_path: Path
) -> None:
    declare(state, provider, "requests_per_minute: 100")
    with gateways(tmp_path, state_url, count=1, workers=1) as (one,):
        assert ask(one.port)[0] == 200
        with state.connect() as holding:
            holding.exec_driver_sql("BEGIN")
            holding.exec_driver_sql("LOCK TABLE limit_workers IN ACCESS EXCLUSIVE MODE")
            time.sleep(6)
            status, wait_s = ask(one.port)
            assert (status, wait_s) == (503, 1.0)
            holding.rollback()
        deadline = time.monotonic() + 10
        while ask(one.port)[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def _shares(state: Engine) -> int:
    with reading(state) as connection:
        return int(connection.execute(select(func.count()).select_from(LIMIT_SHARES)).scalar_one())
