"""Upstreams that do exactly what a test says: a handler on a real server, or raw bytes on a socket."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvloop

from bursar.http1 import Handler, Limits, Server
from bursar.processes import listen


@contextlib.contextmanager
def serving(handler: Handler, *, limits: Limits | None = None) -> Iterator[str]:
    """A server in a thread that answers with `handler`; its base URL."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    loop = uvloop.new_event_loop()
    stop = asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        server = Server(handler, limits)
        accepting = await loop.create_server(server.protocol, sock=listener)
        ready.set()
        await stop.wait()
        accepting.close()
        await server.close(0.2)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@contextlib.contextmanager
def talking(*talks: Callable[[socket.socket], None]) -> Iterator[str]:
    """Raw sockets: the n-th connection goes to the n-th talk, later ones to the last, and is then closed."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def accept() -> None:
        number = 0
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            talk = talks[min(number, len(talks) - 1)]
            number += 1
            threading.Thread(target=converse, args=(talk, connection), daemon=True).start()

    def converse(talk: Callable[[socket.socket], None], connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            talk(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def read_request(connection: socket.socket) -> bytes:
    """One whole request with a content-length, head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def read_all(connection: socket.socket, *, timeout_s: float = 10.0) -> bytes:
    """Everything until the other side closes, breaks, or says nothing for `timeout_s`."""
    connection.settimeout(timeout_s)
    data = b""
    with contextlib.suppress(OSError):
        while more := connection.recv(65536):
            data += more
    return data
