"""Which path is which call: wire, operation, and what of the path belongs to the provider."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import msgspec


class Route(msgspec.Struct, frozen=True):
    """What a path asks for. `model` is empty where the body names it."""

    wire: str
    operation: str
    model: str = ""
    streamed: bool = False  # the path itself asks for a stream (Gemini)
    metered: bool = True  # whether the provider bills it by tokens
    action: str = ""  # what follows the model in a Gemini path, or the deployment in an Azure path


_BY_PATH: Final[dict[str, Route]] = {
    "/v1/chat/completions": Route("openai", "chat"),
    "/v1/responses": Route("openai", "responses"),
    "/v1/embeddings": Route("openai", "embeddings"),
    "/v1/completions": Route("openai", "completions"),
    "/v1/images/generations": Route("openai", "images"),
    "/v1/images/edits": Route("openai", "images"),
    "/v1/audio/speech": Route("openai", "audio"),
    "/v1/audio/transcriptions": Route("openai", "audio"),
    "/v1/audio/translations": Route("openai", "audio"),
    "/v1/moderations": Route("openai", "moderations", metered=False),
    "/openai/responses": Route("azure", "responses", action="responses"),
    "/v1/messages": Route("anthropic", "messages"),
    "/v1/messages/count_tokens": Route("anthropic", "count_tokens", metered=False),
}
_AZURE_OPERATIONS: Final = {
    "chat/completions": "chat",
    "completions": "completions",
    "embeddings": "embeddings",
    "responses": "responses",
    "images/generations": "images",
    "audio/speech": "audio",
    "audio/transcriptions": "audio",
    "audio/translations": "audio",
}
_GEMINI_OPERATIONS: Final = {
    "generateContent": ("generate_content", False, True),
    "streamGenerateContent": ("generate_content", True, True),
    "countTokens": ("count_tokens", False, False),
    "embedContent": ("embeddings", False, True),
    "batchEmbedContents": ("embeddings", False, True),
}
_REMEMBERED_CHARACTERS: Final = 300
_GEMINI: Final = re.compile(r"/v1(?:beta)?/models/([^/:]+(?:/[^/:]+)?):([A-Za-z]+)\Z")
_AZURE: Final = re.compile(r"/openai/deployments/([^/]+)/(.+)\Z")

SERVED: Final = (
    *_BY_PATH,
    "/v1/models",
    "/v1beta/models/{model}:generateContent",
    "/v1beta/models/{model}:streamGenerateContent",
    "/openai/deployments/{deployment}/chat/completions",
)


def find_route(path: str) -> Route | None:
    """The route of a raw request path, or None where nothing is served."""
    known = _BY_PATH.get(path)
    if known is not None:
        return known
    # Remembered paths are of a bounded size, because anybody may send any.
    return _find_by_shape(path) if len(path) <= _REMEMBERED_CHARACTERS else _by_shape(path)


def _by_shape(path: str) -> Route | None:
    if match := _GEMINI.match(path):
        action = match[2]
        if action in _GEMINI_OPERATIONS:
            operation, streamed, metered = _GEMINI_OPERATIONS[action]
            return Route("gemini", operation, unquote(match[1]), streamed, metered, action)
        return None
    if (match := _AZURE.match(path)) and match[2] in _AZURE_OPERATIONS:
        return Route("azure", _AZURE_OPERATIONS[match[2]], unquote(match[1]), action=match[2])
    return None


_find_by_shape = lru_cache(maxsize=4096)(_by_shape)


def wire_of(path: str, header_names: frozenset[bytes]) -> str:
    """The wire whose error shape an unserved path should be answered in."""
    if path.startswith("/v1beta/") or b"x-goog-api-key" in header_names:
        return "gemini"
    if path.startswith("/v1/messages") or b"anthropic-version" in header_names:
        return "anthropic"
    return "azure" if path.startswith("/openai/") else "openai"
