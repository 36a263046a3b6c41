"""Which headers pass: the caller's to the provider, the provider's to the caller."""

from typing import Final

from bursar.gateway.world import ProviderRoute
from bursar.http1 import Headers

# What belongs to one connection, to the caller's own key, or to us, and so never reaches a provider.
_NOT_FORWARDED: Final = frozenset(
    (
        b"host connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer "
        b"transfer-encoding upgrade content-length expect authorization x-api-key api-key x-goog-api-key "
        b"accept-encoding cookie forwarded x-forwarded-for x-forwarded-proto x-forwarded-host x-real-ip"
    ).split()
)
_NOT_RETURNED: Final = frozenset(
    (
        b"connection keep-alive proxy-authenticate proxy-connection trailer transfer-encoding upgrade "
        b"content-length set-cookie"
    ).split()
)
_NO_CONTROLS: Final = bytes(ord("?") if code < 0x20 or 0x7F <= code < 0xA0 else code for code in range(256))
_OURS: Final = b"x-bursar-"
# Usage is read off the reply, and a compressed one would have to be unpacked beside passing it on.
_UNCOMPRESSED: Final = b"accept-encoding: identity\r\n"


def forwarded(headers: Headers, provider: ProviderRoute) -> bytes:
    """The header lines that go to the provider: the caller's, then the provider document's own."""
    own = provider.own_headers
    lines = [
        b"%b: %b\r\n" % (name, value)
        for name, value in headers
        if name not in _NOT_FORWARDED and name not in own and not name.startswith(_OURS)
    ]
    lines.append(provider.header_block)
    lines.append(_UNCOMPRESSED)
    return b"".join(lines)


def returned(headers: Headers) -> Headers:
    """The provider's headers that the client gets, in their own spelling and order."""
    return [header for header in headers if header[0].lower() not in _NOT_RETURNED]


def header_text(sentence: str) -> bytes:
    """A sentence as a header's value: a line feed that a caller put into it cannot end the header."""
    return sentence.encode("latin-1", "replace").translate(_NO_CONTROLS)
