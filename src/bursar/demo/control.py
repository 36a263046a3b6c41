"""The control plane as the demo uses it: waits for it, applies documents, makes keys, hands over events."""

import asyncio
from typing import Any, Final

import msgspec
import zstandard

from bursar.config import Home
from bursar.http1 import Client, Origin, Timeouts
from bursar.vocab.errors import BursarError, Unavailable
from bursar.vocab.event import Batch
from bursar.vocab.instant import InstantUs, format_instant

_TIMEOUTS: Final = Timeouts(connect_s=5.0, first_byte_s=60.0, idle_s=60.0)
_REPLY_BYTES_MOST: Final = 16 * 1024 * 1024
_PAUSE_S: Final = 0.2
_START_S: Final = 120.0


class Refused(BursarError):
    """The control plane did not take what the demo sent."""

    code = "refused"


class Control:
    """Requests to one control plane. A request that finds it away is repeated until it is back."""

    def __init__(self, client: Client, console_url: str, home: Home) -> None:
        self._client = client
        self._origin = Origin.parse(console_url)
        self._home = home
        self._compress = zstandard.ZstdCompressor(level=1).compress

    async def wait_until_ready(self) -> None:
        """Unavailable if it does not become ready within two minutes."""
        try:
            async with asyncio.timeout(_START_S):
                while not await self._ready():  # noqa: ASYNC110 - another process becomes ready
                    await asyncio.sleep(_PAUSE_S)
        except TimeoutError as error:
            raise Unavailable(
                f"the control plane at {self._origin.authority} was not ready in {_START_S:g} s"
            ) from error

    async def _ready(self) -> bool:
        try:
            status, _ = await self._once(b"GET", "/readyz", [], b"")
        except Unavailable:
            return False
        return status == 200

    async def apply(self, name: str, text: str) -> None:
        """Put the documents of a file in force; those that are the same already stay untouched."""
        await self._api("POST", "/estate/apply", {"files": [{"path": f"demo/{name}", "text": text}]})

    async def set_driver(self, name: str, value: str, valid_from: InstantUs) -> None:
        """Say what a driver is since an instant, unless anybody has said something of it."""
        known = await self._api("GET", "/drivers")
        if name not in {driver["name"] for driver in known["drivers"]}:
            body = {"name": name, "value": value, "valid_from": format_instant(valid_from)}
            await self._api("POST", "/drivers", body)

    async def live_keys(self) -> set[str]:
        """The ids of keys that work."""
        reply = await self._api("GET", "/keys")
        return {key["id"] for key in reply["keys"] if key["status"] == "live"}

    async def create_key(self, **request: object) -> tuple[str, str]:
        """A new key: its id and its secret."""
        reply = await self._api("POST", "/keys", request)
        return reply["id"], reply["secret"]

    async def deliver(self, batch: Batch) -> int:
        """Hand events over as a gateway's outbox does; the high-water mark of what is stored."""
        body = self._compress(msgspec.msgpack.encode(batch))
        token = self._home.internal_token()
        headers = [("content-type", "application/msgpack"), ("content-encoding", "zstd")]
        reply = await self._ask("POST", "/internal/v1/events", token, headers, body)
        return int(reply["high_water"])

    async def _api(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = b"" if body is None else msgspec.json.encode(body)
        token = self._home.admin_token()
        return await self._ask(method, f"/api/v1{path}", token, [("content-type", "application/json")], data)

    async def _ask(
        self, method: str, path: str, token: str, headers: list[tuple[str, str]], body: bytes
    ) -> dict[str, Any]:
        headers = [("authorization", f"Bearer {token}"), *headers]
        while True:
            try:
                status, content = await self._once(method.encode(), path, headers, body)
            except Unavailable:
                status, content = 503, b""
            if status != 503:
                break
            await asyncio.sleep(_PAUSE_S)
        if not 200 <= status < 300:
            raise Refused(
                f"{method} {path} was answered {status}: {content[:500].decode('utf-8', 'replace')}"
            )
        reply: dict[str, Any] = msgspec.json.decode(content)
        return reply

    async def _once(
        self, method: bytes, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, bytes]:
        block = "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")
        target = (self._origin.path + path).encode()
        reply = await self._client.request(self._origin, method, target, block, body, _TIMEOUTS)
        return reply.status, await reply.read(_REPLY_BYTES_MOST)
