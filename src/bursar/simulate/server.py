"""Runs the simulated provider: in this process, in several, or in a thread beside a test."""

import asyncio
import multiprocessing
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import uvloop

from bursar import clock
from bursar.http1 import Limits, Server
from bursar.simulate.provider import TALLY_PATH, Provider
from bursar.simulate.tally import Row
from bursar.vocab.errors import Unavailable
from bursar.vocab.options import SimulateOptions

_LIMITS: Final = Limits(keep_alive_seconds=3600.0, connections=50_000)
_BACKLOG: Final = 4096
_GRACE_SECONDS: Final = 0.5
_START_SECONDS: Final = 15.0


class _Report(msgspec.Struct):
    models: list[Row]


class Running(msgspec.Struct):
    """A provider that runs in a thread; `tally` reads its counts from any thread."""

    url: str
    provider: Provider

    def tally(self) -> dict[str, Any]:
        """What was served so far, as `GET /simulate/tally` says it."""
        content: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.provider.tally.report()))
        return content


def serve(options: SimulateOptions, *, say: Callable[[str], None] = print) -> int:
    """Serve until SIGINT or SIGTERM; the exit code. `say` gets one line with the address."""
    with ExitStack() as stack:
        listener = stack.enter_context(_bind(options))
        port = listener.getsockname()[1]
        options = msgspec.structs.replace(options, port=port)
        line = f"simulated provider at http://{options.host}:{port}"
        if options.workers <= 1:
            listener.listen(_BACKLOG)
            return uvloop.run(_until_signal(options, listener, lambda: say(line)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bursar-simulate-")))
        return _serve_many(options, folder, lambda: say(line))


@contextmanager
def running(options: SimulateOptions | None = None) -> Iterator[Running]:
    """A provider in a thread of this process, on a free port unless `options` name one."""
    options = options or SimulateOptions(port=0)
    with _bind(options) as listener, _open_log(options) as log:
        listener.listen(_BACKLOG)
        url = f"http://{options.host}:{listener.getsockname()[1]}"
        provider = Provider(options, now=clock.now_us, log=log)
        loop = uvloop.new_event_loop()
        stop = asyncio.Event()
        ready = threading.Event()
        story = _serve_one(provider, [listener], stop, ready.set)
        thread = threading.Thread(target=_run_loop, args=(loop, story), name="simulate", daemon=True)
        thread.start()
        ready.wait(_START_SECONDS)
        try:
            yield Running(url, provider)
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()


def _run_loop(loop: asyncio.AbstractEventLoop, story: Any) -> None:
    try:
        loop.run_until_complete(story)
    finally:
        loop.close()


def _bind(options: SimulateOptions) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.workers > 1:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"port {options.port} on {options.host} cannot be used ({error.strerror}): "
            "choose another with --port"
        ) from error
    return listener


@contextmanager
def _open_log(options: SimulateOptions) -> Iterator[BinaryIO | None]:
    if options.log is None:
        yield None
        return
    # Unbuffered: a line is whole in the file as soon as its call is answered, also after a kill.
    with options.log.open("ab", buffering=0) as log:
        yield log


async def _serve_one(
    provider: Provider, listeners: list[socket.socket], stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    server = Server(provider.handle, _LIMITS)
    sockets = [
        await (
            loop.create_unix_server(server.protocol, sock=listener)
            if listener.family == socket.AF_UNIX
            else loop.create_server(server.protocol, sock=listener, backlog=_BACKLOG)
        )
        for listener in listeners
    ]
    ready()
    await stop.wait()
    for open_socket in sockets:
        open_socket.close()
    await server.close(_GRACE_SECONDS)


async def _until_signal(options: SimulateOptions, listener: socket.socket, ready: Callable[[], None]) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _open_log(options) as log:
        await _serve_one(Provider(options, now=clock.now_us, log=log), [listener], stop, ready)
    return 0


# -- several workers: one process each on the same port, and a Unix socket each for their tallies --------


def _serve_many(options: SimulateOptions, folder: Path, ready: Callable[[], None]) -> int:
    context = multiprocessing.get_context("spawn")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    workers: list[BaseProcess] = [
        context.Process(target=_work, args=(options, folder, slot), daemon=True)
        for slot in range(options.workers)
    ]
    for worker in workers:
        worker.start()
    code = 0
    said = False
    while not stop.wait(0.05):
        if not said and all((folder / f"{slot}.ready").exists() for slot in range(options.workers)):
            ready()
            said = True
        if not all(worker.is_alive() for worker in workers):
            print("a worker of the simulated provider has ended: stopping", file=sys.stderr)
            code = 1
            break
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
    return code


def _work(options: SimulateOptions, folder: Path, slot: int) -> None:
    """One worker process."""
    uvloop.run(_worker(options, folder, slot))


async def _worker(options: SimulateOptions, folder: Path, slot: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C reaches all; the parent decides
    others = [folder / str(other) for other in range(options.workers) if other != slot]
    with _bind(options) as listener, socket.socket(socket.AF_UNIX) as inner, _open_log(options) as log:
        listener.listen(_BACKLOG)
        inner.bind(str(folder / str(slot)))
        inner.listen()

        async def gather() -> list[Row]:
            bodies = [await _ask(path, b"GET") for path in others]
            return [row for body in bodies for row in msgspec.json.decode(body, type=_Report).models]

        async def clear() -> None:
            for path in others:
                await _ask(path, b"DELETE")

        provider = Provider(options, now=clock.now_us, log=log, gather=gather, clear=clear)
        await _serve_one(provider, [listener, inner], stop, (folder / f"{slot}.ready").touch)


async def _ask(path: Path, method: bytes) -> bytes:
    """Another worker's answer about its own tally."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"%b %b?own HTTP/1.1\r\nconnection: close\r\n\r\n" % (method, TALLY_PATH.encode()))
    content = await reader.read()
    writer.close()
    return content.partition(b"\r\n\r\n")[2]
