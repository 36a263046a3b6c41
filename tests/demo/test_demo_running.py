"""The demo on the running product: its past arrives exactly once, its present passes the real gateway."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bursar import simulate
from bursar.config import Home
from bursar.demo import DemoOptions, read_state
from bursar.demo.sources import SOURCES

RUN = """
import sys, json, pathlib
from bursar import demo
options = demo.DemoOptions(home=pathlib.Path(sys.argv[1]), **json.loads(sys.argv[2]))
sys.exit(demo.run(options, say=lambda line: print(line, flush=True)))
"""
DAYS = 2


class Product:
    """A gateway and a control plane that run in a home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = free_ports(2)
        self.gateway_url, self.console_url = (f"http://127.0.0.1:{port}" for port in self.ports)

    def usage(self, by: str = "") -> dict:
        query = {"from": "2026-01-01", "to": "2100-01-01", "by": by}
        return self.api("/usage", {name: value for name, value in query.items() if value})

    def refused(self) -> int:
        """Calls of the present that policies held back, so that no provider saw them."""
        calls = self.api("/calls", {"limit": "1000"})["calls"]
        return sum(any(flag.startswith("refused_") for flag in call["flags"]) for call in calls)

    def api(self, path: str, params: dict[str, str]) -> dict:
        token = Home(self.home).admin_token()
        reply = httpx.get(
            f"{self.console_url}/api/v1{path}",
            params=params,
            headers={"authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=30,
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    def wait_for(self, holds, seconds: float = 40.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.1)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture
def product(tmp_path) -> Iterator[Product]:
    product = Product(tmp_path / "home")
    command = [sys.executable, "-m", "bursar.app", "up", "--home", str(product.home), "--workers", "1"]
    command += ["--gateway-port", str(product.ports[0]), "--console-port", str(product.ports[1])]
    command += ["--durability", "process"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith("gateway")
            yield product
        finally:
            process.terminate()
            process.wait(20)


def start_demo(product: Product, upstream: str, calls_per_s: float) -> subprocess.Popen[str]:
    options = {
        "gateway_url": product.gateway_url,
        "console_url": product.console_url,
        "upstream_url": upstream,
        "days": DAYS,
        "calls_per_s": calls_per_s,
    }
    assert set(options) <= set(DemoOptions.__struct_fields__)
    command = [sys.executable, "-c", RUN, str(product.home), json.dumps(options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_past_and_present_arrive_once_over_a_kill_and_two_more_starts(product):
    with simulate.running() as provider:
        with start_demo(product, provider.url, 0.0) as demo:
            product.wait_for(lambda: demo.stdout and product.usage()["total"]["calls"] > 0)
            demo.kill()  # at most one of the two days is delivered
        state = read_state(product.home)
        assert state is not None
        assert state.history_done is False

        with start_demo(product, provider.url, 40.0) as demo:
            assert demo.stdout is not None
            assert "keys are in" in demo.stdout.readline()
            said = demo.stdout.readline()
            assert "history is whole" in said
            past = int(said.split(":")[1].split()[0])
            product.wait_for(lambda: provider.tally()["calls"] > 150)
            demo.send_signal(signal.SIGTERM)
            assert demo.wait(10) == 0
        present = provider.tally()["calls"]
        product.wait_for(lambda: product.usage()["total"]["calls"] >= past + 100)

        with start_demo(product, provider.url, 0.0) as demo:
            assert demo.stdout is not None
            assert "keys are in" in demo.stdout.readline()
            demo.send_signal(signal.SIGTERM)
            assert demo.wait(10) == 0
            assert demo.stdout.read() == ""

    product.wait_for(lambda: product.usage()["total"]["calls"] <= past + present + product.refused())
    usage = product.usage(by="use_case,model")
    assert usage["total"]["calls"] > past
    again = read_state(product.home)
    assert again is not None
    assert (again.history_done, again.history_end_us) == (True, state.history_end_us)
    assert {name: pair.id for name, pair in again.keys.items()} == {
        name: pair.id for name, pair in state.keys.items()
    }
    assert {(row["use_case"], row["model"]) for row in usage["rows"]} >= {
        (source.use_case, source.moves_to or source.model) for source in SOURCES[:6]
    }
    assert stat.S_IMODE((product.home / "demo.json").stat().st_mode) == 0o600
