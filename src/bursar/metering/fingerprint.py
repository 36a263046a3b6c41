"""Short hashes of a prompt and of its beginning: they find repeats and cacheable prefixes, never content."""

from hashlib import blake2b
from operator import attrgetter
from typing import Final

import msgspec

PREFIX_BYTES: Final = 1024
"""How much of a prompt's beginning the prefix fingerprint covers."""

BYTES_HASHED_MAX: Final = 1 << 20
"""Of longer prompts the beginning, the end and the length are hashed, so that the work is bounded."""

_DIGEST_BYTES = 8
_PERSON_BYTES = 16  # what BLAKE2b has room for


_NOTHING = msgspec.Raw(b"")


class Prompt(msgspec.Struct):
    """The parts of a request that the model reads, in the order in which providers cache them.

    Whoever reads more of a request makes a subclass, so that the body is gone through once.
    """

    tools: msgspec.Raw = _NOTHING
    system: msgspec.Raw = _NOTHING
    systemInstruction: msgspec.Raw = _NOTHING  # noqa: N815 - the wire's own spelling
    instructions: msgspec.Raw = _NOTHING
    messages: msgspec.Raw = _NOTHING
    input: msgspec.Raw = _NOTHING
    prompt: msgspec.Raw = _NOTHING
    contents: msgspec.Raw = _NOTHING


_decode = msgspec.json.Decoder(Prompt).decode
_parts: Final = attrgetter(*Prompt.__struct_fields__)


def fingerprints(operation: str, body: bytes, *, key: bytes = b"") -> tuple[str, str]:
    """(whole prompt, its first PREFIX_BYTES) as 16 hex digits each, without parameters.

    With a secret `key` (up to 64 bytes) nobody without it can test whether a given prompt was sent.
    A body that is not JSON is hashed as it is.
    """
    try:
        prompt = _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        prompt = Prompt()
    return fingerprints_of(operation, prompt, body, key=key)


def fingerprints_of(operation: str, prompt: Prompt, body: bytes, *, key: bytes = b"") -> tuple[str, str]:
    """The same for a body that was read already; where no part of a prompt was found, all of it is hashed."""
    text = b"\0".join([part for part in _parts(prompt) if part is not _NOTHING]) or body
    hasher = blake2b(
        text[:PREFIX_BYTES], digest_size=_DIGEST_BYTES, key=key, person=operation.encode()[:_PERSON_BYTES]
    )
    prefix = hasher.hexdigest()
    if len(text) <= PREFIX_BYTES:
        return prefix, prefix
    hasher.update(_rest(text))
    return hasher.hexdigest(), prefix


def _rest(prompt: bytes) -> bytes:
    """What follows the prefix; of a huge prompt the beginning and the end of that, and the length."""
    if len(prompt) <= BYTES_HASHED_MAX:
        return prompt[PREFIX_BYTES:]
    half = BYTES_HASHED_MAX // 2
    return b"%b\0%d\0%b" % (prompt[PREFIX_BYTES:half], len(prompt), prompt[-half:])
