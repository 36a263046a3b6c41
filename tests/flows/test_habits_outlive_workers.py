"""What a worker learned of a model is known to its next process, whether it was stopped or killed."""

import os
import signal
import time
from pathlib import Path

import httpx
from installation import installed

UNKNOWN = """\
kind: model
name: house-model
provider: mock
---
kind: budget
name: everything
amount: "10"
"""


def test_what_was_learned_before_a_kill_and_a_stop_is_known_after_them(tmp_path: Path, provider) -> None:
    with installed(tmp_path, workers=1) as installation:
        installation.up()
        installation.apply(provider.url)
        (tmp_path / "estate" / "unknown.yaml").write_text(UNKNOWN)
        installation.bursar("apply", "-f", str(tmp_path / "estate"))
        secret = installation.key()
        path = installation.home / "outbox" / "gateway-0.habits"
        body = {"model": "house-model", "messages": [{"role": "user", "content": "Hi"}]}
        headers = {"authorization": f"Bearer {secret}"}
        url = f"{installation.gateway_url}/v1/chat/completions"
        reply = httpx.post(url, json=body, headers=headers, timeout=20)
        assert reply.status_code == 200
        assert "unpriced" in reply.headers["x-bursar-advice"]
        wait_for(lambda: path.exists() and b"house-model" in path.read_bytes())

        killed = installation.pids()["gateway-0"]
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: installation.pids()["gateway-0"] != killed)
        installation.wait_ready()
        # It writes down all that it knows when it stops; nothing was called that could teach it anew.
        written = path.stat().st_mtime_ns
        assert installation.down() == 0
        assert path.stat().st_mtime_ns > written
        assert b"house-model" in path.read_bytes()
        assert "begins anew" not in installation.log.read_text()


def wait_for(is_so, within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
