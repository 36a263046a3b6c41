"""How a stream of OpenAI's Responses ends when it is too long.

All that is open is closed in the documented order: texts, parts, items, and at last the response, which is
`incomplete` and holds the whole output, as the provider's own last event would. So the output is kept until
the stream ends, up to a bound.
"""

from typing import Any, Final

import msgspec

from bursar.gateway.endings import Ending, named
from bursar.metering.salvage import Decoder
from bursar.vocab.event import Event
from bursar.vocab.usage import tokens_input_total, tokens_output_total

_KEPT_MOST: Final = 1024 * 1024
"""Bytes of one stream's output; of a longer one the last event has no output, and what is open stays open."""

# What streams as `response.X.delta`: the field that it becomes, and the list of parts where that is, if any.
_TEXTS: Final = {
    "output_text": ("text", "content"),
    "refusal": ("refusal", "content"),
    "reasoning_text": ("text", "content"),
    "reasoning_summary_text": ("text", "summary"),
    "function_call_arguments": ("arguments", ""),
    "custom_tool_call_input": ("input", ""),
    "mcp_call_arguments": ("arguments", ""),
    "code_interpreter_call_code": ("code", ""),
}
# Nobody says that a summary is shorter than the reasoning that it sums up and that is billed.
_COUNTED: Final = frozenset(f"response.{name}.delta" for name in _TEXTS if name != "reasoning_summary_text")
_ENDS: Final = frozenset(("response.completed", "response.incomplete", "response.failed", "error"))
_PARTS_ADDED: Final = {
    "response.content_part.added": "content",
    "response.reasoning_part.added": "content",
    "response.reasoning_summary_part.added": "summary",
}
_INDEX_OF: Final = {"content": "content_index", "summary": "summary_index"}
_NOTHING: Final = msgspec.Raw(b"")
_Place = tuple[str, int]


class _ResponseEvent(msgspec.Struct):
    type: str | None = None
    sequence_number: int | None = None
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    delta: Any = None
    item: msgspec.Raw = _NOTHING
    part: msgspec.Raw = _NOTHING
    response: msgspec.Raw = _NOTHING


class _Part:
    """A part of an item, or an item's one text, while it is open."""

    def __init__(self, closing: str = "", begun: bytes = b"{}") -> None:
        self.closing = closing  # the event that closes the part; empty where none opened it
        self.begun = begun
        self.whole: bytes | None = None  # as the provider closed it
        self.kind = ""  # of its text
        self.text: list[str] = []
        self.text_is_open = False


class _Item:
    def __init__(self, begun: bytes) -> None:
        self.begun = begun
        self.parts: dict[_Place, _Part] = {}


class ResponseEnding(Ending[_ResponseEvent]):
    """The Responses API's stream of events."""

    __slots__ = ("_kept_bytes", "_number", "_open", "_response", "_whole")

    decoder = Decoder(_ResponseEvent)

    def __init__(self, most: int, answers: int) -> None:
        super().__init__(most, answers)
        self._number = -1
        self._response = b"{}"
        self._open: dict[int, _Item] = {}
        self._whole: dict[int, bytes] = {}
        self._kept_bytes = 0

    def tokens(self, piece: _ResponseEvent) -> int:
        return int(piece.type in _COUNTED and bool(piece.delta))

    def add(self, piece: _ResponseEvent) -> None:
        self.left -= self.tokens(piece)
        self._number = max(self._number, piece.sequence_number or 0)
        kind = piece.type or ""
        if kind in _ENDS:
            self.has_ended = True
        elif piece.response:
            self._response = bytes(piece.response)
        elif self._kept_bytes <= _KEPT_MOST:
            self._kept_bytes += len(piece.item) + len(piece.part)
            self._note(kind, piece)

    def _note(self, kind: str, piece: _ResponseEvent) -> None:
        at = piece.output_index or 0
        if kind == "response.output_item.added":
            self._open[at] = _Item(bytes(piece.item))
        elif kind == "response.output_item.done":
            self._open.pop(at, None)
            self._whole[at] = bytes(piece.item)
        elif (item := self._open.get(at)) is not None:
            self._note_part(item, kind, piece)

    def _note_part(self, item: _Item, kind: str, piece: _ResponseEvent) -> None:
        if where := _PARTS_ADDED.get(kind):
            closing = kind.removesuffix("added") + "done"
            item.parts[_place(where, piece)] = _Part(closing, bytes(piece.part))
        elif (where := _PARTS_ADDED.get(kind.removesuffix("done") + "added")) and piece.part:
            item.parts.setdefault(_place(where, piece), _Part()).whole = bytes(piece.part)
        else:
            _, _, rest = kind.partition(".")
            name, _, what = rest.rpartition(".")
            if name in _TEXTS:
                self._note_text(item, name, what, piece)

    def _note_text(self, item: _Item, name: str, what: str, piece: _ResponseEvent) -> None:
        part = item.parts.setdefault(_place(_TEXTS[name][1], piece), _Part())
        part.kind = name
        part.text_is_open = what == "delta"
        if part.text_is_open and isinstance(piece.delta, str):
            part.text.append(piece.delta)
            self._kept_bytes += len(piece.delta)

    def written(self, event: Event, *, bare: bool) -> bytes:
        said: list[bytes] = []
        output: list[object] = []
        if self._kept_bytes <= _KEPT_MOST:
            for at in sorted(self._whole.keys() | self._open.keys()):
                if at in self._open:
                    output.append(self._close_item(at, self._open[at], said))
                else:
                    output.append(msgspec.Raw(self._whole[at]))
        response = {
            "id": event.provider_call_id,
            "object": "response",
            "created_at": event.started_at_us // 1_000_000,
            "model": event.model_served or event.model,
            **_fields(self._response),
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "output": output,
            "usage": _usage(event),
        }
        self._say(said, "response.incomplete", {"response": response})
        return b"".join(said)

    def _close_item(self, at: int, open_item: _Item, said: list[bytes]) -> dict[str, object]:
        """Say that the item, and all that is open in it, is done; the item as it is in the end."""
        item = _fields(open_item.begun)
        where_is = {"item_id": item.get("id"), "output_index": at}
        lists: dict[str, list[object]] = {}
        for (where, index), part in sorted(open_item.parts.items(), key=lambda one: one[0]):
            if where:
                here = {**where_is, _INDEX_OF[where]: index}
                lists.setdefault(where, []).append(self._close_part(here, part, said))
            else:
                field, text = _TEXTS[part.kind][0], "".join(part.text)
                item[field] = text
                if part.text_is_open:
                    named_also = {"name": item["name"]} if "name" in item else {}
                    self._say(said, f"response.{part.kind}.done", {**where_is, field: text, **named_also})
        item |= lists
        item["status"] = "incomplete"
        self._say(said, "response.output_item.done", {"output_index": at, "item": item})
        return item

    def _close_part(self, here: dict[str, object], part: _Part, said: list[bytes]) -> object:
        if part.whole is not None:
            return msgspec.Raw(part.whole)
        fields = _fields(part.begun)
        if part.kind:
            fields.setdefault("type", part.kind.replace("reasoning_summary_text", "summary_text"))
            field, text = _TEXTS[part.kind][0], "".join(part.text)
            fields[field] = text
            if part.text_is_open:
                odds: dict[str, object] = {"logprobs": []} if part.kind == "output_text" else {}
                self._say(said, f"response.{part.kind}.done", {**here, field: text, **odds})
        if part.closing:
            self._say(said, part.closing, {**here, "part": fields})
        return fields

    def _say(self, said: list[bytes], name: str, fields: dict[str, object]) -> None:
        self._number += 1
        said.append(named(name, {**fields, "sequence_number": self._number}))


def _place(where: str, piece: _ResponseEvent) -> _Place:
    if not where:
        return ("", 0)
    return where, (piece.content_index if where == "content" else piece.summary_index) or 0


def _fields(encoded: bytes) -> dict[str, Any]:
    """The fields of an object; none where it is no object."""
    try:
        found = msgspec.json.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _usage(event: Event) -> dict[str, object]:
    usage = event.usage
    given, made = tokens_input_total(usage), tokens_output_total(usage)
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": usage.tokens_cache_read},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": usage.tokens_reasoning},
        "total_tokens": given + made,
    }
