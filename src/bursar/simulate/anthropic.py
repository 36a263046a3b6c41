"""Replies in the shape of Anthropic's Messages API (https://docs.anthropic.com/en/api/messages)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bursar.simulate.plan import Plan

_encode = msgspec.json.encode
_THOUGHT: Final = "Count first, then answer."
_SIGNATURE: Final = "c2ltdWxhdGVk"
_KINDS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def messages(plan: Plan) -> bytes:
    content: list[dict[str, Any]] = []
    if plan.usage.tokens_reasoning:
        content.append({"type": "thinking", "thinking": _THOUGHT, "signature": _SIGNATURE})
    content.append({"type": "text", "text": plan.text})
    usage = _usage(plan, plan.tokens_output_total)
    return _encode({**_head(plan), "content": content, "stop_reason": _stop(plan), **usage})


def messages_stream(plan: Plan) -> list[bytes]:
    """Named events; the usage of message_delta is the total so far, not an addition."""
    first = {**_head(plan), "content": [], "stop_reason": None, **_usage(plan, 1)}
    events = [_event({"type": "message_start", "message": first})]
    index = 0
    if plan.usage.tokens_reasoning:
        events += _thinking_events()
        index = 1
    events.append(_event(_block_start(index, {"type": "text", "text": ""})))
    events.append(_event({"type": "ping"}))
    events += [_event(_delta(index, {"type": "text_delta", "text": piece})) for piece in plan.pieces]
    events.append(_event({"type": "content_block_stop", "index": index}))
    ending = {"stop_reason": _stop(plan), "stop_sequence": None}
    events.append(_event({"type": "message_delta", "delta": ending, **_usage_in_delta(plan)}))
    events.append(_event({"type": "message_stop"}))
    return events


def models(names: Sequence[str]) -> bytes:
    listed = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}
        for name in names
    ]
    return _encode({"data": listed, "has_more": False, "first_id": names[0], "last_id": names[-1]})


def error(status: int, sentence: str, request_id: str) -> bytes:
    kind = _KINDS.get(status, "api_error" if status >= 500 else "invalid_request_error")
    return _encode(
        {"type": "error", "error": {"type": kind, "message": sentence}, "request_id": f"req_{request_id}"}
    )


def _head(plan: Plan) -> dict[str, Any]:
    return {
        "id": f"msg_{plan.id}",
        "type": "message",
        "role": "assistant",
        "model": plan.model,
        "stop_sequence": None,
    }


def _stop(plan: Plan) -> str:
    return "max_tokens" if plan.stopped_by_limit else "end_turn"


def _usage(plan: Plan, tokens_output: int) -> dict[str, Any]:
    """Anthropic's input_tokens leave out what was read from or written to the cache."""
    if not plan.usage_said:
        # SDKs do not read a message without the object, so it stays and says nothing.
        return {"usage": {}}
    usage = plan.usage
    said: dict[str, Any] = {
        "input_tokens": usage.tokens_input,
        "cache_creation_input_tokens": usage.tokens_cache_write_5m + usage.tokens_cache_write_1h,
        "cache_read_input_tokens": usage.tokens_cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.tokens_cache_write_5m,
            "ephemeral_1h_input_tokens": usage.tokens_cache_write_1h,
        },
        "output_tokens": tokens_output,
        "service_tier": plan.tier or "standard",
    }
    if plan.usage.tokens_reasoning:
        said["output_tokens_details"] = {"thinking_tokens": min(plan.usage.tokens_reasoning, tokens_output)}
    if plan.asked.speed:
        said["speed"] = plan.asked.speed
    if plan.asked.inference_geo:
        said["inference_geo"] = plan.asked.inference_geo
    return {"usage": said}


def _usage_in_delta(plan: Plan) -> dict[str, Any]:
    if not plan.usage_said:
        return {"usage": {}}
    usage = plan.usage
    said: dict[str, Any] = {
        "input_tokens": usage.tokens_input,
        "cache_creation_input_tokens": usage.tokens_cache_write_5m + usage.tokens_cache_write_1h,
        "cache_read_input_tokens": usage.tokens_cache_read,
        "output_tokens": plan.tokens_output_total,
    }
    if usage.tokens_reasoning:
        said["output_tokens_details"] = {"thinking_tokens": usage.tokens_reasoning}
    return {"usage": said}


def _event(content: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (content["type"].encode(), _encode(content))


def _block_start(index: int, block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _delta(index: int, delta: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _thinking_events() -> list[bytes]:
    return [
        _event(_block_start(0, {"type": "thinking", "thinking": "", "signature": ""})),
        _event(_delta(0, {"type": "thinking_delta", "thinking": _THOUGHT})),
        _event(_delta(0, {"type": "signature_delta", "signature": _SIGNATURE})),
        _event({"type": "content_block_stop", "index": 0}),
    ]
