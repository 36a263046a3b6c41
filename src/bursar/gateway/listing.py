"""The list of models that a key may use, in each wire's own shape."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from bursar.gateway.refusal import Refusal

_PATHS = {"/v1/models": "", "/v1beta/models": "gemini"}


def asked_model(path: str) -> str | None:
    """The model of `/v1/models/NAME`, an empty name for the whole list, None for other paths."""
    for prefix, wire in _PATHS.items():
        if path == prefix:
            return ""
        if path.startswith(prefix + "/") and not (wire and ":" in path):  # an action of Gemini's, not a name
            return unquote(path[len(prefix) + 1 :])
    return None


def wire_of_listing(path: str, wire: str) -> str:
    """Gemini has a path of its own; the other wires share one and differ by their headers."""
    return "gemini" if path.startswith("/v1beta/") else wire


def model_list(models: Sequence[tuple[str, str]], wire: str, asked: str) -> bytes:
    """JSON of all (model, provider) pairs, or of the one asked for; Refusal 404 if that is not there."""
    entries = [_entry(name, provider, wire) for name, provider in models if asked in ("", name)]
    if asked:
        if not entries:
            raise Refusal(
                404, "model_not_found", f"The model {asked!r} is not among those that this key may use."
            )
        return msgspec.json.encode(entries[0])
    if wire == "gemini":
        return msgspec.json.encode({"models": entries})
    if wire == "anthropic":
        ids = [entry["id"] for entry in entries] or [None]
        return msgspec.json.encode(
            {"data": entries, "has_more": False, "first_id": ids[0], "last_id": ids[-1]}
        )
    return msgspec.json.encode({"object": "list", "data": entries})


def _entry(name: str, provider: str, wire: str) -> dict[str, Any]:
    if wire == "gemini":
        return {
            "name": f"models/{name}",
            "displayName": name,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
        }
    if wire == "anthropic":
        return {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"}
    return {"id": name, "object": "model", "created": 0, "owned_by": provider}
