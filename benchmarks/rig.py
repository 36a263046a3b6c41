"""The gateway benchmarks' bench: nginx as upstream and as the limit, Bursar on one core, wrk on another.

nginx and wrk are the system's packages. On a machine with two cores, core 0 has what is measured and
core 1 everything else: the load, the upstream and the control plane that takes the events.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

MEASURED_CORE: Final = 0
LOAD_CORE: Final = 1
WORK: Final = Path(__file__).parent / ".work"
READY_SECONDS: Final = 30.0

REPLY: Final = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1793491200,
        "model": "gpt-4o-mini",
        "service_tier": "default",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "x" * 480}, "finish_reason": "stop"}
        ],
        "usage": {
            "prompt_tokens": 206,
            "completion_tokens": 30,
            "total_tokens": 236,
            "prompt_tokens_details": {"cached_tokens": 128, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
    }
)
"""About 0.9 kB, as the requests are."""

REQUEST: Final = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "a" * 820}]})
STREAMED: Final = json.dumps(
    {
        "model": "gpt-4o-mini",
        "stream": True,
        "messages": [{"role": "user", "content": "[[simulate input=206 output=60 chunks=60]]" + "a" * 780}],
    }
)

ESTATE: Final = """\
kind: provider
name: mock
wire: openai
base_url: {upstream}
credential: literal:sk-upstream
---
kind: model
name: gpt-4o-mini
provider: mock
---
kind: price
name: mock-gpt-4o-mini
provider: mock
model: gpt-4o-mini
valid_from: 2020-01-01
per_million_tokens: {{input: "0.15", cache_read: "0.075", output: "0.60"}}
---
kind: team
name: search
---
kind: product
name: answers
---
kind: use_case
name: chat
"""


def missing_tools() -> list[str]:
    """The system's packages that are needed and not there."""
    return [tool for tool in ("nginx", "wrk") if shutil.which(tool) is None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Load:
    """What wrk saw. Latencies in milliseconds."""

    requests_per_s: float
    requests: int
    failed: int
    p50_ms: float
    p99_ms: float


def load(url: str, *, connections: int, seconds: float, body: str = REQUEST, key: str = "none") -> Load:
    """Run wrk against a URL from the load core."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(
            'wrk.method="POST"\n'
            f'wrk.headers["authorization"]="Bearer {key}"\n'
            'wrk.headers["content-type"]="application/json"\n'
            f"wrk.body={json.dumps(body)}\n"
        )
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "--timeout", "10s"]
        done = subprocess.run(
            [*command, "-s", script.name, url],
            capture_output=True,
            text=True,
            check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}),
        )
    return _read_wrk(done.stdout)


def _read_wrk(text: str) -> Load:
    failed = sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    failed += sum(
        int(n) for line in re.findall(r"Socket errors: (.*)", text) for n in re.findall(r"\d+", line)
    )
    return Load(
        requests_per_s=float(_found(r"Requests/sec:\s+([\d.]+)", text)),
        requests=int(_found(r"(\d+) requests in", text)),
        failed=failed,
        p50_ms=_milliseconds(_found(r"^\s+50%\s+(\S+)", text)),
        p99_ms=_milliseconds(_found(r"^\s+99%\s+(\S+)", text)),
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match is not None, text
    return match[1]


def _milliseconds(text: str) -> float:
    for unit, factor in (("us", 0.001), ("ms", 1.0), ("s", 1000.0)):
        if text.endswith(unit) and text[: -len(unit)].replace(".", "").isdigit():
            return float(text[: -len(unit)]) * factor
    raise ValueError(text)


@contextlib.contextmanager
def nginx(servers: str, *, core: int) -> Iterator[int]:
    """nginx with these server blocks on one core; the worker's process id."""
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        paths = "".join(
            f"{name}_temp_path {folder}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi")
        )
        Path(folder, "nginx.conf").write_text(
            f"worker_processes 1; daemon off; error_log /dev/null; pid {folder}/pid;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; keepalive_requests 100000000; {paths}\n"
            f"client_body_temp_path {folder}/body;\n"
            f"{servers}\n}}\n"
        )
        process = subprocess.Popen(
            ["nginx", "-c", f"{folder}/nginx.conf", "-p", folder],
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not psutil.Process(process.pid).children():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield psutil.Process(process.pid).children()[0].pid
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def upstream() -> Iterator[str]:
    """A provider that answers every call with REPLY, on the load core."""
    port = free_port()
    block = (
        f"server {{ listen 127.0.0.1:{port} backlog=4096; "
        f"location / {{ default_type application/json; return 200 '{REPLY}'; }} }}"
    )
    with nginx(block, core=LOAD_CORE):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def stream_upstream() -> Iterator[str]:
    """nginx that answers with a recorded stream of 60 chunks from a file, as fast as it is read."""
    port = free_port()
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        Path(folder, "stream").write_text(_stream())
        Path(folder).chmod(0o755)
        block = (
            f"server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}; error_page 405 =200 $uri; "
            "location / { default_type text/event-stream; rewrite .* /stream break; "
            "error_page 405 =200 /stream; } }"
        )
        with nginx(block, core=LOAD_CORE):
            yield f"http://127.0.0.1:{port}"


def _stream() -> str:
    """A chat stream of 60 text chunks with usage, as OpenAI writes it."""
    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1793491200,
        "model": "gpt-4o-mini",
    }
    deltas = [{"content": f"word{number:04d} "} for number in range(60)]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    chunks = [{**head, "choices": [choice], "usage": None} for choice in choices]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None})
    usage = {"prompt_tokens": 206, "completion_tokens": 60, "total_tokens": 266}
    chunks.append({**head, "choices": [], "usage": usage})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


@contextlib.contextmanager
def nginx_proxy(target: str) -> Iterator[tuple[str, int]]:
    """nginx `proxy_pass` to the same upstream, on the measured core: its URL and worker's process id."""
    port = free_port()
    block = (
        f"upstream u {{ server {target.removeprefix('http://')}; keepalive 256; "
        "keepalive_requests 100000000; }\n"
        f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://u; "
        'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }'
    )
    with nginx(block, core=MEASURED_CORE) as pid:
        yield f"http://127.0.0.1:{port}", pid


@contextlib.contextmanager
def simulator() -> Iterator[str]:
    """`bursar simulate` on the load core."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bursar.app", "simulate", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}),
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/models")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@dataclass
class Bursar:
    """A running product with one worker on the measured core."""

    url: str
    console_url: str
    key: str
    worker_pid: int
    home: Path


@contextlib.contextmanager
def bursar(target: str, *, durability: str, more: str = "") -> Iterator[Bursar]:
    """`bursar up` with one worker, everything on, its calls going to `target`; `more` is further estate."""
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        home = Path(folder, "home")
        environ = {
            **os.environ,
            "BURSAR_HOME": str(home),
            "BURSAR_GATEWAY_PORT": str(free_port()),
            "BURSAR_CONSOLE_PORT": str(free_port()),
            "BURSAR_WORKERS": "1",
            "BURSAR_DURABILITY": durability,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "bursar.app", "up"],
            env=environ,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}),
        )
        try:
            yield _ready(home, environ, target, more)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _ready(home: Path, environ: dict[str, str], target: str, more: str) -> Bursar:
    url = f"http://127.0.0.1:{environ['BURSAR_GATEWAY_PORT']}"
    wait_for(f"{url}/healthz")
    console_url = f"http://127.0.0.1:{environ['BURSAR_CONSOLE_PORT']}"
    wait_for(f"{console_url}/healthz")
    estate = home.parent / "estate.yaml"
    estate.write_text(ESTATE.format(upstream=target) + more)
    command(environ, "apply", "-f", str(estate))
    tags = ("--team", "search", "--product", "answers", "--use-case", "chat", "--environment", "production")
    key = json.loads(command(environ, "key", "create", *tags, "--json"))["secret"]
    pid = json.loads((home / "run.json").read_text())["pids"]["gateway-0"]
    for thread in psutil.Process(pid).threads():
        os.sched_setaffinity(thread.id, {MEASURED_CORE})
    time.sleep(1.0)  # the worker has taken the estate and the key by then
    return Bursar(url=url, console_url=console_url, key=key, worker_pid=pid, home=home)


def command(environ: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bursar.app", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def wait_for(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1.0):
            return
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.05)


class Processor:
    """The processor time of a process between two moments, in microseconds."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._before = self._process.cpu_times()

    def used_us(self) -> float:
        now = self._process.cpu_times()
        return (now.user + now.system - self._before.user - self._before.system) * 1e6


def figures(found: Load, used_us: float) -> dict[str, Any]:
    return {
        "requests_per_s": round(found.requests_per_s),
        "p50_ms": round(found.p50_ms, 3),
        "p99_ms": round(found.p99_ms, 3),
        "failed": found.failed,
        "processor_us_per_request": round(used_us / max(1, found.requests), 1),
    }
