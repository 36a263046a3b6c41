"""Real receivers: an HTTP server that can be told to fail, and an SMTP server."""

import email
import email.message
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from aiosmtpd.controller import Controller


@dataclass
class Received:
    """One request as it came, and when by `time.perf_counter`."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Hook:
    """An HTTP receiver; it answers with the next of `statuses`, then with 204."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"webhook+http://127.0.0.1:{self.port}/in?from=bursar"


@contextmanager
def http_receiver() -> Iterator[Hook]:
    """A receiver on a port of its own."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.received.append(Received(self.path, headers, body, time.perf_counter()))
            self.send_response(hook.statuses.pop(0) if hook.statuses else 204)
            self.send_header("content-length", "0")
            self.end_headers()
            hook.arrived.set()

        def log_message(self, *_: object) -> None:
            """A test's output is not the place for it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Mailbox:
    """Mail that arrived."""

    port: int = 0
    mails: list[email.message.EmailMessage] = field(default_factory=list)
    arrived_at: list[float] = field(default_factory=list)  # by time.perf_counter

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=bursar@example.com&to=ana@example.com&mode=insecure"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name there
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, email.message.EmailMessage)
        self.mails.append(mail)
        self.arrived_at.append(time.perf_counter())
        return "250 OK"


@contextmanager
def smtp_receiver() -> Iterator[Mailbox]:
    """An SMTP server on a port of its own."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    mailbox.port = controller.port
    yield mailbox
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def text_of(mail: email.message.EmailMessage) -> str:
    """The text of a mail."""
    body = mail.get_body(preferencelist=("plain", "html"))
    assert body is not None
    return str(body.get_content())
