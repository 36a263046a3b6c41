"""Clients that are slow, many, greedy or malformed do not stop the others."""

import asyncio
import contextlib
import json
import resource
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
from gateway_process import gateway_process
from running import SECRET, estate, running_gateway
from upstream import read_all, serving

from bursar.http1 import Limits
from bursar.processes import raise_file_limit
from bursar.simulate import Running, write_directive

BEARER = {"authorization": f"Bearer {SECRET}"}
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": write_directive(output=5)}]}
IDLE_CONNECTIONS = 10_000


def call(url: str, **fields: Any) -> httpx.Response:
    body = {**CHAT, **fields}
    return httpx.post(f"{url}/v1/chat/completions", json=body, headers=BEARER, timeout=10, trust_env=False)


def median_s(url: str) -> float:
    """Of calls on a connection that stands."""
    with httpx.Client(trust_env=False, headers=BEARER, timeout=10) as client:
        took = []
        for _ in range(21):
            began = time.perf_counter()
            assert client.post(f"{url}/v1/chat/completions", json=CHAT).status_code == 200
            took.append(time.perf_counter() - began)
    return sorted(took)[10]


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(10)
    return connection


def connect_at_once(port: int, count: int) -> list[socket.socket]:
    """One after another would wait for a turn of the gateway's loop each time."""
    connections = [socket.socket() for _ in range(count)]
    waiting = select.poll()
    for connection in connections:
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", port))
        waiting.register(connection, select.POLLOUT)
    left = count
    while left:
        for descriptor, _ in waiting.poll(1000):
            waiting.unregister(descriptor)
            left -= 1
    return connections


def test_ten_thousand_idle_connections_do_not_slow_the_others(
    provider: Running, tmp_path: Any, record_property: Callable[[str, object], None]
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    raise_file_limit()
    idle: list[socket.socket] = []
    try:
        with gateway_process(tmp_path, provider.url, head_seconds=60.0) as gateway:
            alone = median_s(gateway.url)
            memory = gateway.resident_bytes()
            for _ in range(IDLE_CONNECTIONS // 1000):
                idle += connect_at_once(gateway.port, 1000)
            crowded = median_s(gateway.url)
            each = (gateway.resident_bytes() - memory) / IDLE_CONNECTIONS
            idle[0].setblocking(True)
            idle[0].sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            assert idle[0].recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    record_property(
        "report",
        f"gateway: median call {alone * 1e3:.1f} ms alone, {crowded * 1e3:.1f} ms beside "
        f"{IDLE_CONNECTIONS} idle connections of {each / 1024:.1f} KiB each",
    )
    assert crowded < 0.25
    assert each < 20_000


def test_slow_and_broken_clients_are_ended_while_another_is_served(provider: Running, tmp_path: Any) -> None:
    limits = {"head_seconds": 1.0, "body_idle_seconds": 1.0, "write_idle_seconds": 1.0}
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\n".encode()
    openings = [
        b"POST /v1/chat",
        head,
        head + b"content-length: 100\r\n\r\n{",
        head + b"transfer-encoding: chunked\r\n\r\n5\r\n{",
        b"\x16\x03\x01" * 10,
        b"GET / HTTP/1.1\r\n" + b"x-a: b\r\n" * 20_000,
    ]
    with gateway_process(tmp_path, provider.url, **limits) as gateway, contextlib.ExitStack() as stack:
        began = time.monotonic()
        slow = [stack.enter_context(connect(gateway.port)) for _ in range(60)]
        for number, connection in enumerate(slow):
            with contextlib.suppress(OSError):
                connection.sendall(openings[number % len(openings)])
        while time.monotonic() - began < 1.5:
            assert call(gateway.url).status_code == 200
        said = [read_all(connection) for connection in slow]
        assert time.monotonic() - began < 8
    statuses = {int(text.split()[1]) for text in said if text}
    assert statuses <= {400, 408, 431}
    assert 408 in statuses


def test_a_slow_reader_of_a_large_stream_holds_it_back_and_the_gateway_stays_small(tmp_path: Any) -> None:
    piece = b'data: {"choices":[{"delta":{"content":"' + b"x" * 8000 + b'"}}]}\n\n'
    pieces = 6500  # 52 MB
    written = [0]

    async def handle(request: Any, reply: Any) -> None:
        reply.start(200, [(b"content-type", b"text/event-stream")])
        for _ in range(pieces):
            reply.write(piece)
            written[0] += len(piece)
            await reply.drained()
        reply.finish(b"data: [DONE]\n\n")

    with (
        serving(handle) as upstream,
        gateway_process(tmp_path, upstream) as gateway,
        httpx.Client(trust_env=False, headers=BEARER) as client,
    ):
        call(gateway.url, stream=True, max_tokens=1)
        memory = gateway.resident_bytes()
        written[0] = 0
        url = f"{gateway.url}/v1/chat/completions"
        with client.stream("POST", url, json={**CHAT, "stream": True}) as reply:
            bodies = reply.iter_raw()
            size = len(next(bodies))
            time.sleep(1.0)
            assert written[0] < 30_000_000  # what the buffers of the kernel and of both ends hold
            assert gateway.resident_bytes() - memory < 12_000_000
            size += sum(len(body) for body in bodies)
        assert size == pieces * len(piece) + len(b"data: [DONE]\n\n")
        assert gateway.resident_bytes() - memory < 24_000_000


def test_a_reader_that_stops_is_ended_and_its_call_is_metered(tmp_path: Any) -> None:
    ended = threading.Event()

    async def handle(request: Any, reply: Any) -> None:
        reply.start(200, [(b"content-type", b"text/event-stream")])
        while not reply.disconnected:
            reply.write(b'data: {"choices":[{"delta":{"content":"' + b"x" * 8000 + b'"}}]}\n\n')
            await reply.drained()
            await asyncio.sleep(0)
        ended.set()

    limits = Limits(write_idle_seconds=0.5)
    with (
        serving(handle) as upstream,
        running_gateway(tmp_path, estate(upstream), limits=limits, disconnect_read_s=0.2) as gateway,
        connect(int(gateway.url.rpartition(":")[2])) as client,
    ):
        body = b'{"model":"gpt-4o-mini","stream":true}'
        client.sendall(
            f"POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer {SECRET}\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        client.recv(1000)
        event = gateway.only_event(within_s=8)
        assert ended.wait(5)
    assert (event.status, event.usage_source) == ("partial", "estimated")
    assert "client_disconnected" in event.flags


def test_pipelined_calls_are_answered_in_order_and_each_is_metered(provider: Running, tmp_path: Any) -> None:
    def asked(output: int, stream: bool) -> bytes:
        wish = write_directive(output=output, chunks=2)
        messages = [{"role": "user", "content": wish}]
        body = json.dumps({"model": "gpt-4o-mini", "stream": stream, "messages": messages})
        head = f"POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer {SECRET}\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()

    with running_gateway(tmp_path, estate(provider.url)) as gateway:
        with connect(int(gateway.url.rpartition(":")[2])) as client:
            client.sendall(asked(3, False) + asked(4, True) + asked(5, False))
            client.shutdown(socket.SHUT_WR)
            replies = read_all(client)
        outputs = [event.usage.tokens_output for event in gateway.events()]
    assert replies.count(b"HTTP/1.1 200 OK") == 3
    assert outputs == [3, 4, 5]


def test_a_half_closed_client_still_gets_its_reply(provider: Running, tmp_path: Any) -> None:
    body = b'{"model":"gpt-4o-mini"}'
    head = f"POST /v1/chat/completions HTTP/1.0\r\nx-api-key: {SECRET}\r\ncontent-length: {len(body)}\r\n\r\n"
    with (
        running_gateway(tmp_path, estate(provider.url)) as gateway,
        connect(int(gateway.url.rpartition(":")[2])) as client,
    ):
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        assert b"x-bursar-cost-usd" in read_all(client)
