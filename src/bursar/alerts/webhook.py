"""Our own webhook: a POST of JSON that its receiver can check.

The header `x-bursar-signature` is `v1=` and the hex HMAC-SHA256, by the channel's secret, over the value of
`x-bursar-timestamp` (seconds since 1970), a full stop, and the body as it came. A receiver refuses what is
older than a few minutes, and takes a message once by `x-bursar-message`. Any 2xx answer means: taken.
"""

import asyncio
import hmac
from typing import Final
from urllib.parse import urlsplit

from bursar.alerts.outgoing import NotDelivered, Outgoing
from bursar.http1 import Client, Origin, Timeouts
from bursar.vocab.errors import BursarError
from bursar.vocab.instant import InstantUs

_TIMEOUTS: Final = Timeouts(connect_s=5.0, first_byte_s=10.0, idle_s=10.0)
_REPLY_BYTES: Final = 64 * 1024
_HEADER_SAFE: Final = range(0x20, 0x7F)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of `x-bursar-signature`."""
    return "v1=" + hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def post(url: str, secret: str, outgoing: Outgoing) -> None:
    """Send a message to a `webhook+http(s)://` URL; NotDelivered says why it was not taken."""
    if not secret:
        raise NotDelivered("the channel has no secret to sign with: give it one")
    origin, target = _parsed(url)
    try:
        status = asyncio.run(_post(origin, target, _headers(secret, outgoing), outgoing.payload))
    except BursarError as error:
        raise NotDelivered(str(error)) from error
    if not 200 <= status < 300:
        moved = "; redirects are not followed" if 300 <= status < 400 else ""
        raise NotDelivered(f"{origin.authority} answered with status {status}{moved}")


def _parsed(url: str) -> tuple[Origin, bytes]:
    try:
        parts = urlsplit(url.partition("+")[2])
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError as error:
        raise NotDelivered("the channel's URL cannot be read: write webhook+https://HOST/PATH") from error
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not host or scheme not in ("http", "https") or any(ord(each) not in _HEADER_SAFE for each in target):
        raise NotDelivered("the channel's URL cannot be called: write webhook+https://HOST/PATH")
    origin = Origin(scheme=scheme, host=host, port=port or (443 if scheme == "https" else 80))
    return origin, target.encode()


def _headers(secret: str, outgoing: Outgoing) -> bytes:
    timestamp = _seconds(outgoing.now)
    return (
        "content-type: application/json\r\nuser-agent: bursar\r\n"
        f"x-bursar-message: {outgoing.id}\r\nx-bursar-timestamp: {timestamp}\r\n"
        f"x-bursar-signature: {signature(secret, timestamp, outgoing.payload)}\r\n"
    ).encode()


def _seconds(instant: InstantUs) -> str:
    return str(instant // 1_000_000)


async def _post(origin: Origin, target: bytes, headers: bytes, body: bytes) -> int:
    client = Client()
    try:
        reply = await client.request(origin, b"POST", target, headers, body, _TIMEOUTS)
        await reply.read(_REPLY_BYTES)
    finally:
        client.close()
    return reply.status
