"""An HTTP/1.1 server for handlers that are coroutines: one asyncio protocol a connection, no framework.

Bounded in everything a client controls: head, body, time to send them, pipelining, connections.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

import httptools

from bursar.http1.heads import Heads
from bursar.http1.messages import Head, Limits, Reply, Request, header_lines

Handler = Callable[[Request, Reply], Awaitable[None]]

_log = logging.getLogger(__name__)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_UPGRADE_HEADERS = (b"upgrade", b"connection", b"http2-settings")
_QUEUED_BODY_BYTES = 64 * 1024  # a pipelined body larger than this is the last one read ahead
_SWEEP_SECONDS = 1.0
_DRAIN_SECONDS = 2.0  # how long the rest of a refused body is read, so that the client sees our reply


def _plain(status: str, sentence: str) -> bytes:
    body = f'{{"error":{{"message":"{sentence}","type":"invalid_request_error"}}}}'
    return (
        f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}"
    ).encode()


_MALFORMED = _plain("400 Bad Request", "This is not valid HTTP/1.1; check the client or proxy in between.")
_HEAD_TOO_LARGE = _plain(
    "431 Request Header Fields Too Large", "The request headers are too large; send fewer or shorter ones."
)
_TOO_SLOW = _plain("408 Request Timeout", "The request did not arrive in time; send it again without pauses.")
_NO_ROOM = _plain("503 Service Unavailable", "Too many open connections; try again in a moment.")


class Server:
    """Shared by all connections of one listening socket: the handler, the limits, and who is connected."""

    def __init__(self, handler: Handler, limits: Limits | None = None, heads: Heads | None = None) -> None:
        self.handler = handler
        self.limits = limits or Limits()
        self.connections: set[_ServerConnection] = set()
        self.heads = Heads() if heads is None else heads
        self.closing = False
        self._idle = asyncio.Event()
        self._sweeper: asyncio.TimerHandle | None = None

    def protocol(self) -> asyncio.Protocol:
        """The protocol factory for `loop.create_server`."""
        if self._sweeper is None:
            self._sweep()
        return _ServerConnection(self)

    def _sweep(self) -> None:
        """One timer for all connections is cheaper than a timer for each request."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in list(self.connections):
            connection.expire(now)
        self._sweeper = loop.call_later(_SWEEP_SECONDS, self._sweep)

    async def guarded(self, request: Request, reply: Reply) -> None:
        """Run the handler; whatever it raises, the client gets an end or a break, never silence."""
        try:
            await self.handler(request, reply)
        except Exception:
            _log.exception("a request handler failed: %s %s", request.method, request.path)
            if reply.started:
                reply.abort()
            else:
                reply.close_after()
                reply.send(
                    500, [(b"content-type", b"application/json")], b'{"error":{"message":"internal error"}}'
                )
        else:
            if not (reply.finished or reply.deferred):
                reply.abort()

    def check_idle(self) -> None:
        """Called after each reply while closing: ends the wait when none is owed any more."""
        if not any(connection.busy for connection in self.connections):
            self._idle.set()

    async def close(self, grace_seconds: float) -> None:
        """Let calls in flight end for up to `grace_seconds`, then break what is left."""
        self.closing = True
        for connection in list(self.connections):
            connection.close_if_idle()
        self.check_idle()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), grace_seconds)
        for connection in list(self.connections):
            connection.abort()
        if self._sweeper is not None:
            self._sweeper.cancel()


class _ServerConnection(asyncio.Protocol):
    """Parses requests, runs them one at a time in order, and guards the limits."""

    __slots__ = (
        "_active",
        "_begun",
        "_body",
        "_body_bytes",
        "_closed",
        "_deadline",
        "_discarding",
        "_half_closed",
        "_headers",
        "_in_head",
        "_in_message",
        "_limits",
        "_loop",
        "_overhead_bytes",
        "_parser",
        "_queue",
        "_read",
        "_reading_paused",
        "_server",
        "_transport",
        "_upgrades",
        "_url",
        "task",
        "writable",
    )

    def __init__(self, server: Server) -> None:
        self._server = server
        self._limits = server.limits
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Request] = deque()
        self._active: Reply | None = None
        self._closed = False
        self._discarding = False
        self._reading_paused = False
        self._headers: list[tuple[bytes, bytes]] = []
        self._url = b""
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._overhead_bytes = 0
        self._in_head = False
        self._in_message = False
        self._begun = False
        self._upgrades = False
        self._read = b""
        self._half_closed = False
        self._deadline = self._loop.time() + self._limits.head_seconds
        self.writable: asyncio.Event | None = None
        self.task: asyncio.Task[None] | None = None  # the loop itself only keeps weak references

    # -- asyncio.Protocol --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)
        if len(self._server.connections) >= self._limits.connections or self._server.closing:
            self._discarding = True
            self._transport.write(_NO_ROOM)
            self._transport.close()
            return
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed = True
        self._server.connections.discard(self)
        self._queue.clear()
        if self.writable is not None:
            self.writable.set()
        if self._active is not None:
            self._active.disconnected = True
            if self._active.on_disconnect is not None:
                self._active.on_disconnect()
            if self._server.closing:
                self._server.check_idle()

    def eof_received(self) -> bool:
        # A client that half-closes after its request still wants the reply, and then no more.
        self._half_closed = True
        return self._active is not None

    def pause_writing(self) -> None:
        self.writable = asyncio.Event()
        self._deadline = self._loop.time() + self._limits.write_idle_seconds

    def resume_writing(self) -> None:
        if self.writable is not None:
            self.writable.set()
            self.writable = None

    def data_received(self, data: bytes) -> None:
        if self._discarding:
            return
        if not self._in_message and self._active is None:
            known = self._server.heads.find(data)
            if known is not None and len(known[1]) <= self._limits.body_bytes:
                self._take_known(*known)
                return
        body_bytes = self._body_bytes
        self._begun = False
        self._read = data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if not self._discarding:
                self._refuse(_MALFORMED)
        else:
            if self._in_message:  # most requests come whole, and need neither count nor deadline
                self._bound_unfinished(len(data), body_grew=self._body_bytes != body_bytes)
        self._read = b""

    def _bound_unfinished(self, size: int, *, body_grew: bool) -> None:
        """A request that goes on in a later read: bound its framing, and the time it may take."""
        if not self._begun and not body_grew:
            self._count_overhead(size)
        if self._active is not None:
            return
        if not self._in_head:
            self._deadline = self._loop.time() + self._limits.body_idle_seconds
        elif self._begun:
            self._deadline = self._loop.time() + self._limits.head_seconds

    # -- httptools ---------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._headers = []
        self._url = b""
        self._body = []
        self._body_bytes = 0
        self._in_head = self._in_message = self._begun = True
        self._overhead_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # a trailer could name another key or tag, after the request was read
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._upgrades = self._parser.should_upgrade()
        if self._upgrades:
            return
        self._overhead_bytes = 0
        size = len(self._url)
        too_large = False
        for name, value in self._headers:
            size += len(name) + len(value)
            if name == b"content-length":
                too_large = int(value) > self._limits.body_bytes
            elif name == b"expect":
                self._continue_if_asked(value)
        if size > self._limits.head_bytes:
            self._refuse(_HEAD_TOO_LARGE)
        elif too_large:
            self._body_too_large()

    def _continue_if_asked(self, expected: bytes) -> None:
        """Never in the middle of another request's reply."""
        if expected.lower() == b"100-continue" and self._active is None:
            self._transport.write(_CONTINUE)

    def on_body(self, data: bytes) -> None:
        if self._discarding:
            return
        self._body.append(data)
        self._body_bytes += len(data)
        if self._body_bytes > self._limits.body_bytes:
            self._body_too_large()

    def on_message_complete(self) -> None:
        if self._discarding or self._upgrades:
            return
        self._in_message = False
        body = self._body
        self._enqueue(b"".join(body) if len(body) != 1 else body[0])
        self._body = []

    # -- our own -----------------------------------------------------------------------------------

    def _count_overhead(self, size: int) -> None:
        """Bytes of a request that are not its body: headers, trailers, the framing of chunks."""
        self._overhead_bytes += size
        if self._overhead_bytes > self._limits.head_bytes and not self._discarding:
            self._refuse(_HEAD_TOO_LARGE)

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Read the request again as if it offered no other protocol, which a server may ignore.

        Java's own client offers h2c with its first request; the parser stops before that request's body.
        """
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refuse(_MALFORMED)
            return
        kept = [header for header in self._headers if header[0] not in _UPGRADE_HEADERS]
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method, self._url, header_lines(kept), rest))

    def _take_known(self, head: Head, body: bytes) -> None:
        """A request that came whole, with a head that was read before."""
        request = Request(head.method, head.path, head.query, head.headers, body)
        request.head = head
        self._run(request, keep_alive=True)

    def _enqueue(self, body: bytes, fault: str = "") -> None:
        path, _, query = self._url.decode("latin-1").partition("?")
        request = Request(self._parser.get_method().decode("ascii"), path, query, self._headers, body)
        request.fault = fault
        request.http_1_0 = self._parser.get_http_version() == "1.0"
        if self._active is None:
            keep_alive = self._parser.should_keep_alive() and not fault
            if keep_alive and not request.http_1_0 and self._begun:
                self._server.heads.learn(self._read, request)
            self._run(request, keep_alive=keep_alive)
            return
        self._queue.append(request)
        crowded = len(self._queue) >= self._limits.pipelined or len(body) > _QUEUED_BODY_BYTES
        if crowded and not self._reading_paused:
            self._reading_paused = True
            self._transport.pause_reading()

    def _run(self, request: Request, *, keep_alive: bool) -> None:
        self._active = Reply(
            self,
            keep_alive=keep_alive and not self._server.closing,
            http_1_0=request.http_1_0,
            head_only=request.method == "HEAD",
        )
        self.task = self._loop.create_task(self._server.guarded(request, self._active))

    def _body_too_large(self) -> None:
        self._enqueue(b"", fault="body_too_large")
        self._discarding = True
        self._body = []

    def write(self, data: bytes) -> None:
        if not self._closed:
            self._transport.write(data)

    async def drained(self) -> None:
        if self.writable is not None and not self._closed:
            await self.writable.wait()

    def reply_done(self, reply: Reply, *, keep_alive: bool) -> None:
        if self._active is not reply:
            return
        self._active = None
        if self._server.closing:
            self._server.check_idle()
        if self._closed:
            return
        if not keep_alive:
            self._close_soon()
        elif self._queue:
            request = self._queue.popleft()
            if self._reading_paused:
                self._reading_paused = False
                self._transport.resume_reading()
            self._run(request, keep_alive=_wants_keep_alive(request))
        elif self._half_closed:
            self._transport.close()
        else:
            self._deadline = self._loop.time() + self._limits.keep_alive_seconds

    def _close_soon(self) -> None:
        """Close now, or after the client has stopped sending a body that nobody reads."""
        if self._discarding:
            # Closing over unread bytes would reset the connection, and our reply with it.
            self._transport.write_eof()
            self._loop.call_later(_DRAIN_SECONDS, self.abort_if_open)
        else:
            self._transport.close()

    def abort_if_open(self) -> None:
        if not self._closed:
            self._transport.close()

    def abort(self) -> None:
        if not self._closed:
            self._transport.abort()

    @property
    def busy(self) -> bool:
        """Whether a reply is still owed."""
        return self._active is not None and not self._closed

    def close_if_idle(self) -> None:
        if self._active is None and not self._closed:
            self._transport.close()

    def expire(self, now: float) -> None:
        """Called every second: break what has overstayed."""
        if now < self._deadline or self._closed:
            return
        if self.writable is not None:
            self.abort()  # the client does not read
        elif self._active is not None:
            return  # the handler's own time-outs govern a call in flight
        elif self._in_message and not self._discarding:
            self._refuse(_TOO_SLOW)
        else:
            self._transport.close()

    def _refuse(self, reply: bytes) -> None:
        """Answer what cannot be read; a reply that is still on its way goes out first, and then the end."""
        self._discarding = True
        self._queue.clear()
        if self._active is not None:
            self._active.close_after()
        else:
            self._transport.write(reply)
            self._close_soon()


def _wants_keep_alive(request: Request) -> bool:
    if request.fault:
        return False
    connection = (request.header(b"connection") or b"").lower()
    return connection == b"keep-alive" if request.http_1_0 else connection != b"close"
