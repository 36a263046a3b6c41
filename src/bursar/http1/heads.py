"""Request heads that come again and again: read once by the parser, recognised by their bytes from then on.

A client sends the same head with each call, but for the number in `content-length`. Parsing it costs the
server more than anything else that it does, and what a handler makes of it is the same each time, too.
"""

from collections import OrderedDict
from typing import Final

from bursar.http1.messages import Head, Headers, Request

_HEAD_BYTES: Final = 4096
_DIGITS: Final = 10
_KEPT: Final = 1024
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"ength: "  # of content-length, in either spelling; `learn` makes sure that it is that one
# Heads that ask for more than one request with one body that comes with it.
_NEVER: Final = frozenset((b"transfer-encoding", b"expect", b"upgrade"))


class Heads:
    """The heads known to one server, the least recently learned of them forgotten first."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._known: dict[bytes, Head] = {}
        self._once: OrderedDict[bytes, None] = OrderedDict()

    def find(self, data: bytes) -> tuple[Head, bytes] | None:
        """The head and the body, if `data` is exactly one request whose head is known."""
        split = _split(data)
        if split is None:
            return None
        head = self._known.get(split[0])
        return None if head is None else (head, split[1])

    def learn(self, data: bytes, request: Request) -> None:
        """Note what the parser made of `data`, an HTTP/1.1 request after which the connection is kept.

        Kept is what was seen twice, if nothing but the length of its body can differ from request to request.
        """
        split = _split(data)
        if (
            not self._kept
            or split is None
            or split[1] != request.body
            or not _has_one_length(data, request.headers)
        ):
            return
        key = split[0]
        if key in self._known:
            return
        if key not in self._once:
            self._once[key] = None
            if len(self._once) > self._kept:
                self._once.popitem(last=False)
            return
        del self._once[key]
        if len(self._known) >= self._kept:
            del self._known[next(iter(self._known))]
        headers = [header for header in request.headers if header[0] != b"content-length"]
        self._known[key] = Head(request.method, request.path, request.query, headers)


def _split(data: bytes) -> tuple[bytes, bytes] | None:
    """(the head without its length, the body), if the body has that length; the same key means the same head.

    The first `ength: ` of the head is where the digits were, so that no other head has the same key.
    """
    end = data.find(_END, 0, _HEAD_BYTES)
    start = data.find(_LENGTH, 0, end) + len(_LENGTH) if end > 0 else 0
    if start < len(_LENGTH):
        return None
    stop = data.find(b"\r", start, start + _DIGITS + 1)
    digits = data[start:stop]
    body = data[end + len(_END) :]
    if stop < 0 or not digits.isdigit() or int(digits) != len(body):
        return None
    return data[:start] + data[stop:end], body


def _has_one_length(data: bytes, headers: Headers) -> bool:
    """Whether the digits that `_split` cut out are the value of the only `content-length`."""
    names = [name for name, _ in headers]
    if names.count(b"content-length") != 1 or not _NEVER.isdisjoint(names):
        return False
    start = data.find(_LENGTH)
    line = data.rfind(b"\r\n", 0, start) + 2
    return data[line:start].lower() == b"content-l"
