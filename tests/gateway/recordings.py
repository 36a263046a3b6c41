"""Recorded exchanges with real providers, sorted by where the gateway can send them."""

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

DATA = Path(os.environ.get("BURSAR_DATA", Path(__file__).parents[3] / "shared" / "data"))
FOLDER = DATA / "cassettes"


class Place(NamedTuple):
    """Recordings of one provider: which URLs are its, and how an estate says where it is.

    `served` finds the gateway's own path in a recorded one; `base` is the rest, the path of `base_url`.
    """

    name: str
    host: str
    wire: str
    served: str
    catalogue: str = ""


_OPENAI = (
    r"(?P<base>.*?)(?P<path>/v1/(chat/completions|completions|embeddings|responses|images/generations))$"
)
_BARE = r"(?P<base>.*)(?P<path>/chat/completions)$"
_GENERATE = r"/models/[^/:]+:(stream)?[gG]enerateContent)$"
_GEMINI = rf"(?P<base>)(?P<path>/v1beta{_GENERATE}"
_VERTEX = rf"(?P<base>/v1(beta1)?/projects/.*/publishers/google)(?P<path>{_GENERATE}"
_AZURE = r"(?P<base>)(?P<path>/openai/deployments/[^/]+/(chat/completions|embeddings))$"

PLACES = (
    Place(
        "anthropic", r"api\.anthropic\.com", "anthropic", r"(?P<base>)(?P<path>/v1/messages)$", "anthropic"
    ),
    Place("azure", r".*\.openai\.azure\.com", "azure", _AZURE, "azure"),
    Place("deepseek", r"api\.deepseek\.com", "openai", _BARE, "deepseek"),
    Place(
        "gemini",
        r"generativelanguage\.googleapis\.com",
        "gemini",
        _GEMINI,
        "google",
    ),
    Place("groq", r"api\.groq\.com", "openai", _OPENAI, "groq"),
    Place("localhost", r"localhost(:\d+)?", "openai", _OPENAI, "none"),
    Place("mistral", r"api\.mistral\.ai", "openai", _OPENAI, "mistral"),
    Place("openai", r"api\.openai\.com", "openai", _OPENAI, "openai"),
    Place("together", r"api\.together\.xyz", "openai", _OPENAI, "together"),
    Place("vertex", r".*aiplatform\.googleapis\.com", "gemini", _VERTEX, "google"),
    Place("voyage", r"api\.voyageai\.com", "openai", _OPENAI, "none"),
    Place("writer", r"api\.writer\.com(:443)?", "openai", _OPENAI, "none"),
)

# Why the rest is not replayed, by host and path.
LEFT_OUT = (
    (
        r"^bedrock-runtime",
        "Bedrock: signed requests and binary event streams, which the gateway does not serve yet",
    ),
    (r"^api\.cohere\.com", "Cohere's own wire"),
    (r"^127\.0\.0\.1:11434/api/", "Ollama's own wire (its /v1 paths are OpenAI's)"),
    (r"replicate", "Replicate's own wire"),
    (r"^api\.writer\.com(:443)?/v1/chat$", "Writer's own path of chat"),
    (r"^api\.anthropic\.com/v1/complete$", "Anthropic's retired text completions"),
    (r"/v1/(assistants|threads)", "OpenAI's assistants: stateful objects, not model calls"),
    (r"^api\.voyageai\.com/v1/rerank$", "reranking is not on any wire that is served"),
    (r"", "no model call: telemetry of SDKs, or a vector database"),
)


class Exchange(NamedTuple):
    """One recorded request and its reply; `path` is where a client of the gateway sends it."""

    name: str
    place: Place
    base: str
    path: str
    query: str
    request_headers: list[tuple[str, str]]
    request: bytes
    status: int
    headers: list[tuple[str, str]]
    body: bytes  # as it was on the wire: compressed, if it was

    @property
    def text(self) -> bytes:
        return gzip.decompress(self.body) if self.body[:2] == b"\x1f\x8b" else self.body

    @property
    def streamed(self) -> bool:
        return any(n.lower() == "content-type" and v.startswith("text/event-stream") for n, v in self.headers)

    @property
    def asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads(self.request)
        return asked

    @property
    def model(self) -> str:
        if self.place.wire == "azure":
            return self.path.split("/")[3]
        if self.place.wire == "gemini":
            return self.path.rpartition("/")[2].partition(":")[0]
        model: str = self.asked["model"]
        return model


@cache
def all_exchanges() -> tuple[dict[str, list[Exchange]], Counter[str]]:
    """By place, those that the gateway serves; and how many are left out, by reason."""
    found: dict[str, list[Exchange]] = {place.name: [] for place in PLACES}
    left: Counter[str] = Counter()
    for path in sorted(FOLDER.rglob("*.yaml")):
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        for number, raw in enumerate(document.get("interactions") or ()):
            exchange = _exchange(f"{path.relative_to(FOLDER)}#{number}", raw)
            if isinstance(exchange, Exchange):
                found[exchange.place.name].append(exchange)
            else:
                left[exchange] += 1
    return found, left


def _exchange(name: str, raw: dict[str, Any]) -> Exchange | str:
    """The exchange, or why it is left out."""
    request, response = raw["request"], raw["response"]
    url = urlsplit(request["uri"])
    for place in PLACES:
        match = re.fullmatch(place.host, url.netloc) and re.match(place.served, url.path)
        if match and request["method"].upper() == "POST":
            status = response["status"]
            path = (
                match["path"] if match["path"].startswith(("/v1", "/openai")) else _versioned(match["path"])
            )
            return Exchange(
                name=name,
                place=place,
                base=match["base"] if "/v1/" not in match["path"] else _with_version(match["base"]),
                path=path,
                query=url.query,
                request_headers=list(_headers(request.get("headers"))),
                request=_bytes(request.get("body")),
                status=status["code"] if isinstance(status, dict) else status,
                headers=list(_headers(response.get("headers"))),
                body=_bytes(response.get("body")),
            )
    return next(reason for pattern, reason in LEFT_OUT if re.search(pattern, url.netloc + url.path))


def _versioned(path: str) -> str:
    """What an SDK adds to the gateway's base URL."""
    return f"/v1beta{path}" if path.startswith("/models/") else f"/v1{path}"


def _with_version(base: str) -> str:
    """Base URLs are written with the version where the vendor's SDK has it so, such as Groq's."""
    return f"{base}/v1" if base else ""


def _headers(raw: Any) -> Iterator[tuple[str, str]]:
    for name, values in (raw or {}).items():
        for value in values if isinstance(values, list) else [values]:
            yield name, str(value)


def _bytes(body: Any) -> bytes:
    if isinstance(body, dict):
        body = body.get("string")
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else bytes(body)


# -- what the provider said of usage, by plain arithmetic on its own JSON -----------------------------------


class Totals(NamedTuple):
    """Input and output with everything in them, and the cached and hidden parts."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    reasoning: int


def totals_said(exchange: Exchange) -> Totals | None:
    """None where the reply carries no usage, as in errors and most OpenAI streams."""
    said: dict[str, Any] = {}
    for event in _events(exchange):
        inner = event.get("message") if exchange.place.wire == "anthropic" else event.get("response")
        inner = inner if isinstance(inner, dict) else event
        for holder in (
            inner.get("usage"),
            (inner.get("x_groq") or {}).get("usage"),
            inner.get("usageMetadata"),
        ):
            if isinstance(holder, dict) and any(isinstance(count, int) for count in holder.values()):
                said = {**said, **holder} if exchange.place.wire == "anthropic" else holder
    if not said or exchange.status >= 400:
        return None
    return {"anthropic": _anthropic, "gemini": _gemini}.get(exchange.place.wire, _openai)(said)


def _events(exchange: Exchange) -> Iterator[dict[str, Any]]:
    text = exchange.text.decode()
    if not exchange.streamed:
        if text:
            yield json.loads(text)
        return
    for line in text.splitlines():
        if line.startswith("data:") and line[5:].strip() != "[DONE]":
            yield json.loads(line[5:])


def _anthropic(said: dict[str, Any]) -> Totals:
    read, write = said.get("cache_read_input_tokens") or 0, said.get("cache_creation_input_tokens") or 0
    return Totals(said["input_tokens"] + read + write, said["output_tokens"], read, write, 0)


def _gemini(said: dict[str, Any]) -> Totals:
    thought = said.get("thoughtsTokenCount", 0)
    entered = said["promptTokenCount"] + said.get("toolUsePromptTokenCount", 0)
    return Totals(
        entered,
        said.get("candidatesTokenCount", 0) + thought,
        said.get("cachedContentTokenCount", 0),
        0,
        thought,
    )


def _openai(said: dict[str, Any]) -> Totals:
    inside = said.get("prompt_tokens_details") or said.get("input_tokens_details") or {}
    made = said.get("completion_tokens_details") or said.get("output_tokens_details") or {}
    return Totals(
        said.get("prompt_tokens", said.get("input_tokens", said.get("total_tokens", 0))),
        said.get("completion_tokens", said.get("output_tokens", 0)),
        inside.get("cached_tokens") or 0,
        0,
        made.get("reasoning_tokens") or 0,
    )
