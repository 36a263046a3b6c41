"""The chat of the demo company: takes the messages of alerts over HTTP and keeps them as text in a file."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from bursar.http1 import Limits, Reply, Request, Server

_LIMITS: Final = Limits(body_bytes=1024 * 1024, connections=64)
_GRACE_SECONDS: Final = 0.2


class _Message(msgspec.Struct):
    """What Apprise's `json://` posts."""

    title: str = ""
    message: str = ""


class Inbox:
    """Appends each message to `path`, which only the owner can read: the links in it can be used."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Takes messages meanwhile; the URL for the channel."""
        server = Server(self.handle, _LIMITS)
        listener = await asyncio.get_running_loop().create_server(server.protocol, "127.0.0.1", 0)
        try:
            yield f"json://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        finally:
            listener.close()
            await server.close(_GRACE_SECONDS)

    async def handle(self, request: Request, reply: Reply) -> None:
        """One message."""
        try:
            message = msgspec.json.decode(request.body, type=_Message)
        except msgspec.MsgspecError:
            reply.send(400, [], b"")
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(f"{message.title}\n\n{message.message}\n\n{'-' * 80}\n\n")
        reply.send(200, [], b"")
