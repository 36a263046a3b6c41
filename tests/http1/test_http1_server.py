"""The server against clients that are slow, greedy, broken or hostile: raw bytes on real sockets."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from loops import serving

from bursar.http1 import Limits, Reply, Request, Server

POST = b"POST /a HTTP/1.1\r\nhost: x\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"


class Echo:
    """Answers with what it got; `/slow` waits, `/stream` streams, `/big` is 50 MB, `/raise` fails."""

    def __init__(self) -> None:
        self.got: list[Request] = []
        self.left = 0
        self.written = 0

    async def handle(self, request: Request, reply: Reply) -> None:
        self.got.append(request)
        match request.path:
            case "/slow":
                await asyncio.sleep(0.3)
                reply.send(200, [], b"slow")
            case "/stream":
                reply.start(200, [])
                for number in range(3):
                    reply.write(b"piece %d;" % number)
                    await asyncio.sleep(0.01)
                reply.finish(b"end")
            case "/big":
                await self._big(reply)
            case "/raise":
                raise ValueError("planted")
            case "/raise-late":
                reply.start(200, [])
                reply.write(b"begun")
                raise ValueError("planted")
            case "/silent":
                return
            case _ if request.fault:
                reply.send(413, [], request.fault.encode())
            case _:
                reply.send(200, [], b"%d bytes" % len(request.body))

    async def _big(self, reply: Reply) -> None:
        reply.start(200, [])
        for _ in range(800):
            if reply.disconnected:
                self.left += 1
                return
            reply.write(b"x" * 65536)
            self.written += 65536
            await reply.drained()
        reply.finish()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def port(echo: Echo) -> Iterator[int]:
    limits = Limits(body_bytes=100_000, head_bytes=8192)
    with serving(echo.handle, limits) as port:
        yield port


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(10)
    return connection


def read_all(connection: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(OSError):
        while more := connection.recv(65536):
            data += more
    return data


def talk(port: int, data: bytes) -> bytes:
    """Send, say that no more will come, and read until the server closes."""
    with connect(port) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


# -- framing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        POST + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        POST + b"content-length: 5, 5\r\n\r\nhello",
        POST + b"content-length: +5\r\n\r\nhello",
        POST + b"content-length: -1\r\n\r\nhello",
        POST + b"content-length: 99999999999999999999999999\r\n\r\nhello",
        POST + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        POST + b"x: a\r\n folded\r\ncontent-length: 0\r\n\r\n",
        POST + b"x: a\nb: c\r\ncontent-length: 0\r\n\r\n",
        POST + b"x: a\x00b\r\ncontent-length: 0\r\n\r\n",
        CHUNKED + b"5\nhello\n0\n\n",
        CHUNKED + b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n",
        b"CONNECT evil:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 5000,
    ],
)
def test_ambiguous_or_broken_requests_are_refused_before_any_handler_sees_them(port, echo, data):
    reply = talk(port, data)
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in reply
    assert not echo.got


def test_chunked_bodies_arrive_whole_and_their_trailers_are_dropped(port, echo):
    body = (
        b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nauthorization: Bearer other\r\nx-bursar-team: evil\r\n\r\n"
    )
    assert talk(port, CHUNKED + body).endswith(b"11 bytes")
    assert echo.got[0].body == b"hello world"
    assert [name for name, _ in echo.got[0].headers] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("tail", [b"x: " + b"y" * 300_000, b"x: y\r\n" * 50_000, b"5;" + b"e" * 300_000])
def test_trailers_and_chunk_extensions_are_bounded(port, echo, tail):
    with connect(port) as connection:
        connection.sendall(CHUNKED + (b"1\r\na\r\n" if tail[:1] == b"5" else b"1\r\na\r\n0\r\n"))
        time.sleep(0.05)
        with contextlib.suppress(OSError):
            connection.sendall(tail)
        reply = read_all(connection)
    assert not reply or reply.startswith(b"HTTP/1.1 431 ")  # nothing, if the break overtook it
    assert not echo.got


def test_a_request_may_come_a_byte_at_a_time(port):
    with connect(port) as connection:
        for byte in POST + b"content-length: 5\r\nconnection: close\r\n\r\nhello":
            connection.send(bytes((byte,)))
        assert read_all(connection).endswith(b"5 bytes")


def test_pipelined_requests_are_answered_in_order(port, echo):
    paths = [b"/slow", *[b"/%d" % number for number in range(40)], b"/stream", b"/last"]
    reply = talk(port, b"".join(b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % path for path in paths))
    assert [request.path.encode() for request in echo.got] == paths
    assert reply.count(b"HTTP/1.1 200 OK") == len(paths)
    assert reply.index(b"slow") < reply.index(b"piece 0;")


def test_garbage_behind_a_request_does_not_take_its_reply_away(port):
    reply = talk(port, b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n\x00\x01garbage\r\n\r\n")
    assert reply.endswith(b"slow")
    assert reply.count(b"HTTP/1.1 ") == 1


def test_an_offer_of_http2_is_ignored_and_the_request_served(port, echo):
    offer = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAA\r\n"
    reply = talk(port, POST + offer + b"content-length: 5\r\n\r\nhello")
    assert reply.startswith(b"HTTP/1.1 200 OK")
    assert echo.got[0].body == b"hello"


def test_an_old_client_gets_a_reply_that_ends_with_the_connection(port):
    reply = talk(port, b"GET /stream HTTP/1.0\r\n\r\n")
    assert b"transfer-encoding" not in reply
    assert reply.endswith(b"\r\n\r\npiece 0;piece 1;piece 2;end")


def test_the_answer_to_head_has_no_body(port):
    reply = talk(port, b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\nHEAD /stream HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"content-length: 7" in reply
    assert reply.count(b"HTTP/1.1 200 OK") == 2
    assert reply.endswith(b"\r\n\r\n")
    assert b"piece" not in reply


def test_a_client_that_waits_for_leave_to_send_gets_it(port):
    with connect(port) as connection:
        connection.sendall(POST + b"expect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert read_all(connection).endswith(b"5 bytes")


def test_leave_to_send_is_never_given_in_the_middle_of_another_reply(port):
    first = b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n"
    reply = talk(port, first + POST + b"expect: 100-continue\r\ncontent-length: 5\r\n\r\nhello")
    assert b"100 Continue" not in reply
    assert reply.endswith(b"5 bytes")


# -- limits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        POST + b"".join(b"x-%d: y\r\n" % n for n in range(3000)) + b"\r\n",
        POST + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["many", "long", "long path"],
)
def test_a_header_bomb_is_refused(port, echo, data):
    reply = talk(port, data)
    assert reply.startswith(b"HTTP/1.1 431 ")
    assert not echo.got


@pytest.mark.parametrize("body", ["length", "chunks", "absurd length"])
def test_a_body_over_the_limit_is_told_so_though_it_is_not_read(port, echo, body):
    data = {
        "length": POST + b"content-length: 200000\r\n\r\n" + b"x" * 200_000,
        "chunks": CHUNKED + b"4000\r\n%b\r\n" % (b"x" * 0x4000) * 20 + b"0\r\n\r\n",
        "absurd length": POST + b"content-length: 9007199254740991\r\n\r\n",
    }[body]
    reply = talk(port, data)
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in reply
    assert echo.got[0].body == b""


def test_a_too_large_body_behind_another_request_ends_the_connection(port):
    began = time.monotonic()
    reply = talk(port, b"GET /slow HTTP/1.1\r\n\r\n" + POST + b"content-length: 200000\r\n\r\n")
    assert reply.count(b"HTTP/1.1 200 OK") == 1
    assert reply.count(b"HTTP/1.1 413 ") == 1
    assert time.monotonic() - began < 5


def test_slow_heads_and_bodies_time_out_while_others_are_served(echo):
    with serving(
        echo.handle, Limits(head_seconds=0.5, body_idle_seconds=0.5, keep_alive_seconds=0.5)
    ) as port:
        began = time.monotonic()
        with connect(port) as head, connect(port) as body, connect(port) as idle, connect(port) as kept:
            head.sendall(b"POST /a HT")
            body.sendall(POST + b"content-length: 5\r\n\r\nhe")
            kept.sendall(b"GET /a HTTP/1.1\r\n\r\n")
            assert kept.recv(65536).endswith(b"0 bytes")
            assert talk(port, b"GET /a HTTP/1.1\r\n\r\n").endswith(b"0 bytes")
            assert read_all(head).startswith(b"HTTP/1.1 408 ")
            assert read_all(body).startswith(b"HTTP/1.1 408 ")
            assert read_all(idle) == b""
            assert read_all(kept) == b""
        assert time.monotonic() - began < 5
    assert len(echo.got) == 2


def test_a_client_that_does_not_read_is_held_back_and_then_broken_off(echo):
    with serving(echo.handle, Limits(write_idle_seconds=0.5)) as port, connect(port) as connection:
        connection.sendall(b"GET /big HTTP/1.1\r\n\r\n")
        deadline = time.monotonic() + 10
        while not echo.left and time.monotonic() < deadline:
            time.sleep(0.02)
        assert echo.left == 1
        assert echo.written < 20_000_000  # what the kernel's buffers took, not the whole of it


def test_more_connections_than_allowed_are_told_so(echo):
    with serving(echo.handle, Limits(connections=2)) as port, connect(port) as first, connect(port):
        first.sendall(b"GET /a HTTP/1.1\r\n\r\n")
        first.recv(100)
        with connect(port) as third:
            assert read_all(third).startswith(b"HTTP/1.1 503 ")
        first.sendall(b"GET /a HTTP/1.1\r\n\r\n")
        assert first.recv(100).startswith(b"HTTP/1.1 200 ")


# -- handlers and ends -------------------------------------------------------------------------------------


def test_a_handler_that_fails_is_a_500_or_a_visible_break_never_a_false_end(port, caplog):
    assert talk(port, b"GET /raise HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 500 ")
    broken = talk(port, b"GET /raise-late HTTP/1.1\r\n\r\n")
    assert b"0\r\n\r\n" not in broken
    assert talk(port, b"GET /silent HTTP/1.1\r\n\r\n") == b""
    assert len([record for record in caplog.records if "planted" in str(record.exc_info)]) == 2


def test_a_server_that_stops_lets_calls_in_flight_end():
    echo = Echo()

    async def story() -> bytes:
        loop = asyncio.get_running_loop()
        server = Server(echo.handle)
        accepting = await loop.create_server(server.protocol, "127.0.0.1", 0)
        port = accepting.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\n\r\n")
        while not echo.got:
            await asyncio.sleep(0.01)
        accepting.close()
        closing = asyncio.create_task(server.close(5.0))
        reply: Any = await reader.read()
        assert await idle_reader.read() == b""
        await closing
        for one in (writer, idle_writer):
            one.close()
            with contextlib.suppress(OSError):
                await one.wait_closed()
        return bytes(reply)

    assert asyncio.run(story()).endswith(b"slow")
