"""What was learned of models, kept beside the outbox over a worker's restart."""

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Final

import msgspec

from bursar.gateway.habits import KEPT_MAX, Kept, Memory

_log = logging.getLogger(__name__)
_SECONDS: Final = 2.0  # from what was learned until it is kept
_VERSION: Final = 1
_BYTES_MAX: Final = 64 * 1024 * 1024


class _Content(msgspec.Struct, array_like=True):
    version: int
    kept: list[Kept]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Content).decode


class HabitsFile:
    """One small file, replaced as a whole and never synced: whatever is lost of it is learned again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = b""
        self._task: asyncio.Task[None] | None = None

    def load(self) -> Memory:
        """What the last process kept; nothing where there is no file, or one that cannot be read."""
        try:
            kept = self._read()
        except FileNotFoundError:
            return Memory()
        except (OSError, ValueError, RecursionError) as error:
            _log.warning("what was learned of models begins anew, %s cannot be used: %s", self._path, error)
            return Memory()
        return Memory(kept[-KEPT_MAX:])

    def _read(self) -> list[Kept]:
        if self._path.stat().st_size > _BYTES_MAX:
            raise ValueError("it is too large")
        content = _decode(self._path.read_bytes())
        if content.version != _VERSION:
            raise ValueError(f"its version is {content.version}")
        return content.kept

    def start(self, memory: Memory, loop: asyncio.AbstractEventLoop) -> None:
        """Keep it from now on: soon after something was learned, on a thread."""
        self._task = loop.create_task(self._run(memory))

    async def stop(self, memory: Memory) -> None:
        """Keep what is known at the end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self._save, memory.kept())

    async def _run(self, memory: Memory) -> None:
        changes = memory.changes
        while True:
            await asyncio.sleep(_SECONDS)
            if memory.changes != changes:
                changes = memory.changes
                await asyncio.to_thread(self._save, memory.kept())

    def _save(self, kept: list[Kept]) -> None:
        """A disk that is full costs no more than what was learned."""
        data = _encode(_Content(_VERSION, kept))
        if data == self._written:
            return
        beside = self._path.with_suffix(".habits-new")
        try:
            beside.write_bytes(data)
            beside.replace(self._path)
        except OSError as error:
            _log.warning("what was learned of models could not be kept in %s: %s", self._path, error)
            return
        self._written = data
