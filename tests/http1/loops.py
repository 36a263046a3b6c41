"""A server in a thread with a loop of its own, for tests that speak to it with plain sockets."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import uvloop

from bursar.http1 import Handler, Limits, Server
from bursar.http1.heads import Heads


@contextlib.contextmanager
def serving(handler: Handler, limits: Limits | None = None, heads: Heads | None = None) -> Iterator[int]:
    """Serves on a free port of 127.0.0.1; gives the port."""
    loop = uvloop.new_event_loop()
    stop = asyncio.Event()
    ready = threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        server = Server(handler, limits, heads)
        accepting = await loop.create_server(server.protocol, "127.0.0.1", 0)
        ports.append(accepting.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        accepting.close()
        await server.close(0.2)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
