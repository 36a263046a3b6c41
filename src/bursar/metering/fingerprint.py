"""Short hashes of a prompt and of its beginning: they find repeats and cacheable prefixes, never content."""

from hashlib import blake2b
from typing import Final

import msgspec

PREFIX_BYTES: Final = 1024
"""How much of a prompt's beginning the prefix fingerprint covers."""

BYTES_HASHED_MAX: Final = 1 << 20
"""Of longer prompts the beginning, the end and the length are hashed, so that the work is bounded."""

_DIGEST_BYTES = 8
_PERSON_BYTES = 16  # what BLAKE2b has room for


_NOTHING = msgspec.Raw(b"")


class _Prompt(msgspec.Struct):
    """The parts of a request that the model reads, in the order in which providers cache them."""

    tools: msgspec.Raw = _NOTHING
    system: msgspec.Raw = _NOTHING
    systemInstruction: msgspec.Raw = _NOTHING  # noqa: N815 - the wire's own spelling
    instructions: msgspec.Raw = _NOTHING
    messages: msgspec.Raw = _NOTHING
    input: msgspec.Raw = _NOTHING
    prompt: msgspec.Raw = _NOTHING
    contents: msgspec.Raw = _NOTHING


_decode = msgspec.json.Decoder(_Prompt).decode


def fingerprints(operation: str, body: bytes, *, key: bytes = b"") -> tuple[str, str]:
    """(whole prompt, its first PREFIX_BYTES) as 16 hex digits each, without parameters.

    With a secret `key` (up to 64 bytes) nobody without it can test whether a given prompt was sent.
    A body that is not JSON is hashed as it is.
    """
    prompt = _prompt(body)
    hasher = blake2b(
        prompt[:PREFIX_BYTES], digest_size=_DIGEST_BYTES, key=key, person=operation.encode()[:_PERSON_BYTES]
    )
    prefix = hasher.hexdigest()
    if len(prompt) <= PREFIX_BYTES:
        return prefix, prefix
    hasher.update(_rest(prompt))
    return hasher.hexdigest(), prefix


def _prompt(body: bytes) -> bytes:
    try:
        parts = _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return body
    found = [part for part in msgspec.structs.astuple(parts) if part is not _NOTHING]
    if not found:
        return body
    return b"\0".join(found)


def _rest(prompt: bytes) -> bytes:
    """What follows the prefix; of a huge prompt the beginning and the end of that, and the length."""
    if len(prompt) <= BYTES_HASHED_MAX:
        return prompt[PREFIX_BYTES:]
    half = BYTES_HASHED_MAX // 2
    return b"%b\0%d\0%b" % (prompt[PREFIX_BYTES:half], len(prompt), prompt[-half:])
