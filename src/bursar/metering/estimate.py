"""Counts what a call consumed where the provider did not say: by length, without any tokenizer."""

from typing import Any, Final

import msgspec

from bursar.vocab.usage import Usage

BYTES_PER_TOKEN: Final = 4
"""UTF-8 bytes of text in one token. OpenAI and Anthropic state about 4 characters for English; one
character of Chinese or Japanese has 3 bytes and is about one token, so bytes err less than characters."""

TOKENS_PER_MESSAGE: Final = 4
"""What a message's role and borders take. Source: OpenAI cookbook, "How to count tokens with tiktoken"."""

TOKENS_PER_IMAGE: Final = 1000
"""A picture of about one megapixel: 765 (OpenAI, high detail) to 1,600 (Anthropic)."""

_CONTENT = ("messages", "input", "prompt", "contents", "system", "systemInstruction", "instructions")
_ANSWERS = ("choices", "output", "content", "candidates")
_SHOWN = frozenset(("text", "content", "refusal", "reasoning", "reasoning_content", "thinking", "arguments"))
_MESSAGES = ("messages", "contents")
_OPAQUE = frozenset(
    (
        "role",
        "type",
        "data",
        "url",
        "image_url",
        "b64_json",
        "file_data",
        "bytes",
        "file_id",
        "fileUri",
        "signature",
        "id",
    )
)
_PICTURES = frozenset(("image", "image_url", "input_image"))


def tokens_of(bytes_text: int) -> int:
    """Estimated tokens of a text of so many UTF-8 bytes, rounded up."""
    return -(-bytes_text // BYTES_PER_TOKEN)


def estimate(wire: str, operation: str, request_body: bytes, characters_output: int) -> Usage:
    """Usage by counting: the request's text, and `characters_output` UTF-8 bytes of shown output.

    Pictures in the request count TOKENS_PER_IMAGE each; sound and files count nothing. Never raises.
    """
    usage = Usage(tokens_output=tokens_of(characters_output))
    request = _decoded(request_body)
    if operation == "images":
        usage.images = _pictures_asked(request)
    elif operation == "audio":
        usage.characters_input = len(_text(request.get("input")))
    else:
        _count_request(usage, request)
    return usage


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        request = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return request if isinstance(request, dict) else {}


def _count_request(usage: Usage, request: dict[str, Any]) -> None:
    tally = _Tally()
    for name in _CONTENT:
        tally.add(request.get(name))
    if "tools" in request:
        tally.bytes += len(msgspec.json.encode(request["tools"]))
    for name in _MESSAGES:
        messages = request.get(name)
        if isinstance(messages, list):
            tally.tokens += TOKENS_PER_MESSAGE * len(messages)
    usage.tokens_input = tokens_of(tally.bytes) + tally.tokens
    usage.tokens_input_image = tally.pictures * TOKENS_PER_IMAGE


def shown(reply_body: bytes) -> int:
    """UTF-8 bytes of what a whole reply of any wire shows: its text, thoughts and tools' arguments."""
    reply = _decoded(reply_body)
    size = 0
    waiting = [reply.get(name) for name in _ANSWERS]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            size += sum(
                len(one[name].encode(errors="replace")) for name in _SHOWN & one.keys() if _text(one[name])
            )
            waiting.extend(value for value in one.values() if isinstance(value, (dict, list)))
    return size


class _Tally:
    """Adds up text, ready-made token ids and pictures anywhere inside a request."""

    def __init__(self) -> None:
        self.bytes = 0
        self.tokens = 0
        self.pictures = 0

    def add(self, value: Any) -> None:
        waiting = [value]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                self.bytes += len(one.encode(errors="replace"))
            elif isinstance(one, list):
                self._add_list(one, waiting)
            elif isinstance(one, dict):
                self._add_object(one, waiting)

    def _add_list(self, items: list[Any], waiting: list[Any]) -> None:
        if items and isinstance(items[0], int):
            self.tokens += len(items)  # a prompt given as token ids
        else:
            waiting.extend(items)

    def _add_object(self, item: dict[str, Any], waiting: list[Any]) -> None:
        kind = item.get("type")
        inline = item.get("inlineData") or item.get("inline_data")
        if (isinstance(kind, str) and kind in _PICTURES) or _is_picture(inline):
            self.pictures += 1
            return
        waiting.extend(value for key, value in item.items() if key not in _OPAQUE)


def _is_picture(inline: Any) -> bool:
    if not isinstance(inline, dict):
        return False
    kind = inline.get("mimeType") or inline.get("mime_type")
    return isinstance(kind, str) and kind.startswith("image/")


def _pictures_asked(request: dict[str, Any]) -> int:
    count = request.get("n")
    return count if isinstance(count, int) and 0 < count <= 100 else 1


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
