"""`key`: make, list and end the virtual keys that callers use."""

from typing import Any
from urllib.parse import quote

import click

from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane


def split_words(words: tuple[str, ...]) -> list[str]:
    """`--may-set team,product --may-set environment` as one list."""
    return [word.strip() for given in words for word in given.split(",") if word.strip()]


@click.group(cls=Commands)
def key() -> None:
    """Make, list and revoke the keys that callers use in place of a provider's key."""


@key.command("create")
@click.option("--team", metavar="NAME", help="Who pays.")
@click.option("--product", metavar="NAME", help="What it is for.")
@click.option("--use-case", metavar="NAME", help="Why the calls are made.")
@click.option("--environment", metavar="NAME", help="Such as production or staging.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A further tag; several are allowed.")
@click.option(
    "--may-set",
    multiple=True,
    metavar="NAMES",
    help="Tags that a caller may set on a call, such as team,use_case,tag:tenant.",
)
@click.option(
    "--models",
    multiple=True,
    metavar="PATTERNS",
    help="Models it may use, such as gpt-4o*; all if not given.",
)
@click.option("--expires", metavar="WHEN", help="30d, 12h, 4w, or a time such as 2027-01-01T00:00:00Z.")
@click.option("--label", default="", metavar="TEXT", help="What people call it.")
@json_option
@with_control
def create(
    control: ControlPlane,
    tags: tuple[str, ...],
    may_set: tuple[str, ...],
    models: tuple[str, ...],
    label: str,
    as_json: bool,
    **given: str | None,
) -> None:
    """Make a key and print its secret, once."""
    request: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    request["tags"] = dict(_pair(tag) for tag in tags)
    request["may_set"] = [word.replace("use-case", "use_case") for word in split_words(may_set)]
    request["models"] = split_words(models)
    request["label"] = label
    reply = control.post("/keys", request)
    if as_json:
        print_json({"id": reply["id"], "secret": reply["secret"], **reply})
        return
    out = console()
    out.print(f"id      {reply['id']}")
    out.print(f"secret  {reply['secret']}")
    click.echo("Keep the secret: it is shown only now.", err=True)


@key.command("list")
@json_option
@with_control
def list_all(control: ControlPlane, as_json: bool) -> None:
    """Show every key, without its secret."""
    reply = control.get("/keys")
    if as_json:
        print_json(reply)
        return
    columns = ("id", "status", "team", "product", "use case", "environment", "expires", "label")
    rows = table(*columns, whole=frozenset({"id", "status"}))
    for item in reply["keys"]:
        tags = (item[name] for name in ("team", "product", "use_case", "environment"))
        expires = (item["expires_at"] or "never")[:16]
        rows.add_row(*map(plain, (item["id"], item["status"], *tags, expires, item["label"])))
    console().print(rows)


@key.command("revoke")
@click.argument("key_ids", nargs=-1, required=True, metavar="ID...")
@json_option
@with_control
def revoke(control: ControlPlane, key_ids: tuple[str, ...], as_json: bool) -> None:
    """End keys; within a second no gateway worker takes them any more."""
    replies = [control.delete(f"/keys/{quote(key_id, safe='')}") for key_id in key_ids]
    if as_json:
        print_json({"keys": replies})
        return
    for reply in replies:
        console().print(f"revoked {reply['id']} at {reply['revoked_at']}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r}: write KEY=VALUE", param_hint="--tag")
    return name.strip(), value.strip()
