"""The journal of calls in flight: a memory-mapped file of slots that outlives a killed process.

A call's slot is written before its request leaves for the provider and freed when its event is durable.
Writing to the map is a copy in memory: the kernel keeps it when the process is killed. (A machine that
loses power may lose the newest slots; the events themselves are synced by the outbox.)
"""

import mmap
import os
import struct
from pathlib import Path
from typing import Final

import msgspec

from bursar.vocab.event import INTERRUPTED, Event

SLOT_BYTES: Final = 2048
SLOTS: Final = 16_384
NO_SLOT: Final = -1

_LENGTH = struct.Struct("<I")
_FREE = _LENGTH.pack(0)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode


class Journal:
    """Slots of fixed size; a slot that begins with length 0 is free."""

    def __init__(self, path: Path) -> None:
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
        body = _encode(event)
        if len(body) > SLOT_BYTES - _LENGTH.size:
            body = _encode(msgspec.structs.replace(event, tags={}, flags=[*event.flags, "tags_lost"]))
            if len(body) > SLOT_BYTES - _LENGTH.size:
                return NO_SLOT
        slot = self._free.pop()
        start = slot * SLOT_BYTES
        self._map[start + _LENGTH.size : start + _LENGTH.size + len(body)] = body
        # The length is written last: a process killed in between leaves a free slot, not a torn record.
        self._map[start : start + _LENGTH.size] = _LENGTH.pack(len(body))
        return slot

    def free(self, slot: int) -> None:
        """The call's event is durable, or the call was never sent."""
        if slot != NO_SLOT:
            start = slot * SLOT_BYTES
            self._map[start : start + _LENGTH.size] = _FREE
            self._free.append(slot)

    def leftover(self) -> list[Event]:
        """The calls that were in flight when the last process died, as interrupted events."""
        found: list[Event] = []
        for slot in range(SLOTS):
            start = slot * SLOT_BYTES
            (length,) = _LENGTH.unpack(self._map[start : start + _LENGTH.size])
            if 0 < length <= SLOT_BYTES - _LENGTH.size:
                body = self._map[start + _LENGTH.size : start + _LENGTH.size + length]
                found.append(_decode(body))
        for event in found:
            event.status = INTERRUPTED
        return found

    def clear(self) -> None:
        """Free every slot, after the leftovers were made durable."""
        for slot in range(SLOTS):
            start = slot * SLOT_BYTES
            self._map[start : start + _LENGTH.size] = _FREE
        self._free = list(range(SLOTS - 1, -1, -1))

    def close(self) -> None:
        self._map.close()
