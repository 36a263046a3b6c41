"""A head that is recognised is answered exactly as one that is parsed: same handler input, same limits."""

import contextlib
import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import serving

from bursar.http1 import Limits, Reply, Request
from bursar.http1.heads import Heads

LIMITS = Limits(body_bytes=500, head_bytes=2000)


class Mirror:
    """Answers with all that it sees of a request, but for the length, which is the body's."""

    def __init__(self) -> None:
        self.recognised = 0

    async def handle(self, request: Request, reply: Reply) -> None:
        self.recognised += request.head is not None
        seen = [request.method, request.path, request.query, request.fault, request.http_1_0]
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in request.headers
            if name != b"content-length"
        ]
        reply.send(200, [], json.dumps([*seen, headers, request.body.decode("latin-1")]).encode())


@pytest.fixture(scope="module")
def mirrors() -> Iterator[tuple[Mirror, int, int]]:
    """A mirror behind a server that knows heads again, its port, and the port of one that never does."""
    mirror = Mirror()
    with serving(mirror.handle, LIMITS) as port, serving(Mirror().handle, LIMITS, Heads(kept=0)) as forgetful:
        yield mirror, port, forgetful


def conversation(port: int, requests: list[bytes]) -> list[bytes]:
    """The reply to each request, the last of which need not be a whole one."""
    replies = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for request in requests[:-1]:
            connection.sendall(request)
            replies.append(read_reply(connection))
            if b"connection: close" in replies[-1]:
                return replies
        with contextlib.suppress(OSError):
            connection.sendall(requests[-1])
            connection.shutdown(socket.SHUT_WR)
        rest = b""
        with contextlib.suppress(OSError):
            while more := connection.recv(65536):
                rest += more
        return [*replies, rest]


def read_reply(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + body


names = st.sampled_from(
    [
        b"Host", b"authorization", b"X-Length", b"x-bursar-team", b"Content-Type", b"connection", b"strength",
        b"Expect", b"upgrade", b"Accept-Language", b"content-length-hint", b"te",
    ]
)  # fmt: skip
values = st.sampled_from(
    [b"a", b"keep-alive", b"close", b"length: 5", b"100-continue", b"h2c", b"12", b"", b"  spaced  ", b"\xe9"]
)
bodies = st.sampled_from(
    [b"", b"{}", b"hello", b"content-length: 3\r\n\r\nabc", b"x" * 499, b"x" * 501, b"\r\n\r\n"]
)
lengths = st.sampled_from(
    [b"Content-Length: %d", b"content-length: %d", b"CONTENT-LENGTH: %d", b"content-length:%d"]
)
targets = st.sampled_from([b"/a", b"/v1/chat/completions", b"/a?b=c", b"/length:%20x", b"/a%20b?ength:%20"])


@st.composite
def heads(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Everything before the number of `content-length`, and everything after it."""
    method = draw(st.sampled_from([b"POST", b"PUT", b"GET"]))
    version = draw(st.sampled_from([b"1.1", b"1.1", b"1.1", b"1.0"]))
    fields = [b"%b: %b" % field for field in draw(st.lists(st.tuples(names, values), max_size=5))]
    place = draw(st.integers(0, len(fields)))
    fields.insert(place, draw(lengths))
    head = b"%b %b HTTP/%b\r\n" % (method, draw(targets), version) + b"\r\n".join(fields) + b"\r\n\r\n"
    before, _, after = head.partition(b"%d")
    return before, after


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    before, after = draw(heads())
    requests = [
        b"%b%d%b%b" % (before, len(body), after, body)
        for body in (draw(bodies), draw(bodies), draw(bodies), draw(bodies))
    ]
    last = bytearray(requests[draw(st.integers(0, 3))])
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(last) - 1))
        last[place : place + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b"\r\n", b"\n", b":", b"0", b"x"])
        )
    return [*requests, bytes(last)]


@settings(max_examples=400)
@given(requests=conversations())
def test_a_head_that_is_recognised_is_answered_like_one_that_is_parsed(
    mirrors: tuple[Mirror, int, int], requests: list[bytes]
) -> None:
    _, port, forgetful = mirrors
    asks_first = any(b"100-continue" in request for request in requests)
    if asks_first or any(b"501" in request for request in requests):
        requests = requests[-1:]  # answered before or without the end of the body, so not one by one
    assert conversation(port, requests) == conversation(forgetful, requests)


def test_a_head_is_recognised_from_the_third_time_on_whatever_the_bodys_length(
    mirrors: tuple[Mirror, int, int],
) -> None:
    mirror, port, _ = mirrors
    head = b"POST /third HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nauthorization: Bearer k\r\n\r\n"
    before = mirror.recognised
    bodies = [b"one", b"three", b"", b"seven", b"x" * 300]
    replies = conversation(port, [head % len(body) + body for body in bodies])
    assert mirror.recognised == before + 3
    assert [json.loads(reply[reply.index(b"[") :])[-1].encode() for reply in replies] == bodies


def test_another_key_is_another_head(mirrors: tuple[Mirror, int, int]) -> None:
    mirror, port, _ = mirrors
    head = b"POST /key HTTP/1.1\r\nauthorization: Bearer %b\r\ncontent-length: 2\r\n\r\n{}"
    before = mirror.recognised
    replies = conversation(port, [head % name for name in (b"a", b"a", b"b", b"a", b"b", b"b")])
    keys = [dict(json.loads(reply[reply.index(b"[") :])[5])["authorization"] for reply in replies]
    assert keys == [f"Bearer {name}" for name in "aabaabb"[:2] + "babb"]
    assert mirror.recognised == before + 2


def test_two_requests_in_one_read_and_a_request_in_two_are_parsed(mirrors: tuple[Mirror, int, int]) -> None:
    mirror, port, _ = mirrors
    one = b"POST /both HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello"
    conversation(port, [one, one, one])
    before = mirror.recognised
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(one + one)
        connection.shutdown(socket.SHUT_WR)
        replies = b""
        while more := connection.recv(65536):
            replies += more
    assert replies.count(b'"hello"') == 2
    assert mirror.recognised == before


def test_only_so_many_heads_are_kept() -> None:
    known = Heads(kept=3)

    def seen(number: int) -> bool:
        data = b"POST /%d HTTP/1.1\r\ncontent-length: 0\r\n\r\n" % number
        request = Request("POST", f"/{number}", "", [(b"content-length", b"0")], b"")
        found = known.find(data) is not None
        known.learn(data, request)
        return found

    assert [seen(1), seen(1), seen(1)] == [False, False, True]
    for number in range(2, 50):
        seen(number)
    assert seen(1), "heads that came once take no place of those that come again"
    for number in (50, 51, 52):
        seen(number)
        seen(number)
    assert not seen(1)
    assert all(seen(number) for number in (50, 51, 52))
