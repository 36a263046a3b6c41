"""The journal of calls in flight: a memory-mapped file of slots that outlives a killed process.

A call's slot is written before its request leaves for the provider and freed when its event is durable.
Writing to the map is a copy in memory: the kernel keeps it when the process is killed. (A machine that
loses power may lose the newest slots; the events themselves are synced by the outbox.)
"""

import logging
import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from bursar.vocab.event import COMPLETE, INTERRUPTED, Event

SLOT_BYTES: Final = 4096
SLOTS: Final = 16_384
NO_SLOT: Final = -1

_log = logging.getLogger(__name__)
_READ_BYTES: Final = 256 * SLOT_BYTES
_NAMES: Final = ("team", "product", "use_case", "environment", "model", "model_requested")
_NAME_CHARACTERS: Final = 100  # kept of each name where the whole record is longer than a slot

_LENGTH = struct.Struct("<I")
_FREE = 0
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode


class Journal:
    """Slots of fixed size; a slot that begins with length 0 is free."""

    def __init__(self, path: Path) -> None:
        self._path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, SLOT_BYTES * SLOTS)
            self._map = mmap.mmap(descriptor, SLOT_BYTES * SLOTS)
        finally:
            os.close(descriptor)
        self._free = list(range(SLOTS - 1, -1, -1))

    def open(self, event: Event) -> int:
        """Note a call that is about to be sent; NO_SLOT when all slots are taken.

        `event` is what would be recorded if the process died now.
        """
        if not self._free:
            return NO_SLOT
        slot = self._free.pop()
        self._write(slot, event)
        return slot

    def rewrite(self, slot: int, event: Event) -> None:
        """The call of this slot has ended as `event`; killed half-way, the slot is free, and not torn."""
        _LENGTH.pack_into(self._map, slot * SLOT_BYTES, _FREE)
        self._write(slot, event)

    def _write(self, slot: int, event: Event) -> None:
        body = _record(event)
        start = slot * SLOT_BYTES
        self._map[start + _LENGTH.size : start + _LENGTH.size + len(body)] = body
        # The length is written last: a process killed in between leaves a free slot, not a torn record.
        _LENGTH.pack_into(self._map, start, len(body))

    @property
    def taken(self) -> int:
        """How many calls are in flight or not yet durable."""
        return SLOTS - len(self._free)

    def free(self, slot: int) -> None:
        """The call's event is durable, or the call was never sent."""
        if slot != NO_SLOT:
            _LENGTH.pack_into(self._map, slot * SLOT_BYTES, _FREE)
            self._free.append(slot)

    def leftover(self) -> list[Event]:
        """The calls that were in flight when the last process died, as interrupted events.

        What was rewritten as failed or partial stays so: its end was known.
        """
        found: list[Event] = []
        for slot, body in self._taken():
            try:
                event = _decode(body)
            except msgspec.MsgspecError as error:  # written by a later version, or the disk is failing
                _log.error("slot %d of the journal %s cannot be read: %s", slot, self._path, error)
                continue
            if event.status == COMPLETE:  # as every call is noted before it is sent
                event.status = INTERRUPTED
            found.append(event)
        return found

    def _taken(self) -> Iterator[tuple[int, bytes]]:
        """Slots that are not free, and what is in them; read beside the map, which stays out of memory."""
        slot = 0
        with self._path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                for start in range(0, len(block), SLOT_BYTES):
                    (length,) = _LENGTH.unpack_from(block, start)
                    if length:
                        yield slot, block[start + _LENGTH.size : start + _LENGTH.size + length]
                    slot += 1

    def clear(self) -> None:
        """Free every slot, after the leftovers were made durable."""
        for slot, _ in list(self._taken()):
            _LENGTH.pack_into(self._map, slot * SLOT_BYTES, _FREE)
        self._free = list(range(SLOTS - 1, -1, -1))

    def close(self) -> None:
        self._map.close()


def _record(event: Event) -> bytes:
    """The event as it fits into a slot: tags are given up first, then the ends of long names."""
    body = _encode(event)
    most = SLOT_BYTES - _LENGTH.size
    if len(body) > most:
        event = msgspec.structs.replace(event, tags={}, flags=[*event.flags, "tags_lost"])
        body = _encode(event)
    if len(body) > most:
        short = {name: getattr(event, name)[:_NAME_CHARACTERS] for name in _NAMES}
        body = _encode(msgspec.structs.replace(event, **short, budgets=""))
    return body
