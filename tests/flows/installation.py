"""A running product in a folder of its own: `bursar up` as a user starts it, with free ports."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

ESTATE = """\
kind: provider
name: mock
wire: openai
base_url: {upstream}
credential: literal:sk-upstream
---
kind: model
name: {model}          # what callers ask for
provider: mock
upstream_model: gpt-4o-mini
---
kind: price
name: mock-gpt-4o-mini
provider: mock
model: gpt-4o-mini
valid_from: 2020-01-01
per_million_tokens: {{input: "{input}", cache_read: "0.075", output: "{output}"}}   # USD
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """`up` starts it; `bursar` runs a command against it; `api` asks the control plane."""

    def __init__(self, folder: Path, *, workers: int = 2, durability: str = "disk") -> None:
        self.folder = folder
        self.home = folder / "home"
        self.gateway_port = free_port()
        self.console_port = free_port()
        self.environ = {
            **os.environ,
            "BURSAR_HOME": str(self.home),
            "BURSAR_GATEWAY_PORT": str(self.gateway_port),
            "BURSAR_CONSOLE_PORT": str(self.console_port),
            "BURSAR_WORKERS": str(workers),
            "BURSAR_DURABILITY": durability,
        }
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the second start need not compile again
        for vendor in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
            self.environ.pop(vendor, None)
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "up.log"

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def console_url(self) -> str:
        return f"http://127.0.0.1:{self.console_port}"

    # -- life ----------------------------------------------------------------------------------------

    def up(self, *flags: str, within_s: float = 60.0) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command(), "up", *flags],
                env=self.environ,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_ready(within_s)

    def wait_ready(self, within_s: float = 60.0) -> None:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            assert self.process is None or self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(httpx.HTTPError):
                for url in (self.gateway_url, self.console_url):
                    assert httpx.get(f"{url}/healthz", timeout=2.0).status_code == 200
                return
            time.sleep(0.05)
        raise AssertionError(f"not ready in {within_s} s:\n{self.log.read_text()}")

    def down(self) -> int:
        """Stop as Ctrl-C does; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.process = None
        return code

    def kill_everything(self) -> None:
        """What is left at a test's end, however it ended."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def pids(self) -> dict[str, int]:
        found: dict[str, int] = json.loads((self.home / "run.json").read_text())["pids"]
        return found

    # -- use -----------------------------------------------------------------------------------------

    def bursar(self, *arguments: str, check: bool = True, timeout: float = 60.0) -> str:
        done = subprocess.run(
            [*command(), *arguments],
            env=self.environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.bursar(*arguments, "--json"))

    def apply(
        self,
        upstream: str,
        *,
        input: str = "0.15",  # noqa: A002
        output: str = "0.60",
        model: str = "gpt-4o-mini",
    ) -> None:
        estate = self.folder / "estate"
        estate.mkdir(exist_ok=True)
        (estate / "estate.yaml").write_text(
            ESTATE.format(upstream=upstream, input=input, output=output, model=model)
        )
        self.bursar("apply", "-f", str(estate))

    def key(self, *flags: str) -> str:
        """The secret of a new key, once the workers know it."""
        tags = ("--team", "search", "--product", "answers", "--use-case", "chat")
        created = self.json("key", "create", *tags, "--environment", "production", *flags)
        secret = str(created["secret"])
        deadline = time.monotonic() + 10
        headers = {"authorization": f"Bearer {secret}"}
        seen = 0
        while seen < 8:  # several times, because another worker may answer
            known = httpx.get(f"{self.gateway_url}/v1/models", headers=headers).status_code == 200
            seen = seen + 1 if known else 0
            assert time.monotonic() < deadline, "the key does not work"
            time.sleep(0.02)
        return secret

    def api(self, path: str, **params: str) -> Any:
        token = (self.home / "admin-token").read_text().strip()
        reply = httpx.get(
            f"{self.console_url}/api/v1{path}",
            params=params,
            headers={"authorization": f"Bearer {token}"},
            timeout=30.0,
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    def all_calls(self) -> list[dict[str, Any]]:
        """Every call in the ledger, newest first, by paging through the API."""
        calls: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.api("/calls", limit="1000", **cursor)
            calls += page["calls"]
            if not page["next"]:
                return calls
            cursor = {"cursor": page["next"]}

    def wait_delivered(self, within_s: float = 30.0) -> None:
        """Until `bursar doctor` finds that outboxes, events and rollups agree."""
        deadline = time.monotonic() + within_s
        while True:
            done = subprocess.run(
                [*command(), "doctor"], env=self.environ, capture_output=True, text=True, timeout=60
            )
            if done.returncode == 0:
                return
            assert time.monotonic() < deadline, done.stdout + done.stderr + self.log.read_text()
            time.sleep(0.3)


class Host:
    """One gateway host: its own home, the shared state store, the one control plane.

    One that is made in the same folder once more goes on with what the last one left there.
    """

    def __init__(self, folder: Path, main: Installation) -> None:
        self.port = free_port()
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        for token in ("admin-token", "internal-token"):
            (self.home / token).write_text((main.home / token).read_text())
            (self.home / token).chmod(0o600)
        self._log = (folder / "log").open("ab")
        self.process = subprocess.Popen(
            [*command(), "gateway", "--workers", "1"],
            env={
                "BURSAR_STATE_URL": f"sqlite:///{main.home}/state.sqlite",
                **main.environ,
                "BURSAR_HOME": str(self.home),
                "BURSAR_GATEWAY_PORT": str(self.port),
                "BURSAR_CONTROL_URL": main.console_url,
            },
            cwd=folder,
            start_new_session=True,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pid(self) -> int:
        run: dict[str, Any] = json.loads((self.home / "run.json").read_text())
        return int(run["pids"]["gateway-0"])

    def freeze(self) -> None:
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()

    def wait_ready(self, within_s: float = 30.0) -> None:
        deadline = time.monotonic() + within_s
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            assert time.monotonic() < deadline
            time.sleep(0.1)


def command() -> list[str]:
    return [sys.executable, "-m", "bursar.app"]


@contextlib.contextmanager
def installed(folder: Path, **options: Any) -> Iterator[Installation]:
    installation = Installation(folder, **options)
    try:
        yield installation
    finally:
        installation.kill_everything()
