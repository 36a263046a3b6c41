"""An application on a real port, and streams read from it as a browser reads them."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from bursar.processes import listen


@dataclass
class Stream:
    """The events of a stream, as they came: (name, data, id, when)."""

    status: int = 0
    events: list[tuple[str, Any, str, float]] = field(default_factory=list)
    comments: int = 0
    is_over: bool = False

    def data(self, name: str) -> list[Any]:
        return [data for each, data, _, _ in self.events if each == name]

    def calls(self) -> list[dict[str, Any]]:
        return [call for data in self.data("calls") for call in data["calls"]]

    def last_id(self) -> str:
        return self.events[-1][2]


def until(holds: Callable[[], object], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


@contextmanager
def served(app: Any, stopping: Callable[[], Awaitable[None]]) -> Iterator[str]:
    """The URL of `app` on the server of the product; `stopping` is awaited on its loop before it stops."""
    with listen("127.0.0.1", 0) as probe:
        port = int(probe.getsockname()[1])
    loop = asyncio.new_event_loop()
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGINL, log_enabled=False)
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()))
    thread.start()

    async def stop() -> None:
        await stopping()
        server.stop()  # type: ignore[no-untyped-call]

    url = f"http://127.0.0.1:{port}"
    until(lambda: _answers(url))
    try:
        yield url
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        thread.join(10)
        assert not thread.is_alive(), "the server did not stop"
        loop.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def following(url: str, headers: dict[str, str], path: str = "/api/v1/live") -> Iterator[Stream]:
    """A stream that is read in a thread until the block is left."""
    stream = Stream()
    closing = threading.Event()
    client = httpx.Client(timeout=httpx.Timeout(5.0, read=30.0))

    def read() -> None:
        try:
            with client.stream("GET", url + path, headers=headers) as reply:
                stream.status = reply.status_code
                _read_events(reply, stream, closing)
        except httpx.TransportError:
            pass
        stream.is_over = True

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        until(lambda: stream.events or stream.is_over)
        yield stream
    finally:
        closing.set()
        client.close()
        thread.join(5)


def _read_events(reply: httpx.Response, stream: Stream, closing: threading.Event) -> None:
    name, number = "", ""
    for line in reply.iter_lines():
        if closing.is_set():
            return
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "id":
            number = value
        elif key == "data":
            stream.events.append((name, json.loads(value), number, time.monotonic()))
        elif line.startswith(":"):
            stream.comments += 1
