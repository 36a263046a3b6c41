"""YAML text to plain trees whose every value knows its line and how it was written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from bursar.estate.problem import Problem

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"
_NESTING_MAX: Final = 40  # far more than any kind needs; keeps a hostile file from exhausting memory
_RESOLVER: Final[Any] = yaml.SafeLoader("")  # its `resolve` says which type plain text stands for


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: `text` as written, `type` one of str, int, float, bool, null, timestamp."""

    line: int
    text: str
    type: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    items: list["Tree"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; `key_lines` says where each key stands."""

    line: int
    fields: dict[str, "Tree"] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


Tree: TypeAlias = Scalar | Items | Fields


class _Mistake(Exception):
    """Something that YAML allows and an estate does not; ends the reading of this file."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class _Open:
    """A container whose end has not been read; a mapping waits for the value of `key`."""

    tree: Items | Fields
    anchor: str | None
    key: Scalar | None = None
    merges: list[Tree] = field(default_factory=list)


def read_trees(path: str, text: str, problems: list[Problem]) -> list[Tree]:
    """The documents of one YAML file, empty ones left out.

    What cannot be read is added to `problems`; the documents before it are returned all the same.
    """
    trees: list[Tree] = []
    try:
        trees.extend(_trees(text))
    except _Mistake as mistake:
        problems.append(Problem(path=path, line=mistake.line, message=str(mistake)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = " ".join(part for part in (error.context, error.problem) if part)
        problems.append(
            Problem(path=path, line=mark.line + 1 if mark else 1, message=f"this is not YAML: {sentence}")
        )
    except yaml.YAMLError as error:
        problems.append(Problem(path=path, line=1, message=f"this is not YAML: {str(error).splitlines()[0]}"))
    return trees


def _trees(text: str) -> Iterator[Tree]:
    """Build from the parser's events with an own stack, so that deep nesting cannot exhaust the C stack."""
    stack: list[_Open] = []
    anchors: dict[str, Tree] = {}
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        finished: Tree | None = None
        if isinstance(event, yaml.DocumentStartEvent):
            anchors = {}
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) >= _NESTING_MAX:
                raise _Mistake(line, f"nested more than {_NESTING_MAX} levels deep")
            is_map = isinstance(event, yaml.MappingStartEvent)
            stack.append(_Open(Fields(line) if is_map else Items(line), event.anchor))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            finished = _closed(stack.pop(), anchors)
        elif isinstance(event, yaml.ScalarEvent):
            finished = _scalar(event, line)
            if event.anchor:
                anchors[event.anchor] = finished
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise _Mistake(line, f"there is no finished anchor &{event.anchor} above this place")
            finished = anchors[event.anchor]
        if finished is None:
            continue
        if stack:
            _put(stack[-1], finished, line)
        elif not (isinstance(finished, Scalar) and finished.type == "null"):
            yield finished


def _scalar(event: yaml.ScalarEvent, line: int) -> Scalar:
    tag: str | None = event.tag
    if tag is None or tag == "!":
        tag = str(_RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit))
    if not tag.startswith(_TAG):
        raise _Mistake(line, f"the tag {tag} is not known here: write the plain value")
    return Scalar(line, event.value, tag.removeprefix(_TAG))


def _put(holder: _Open, tree: Tree, line: int) -> None:
    """Add a finished value to its list, or as the key or the value of its mapping."""
    if isinstance(holder.tree, Items):
        holder.tree.items.append(tree)
    elif holder.key is None:
        if not isinstance(tree, Scalar):
            raise _Mistake(line, "a key must be a word, not a list or a mapping")
        holder.key = tree
    else:
        key, holder.key = holder.key, None
        if key.type == "merge":
            holder.merges.append(tree)
            return
        if key.text in holder.tree.fields:
            first = holder.tree.key_lines[key.text]
            raise _Mistake(key.line, f"{key.text!r} stands twice in one mapping, first on line {first}")
        holder.tree.fields[key.text] = tree
        holder.tree.key_lines[key.text] = key.line


def _closed(opened: _Open, anchors: dict[str, Tree]) -> Tree:
    """The finished container; `<<` fills in only what the mapping does not say itself."""
    tree = opened.tree
    for merge in opened.merges:
        for source in merge.items if isinstance(merge, Items) else [merge]:
            if not isinstance(source, Fields) or not isinstance(tree, Fields):
                raise _Mistake(merge.line, "<< takes a mapping or a list of mappings")
            for key, value in source.fields.items():
                if key not in tree.fields:
                    tree.fields[key] = value
                    tree.key_lines[key] = source.key_lines[key]
    if opened.anchor:
        anchors[opened.anchor] = tree
    return tree


def from_plain(value: object) -> Tree:
    """A tree of values that came as JSON; it has no lines (0)."""
    match value:
        case dict():
            fields = {str(key): from_plain(item) for key, item in value.items()}
            return Fields(0, fields, dict.fromkeys(fields, 0))
        case list():
            return Items(0, [from_plain(item) for item in value])
        case None:
            return Scalar(0, "null", "null")
        case bool():
            return Scalar(0, str(value).lower(), "bool")
        case int() | float():
            return Scalar(0, str(value), type(value).__name__)
        case _:
            return Scalar(0, str(value), "str")
