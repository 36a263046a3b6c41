"""The served part: pace, breaks, the tally, the log, several workers, a clean end."""

import concurrent.futures
import json
import signal
import subprocess
import sys
import time

import httpx
import pytest

from bursar import simulate
from bursar.simulate import write_directive
from bursar.vocab.errors import Unavailable
from bursar.vocab.options import SimulateOptions

SERVE = """
import sys, msgspec
from bursar import simulate
from bursar.vocab.options import SimulateOptions
sys.exit(simulate.serve(msgspec.json.decode(sys.argv[1], type=SimulateOptions)))
"""


def chat(url: str, text: str, stream: bool = False) -> httpx.Response:
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "stream": stream}
    return httpx.post(f"{url}/v1/chat/completions", json=body, trust_env=False)


def test_latency_and_pauses_between_chunks_are_kept():
    with simulate.running(SimulateOptions(port=0, latency_ms=60, chunk_ms=20)) as provider:
        begun = time.monotonic()
        body = {"model": "m", "messages": [], "stream": True}
        with (
            httpx.Client(trust_env=False) as client,
            client.stream(
                "POST",
                f"{provider.url}/v1/chat/completions",
                json=body,
                headers={"x-simulate-output-tokens": "8", "x-simulate-chunks": "5"},
            ) as reply,
        ):
            arrived = [time.monotonic() - begun for _ in reply.iter_raw()]
    assert arrived[0] >= 0.06
    assert arrived[-1] - arrived[0] >= 0.12
    assert len(arrived) >= 5


def test_the_tally_counts_calls_tokens_errors_and_breaks():
    with simulate.running() as provider:
        chat(provider.url, write_directive(input=10, output=4, cached=3))
        chat(provider.url, write_directive(input=10, output=4, cached=3))
        chat(provider.url, write_directive(input=5, output=2, reasoning=1), stream=True)
        chat(provider.url, write_directive(error=500))
        with pytest.raises(httpx.RemoteProtocolError):
            chat(provider.url, write_directive(input=7, output=50, error="disconnect"), stream=True)
        tally = httpx.get(f"{provider.url}/simulate/tally", trust_env=False).json()
        assert tally == provider.tally()
        httpx.delete(f"{provider.url}/simulate/tally", trust_env=False)
        assert provider.tally()["calls"] == 0
    assert (tally["calls"], tally["errors"], tally["cut"], tally["left"]) == (5, 1, 1, 0)
    assert tally["usage"]["tokens_input"] == 7 + 7 + 5 + 7
    assert tally["usage"]["tokens_cache_read"] == 6
    assert tally["usage"]["tokens_output"] == 4 + 4 + 1 + 50
    assert tally["usage"]["tokens_reasoning"] == 1
    assert [(row["wire"], row["operation"], row["model"]) for row in tally["models"]] == [
        ("openai", "chat", "m")
    ]


def test_a_client_that_leaves_a_stream_is_counted_as_left():
    with simulate.running(SimulateOptions(port=0, chunk_ms=10, chunks=50)) as provider:
        body = {"model": "m", "messages": [], "stream": True}
        with (
            httpx.Client(trust_env=False) as client,
            client.stream("POST", f"{provider.url}/v1/chat/completions", json=body) as reply,
        ):
            next(reply.iter_raw())
        deadline = time.monotonic() + 5
        while provider.tally()["left"] == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert provider.tally()["left"] == 1


def test_the_log_has_one_line_for_each_call(tmp_path):
    log = tmp_path / "calls.jsonl"
    with simulate.running(SimulateOptions(port=0, log=log)) as provider:
        reply = chat(provider.url, write_directive(input=10, output=4)).json()
        chat(provider.url, write_directive(error=503))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["status"] for line in lines] == [200, 503]
    assert reply["id"] == "chatcmpl-" + lines[0]["id"]
    assert lines[0]["usage"] == {"tokens_input": 10, "tokens_output": 4}


def test_unknown_paths_are_answered_404_and_health_200(provider):
    assert httpx.post(f"{provider.url}/v1/nothing", json={}, trust_env=False).status_code == 404
    assert httpx.get(f"{provider.url}/v1/nothing", trust_env=False).status_code == 404
    assert httpx.get(f"{provider.url}/healthz", trust_env=False).json() == {"status": "ok"}


def test_repeated_requests_get_the_same_bytes_as_the_first(provider):
    text = write_directive(input=10, output=4)
    replies = [chat(provider.url, text) for _ in range(3)]
    assert len({reply.content for reply in replies}) == 1
    streams = [chat(provider.url, text, stream=True) for _ in range(3)]
    assert len({reply.content for reply in streams}) == 1


def test_headers_are_heeded_for_a_request_that_was_answered_before(provider):
    url = f"{provider.url}/v1/chat/completions"
    body = {"model": "m", "messages": [{"role": "user", "content": "again and again"}]}
    for tokens in (5, 6, 5):
        plain = httpx.post(url, json=body, trust_env=False).json()
        headers = {"x-simulate-input-tokens": str(tokens)}
        wished = httpx.post(url, json=body, headers=headers, trust_env=False).json()
        assert wished["usage"]["prompt_tokens"] == tokens
        assert plain["usage"]["prompt_tokens"] not in (5, 6)


def test_a_port_that_is_taken_is_said_so(provider):
    port = int(provider.url.rpartition(":")[2])
    with pytest.raises(Unavailable, match="choose another with --port"):
        simulate.serve(SimulateOptions(port=port))


@pytest.mark.parametrize("workers", [1, 2])
def test_the_process_serves_with_its_workers_and_ends_cleanly(workers):
    options = json.dumps({"port": 0, "workers": workers})
    command = [sys.executable, "-u", "-c", SERVE, options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            text = write_directive(input=3, output=2)
            replies = list(pool.map(lambda _: chat(url, text), range(24)))
        tally = httpx.get(f"{url}/simulate/tally", trust_env=False).json()
        httpx.delete(f"{url}/simulate/tally", trust_env=False)
        cleared = httpx.get(f"{url}/simulate/tally", trust_env=False).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert [reply.status_code for reply in replies] == [200] * 24
    assert (tally["calls"], tally["usage"]["tokens_input"]) == (24, 72)
    assert cleared["calls"] == 0


def test_gzip_is_decided_anew_for_each_client(provider):
    url = f"{provider.url}/v1/chat/completions"
    body = {"model": "m", "messages": [{"role": "user", "content": write_directive(encoding="gzip")}]}
    for accepted in ("gzip", "identity", "gzip"):
        reply = httpx.post(url, json=body, headers={"accept-encoding": accepted}, trust_env=False)
        assert reply.headers.get("content-encoding", "identity") == accepted
        assert reply.json()["object"] == "chat.completion"
