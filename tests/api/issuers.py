"""Identity providers for tests: a real one as a process of its own, and one that signs what a test wants."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from bursar.processes import listen


@dataclass
class Provider:
    """`oidc-provider-mock`: speaks the protocol with code that is not ours."""

    url: str

    def user(self, subject: str, **claims: Any) -> None:
        httpx.put("/".join((self.url, "users", subject)), json=claims).raise_for_status()

    def sign_in(self, address: str, subject: str) -> httpx.URL:
        """What a person does there; the address that their browser is sent back to."""
        reply = httpx.post(address, data={"sub": subject})
        assert reply.status_code == 302, reply.text
        return httpx.URL(reply.headers["location"])

    def deny(self, address: str) -> httpx.URL:
        return httpx.URL(httpx.post(address, data={"action": "deny"}).headers["location"])


@contextmanager
def provider_process() -> Iterator[Provider]:
    with listen("127.0.0.1", 0) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "--require-nonce"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while not _answers(url):
            assert process.poll() is None, "the provider ended"
            assert time.monotonic() < deadline, "the provider does not answer"
            time.sleep(0.05)
        yield Provider(url)
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/.well-known/openid-configuration").status_code == 200
    except httpx.TransportError:
        return False


@dataclass
class Forger:
    """A provider over HTTP that says what a test wants; `claims` are signed by `key` sent for any code."""

    url: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    shown_key: Any = None  # the key that it says it signs with; its own if None
    algorithm: str = "RS256"
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def answer(self, path: str, body: dict[str, list[str]]) -> bytes:
        if self.raw is not None:
            return self.raw
        if path == "/jwks":
            return json.dumps(KeySet([self.shown_key or self.key]).as_dict()).encode()
        if path == "/token":
            self.asked.append(body)
            header = {"alg": self.algorithm, "kid": "one"}
            signed = jwt.encode(header, self.claims, self.key, algorithms=[self.algorithm])
            return json.dumps(
                {"access_token": "a", "token_type": "Bearer", "id_token": signed, **self.token}
            ).encode()
        if path == "/userinfo":
            return json.dumps(self.userinfo).encode()
        described = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        return json.dumps({**described, **self.metadata}).encode()


@contextmanager
def forger() -> Iterator[Forger]:
    forged = Forger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()))

        def _answer(self, body: dict[str, list[str]]) -> None:
            answer = forged.answer(urlsplit(self.path).path, body)
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Tests say what goes wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forged.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield forged
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
