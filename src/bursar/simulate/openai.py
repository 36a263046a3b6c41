"""Replies in OpenAI's shapes (chat completions, legacy completions, responses, embeddings) and Azure's.

Shapes: https://platform.openai.com/docs/api-reference; Azure adds content-filter results to them.
"""

import base64
import functools
import hashlib
import struct
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bursar.simulate.plan import Plan

_encode = msgspec.json.encode
_DONE: Final = b"data: [DONE]\n\n"
_LISTED: Final = 1_767_225_600  # 2026-01-01, in Unix seconds
_SAFE: Final = {
    name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")
}


def chat(plan: Plan) -> bytes:
    azure = plan.asked.wire == "azure"
    extra = {"content_filter_results": _SAFE} if azure else {}
    choices: list[dict[str, Any]] = [
        {
            "index": index,
            "message": {"role": "assistant", "content": plan.text, "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": _finish(plan),
            **extra,
        }
        for index in range(plan.asked.choices)
    ]
    filtered = {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _SAFE}]}
    return _encode(
        {
            "id": f"chatcmpl-{plan.id}",
            "object": "chat.completion",
            "created": plan.created,
            "model": plan.model,
            "choices": choices,
            **_usage_part(plan),
            "service_tier": plan.tier or "default",
            "system_fingerprint": None,
            **(filtered if azure else {}),
        }
    )


def chat_stream(plan: Plan) -> list[bytes]:
    """The events of a stream; the usage chunk comes only if asked for, and is null in the others then."""
    head = {
        "id": f"chatcmpl-{plan.id}",
        "object": "chat.completion.chunk",
        "created": plan.created,
        "model": plan.model,
        "service_tier": plan.tier or "default",
        "system_fingerprint": None,
    }
    opening = {"role": "assistant", "content": "", "refusal": None}
    numbers = range(plan.asked.choices)
    events = [_prompt_filter_event()] if plan.asked.wire == "azure" else []
    events += [_chat_event(head, plan, number, opening, None) for number in numbers]
    for piece in plan.pieces:
        events += [_chat_event(head, plan, number, {"content": piece}, None) for number in numbers]
    events += [_chat_event(head, plan, number, {}, _finish(plan)) for number in numbers]
    return [*events, *_usage_event(head, plan), _DONE]


def completions(plan: Plan) -> bytes:
    return _encode(
        {
            "id": f"cmpl-{plan.id}",
            "object": "text_completion",
            "created": plan.created,
            "model": plan.model,
            "choices": [
                {"text": plan.text, "index": index, "logprobs": None, "finish_reason": _finish(plan)}
                for index in range(plan.asked.choices)
            ],
            **_usage_part(plan),
        }
    )


def completions_stream(plan: Plan) -> list[bytes]:
    head = {
        "id": f"cmpl-{plan.id}",
        "object": "text_completion",
        "created": plan.created,
        "model": plan.model,
    }
    numbers = range(plan.asked.choices)
    parts: list[tuple[str, str | None]] = [(piece, None) for piece in plan.pieces]
    parts.append(("", _finish(plan)))
    null = {"usage": None} if plan.asked.usage_in_stream else {}
    events = [
        _event(
            {
                **head,
                "choices": [{"text": text, "index": index, "logprobs": None, "finish_reason": reason}],
                **null,
            }
        )
        for text, reason in parts
        for index in numbers
    ]
    return [*events, *_usage_event(head, plan), _DONE]


def responses(plan: Plan) -> bytes:
    return _encode(_response(plan, ended=True))


def responses_stream(plan: Plan) -> list[bytes]:
    """Named events with rising sequence numbers, from response.created to response.completed."""
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": _response(plan, ended=False)},
        {"type": "response.in_progress", "response": _response(plan, ended=False)},
    ]
    index = 0
    if plan.usage.tokens_reasoning:
        item = _reasoning_item(plan)
        events.append({"type": "response.output_item.added", "output_index": 0, "item": item})
        events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
        index = 1
    events += _message_events(plan, index)
    ending = "response.incomplete" if plan.stopped_by_limit else "response.completed"
    events.append({"type": ending, "response": _response(plan, ended=True)})
    return [
        b"event: %b\ndata: %b\n\n"
        % (
            event["type"].encode(),
            _encode({"type": event["type"], "sequence_number": number, **event}),
        )
        for number, event in enumerate(events)
    ]


def embeddings(plan: Plan) -> bytes:
    asked = plan.asked
    vector = _vector(asked.dimensions, int(plan.id[0], 16), asked.floats_as_base64)
    tokens = plan.usage.tokens_input
    usage = {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}} if plan.usage_said else {}
    return _encode(
        {
            "object": "list",
            "data": [
                {"object": "embedding", "index": index, "embedding": vector} for index in range(asked.inputs)
            ],
            "model": plan.model,
            **usage,
        }
    )


def models(names: Sequence[str]) -> bytes:
    return _encode(
        {
            "object": "list",
            "data": [
                {"id": name, "object": "model", "created": _LISTED, "owned_by": "simulate"} for name in names
            ],
        }
    )


def error(status: int, sentence: str) -> bytes:
    kinds = {
        400: ("invalid_request_error", None),
        401: ("invalid_request_error", "invalid_api_key"),
        404: ("invalid_request_error", "model_not_found"),
        429: ("requests", "rate_limit_exceeded"),
    }
    kind, code = kinds.get(status, ("server_error" if status >= 500 else "invalid_request_error", None))
    return _encode({"error": {"message": sentence, "type": kind, "param": None, "code": code}})


def _finish(plan: Plan) -> str:
    return "length" if plan.stopped_by_limit else "stop"


def _event(content: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % _encode(content)


def _chat_event(
    head: dict[str, Any], plan: Plan, number: int, delta: dict[str, Any], reason: str | None
) -> bytes:
    choice = {"index": number, "delta": delta, "logprobs": None, "finish_reason": reason}
    if plan.asked.wire == "azure":
        choice["content_filter_results"] = _SAFE if delta else {}
    if plan.asked.usage_in_stream:
        return _event({**head, "choices": [choice], "usage": None})
    return _event({**head, "choices": [choice]})


def _prompt_filter_event() -> bytes:
    """Azure's first chunk has no choices, which readers must not take for the usage chunk."""
    results = [{"prompt_index": 0, "content_filter_results": _SAFE}]
    return _event(
        {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": results}
    )


def _usage_event(head: dict[str, Any], plan: Plan) -> list[bytes]:
    if not plan.asked.usage_in_stream or not plan.usage_said:
        return []
    return [_event({**head, "choices": [], **_usage_part(plan)})]


def _usage_part(plan: Plan) -> dict[str, Any]:
    if not plan.usage_said:
        return {}
    usage = plan.usage
    read: dict[str, int] = {"cached_tokens": usage.tokens_cache_read, "audio_tokens": 0}
    written = usage.tokens_cache_write + usage.tokens_cache_write_1h
    if written:
        read["cache_write_tokens"] = written
    return {
        "usage": {
            "prompt_tokens": plan.tokens_input_total,
            "completion_tokens": plan.tokens_output_total,
            "total_tokens": plan.tokens_input_total + plan.tokens_output_total,
            "prompt_tokens_details": read,
            "completion_tokens_details": {
                "reasoning_tokens": usage.tokens_reasoning,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }
    }


def _response(plan: Plan, *, ended: bool) -> dict[str, Any]:
    status = "in_progress"
    if ended:
        status = "incomplete" if plan.stopped_by_limit else "completed"
    output: list[dict[str, Any]] = []
    if ended and plan.usage.tokens_reasoning:
        output.append(_reasoning_item(plan))
    if ended:
        output.append(_message_item(plan, status, [_text_part(plan.text)]))
    incomplete = {"reason": "max_output_tokens"} if status == "incomplete" else None
    return {
        "id": f"resp_{plan.id}",
        "object": "response",
        "created_at": plan.created,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": incomplete,
        "instructions": None,
        "max_output_tokens": plan.asked.output_most,
        "model": plan.model,
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": (plan.tier or "default") if ended else "auto",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _response_usage(plan) if ended and plan.usage_said else None,
        "user": None,
        "metadata": {},
    }


def _response_usage(plan: Plan) -> dict[str, Any]:
    usage = plan.usage
    details: dict[str, Any] = {"cached_tokens": usage.tokens_cache_read}
    written = usage.tokens_cache_write + usage.tokens_cache_write_1h
    if written:
        details["cache_write_tokens"] = written
    return {
        "input_tokens": plan.tokens_input_total,
        "input_tokens_details": details,
        "output_tokens": plan.tokens_output_total,
        "output_tokens_details": {"reasoning_tokens": usage.tokens_reasoning},
        "total_tokens": plan.tokens_input_total + plan.tokens_output_total,
    }


def _reasoning_item(plan: Plan) -> dict[str, Any]:
    return {"id": f"rs_{plan.id}", "type": "reasoning", "summary": []}


def _message_item(plan: Plan, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"msg_{plan.id}",
        "type": "message",
        "status": status,
        "content": content,
        "role": "assistant",
    }


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _message_events(plan: Plan, index: int) -> list[dict[str, Any]]:
    place = {"item_id": f"msg_{plan.id}", "output_index": index, "content_index": 0}
    status = "incomplete" if plan.stopped_by_limit else "completed"
    added = _message_item(plan, "in_progress", [])
    done = _message_item(plan, status, [_text_part(plan.text)])
    return [
        {"type": "response.output_item.added", "output_index": index, "item": added},
        {"type": "response.content_part.added", **place, "part": _text_part("")},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in plan.pieces
        ),
        {"type": "response.output_text.done", **place, "text": plan.text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": _text_part(plan.text)},
        {"type": "response.output_item.done", "output_index": index, "item": done},
    ]


@functools.lru_cache(maxsize=256)
def _vector(dimensions: int, variant: int, as_base64: bool) -> list[float] | str:
    """One of 16 unit vectors of a dimension, as floats or as the base64 of little-endian 32-bit floats."""
    noise = hashlib.shake_128(b"%d" % variant).digest(2 * dimensions)
    raw = [value - 32767.5 for value in struct.unpack(f"<{dimensions}H", noise)]
    length = sum([value * value for value in raw]) ** 0.5
    packed = struct.pack(f"<{dimensions}f", *[value / length for value in raw])
    if as_base64:
        return base64.b64encode(packed).decode("ascii")
    return list(struct.unpack(f"<{dimensions}f", packed))
