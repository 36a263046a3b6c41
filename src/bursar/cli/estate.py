"""`apply` and `plan`: put a declared world in force, or see what that would change."""

from typing import Any

import click

from bursar.cli.command import console, json_option, plain, print_json, with_control
from bursar.cli.control import ControlPlane
from bursar.cli.effect import show_effect
from bursar.cli.files import read_sources

_MARKS = {"created": "[green]+[/]", "updated": "[yellow]~[/]", "removed": "[red]-[/]"}

_RULES = ("tier", "policy", "budget")
_EFFECT_TIMEOUT_S = 120.0

_files = click.option(
    "-f",
    "--file",
    "paths",
    multiple=True,
    required=True,
    metavar="PATH",
    help="A YAML file, a folder of them, or - for stdin; may be given several times.",
)
_prune = click.option(
    "--prune", is_flag=True, help="Remove the documents in force that are not in the files."
)


@click.command()
@_files
@click.option("--dry-run", is_flag=True, help="Say what would happen and do nothing.")
@_prune
@json_option
@with_control
def apply(control: ControlPlane, paths: tuple[str, ...], dry_run: bool, prune: bool, as_json: bool) -> None:
    """Put the documents of YAML files in force, all or none."""
    _show(_send(control, paths, dry_run=dry_run, prune=prune), as_json=as_json)


@click.command()
@_files
@_prune
@json_option
@with_control
def plan(control: ControlPlane, paths: tuple[str, ...], prune: bool, as_json: bool) -> None:
    """Show what `apply` would change, field by field, and change nothing.

    Where tiers or policies change, also what they would have done to the calls of the last 30 days, and
    which policies contradict each other.
    """
    files = _files_of(paths)
    reply = control.post("/estate/apply", {"files": files, "dry_run": True, "prune": prune})
    effect = None
    if any(one["kind"] in _RULES and one["action"] != "unchanged" for one in reply["changes"]):
        body = {"files": files, "prune": prune}
        effect = control.post("/policy/effect", body, timeout_s=_EFFECT_TIMEOUT_S)
    if as_json:
        print_json({**reply, "effect": effect})
        return
    _show(reply, as_json=False)
    if effect is not None:
        show_effect(effect)


def _files_of(paths: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"path": source.path, "text": source.text} for source in read_sources(paths)]


def _send(control: ControlPlane, paths: tuple[str, ...], *, dry_run: bool, prune: bool) -> dict[str, Any]:
    files = _files_of(paths)
    return control.post("/estate/apply", {"files": files, "dry_run": dry_run, "prune": prune})


def _show(reply: dict[str, Any], *, as_json: bool) -> None:
    for warning in reply["warnings"]:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        print_json(reply)
        return
    out = console()
    for change in reply["changes"]:
        if change["action"] == "unchanged":
            continue
        out.print(f"{_MARKS[change['action']]} {change['kind']} {plain(change['name'])}")
        for field in change["fields"]:
            before, after = (_value(field[side]) for side in ("before", "after"))
            out.print(f"    {field['field']}: {before} -> {after}")
    counts = ", ".join(f"{reply[word]} {word}" for word in ("created", "updated", "unchanged", "removed"))
    would = "would be: " if reply["dry_run"] else ""
    out.print(f"{would}{counts}")


def _value(text: str | None) -> str:
    return "(not set)" if text is None else plain(text)
