"""Secrets of sessions, links and tokens: made once, told once, kept as hashes."""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

RandomBytes = Callable[[int], bytes]
_BYTES: Final = 32


def fresh(random_bytes: RandomBytes) -> str:
    """43 url-safe characters that carry 256 random bits; `random_bytes` must be fit for secrets."""
    return base64.urlsafe_b64encode(random_bytes(_BYTES)).decode().rstrip("=")


def digest(secret: str) -> str:
    """SHA-256 in hex. No salt and no slow hash: a secret has 256 bits of randomness.

    Rows are found by it, so the time that the store takes tells of the hash, never of the secret.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
