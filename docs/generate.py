"""Writes docs/reference/{cli,estate,settings}.md from the code; `--check` only says which are stale."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from msgspec import NODEFAULT, inspect, to_builtins

from bursar.cli import Starters, make_cli
from bursar.config import SETTINGS
from bursar.estate.kinds import KINDS
from bursar.vocab.errors import InvariantBroken

FOLDER = Path(__file__).parent / "reference"
MARK = "<!-- Made by docs/generate.py from the code; change the code, then run `make docs`. -->"


def pages() -> dict[str, str]:
    """The reference pages by file name."""
    return {"cli.md": cli_page(), "estate.md": estate_page(), "settings.md": settings_page()}


def stale(folder: Path = FOLDER) -> list[str]:
    """Names of pages whose file is missing or says something else than the code."""
    return [
        name
        for name, text in pages().items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        MARK,
        "",
        "Each setting is a variable of the environment and a flag of `bursar up`, `bursar gateway` and",
        "`bursar control`; the flag wins. In a default, `{home}`, `{host}` and `{console_port}` stand for",
        "the settings of that name, and `{cores}` for the number of cores.",
        "",
        "| variable | flag | default | what it does |",
        "| --- | --- | --- | --- |",
    ]
    for setting in SETTINGS:
        sentence = _cell(setting.sentence)
        lines.append(f"| `{setting.variable}` | `{setting.flag}` | `{setting.default}` | {sentence} |")
    return _text(lines)


def estate_page() -> str:
    lines = [
        "# Estate documents",
        "",
        MARK,
        "",
        "The declared world is written as YAML documents, any number in a file, with `kind` and `name`;",
        "the two together are unique. `bursar plan -f PATH` shows what would change, `bursar apply -f PATH`",
        "makes it so, `bursar schema` prints the JSON Schema of all kinds. Amounts of money are decimal",
        "numbers in quotes.",
    ]
    nested: dict[str, inspect.StructType] = {}
    for kind in KINDS:
        info = _struct(kind)
        lines += ["", f"## {kind.KIND}", "", _first_sentence(kind), "", *_fields(info, nested)]
    shown: set[str] = set()
    while further := sorted(nested.keys() - shown):
        for name in further:
            shown.add(name)
            info = nested[name]
            lines += ["", f"### {name}", "", _first_sentence(info.cls), "", *_fields(info, nested)]
    return _text(lines)


def _fields(info: inspect.StructType, nested: dict[str, inspect.StructType]) -> Iterator[str]:
    yield "| field | type | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for field in sorted(info.fields, key=lambda item: (not item.required, item.encode_name != "name")):
        sentence = ""
        kind = field.type
        while isinstance(kind, inspect.Metadata):
            sentence = sentence or (kind.extra_json_schema or {}).get("description", "")
            kind = kind.type
        shown = _type(kind, nested)
        yield f"| `{field.encode_name}` | {shown} | {_default(field)} | {_cell(sentence)} |"


def _type(kind: inspect.Type, nested: dict[str, inspect.StructType]) -> str:
    match kind:
        case inspect.Metadata():
            return _type(kind.type, nested)
        case inspect.StructType():
            nested[kind.cls.__name__] = kind
            return f"[{kind.cls.__name__}](#{kind.cls.__name__.lower()})"
        case inspect.UnionType():
            written = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            return " or ".join(_type(one, nested) for one in written)
        case inspect.ListType():
            return f"list of {_type(kind.item_type, nested)}"
        case inspect.DictType():
            return f"mapping of {_type(kind.key_type, nested)} to {_type(kind.value_type, nested)}"
        case inspect.LiteralType():
            return ", ".join(f"`{value}`" for value in kind.values if value)
        case inspect.StrType():
            return "decimal in quotes" if "[0-9]{1,12}" in (kind.pattern or "") else "text"
        case inspect.IntType():
            return "whole number"
        case inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "true or false"
        case _:
            raise InvariantBroken(f"no words for the type {kind}")


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    if field.default is NODEFAULT:
        return ""
    value = to_builtins(field.default)
    if isinstance(value, Mapping | list) or value == "":
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _struct(kind: type) -> inspect.StructType:
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType):
        raise InvariantBroken(f"{kind} is no record")
    return info


def _first_sentence(kind: type) -> str:
    return (kind.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()


def cli_page() -> str:
    root = make_cli(_no_starters())
    context = click.Context(root, info_name="bursar")
    lines = ["# Command line", "", MARK, "", *_help_lines(root)]
    for command, path in _commands(root, context):
        lines += ["", f"## {path.command_path}", "", "```", _usage(command, path), "```", ""]
        lines += _help_lines(command)
        lines += _options(command, path)
    return _text(lines)


def _commands(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.commands[name]
        below = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _commands(command, below)
        else:
            yield command, below


def _usage(command: click.Command, context: click.Context) -> str:
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def _help_lines(command: click.Command) -> list[str]:
    return [line.strip() for line in (command.help or "").strip().splitlines()]


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record and "--help" not in parameter.opts:
            rows.append(
                f"| `{record[0].replace('|', chr(92) + '|')}` | {_cell(' '.join(record[1].split()))} |"
            )
    if rows:
        yield ""
        yield "| option | meaning |"
        yield "| --- | --- |"
        yield from rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _no_starters() -> Starters:
    def nothing(*_: Any) -> Any:
        raise InvariantBroken("the reference pages start nothing")

    return Starters(
        up=nothing, gateway=nothing, control=nothing, simulate=nothing, replay=nothing, outboxes=nothing
    )


def main() -> int:
    if "--check" in sys.argv[1:]:
        for name in stale():
            print(f"docs/reference/{name} is stale: run `make docs`", file=sys.stderr)
        return 1 if stale() else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
