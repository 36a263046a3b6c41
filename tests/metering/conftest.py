"""The recordings of real providers that lie beside the repository, loaded once for a test session."""

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

DATA = Path(os.environ.get("BURSAR_DATA", Path(__file__).parents[3] / "shared" / "data"))


class Recording(NamedTuple):
    """One recorded exchange with a provider."""

    name: str
    host: str
    wire: str
    operation: str
    status: int
    headers: dict[str, str]
    body: bytes
    streamed: bool
    request: bytes


@pytest.fixture(scope="session")
def wire_samples() -> Path:
    """The folder of hand-made samples, one for each wire and mode."""
    if not (DATA / "wire").is_dir():
        pytest.skip(f"no wire samples at {DATA / 'wire'}: set BURSAR_DATA to the shared data")
    return DATA / "wire"


@pytest.fixture(scope="session")
def recordings() -> list[Recording]:
    """Every recorded exchange on a wire that we meter."""
    folder = DATA / "cassettes"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}: set BURSAR_DATA to the shared data")
    return list(_recordings(folder))


# (host, path) -> (wire, operation); the first that matches. Whatever matches none is on a wire of its own
# (Cohere's and Ollama's native APIs, assistants, vector stores, Replicate) or no model call at all.
_ROUTES = (
    (r"\.openai\.azure\.com/openai/deployments/[^/]+/chat/completions$", "azure", "chat"),
    (r"\.openai\.azure\.com/openai/deployments/[^/]+/embeddings$", "azure", "embeddings"),
    (r"^api\.anthropic\.com/v1/messages$", "anthropic", "messages"),
    (r"googleapis\.com/.*:(stream)?[gG]enerateContent$", "gemini", "generate_content"),
    (r"^bedrock-runtime\..*/converse(-stream)?$", "bedrock", "converse"),
    (r"^bedrock-runtime\..*/invoke(-with-response-stream)?$", "bedrock", "invoke_model"),
    (r"^api\.cohere\.com/", "", ""),
    (r"^api\.writer\.com(:443)?/v1/completions$", "", ""),  # its chunks are {"value": ..}, without any end
    (r"/chat/completions$", "openai", "chat"),
    (r"^api\.writer\.com(:443)?/v1/chat$", "openai", "chat"),
    (r"/v1/completions$", "openai", "completions"),
    (r"/v1/embeddings$", "openai", "embeddings"),
    (r"/v1/responses$", "openai", "responses"),
    (r"/v1/images/generations$", "openai", "images"),
)


def _recordings(folder: Path) -> Iterator[Recording]:
    for path in sorted(folder.rglob("*.yaml")):
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        for number, exchange in enumerate(document.get("interactions") or ()):
            recording = _recording(f"{path.relative_to(folder)}#{number}", exchange)
            if recording.wire:
                yield recording


def _recording(name: str, exchange: dict[str, Any]) -> Recording:
    url = urlsplit(exchange["request"]["uri"])
    place = url.netloc + url.path
    wire, operation = next(((w, o) for pattern, w, o in _ROUTES if re.search(pattern, place)), ("", ""))
    response = exchange["response"]
    headers = {
        key.lower(): value[0] if isinstance(value, list) else value
        for key, value in (response.get("headers") or {}).items()
    }
    status = response.get("status")
    kind = headers.get("content-type", "")
    return Recording(
        name=name,
        host=url.netloc.removesuffix(":443"),
        wire=wire,
        operation=operation,
        status=status["code"] if isinstance(status, dict) else status or 0,
        headers=headers,
        body=_bytes(response.get("body")),
        streamed=kind.startswith(("text/event-stream", "application/vnd.amazon.eventstream")),
        request=_bytes(exchange["request"].get("body")),
    )


def _bytes(body: Any) -> bytes:
    if isinstance(body, dict):
        body = body.get("string")
    if body is None:
        return b""
    data = body.encode() if isinstance(body, str) else bytes(body)
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
