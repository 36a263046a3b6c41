"""Prints the OpenAPI document of the control plane, as the running product serves it."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from typing import Any

PATIENCE_S = 60.0


def openapi() -> dict[str, Any]:
    """The document of a control plane that is started in an empty home, and stopped again."""
    with tempfile.TemporaryDirectory() as home:
        url = f"http://127.0.0.1:{_free_port()}"
        control = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bursar.app",
                "control",
                "--home",
                home,
                "--console-port",
                url.rpartition(":")[2],
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            return _fetch(f"{url}/api/openapi.json", control)
        finally:
            control.send_signal(signal.SIGINT)
            control.wait(30)


def text(document: dict[str, Any]) -> str:
    """The document as it is hashed and handed on: the same for the same API."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _fetch(url: str, control: "subprocess.Popen[bytes]") -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if control.poll() is not None:
            raise SystemExit("the control plane did not start; its own words are above")
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                found: dict[str, Any] = json.load(reply)
                return found
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise SystemExit(f"{url} did not answer within {PATIENCE_S:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.stdout.write(text(openapi()))
