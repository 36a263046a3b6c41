"""The end of a cut stream of OpenAI's Responses API: open items are closed, the response is incomplete."""

import re
from typing import Any, Final

import msgspec

from bursar.gateway.cutting_shared import StreamCut, named
from bursar.vocab.event import Event

_HEARD: Final = re.compile(rb'"response\.(?:created|output_item\.|content_part\.added|[a-z_]+\.delta")')
_TEXTS: Final = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.function_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
}


class _Said(msgspec.Struct, gc=False):
    """An event of the stream, as far as its end depends on it."""

    type: str = ""
    sequence_number: int = 0
    output_index: int = 0
    content_index: int = 0
    response: dict[str, Any] | None = None
    item: dict[str, Any] | None = None
    part: dict[str, Any] | None = None
    delta: Any = None


_decode: Final = msgspec.json.Decoder(_Said).decode


class ResponseCut(StreamCut):
    """Keeps what the items of the response have come to, because its last event repeats all of them.

    A summary of the reasoning is no part of the output, so its pieces are not counted.
    """

    __slots__ = ("_items", "_open", "_pending", "_response", "_sequence")
    _piece = re.compile(
        rb'"response\.(?:output_text|refusal|reasoning_text|function_call_arguments|custom_tool_call_input'
        rb'|code_interpreter_call_code|mcp_call_arguments)\.delta"'
    )

    def __init__(self, most: int, answers: int) -> None:
        super().__init__(most, answers)
        self._pending = b""
        self._response: dict[str, Any] = {}
        self._items: dict[int, dict[str, Any]] = {}
        self._open: set[int] = set()
        self._sequence = 0

    def is_over(self, data: bytes, *, is_whole: bool) -> bool:
        lines = (self._pending + data).split(b"\n")
        self._pending = lines.pop()
        for line in lines:
            if line.startswith(b"data:") and _HEARD.search(line):
                self._hear(line[5:])
        return super().is_over(data, is_whole=is_whole)

    def _hear(self, payload: bytes) -> None:
        try:
            said = _decode(payload)
        except msgspec.MsgspecError:
            return
        self._sequence = said.sequence_number
        place = said.output_index
        if said.type == "response.created" and said.response is not None:
            self._response = said.response
        elif said.item is not None:
            self._items[place] = said.item
            (self._open.discard if said.type.endswith(".done") else self._open.add)(place)
        elif said.part is not None:
            _parts(self._item(place)).append(said.part)
        elif isinstance(said.delta, str) and said.type in _TEXTS:
            self._add(place, said)

    def _item(self, place: int) -> dict[str, Any]:
        """The item at a place; a provider that never announced it writes a message."""
        self._open.add(place)
        return self._items.setdefault(
            place, {"id": f"msg_{place}", "type": "message", "role": "assistant", "content": []}
        )

    def _add(self, place: int, said: _Said) -> None:
        item, field = self._item(place), _TEXTS[said.type]
        if field in ("arguments", "input"):
            item[field] = str(item.get(field) or "") + said.delta
            return
        parts = _parts(item)
        while len(parts) <= said.content_index:
            parts.append({"type": "output_text", "text": "", "annotations": []})
        part = parts[said.content_index]
        part[field] = str(part.get(field) or "") + said.delta

    def ending(self, event: Event) -> bytes:
        out = [self._closed(place) for place in sorted(self._open)]
        usage = event.usage
        response = {
            "id": event.provider_call_id,
            "object": "response",
            "created_at": event.started_at_us // 1_000_000,
            "model": event.model_served or event.model,
            **self._response,
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "output": [self._items[place] for place in sorted(self._items)],
            "usage": {
                "input_tokens": usage.tokens_input + usage.tokens_cache_read,
                "input_tokens_details": {"cached_tokens": usage.tokens_cache_read},
                "output_tokens": usage.tokens_output + usage.tokens_reasoning,
                "output_tokens_details": {"reasoning_tokens": usage.tokens_reasoning},
                "total_tokens": usage.tokens_input
                + usage.tokens_cache_read
                + usage.tokens_output
                + usage.tokens_reasoning,
            },
        }
        return b"".join(out) + self._event("response.incomplete", {"response": response})

    def _closed(self, place: int) -> bytes:
        """The events that close an item: its parts, then itself."""
        item, out = self._items[place], b""
        item["status"] = "incomplete"
        about: dict[str, object] = {"item_id": item.get("id", ""), "output_index": place}
        for index, part in enumerate(_parts(item) if item.get("type") == "message" else ()):
            kind = "refusal" if part.get("type") == "refusal" else "text"
            done = "response.refusal.done" if kind == "refusal" else "response.output_text.done"
            of_part: dict[str, object] = {**about, "content_index": index}
            logprobs: dict[str, object] = {"logprobs": []} if kind == "text" else {}
            out += self._event(done, {**of_part, kind: part.get(kind, ""), **logprobs})
            out += self._event("response.content_part.done", {**of_part, "part": part})
        return out + self._event("response.output_item.done", {"output_index": place, "item": item})

    def _event(self, name: str, fields: dict[str, object]) -> bytes:
        self._sequence += 1
        return named(name, {"sequence_number": self._sequence, **fields})


def _parts(item: dict[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(item.get("content"), list):
        item["content"] = []
    parts: list[dict[str, Any]] = item["content"]
    return parts
