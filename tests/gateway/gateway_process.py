"""A gateway in a process of its own, so that its memory and its descriptors can be measured and spent.

As a script, `gateway_process.py FOLDER UPSTREAM LIMITS`, it prints its URL and serves until its input ends.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil


class Process(NamedTuple):
    """Where it listens, and its memory."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def resident_bytes(self) -> int:
        size: int = psutil.Process(self.pid).memory_info().rss
        return size


@contextlib.contextmanager
def gateway_process(folder: Path, upstream: str, **limits: float) -> Iterator[Process]:
    """`limits` are fields of http1.Limits."""
    command = [sys.executable, __file__, str(folder), upstream, json.dumps(limits)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().strip()
        assert url, "the gateway did not start"
        yield Process(url, process.pid)
        process.stdin.close()
        assert process.wait(15) == 0


def main(folder: str, upstream: str, limits: str) -> None:
    from running import estate, running_gateway

    from bursar.http1 import Limits
    from bursar.processes import raise_file_limit

    raise_file_limit()
    with running_gateway(Path(folder), estate(upstream), limits=Limits(**json.loads(limits))) as gateway:
        print(gateway.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
