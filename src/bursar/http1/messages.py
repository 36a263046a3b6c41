"""A request as the server read it, and the reply that a handler writes."""

import asyncio
import http
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

import msgspec

Headers = list[tuple[bytes, bytes]]

STATUS_LINES: Final[dict[int, bytes]] = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus
}


def status_line(status: int) -> bytes:
    """The first line of a reply; statuses that Python does not know get no phrase."""
    return STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one client may take up. Sizes in bytes, times in seconds."""

    body_bytes: int = 32 * 1024 * 1024
    head_bytes: int = 64 * 1024
    head_seconds: float = 15.0  # from a request's first byte (or the connect) to the end of its headers
    body_idle_seconds: float = 30.0  # without a byte of an unfinished body
    keep_alive_seconds: float = 120.0
    write_idle_seconds: float = 120.0  # a client that does not read
    connections: int = 20_000
    pipelined: int = 16


class Head:
    """What was read of a request's head, shared by all requests that have it: nobody may change it."""

    __slots__ = ("headers", "method", "note", "path", "query")

    def __init__(self, method: str, path: str, query: str, headers: Headers) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.note: Any = None  # what the handler made of it, and would make again


class Request:
    """One request, wholly read. `headers` have lower-case names; `path` is as sent, percent-encoded.

    Requests with the same head share the list of headers: nobody may change it, and `content-length`, in
    which they differ, is not in it.
    """

    __slots__ = ("body", "fault", "head", "headers", "http_1_0", "method", "path", "peer", "query")

    def __init__(self, method: str, path: str, query: str, headers: Headers, body: bytes) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.http_1_0 = False
        self.fault = ""  # "body_too_large": the body was not read, the handler answers in its own shape
        self.peer = ""
        self.head: Head | None = None  # what the requests with this very head share, where they come again

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header by its lower-case name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class Connection(Protocol):
    """What a reply needs of the connection that it goes out on."""

    writable: asyncio.Event | None

    def write(self, data: bytes) -> None: ...
    def reply_done(self, reply: "Reply", *, keep_alive: bool) -> None: ...
    async def drained(self) -> None: ...
    def abort(self) -> None: ...


class Reply:
    """The reply to one request: `send` for a whole one, or `start`, `write` ..., `finish`."""

    __slots__ = (
        "_chunked",
        "_connection",
        "_keep_alive",
        "deferred",
        "disconnected",
        "finished",
        "head_only",
        "on_disconnect",
        "started",
    )

    def __init__(self, connection: Connection, *, keep_alive: bool, http_1_0: bool, head_only: bool) -> None:
        self._connection = connection
        self._keep_alive = keep_alive
        self._chunked = not http_1_0
        self.head_only = head_only
        self.deferred = False  # whoever the handler gave it to will finish it, after the handler has ended
        self.disconnected = False
        self.started = False
        self.finished = False
        self.on_disconnect: Callable[[], None] | None = None

    def close_after(self) -> None:
        """Do not keep the connection after this reply."""
        self._keep_alive = False

    def send(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """A whole reply in one write; `content-length` is added here."""
        self.send_lines(status, header_lines(headers), body)

    def send_lines(self, status: int, lines: bytes, body: bytes) -> None:
        """The same with headers that are whole lines already."""
        connection = b"" if self._keep_alive else b"connection: close\r\n"
        self._emit(
            b"%b%bcontent-length: %d\r\n%b\r\n%b"
            % (
                status_line(status),
                lines,
                len(body),
                connection,
                b"" if self.head_only else body,
            )
        )
        self._done()

    def send_head(self, status: int, lines: bytes) -> None:
        """A reply without body and without `content-length`, such as 204, 304 or the answer to HEAD."""
        connection = b"" if self._keep_alive else b"connection: close\r\n"
        self._emit(b"%b%b%b\r\n" % (status_line(status), lines, connection))
        self._done()

    def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Begin a reply of unknown length: chunked, or until the connection closes for HTTP/1.0."""
        self.start_lines(status, header_lines(headers))

    def start_lines(self, status: int, lines: bytes) -> None:
        """The same with headers that are whole lines already."""
        if self._chunked:
            framing = b"transfer-encoding: chunked\r\n"
            if not self._keep_alive:
                framing += b"connection: close\r\n"
        else:
            self._keep_alive = False
            framing = b"connection: close\r\n"
        self._emit(b"%b%b%b\r\n" % (status_line(status), lines, framing))

    def write(self, data: bytes) -> None:
        """Send one piece now. A slow client fills the buffer: `await drained()` between pieces."""
        if not data or self.head_only:
            return
        if self._chunked:
            self._emit(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            self._emit(data)

    async def drained(self) -> None:
        """Wait until the client has read enough for more to be worth sending, or has gone."""
        await self._connection.drained()

    def finish(self, data: bytes = b"") -> None:
        """Send the last piece and the end in one write."""
        if self._chunked and not self.head_only:
            end = b"0\r\n\r\n"
            self._emit(b"%x\r\n%b\r\n%b" % (len(data), data, end) if data else end)
        elif data and not self.head_only:
            self._emit(data)
        self._done()

    def abort(self) -> None:
        """Break the connection, so that the client sees an unfinished reply rather than a false end."""
        if not self.finished:
            self.finished = True
            self._connection.abort()

    def _emit(self, data: bytes) -> None:
        self.started = True
        if not self.disconnected:
            self._connection.write(data)

    def _done(self) -> None:
        self.finished = True
        self.on_disconnect = None  # it refers to us: a circle that the collector would have to find
        self._connection.reply_done(self, keep_alive=self._keep_alive)
