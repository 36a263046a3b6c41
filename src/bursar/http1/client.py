"""An HTTP/1.1 client with a pool of connections per origin, for calls that are passed through.

No redirects, no retries, no decompression: the caller sees what the upstream sent. A call is never sent
twice by this client, because the upstream may bill both.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable
from typing import cast
from urllib.parse import urlsplit

import httptools
import msgspec

from bursar.vocab.errors import InvalidInput, Unavailable

_READ_AHEAD_BYTES = 256 * 1024
# Below the other side's keep-alive limit, so that a pooled connection is rarely stale: vendors keep theirs
# for a minute and more, servers of one's own (uvicorn under vLLM) for five seconds.
_IDLE_SECONDS = {"https": 30.0, "http": 4.0}
_SWEEP_SECONDS = 0.5
_JOINED_BYTES = 64 * 1024  # a body up to here goes out with its head in one write
_HEAD_BYTES = 256 * 1024


class UpstreamUnreachable(Unavailable):
    """No connection could be made: nothing was sent, so nothing is billed."""

    code = "upstream_unreachable"


class UpstreamBroken(Unavailable):
    """The connection failed after the request was sent: the upstream may bill it."""

    code = "upstream_broken"


class UpstreamSilent(UpstreamBroken):
    """The upstream kept the connection and sent nothing for too long."""


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds."""

    connect_s: float = 10.0
    first_byte_s: float = 600.0
    idle_s: float = 300.0


class Origin(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Where connections go: scheme, host, port and the path that a base URL ends in (without a slash)."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @staticmethod
    def parse(url: str) -> "Origin":
        """Read a base URL; InvalidInput unless it is http(s) with a host and no query."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise InvalidInput(f"{url!r} is not a base URL: write http(s)://host[:port][/path]")
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise InvalidInput(f"{url!r} has a port that is none: ports are 1 to 65535") from error
        return Origin(scheme=parts.scheme, host=parts.hostname, port=port, path=parts.path.rstrip("/"))

    @property
    def authority(self) -> str:
        """The Host header's value."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = 443 if self.scheme == "https" else 80
        return host if self.port == standard else f"{host}:{self.port}"


class UpstreamReply:
    """A reply as it comes. `headers` keep the upstream's spelling; the body is read by `next` or `read`.

    It owns what has arrived, so the connection can serve the next call while this one is still read.
    """

    __slots__ = (
        "_connection",
        "_error",
        "_loop",
        "_pieces",
        "_waiter",
        "complete",
        "headers",
        "size",
        "status",
    )

    def __init__(
        self, connection: "_ClientConnection", status: int, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self._connection: _ClientConnection | None = connection
        self._loop = connection.loop
        self._pieces: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self.complete = False  # the end has arrived, though perhaps not been read
        self.size = 0  # bytes arrived and not read
        self.status = status
        self.headers = headers

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header by its lower-case name."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    async def next(self) -> bytes:
        """All that has arrived since the last call, at least one byte, or b"" at the end."""
        while not self._pieces:
            if self.complete:
                return b""
            if self._error is not None:
                raise self._error
            self._waiter = self._loop.create_future()
            await self._waiter
        return self.take()

    async def begun(self) -> None:
        """Wait until a first part of the body has arrived, or its end; raises what `next` would."""
        if not self._pieces and not self.complete:
            self._pieces.insert(0, await self.next())

    async def gather(self, limit_bytes: int) -> None:
        """Wait for the whole body, and keep it to be taken; raises what `read` would."""
        body = await self.read(limit_bytes)
        self._pieces = [body]

    @property
    def ended(self) -> bool:
        """True when the end has arrived and everything before it has been handed out."""
        return self.complete and not self._pieces

    async def read(self, limit_bytes: int) -> bytes:
        """The rest of the body; UpstreamBroken if it is longer than `limit_bytes`."""
        if self.complete:
            return self.take()
        parts: list[bytes] = []
        size = 0
        while data := await self.next():
            parts.append(data)
            size += len(data)
            if size > limit_bytes:
                self.abandon()
                raise UpstreamBroken(f"the upstream's reply is longer than {limit_bytes} bytes")
        return b"".join(parts)

    def abandon(self) -> None:
        """Stop reading: the connection is closed unless the reply has wholly arrived."""
        if self._connection is not None:
            self._connection.abandon()

    def take(self) -> bytes:
        """What has arrived and was not read, without waiting."""
        pieces = self._pieces
        self._pieces = []
        self.size = 0
        if self._connection is not None:
            self._connection.resume()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    # -- the connection's side -------------------------------------------------------------------------

    def arrived(self, data: bytes) -> None:
        self._pieces.append(data)
        self.size += len(data)

    def end(self, error: Exception | None = None) -> None:
        """Nothing more will come: the reply is complete, or broken by `error`."""
        self.complete = error is None
        self._error = error
        self._connection = None
        self.wake()

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Client:
    """Pools of keep-alive connections, shared by all calls of one event loop."""

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None) -> None:
        self._pools: dict[Origin, list[_ClientConnection]] = {}
        self._open: set[_ClientConnection] = set()
        self._ssl_context = ssl_context
        self._sweeper: asyncio.TimerHandle | None = None

    def request(
        self,
        origin: Origin,
        method: bytes,
        target: bytes,
        header_block: bytes,
        body: bytes,
        timeouts: Timeouts,
    ) -> Awaitable[UpstreamReply]:
        """Send one request and wait for the reply's headers.

        `header_block` holds whole `name: value\\r\\n` lines without host and content-length. Raises
        UpstreamUnreachable when nothing was sent, UpstreamBroken when it may have been.
        """
        pool = self._pools.get(origin)
        if pool:  # the usual case, without a coroutine of its own
            return pool.pop().exchange(method, target, header_block, body, timeouts)
        return self._request_on_new(origin, method, target, header_block, body, timeouts)

    async def _request_on_new(
        self,
        origin: Origin,
        method: bytes,
        target: bytes,
        header_block: bytes,
        body: bytes,
        timeouts: Timeouts,
    ) -> UpstreamReply:
        connection = await self._connect(origin, timeouts)
        return await connection.exchange(method, target, header_block, body, timeouts)

    async def _connect(self, origin: Origin, timeouts: Timeouts) -> "_ClientConnection":
        if self._sweeper is None:
            self._sweep()
        try:
            async with asyncio.timeout(timeouts.connect_s):
                protocol = await self._connect_any(await _resolve(origin), origin)
        except TimeoutError as error:
            raise UpstreamUnreachable(
                f"{origin.authority} did not accept a connection within {timeouts.connect_s:g} s"
            ) from error
        except (OSError, ssl.SSLError) as error:
            raise UpstreamUnreachable(f"cannot connect to {origin.authority}: {error}") from error
        self._open.add(protocol)
        return protocol

    async def _connect_any(self, addresses: list[str], origin: Origin) -> "_ClientConnection":
        """The first address that answers: `localhost` is two, and a local model listens at one of them."""
        loop = asyncio.get_running_loop()
        secure = origin.scheme == "https"
        for left, address in enumerate(addresses, 1 - len(addresses)):
            try:
                _, protocol = await loop.create_connection(
                    lambda: _ClientConnection(self, origin),
                    address,
                    origin.port,
                    ssl=self._tls() if secure else None,
                    server_hostname=origin.host if secure else None,
                )
            except OSError:
                if not left:
                    raise
            else:
                return protocol
        raise UpstreamUnreachable(f"{origin.host} has no address")

    def _tls(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
        return self._ssl_context

    def release(self, connection: "_ClientConnection") -> None:
        """Take a connection back whose reply has wholly arrived."""
        self._pools.setdefault(connection.origin, []).append(connection)

    def forget(self, connection: "_ClientConnection") -> None:
        self._open.discard(connection)
        pool = self._pools.get(connection.origin)
        if pool and connection in pool:
            pool.remove(connection)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in list(self._open):
            connection.expire(now)
        self._sweeper = loop.call_later(_SWEEP_SECONDS, self._sweep)

    def close(self) -> None:
        """Close all connections; calls in flight end as broken."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._open):
            connection.abandon()


async def _resolve(origin: Origin) -> list[str]:
    """The addresses of the host that may be called, in the system's order.

    Link-local addresses (cloud metadata services among them), multicast and unspecified ones never may,
    whoever wrote the base URL; loopback and private ones may, because local models live there.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    allowed = [address for address in addresses if may_be_called(address)]
    if allowed:
        return allowed
    raise UpstreamUnreachable(f"{origin.host} resolves to {', '.join(addresses)}, which may not be called")


def may_be_called(address: str) -> bool:
    """Whether an IP address is one that documents may name; those of metadata services are none."""
    ip = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return not (mapped.is_link_local or mapped.is_multicast or mapped.is_unspecified)


class _ClientConnection(asyncio.Protocol):
    """One connection: at most one exchange at a time."""

    __slots__ = (
        "_authority",
        "_client",
        "_closed",
        "_ended",
        "_head",
        "_head_bytes",
        "_headers",
        "_idle_s",
        "_in_exchange",
        "_keep_alive",
        "_parser",
        "_paused",
        "_reply",
        "_transport",
        "deadline",
        "loop",
        "origin",
    )

    def __init__(self, client: Client, origin: Origin) -> None:
        self._client = client
        self.loop = asyncio.get_running_loop()
        self.origin = origin
        self._authority = origin.authority.encode()
        self.deadline = float("inf")
        self._head_bytes = 0
        self._paused = False
        self._closed = False
        self._in_exchange = False
        self._ended = False
        self._keep_alive = False
        self._headers: list[tuple[bytes, bytes]] = []
        self._head: asyncio.Future[UpstreamReply] | None = None
        self._reply: UpstreamReply | None = None
        self._idle_s = 0.0
        self._parser = httptools.HttpResponseParser(self)

    # -- one exchange --------------------------------------------------------------------------------

    def exchange(
        self, method: bytes, target: bytes, header_block: bytes, body: bytes, timeouts: Timeouts
    ) -> "asyncio.Future[UpstreamReply]":
        """Send, and hope for a reply's headers."""
        if self._closed:
            raise UpstreamUnreachable(f"{self.origin.authority} closed the connection before it was used")
        self._headers = []
        self._reply = None
        self._head_bytes = 0
        self._in_exchange = True
        self._ended = False
        self._idle_s = timeouts.idle_s
        self.deadline = self.loop.time() + timeouts.first_byte_s
        self._head = self.loop.create_future()
        joined = len(body) < _JOINED_BYTES
        self._transport.write(
            b"%b %b HTTP/1.1\r\nhost: %b\r\n%bcontent-length: %d\r\n\r\n%b"
            % (method, target, self._authority, header_block, len(body), body if joined else b"")
        )
        if not joined:
            self._transport.write(body)
        return self._head

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self.deadline = self.loop.time() + self._idle_s
            self._transport.resume_reading()

    def abandon(self) -> None:
        if not self._closed:
            self._fail(UpstreamBroken("the call was given up"))

    def expire(self, now: float) -> None:
        """Called twice a second: an exchange out of time fails, an idle pooled connection closes."""
        if now < self.deadline or self._closed:
            return
        if not self._in_exchange:
            self._client.forget(self)
            self._transport.close()
        elif not self._paused:  # paused: the client is slow, not the upstream
            self._fail(UpstreamSilent(f"{self.origin.authority} sent nothing for too long"))

    def _fail(self, error: Exception) -> None:
        """The exchange and with it the connection are over."""
        if self._in_exchange:
            self._in_exchange = False
            if self._reply is not None:
                self._reply.end(error)
            elif self._head is not None and not self._head.done():
                self._head.set_exception(error)
        self._client.forget(self)
        self._transport.abort()

    # -- asyncio.Protocol ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._in_exchange:
            self._client.forget(self)  # bytes that nobody asked for: the connection cannot be trusted
            self._transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(UpstreamBroken(f"{self.origin.authority} sent invalid HTTP: {error}"))
            return
        reply = self._reply
        if self._ended:
            self._finish_exchange()
        elif reply is not None:
            self.deadline = self.loop.time() + self._idle_s
            if reply.size > _READ_AHEAD_BYTES and not self._paused:
                self._paused = True
                self._transport.pause_reading()
            reply.wake()
        else:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self._fail(UpstreamBroken(f"{self.origin.authority} sent too large headers"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed = True
        self._client.forget(self)
        if not self._in_exchange:
            return
        if self._reply is not None and exc is None and not self._has_length():
            self._in_exchange = False  # a body without length ends where the connection does
            self._reply.end()
        else:
            self._fail(
                UpstreamBroken(f"{self.origin.authority} closed the connection before the reply's end")
            )

    def _has_length(self) -> bool:
        return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self._headers)

    def _finish_exchange(self) -> None:
        self._in_exchange = False
        reply, self._reply = self._reply, None
        if self._keep_alive:
            self.deadline = self.loop.time() + _IDLE_SECONDS[self.origin.scheme]
            self._client.release(self)
        else:
            self._transport.close()
        if reply is not None:
            reply.end()

    # -- httptools -----------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._ended:
            self._keep_alive = False  # a second reply to one request: nothing after the first is believed

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._ended:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 or self._ended:
            return
        if self._head is None or self._head.done():  # whoever asked was cancelled
            self.abandon()
            return
        self._keep_alive = self._parser.should_keep_alive()
        self._reply = UpstreamReply(self, status, self._headers)
        self._head.set_result(self._reply)

    def on_body(self, data: bytes) -> None:
        if self._reply is not None and not self._ended:
            self._reply.arrived(data)

    def on_message_complete(self) -> None:
        if self._reply is None:
            self._headers = []  # an interim reply such as 100 Continue
        else:
            self._ended = True
