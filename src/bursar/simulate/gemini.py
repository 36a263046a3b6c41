"""Replies in the shape of Gemini's generateContent (https://ai.google.dev/api/generate-content)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bursar.simulate.plan import Plan

_encode = msgspec.json.encode
_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def generate_content(plan: Plan) -> bytes:
    return _encode(_reply(plan, plan.text, len(plan.pieces), ended=True))


def generate_content_stream(plan: Plan) -> list[bytes]:
    """Whole replies one after another, each with the usage so far: SSE events, or items of one array."""
    count = max(1, len(plan.pieces))
    replies = [
        _encode(_reply(plan, piece, number, ended=number == count))
        for number, piece in enumerate(plan.pieces or [""], start=1)
    ]
    if not plan.asked.as_array:
        return [b"data: %b\r\n\r\n" % reply for reply in replies]
    return [(b"[" if number == 0 else b",\r\n") + reply for number, reply in enumerate(replies)] + [b"]\n"]


def models(names: Sequence[str]) -> bytes:
    return _encode(
        {
            "models": [
                {
                    "name": f"models/{name}",
                    "displayName": name,
                    "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
                }
                for name in names
            ]
        }
    )


def error(status: int, sentence: str) -> bytes:
    word = _STATUSES.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT")
    return _encode({"error": {"code": status, "message": sentence, "status": word}})


def _reply(plan: Plan, text: str, pieces_sent: int, *, ended: bool) -> dict[str, Any]:
    candidates = []
    for index in range(plan.asked.choices):
        candidate: dict[str, Any] = {"content": {"parts": [{"text": text}], "role": "model"}, "index": index}
        if ended:
            candidate["finishReason"] = "MAX_TOKENS" if plan.stopped_by_limit else "STOP"
        candidates.append(candidate)
    said = {"usageMetadata": _usage(plan, pieces_sent)} if plan.usage_said else {}
    return {"candidates": candidates, **said, "modelVersion": plan.model, "responseId": plan.id}


def _usage(plan: Plan, pieces_sent: int) -> dict[str, Any]:
    """Thoughts stand beside the candidates' tokens, and cached tokens are a part of the prompt's."""
    usage = plan.usage
    visible = usage.tokens_output
    if pieces_sent < len(plan.pieces):
        visible = visible * pieces_sent // len(plan.pieces)
    prompt = plan.tokens_input_total
    said: dict[str, Any] = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": visible,
        "totalTokenCount": prompt + visible + usage.tokens_reasoning,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
        "trafficType": "ON_DEMAND",
    }
    if usage.tokens_reasoning:
        said["thoughtsTokenCount"] = usage.tokens_reasoning
    if usage.tokens_cache_read:
        said["cachedContentTokenCount"] = usage.tokens_cache_read
        said["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": usage.tokens_cache_read}]
    return said
