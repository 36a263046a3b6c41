"""The pooled client against upstreams that are idle, abrupt, vague or silent."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loops import serving

from bursar.http1 import Client, Origin, Reply, Request, Timeouts, UpstreamBroken, UpstreamUnreachable
from bursar.http1.heads import Heads
from bursar.vocab.errors import InvalidInput

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
QUICK = Timeouts(connect_s=1.0, first_byte_s=5.0, idle_s=5.0)


@contextlib.contextmanager
def talking(*talks: Callable[[socket.socket], None]) -> Iterator[Origin]:
    """Each connection goes to the next talk, the last one again and again, and is closed after it."""
    listener = socket.create_server(("127.0.0.1", 0))
    numbers = iter(range(10**6))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                talk = talks[min(next(numbers), len(talks) - 1)]
                threading.Thread(target=converse, args=(talk, connection), daemon=True).start()

    def converse(talk: Callable[[socket.socket], None], connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            talk(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield Origin.parse(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def saying(*pieces: bytes, pause_s: float = 0.0, then: Callable[[socket.socket], None] | None = None) -> Any:
    """A talk: read a request, send the pieces, do one thing more, close."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause_s)
        if then is not None:
            then(connection)

    return talk


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def run(story: Any) -> Any:
    return asyncio.run(story)


async def ask(client: Client, origin: Origin, timeouts: Timeouts = QUICK, body: bytes = b"{}") -> Any:
    reply = await client.request(origin, b"POST", b"/v1/x", b"a: b\r\n", body, timeouts)
    return reply.status, await reply.read(10**9)


async def asked(origin: Origin, timeouts: Timeouts = QUICK) -> Any:
    client = Client()
    try:
        return await ask(client, origin, timeouts)
    finally:
        client.close()


# -- the pool ----------------------------------------------------------------------------------------------


def test_calls_one_after_another_share_a_connection_and_calls_at_once_do_not():
    connections = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        while data := connection.recv(65536):
            time.sleep(0.02)
            connection.sendall(OK * data.count(b"POST"))

    async def story(origin: Origin) -> None:
        client = Client()
        for _ in range(5):
            assert await ask(client, origin) == (200, b"ok")
        assert len(connections) == 1
        assert await asyncio.gather(*(ask(client, origin) for _ in range(4))) == [(200, b"ok")] * 4
        assert len(connections) == 4
        client.close()

    with talking(talk) as origin:
        run(story(origin))


def test_a_connection_that_the_upstream_closed_while_idle_is_not_used_again():
    async def story(origin: Origin) -> None:
        client = Client()
        for _ in range(3):
            assert await ask(client, origin) == (200, b"ok")
            await asyncio.sleep(0.05)
        client.close()

    with talking(saying(OK)) as origin:
        run(story(origin))


def test_an_upstream_that_says_close_is_believed():
    closing = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"

    async def story(origin: Origin) -> None:
        client = Client()
        for _ in range(3):
            assert await ask(client, origin) == (200, b"ok")
        client.close()

    with talking(saying(closing, then=lambda connection: connection.recv(1))) as origin:
        run(story(origin))


def test_bytes_that_nobody_asked_for_end_a_pooled_connection():
    """A late second reply must never be taken for the answer to the next call."""

    async def story(origin: Origin) -> None:
        client = Client()
        assert await ask(client, origin) == (200, b"ok")
        await asyncio.sleep(0.15)
        assert await ask(client, origin) == (200, b"right")
        client.close()

    late = saying(OK, OK.replace(b"ok", b"no"), pause_s=0.05, then=lambda c: c.recv(1))
    right = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright")
    with talking(late, right) as origin:
        run(story(origin))


def test_a_reply_with_another_behind_it_in_one_piece_is_not_mistaken_either():
    async def story(origin: Origin) -> None:
        client = Client()
        with contextlib.suppress(UpstreamBroken):
            assert await ask(client, origin) == (200, b"ok")
        assert await ask(client, origin) == (200, b"right")
        client.close()

    both = saying(OK + OK.replace(b"ok", b"no"), then=lambda c: c.recv(65536))
    right = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright")
    with talking(both, right) as origin:
        run(story(origin))


# -- framing of replies ------------------------------------------------------------------------------------


def test_a_reply_without_length_ends_with_the_connection():
    with talking(saying(b"HTTP/1.1 200 OK\r\n\r\n", b"all of ", b"it", pause_s=0.01)) as origin:
        assert run(asked(origin)) == (200, b"all of it")


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"]
)
def test_interim_replies_are_passed_over(interim):
    with talking(saying(interim, interim + OK, pause_s=0.02)) as origin:
        assert run(asked(origin)) == (200, b"ok")


def test_chunks_may_come_in_any_pieces():
    data = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nt: x\r\n\r\n"
    )
    with talking(saying(*[data[at : at + 1] for at in range(len(data))])) as origin:
        assert run(asked(origin)) == (200, b"abcdefg")


@pytest.mark.parametrize(
    ("said", "end"),
    [
        (b"", None),
        (b"HTTP/1.1 200 OK\r\n", None),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", None),
        (b"HTTP/1.1 200 OK\r\n\r\nab", reset),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", reset),
        (b"no http at all\r\n\r\n", None),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            None,
        ),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 400_000, None),
    ],
)
def test_a_reply_that_breaks_off_or_is_ambiguous_is_broken_never_short(said, end):
    with talking(saying(said, pause_s=0.02, then=end)) as origin, pytest.raises(UpstreamBroken):
        run(asked(origin))


def test_a_reply_longer_than_allowed_is_broken_off():
    async def story(origin: Origin) -> None:
        client = Client()
        reply = await client.request(origin, b"POST", b"/", b"", b"", QUICK)
        with pytest.raises(UpstreamBroken, match="longer than 10"):
            await reply.read(10)
        client.close()

    def endless(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"x" * 65536)

    with talking(saying(b"HTTP/1.1 200 OK\r\n\r\n", then=endless)) as origin:
        run(story(origin))


def test_what_is_sent_is_framed_anew_with_its_length():
    got: list[Request] = []

    async def handle(request: Request, reply: Reply) -> None:
        got.append(request)
        reply.send(200, [], b"")

    async def story(origin: Origin) -> None:
        client = Client()
        for body in (b"", b"x", b"y" * 100_000):
            assert await ask(client, origin, body=body) == (200, b"")
        client.close()

    with serving(handle, heads=Heads(kept=0)) as port:
        run(story(Origin.parse(f"http://127.0.0.1:{port}/base")))
    assert [len(request.body) for request in got] == [0, 1, 100_000]
    for request in got:
        assert request.headers[0] == (b"host", f"127.0.0.1:{port}".encode())
        assert request.headers[-1] == (b"content-length", str(len(request.body)).encode())


# -- time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"]
)
def test_an_upstream_that_falls_silent_is_broken_after_its_time(said):
    quick = Timeouts(first_byte_s=0.2, idle_s=0.2)
    began = time.monotonic()
    with (
        talking(saying(said, then=lambda c: time.sleep(3) or c.recv(1))) as origin,
        pytest.raises(UpstreamBroken, match="nothing for too long"),
    ):
        run(asked(origin, quick))
    assert time.monotonic() - began < 2


def test_an_upstream_that_goes_on_slowly_is_not_broken():
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n"
    with talking(saying(head, *[b"x"] * 8, pause_s=0.2)) as origin:
        assert run(asked(origin, Timeouts(first_byte_s=1.0, idle_s=0.9))) == (200, b"x" * 8)


def test_an_upstream_that_does_not_accept_is_unreachable_in_time():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        queue = [socket.socket() for _ in range(8)]
        for one in queue:
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(address)
        began = time.monotonic()
        with pytest.raises((UpstreamUnreachable, UpstreamBroken)):
            run(
                asked(
                    Origin.parse(f"http://127.0.0.1:{address[1]}"), Timeouts(connect_s=0.3, first_byte_s=0.3)
                )
            )
        assert time.monotonic() - began < 3
        for one in queue:
            one.close()


# -- where it may go ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[fe80::1]",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "[::ffff:169.254.169.254]",
        "2852039166",
    ],
)
def test_link_local_unspecified_and_multicast_addresses_are_never_called(host):
    with pytest.raises(UpstreamUnreachable, match="may not be called"):
        run(asked(Origin.parse(f"http://{host}/latest/meta-data")))


def test_an_unknown_name_or_a_closed_port_is_unreachable():
    for url in ("http://no-such-host.invalid", "http://127.0.0.1:9"):
        with pytest.raises(UpstreamUnreachable):
            run(asked(Origin.parse(url)))


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://h?q=1", "http://h#f", "http://h:99999"])
def test_a_base_url_that_is_none_is_refused(url):
    with pytest.raises(InvalidInput):
        Origin.parse(url)


def test_the_hosts_header_has_the_port_only_if_it_is_not_the_usual_one():
    urls = ("https://a.example/v1/", "http://a.example:8080", "http://[::1]:81", "https://a.example:443")
    names = [Origin.parse(url).authority for url in urls]
    assert names == ["a.example", "a.example:8080", "[::1]:81", "a.example"]


# -- flow --------------------------------------------------------------------------------------------------


def test_an_upstream_is_held_back_while_its_reply_is_not_read():
    sent = [0]

    def pour(connection: socket.socket) -> None:
        for _ in range(800):
            connection.sendall(b"x" * 65536)
            sent[0] += 65536

    async def story(origin: Origin) -> None:
        client = Client()
        reply = await client.request(origin, b"POST", b"/", b"", b"", Timeouts(idle_s=0.3))
        await asyncio.sleep(1.5)  # longer than idle_s: the reader is slow, not the upstream
        assert reply.size < 2_000_000
        assert sent[0] < 20_000_000
        assert len(await reply.read(10**9)) == 800 * 65536
        client.close()

    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (800 * 65536)
    with talking(saying(head, then=pour)) as origin:
        run(story(origin))


def test_a_call_that_is_cancelled_gives_its_connection_up():
    ended = threading.Event()

    def talk(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass
        ended.set()

    async def story(origin: Origin) -> None:
        client = Client()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await ask(client, origin)
        await asyncio.sleep(0.05)
        client.close()

    with talking(talk) as origin:
        run(story(origin))
        assert ended.wait(5)


# -- TLS ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A certificate for localhost that signs itself, and its key."""
    from datetime import UTC, datetime, timedelta

    x509 = pytest.importorskip("cryptography.x509", reason="no library here to make a certificate with")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "localhost")])
    now = datetime.fromtimestamp(time.time(), UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(secret.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder


def test_tls_upstreams_are_verified(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            while secure.recv(65536):
                secure.sendall(OK)

    async def story(origin: Origin) -> None:
        trusting = Client(ssl_context=ssl.create_default_context(cafile=str(certificate / "cert.pem")))
        assert await ask(trusting, origin) == (200, b"ok")
        assert await ask(trusting, origin) == (200, b"ok")
        trusting.close()
        strict = Client()
        with pytest.raises(UpstreamUnreachable, match="certificate"):
            await ask(strict, origin)
        strict.close()

    with talking(talk) as plain:
        run(story(Origin.parse(f"https://localhost:{plain.port}")))
