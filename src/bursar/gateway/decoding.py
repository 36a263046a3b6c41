"""Reading a compressed reply beside passing it on: the client still gets the upstream's own bytes."""

import zlib
from collections.abc import Callable

import brotli
import zstandard

Decode = Callable[[bytes], bytes]

_MOST_BYTES = 256 * 1024 * 1024


class Undecodable(ValueError):
    """The body is not what its content-encoding says, or grows beyond all measure."""


def decoder(content_encoding: bytes | None) -> Decode | None:
    """An incremental decoder, or None if the body is not compressed. Undecodable for unknown encodings."""
    name = (content_encoding or b"").strip().lower()
    if name in (b"", b"identity"):
        return None
    return _bounded(_plain_decoder(name))


def decoded(body: bytes, content_encoding: bytes | None) -> bytes:
    """A whole body in plain bytes; empty if it cannot be read, so that it is metered as without usage."""
    try:
        decode = decoder(content_encoding)
        return body if decode is None else decode(body)
    except Undecodable:
        return b""


def _plain_decoder(name: bytes) -> Decode:
    if name in (b"gzip", b"x-gzip"):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress
    if name == b"deflate":
        return _Deflate().decompress
    if name == b"br":
        process: Decode = brotli.Decompressor().process
        return process
    if name == b"zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress
    raise Undecodable(f"content-encoding {name.decode('latin-1')!r} cannot be read")


class _Deflate:
    """`deflate` means zlib's format (RFC 9110, 8.4.1.2), but some servers send it without its header.

    Two bytes tell: the method in the low half of the first, and a check over both (RFC 1950, 2.2).
    """

    def __init__(self) -> None:
        self._begun = b""
        self._decompress: Decode | None = None

    def decompress(self, data: bytes) -> bytes:
        if self._decompress is None:
            self._begun += data
            if len(self._begun) < 2:
                return b""
            data, self._begun = self._begun, b""
            wrapped = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
            bits = zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
            self._decompress = zlib.decompressobj(wbits=bits).decompress
        return self._decompress(data)


def _bounded(decode: Decode) -> Decode:
    total = 0

    def bounded(data: bytes) -> bytes:
        nonlocal total
        try:
            out = decode(data)
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise Undecodable(str(error)) from error
        total += len(out)
        if total > _MOST_BYTES:
            raise Undecodable("the decoded reply is too large to be read")
        return out

    return bounded
