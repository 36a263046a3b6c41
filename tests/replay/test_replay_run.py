"""Replays against a real simulator and against a gateway that is killed in the middle."""

import io
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from bursar import replay, simulate
from bursar.vocab.errors import InvalidInput, NotFound, Unavailable
from bursar.vocab.options import ReplayOptions, SimulateOptions

STAND_IN = Path(__file__).parent / "gateway_stand_in.py"


@pytest.fixture
def trace(tmp_path):
    """Two hundred rows a tenth of a second apart; row n has 100 n tokens in, n out."""
    path = tmp_path / "trace.csv"
    lines = [f"{number / 10},{number * 100},{number}" for number in range(1, 201)]
    path.write_text("\n".join(["time,input_tokens,output_tokens", *lines]) + "\n")
    return path


COST = sum(number * 100 * Decimal("2.5") + number * 10 for number in range(1, 201)) / 1_000_000
RATES = "input=2.50,output=10"


def run(trace, url="", home=Path("nowhere"), **more):
    out = io.StringIO()
    options = ReplayOptions(
        file=trace, model="gpt-4o", key="key", home=home, gateway_url=url, as_json=True, **more
    )
    code = replay.run(options, out=out, say=lambda _: None)
    return code, json.loads(out.getvalue())


@contextmanager
def stand_in(home: Path, ledger: Path, pause_s: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(STAND_IN), str(home / "run.json"), str(ledger), str(pause_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("wire", ["openai", "anthropic", "gemini"])
def test_each_wire_is_answered_with_the_tokens_of_the_trace(trace, wire, stream):
    with simulate.running() as provider:
        code, report = run(trace, provider.url, wire=wire, stream=stream, rates=RATES)
        tally = provider.tally()
    assert (code, report["completed"], report["tries"]) == (0, 200, 200)
    assert Decimal(report["cost_usd"]) == COST
    assert report["tokens"] == {"input": 2_010_000, "cached": 0, "output": 20_100}
    assert (tally["calls"], tally["usage"]["tokens_input"]) == (200, 2_010_000)


@pytest.mark.parametrize("wire", ["openai", "anthropic", "gemini"])
def test_cached_tokens_cost_their_own_rate(tmp_path, wire):
    trace = tmp_path / "t.csv"
    trace.write_text("input_tokens,output_tokens,cached_tokens\n1000,0,400\n")
    with simulate.running() as provider:
        _, report = run(trace, provider.url, wire=wire, rates="input=2,output=10,cache_read=0.5")
    assert report["cost_usd"] == "0.0014"
    assert report["tokens"]["cached"] == 400


def test_without_header_or_rates_the_cost_is_unknown_and_not_zero(trace):
    with simulate.running() as provider:
        _, report = run(trace, provider.url, limit=5)
    assert (report["completed"], report["costs_unknown"]) == (5, 5)


def test_a_replay_keeps_its_pace(trace):
    with simulate.running() as provider:
        begun = time.monotonic()
        run(trace, provider.url, limit=50, speed=10.0)
        elapsed = time.monotonic() - begun
    assert 0.49 <= elapsed < 2.0


def test_faults_on_the_way_are_tried_again_until_the_reply_is_whole(trace):
    options = SimulateOptions(port=0, error_rate=0.2)
    with simulate.running(options) as provider:
        code, report = run(trace, provider.url, rates=RATES, concurrency=100)
    assert (code, report["completed"]) == (0, 200)
    assert report["tries"] > 200
    assert report["broken"] > 0
    assert Decimal(report["cost_usd"]) == COST


def test_a_refusal_that_would_come_again_is_counted_and_not_repeated(trace):
    with simulate.running() as provider:
        headers = ("x-simulate-error: 402",)
        code, report = run(trace, provider.url, limit=3, headers=headers)
    assert (code, report["completed"], report["tries"], report["refused"]) == (1, 0, 3, {"402": 3})
    assert "402" in report["refusal"]


def test_a_wrong_key_ends_the_replay_at_once(trace):
    with (
        simulate.running(SimulateOptions(port=0, key="other")) as provider,
        pytest.raises(InvalidInput, match="refused with 401: Incorrect API key"),
    ):
        run(trace, provider.url)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"wire": "smoke"}, "choose one of openai"),
        ({"speed": 0.0}, "more than 0x"),
        ({"rates": "input=2"}, "needs input and output"),
        ({"rates": "input=2,output=x"}, "USD per million"),
        ({"headers": ("broken",)}, "write name: value"),
        ({"calls_out": Path("/nowhere/calls")}, "cannot be written"),
    ],
)
def test_options_that_cannot_be_used_are_refused_with_a_sentence(trace, more, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        run(trace, "http://127.0.0.1:9", **more)


def test_without_a_running_gateway_the_replay_says_how_to_start_one(trace, tmp_path):
    with pytest.raises(NotFound, match="bursar up"):
        run(trace, home=tmp_path)


def test_patience_ends_with_a_sentence(trace):
    with pytest.raises(Unavailable, match=r"was away for 0\.2 s"):
        run(trace, "http://127.0.0.1:9", patience_s=0.2)


def test_completed_calls_are_written_one_by_one_with_id_and_cost(trace, tmp_path):
    ledger, calls = tmp_path / "ledger", tmp_path / "calls.jsonl"
    with stand_in(tmp_path, ledger):
        _, report = run(trace, home=tmp_path, calls_out=calls, rates=RATES)
    seen = [json.loads(line) for line in calls.read_text().splitlines()]
    written = dict(line.split() for line in ledger.read_text().splitlines())
    assert {call["call_id"]: Decimal(call["cost_usd"]) for call in seen} == {
        call_id: Decimal(cost) for call_id, cost in written.items()
    }
    assert sorted(call["row"] for call in seen) == list(range(1, 201))
    assert report["disagreements"] == 0


def test_a_header_that_disagrees_with_the_rates_is_counted(trace, tmp_path):
    with stand_in(tmp_path, tmp_path / "ledger"):
        _, report = run(trace, home=tmp_path, limit=7, rates="input=2.50,output=11")
    assert report["disagreements"] == 7


def test_a_gateway_killed_in_the_middle_is_waited_for_and_every_row_completed(trace, tmp_path):
    ledger, calls = tmp_path / "ledger", tmp_path / "calls.jsonl"
    result: list[tuple[int, dict]] = []

    def replay_in_background():
        result.append(run(trace, home=tmp_path, calls_out=calls, rates=RATES, concurrency=8, patience_s=30))

    for attempt in range(3):
        with stand_in(tmp_path, ledger, pause_s=0.01) as gateway:
            if attempt == 0:
                thread = threading.Thread(target=replay_in_background)
                thread.start()
            if attempt < 2:
                deadline = time.monotonic() + 10
                while calls.exists() is False or calls.read_bytes().count(b"\n") < 40 * (attempt + 1):
                    assert time.monotonic() < deadline
                    time.sleep(0.005)
                gateway.send_signal(signal.SIGKILL)
                gateway.wait()
            else:
                thread.join(30)
    code, report = result[0]
    seen = [json.loads(line) for line in calls.read_text().splitlines()]
    written = dict(line.split() for line in ledger.read_text().splitlines())
    assert (code, report["completed"]) == (0, 200)
    assert Decimal(report["cost_usd"]) == COST
    assert report["tries"] > 200
    assert len({call["call_id"] for call in seen}) == 200
    assert all(Decimal(written[call["call_id"]]) == Decimal(call["cost_usd"]) for call in seen)
    assert 200 <= len(written) <= 200 + report["broken"]
