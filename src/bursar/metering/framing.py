"""Cuts a stream of bytes into JSON payloads, however the bytes were split on their way."""

import re
import struct
import zlib
from typing import Final

BYTES_PENDING_MAX: Final = 64 * 2**20
"""A line, object or frame that is longer is passed over; the largest real ones hold base64 pictures."""


class Objects:
    """Finds the objects of a JSON array (or of objects in sequence) as they become complete.

    Google's streams without `alt=sse` are one array, printed over many lines.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._position = 0
        self._depth = 0
        self._in_text = False
        self.cut = False

    def feed(self, data: bytes) -> list[bytes]:
        """The objects that `data` completes."""
        self._pending += data
        found = []
        while (end := self._next_end()) is not None:
            found.append(bytes(self._pending[:end]))
            del self._pending[:end]
            self._position = 0
        if not self._depth:
            self._pending.clear()
            self._position = 0
        if len(self._pending) > BYTES_PENDING_MAX:
            self._give_up()
        return found

    def rest(self) -> bytes:
        """What is left that never became complete."""
        return bytes(self._pending)

    def _next_end(self) -> int | None:
        """Where the current object ends in the pending bytes; None where it does not end yet."""
        pending = self._pending
        while True:
            pattern = _TEXT_END if self._in_text else _BRACE_OR_TEXT
            match = pattern.search(pending, self._position)
            if match is None:
                self._position = len(pending)
                return None
            sign = match[0]
            if self._in_text:
                if sign == b"\\":
                    if match.end() == len(pending):
                        self._position = match.start()
                        return None
                    self._position = match.end() + 1
                    continue
                self._in_text = False
            elif sign == b'"':
                self._in_text = self._depth > 0
            elif sign == b"{":
                self._open(match.start())
                continue
            else:
                self._depth = max(self._depth - 1, 0)
                if not self._depth:
                    return match.end()
            self._position = match.end()

    def _open(self, start: int) -> None:
        if not self._depth:
            del self._pending[:start]
            start = 0
        self._depth += 1
        self._position = start + 1

    def _give_up(self) -> None:
        self.cut = True
        self._pending.clear()
        self._position = self._depth = 0
        self._in_text = False


_BRACE_OR_TEXT = re.compile(rb'["{}]')
_TEXT_END = re.compile(rb'["\\]')


class Frames:
    """Finds the events of an AWS event stream (application/vnd.amazon.eventstream).

    A frame is: length of all, length of headers, CRC of these, headers, payload, CRC of all.
    Source: "Event stream encoding" in the AWS documentation of Amazon Lex and Transcribe.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self.cut = False

    def feed(self, data: bytes) -> list[bytes]:
        """The events that `data` completes, each as one JSON object {event type: payload}."""
        if self.cut:
            return []
        self._pending += data
        found = []
        while len(self._pending) >= _PRELUDE_BYTES and not self.cut:
            length, headers_length, crc = _PRELUDE.unpack_from(self._pending)
            if not _prelude_holds(self._pending, length, headers_length, crc):
                self.cut = True  # out of step: nothing after this can be trusted
                break
            if len(self._pending) < length:
                break
            found.append(_event(bytes(self._pending[:length]), headers_length))
            del self._pending[:length]
        return found


_PRELUDE = struct.Struct(">III")
_PRELUDE_BYTES = _PRELUDE.size
_CRC_BYTES = 4


def _prelude_holds(pending: bytearray, length: int, headers_length: int, crc: int) -> bool:
    return (
        _PRELUDE_BYTES + headers_length + _CRC_BYTES <= length <= BYTES_PENDING_MAX
        and zlib.crc32(pending[:8]) == crc
    )


def _event(frame: bytes, headers_length: int) -> bytes:
    headers = frame[_PRELUDE_BYTES : _PRELUDE_BYTES + headers_length]
    payload = frame[_PRELUDE_BYTES + headers_length : -_CRC_BYTES]
    kind = _EVENT_TYPE.search(headers)
    name = kind[1] if kind is not None else b"unknown"
    return b'{"%b":%b}' % (name, payload or b"null")


# Header: 1 byte of name length, name, type 7 (text), 2 bytes of length, text. Event types are plain words.
_EVENT_TYPE = re.compile(rb"\x0b:event-type\x07\x00.([A-Za-z0-9_-]+)", re.DOTALL)
