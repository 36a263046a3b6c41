"""An hour of production traffic through the running product, to the last picodollar, also through kills."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from installation import Installation, command

from bursar import simulate
from bursar.vocab.options import SimulateOptions

DATA = Path(os.environ.get("BURSAR_DATA", Path(__file__).parents[3] / "shared" / "data"))
TRACE = DATA / "traces" / "azure_llm_2023_code.csv"
ROWS = 8819
COST_USD = "47.608895"
REPLY_MS = 20.0  # so that calls are in flight whenever the processes are killed

needs_trace = pytest.mark.skipif(not TRACE.exists(), reason="the shared data are not here (BURSAR_DATA)")


def replay(installation: Installation, secret: str, calls_out: Path) -> "subprocess.Popen[str]":
    arguments = ["replay", str(TRACE), "--model", "gpt-4o-mini", "--key", secret, "--speed", "max"]
    return subprocess.Popen(
        [*command(), *arguments, "--calls-out", str(calls_out), "--json"],
        env=installation.environ,
        cwd=installation.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def kill_both(installation: Installation) -> None:
    """SIGKILL the control plane and every gateway worker at the same moment."""
    for pid in installation.pids().values():
        os.kill(pid, signal.SIGKILL)


def wait_for_lines(path: Path, count: int, running: "subprocess.Popen[str]") -> None:
    """Until the replay has had so many replies."""
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert running.poll() is None
        time.sleep(0.02)


@needs_trace
def test_the_azure_trace_costs_what_it_should_also_when_both_processes_are_killed(installation):
    with simulate.running(SimulateOptions(port=0, latency_ms=REPLY_MS)) as provider:
        installation.up()
        installation.apply(provider.url, input="2.50", output="10")
        calls_out = installation.folder / "calls.jsonl"
        running = replay(installation, installation.key(), calls_out)
        for replies in (ROWS // 4, ROWS // 2):
            wait_for_lines(calls_out, replies, running)
            kill_both(installation)
        said, _ = running.communicate(timeout=120)
    report = json.loads(said)
    assert (report["completed"], report["cost_usd"]) == (ROWS, COST_USD)

    installation.wait_ready()
    installation.wait_delivered()
    stored = {call["call_id"]: call for call in installation.all_calls()}
    seen = [json.loads(line) for line in calls_out.read_text().splitlines()]
    assert len(seen) == ROWS
    for call in seen:
        assert stored[call["call_id"]]["cost_usd"] == call["cost_usd"]
    beside = [call for call_id, call in stored.items() if call_id not in {one["call_id"] for one in seen}]
    statuses = Counter(call["status"] for call in beside)
    # A call can also be whole in the ledger whose last bytes were on their way when the worker died.
    assert statuses.keys() <= {"interrupted", "complete"}
    assert statuses["interrupted"] > 0
