"""`token`: API tokens of people, for programs."""

from typing import Any
from urllib.parse import quote

import click

from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane
from bursar.cli.keys import split_words
from bursar.cli.people import find


@click.group(cls=Commands)
def token() -> None:
    """Make, list and revoke tokens with which programs use the API in a person's name."""


@token.command("create")
@click.argument("who", metavar="EMAIL")
@click.option("--name", required=True, metavar="TEXT", help="What it is for.")
@click.option(
    "--only", multiple=True, metavar="PERMISSIONS", help="Such as usage.read,budgets.read; all if not given."
)
@click.option("--expires", default="30d", show_default=True, metavar="WHEN", help="Within a year.")
@json_option
@with_control
def create(
    control: ControlPlane, who: str, name: str, only: tuple[str, ...], expires: str, as_json: bool
) -> None:
    """Make a token of somebody and print its secret, once."""
    wanted: dict[str, Any] = {"person": find(control, who), "name": name, "expires": expires}
    if only:
        wanted["permissions"] = split_words(only)
    reply = control.post("/tokens", wanted)
    if as_json:
        print_json(reply)
        return
    out = console()
    out.print(f"id      {reply['id']}")
    out.print(f"secret  {reply['secret']}")
    click.echo("Keep the secret: it is shown only now.", err=True)


@token.command("list")
@json_option
@with_control
def list_all(control: ControlPlane, as_json: bool) -> None:
    """Show every live token, without its secret."""
    reply = control.get("/tokens", {"of": "everyone"})
    if as_json:
        print_json(reply)
        return
    names = {one["id"]: one["email"] or one["name"] for one in control.get("/people")["people"]}
    rows = table("id", "of", "name", "may", "expires", "last used", whole=frozenset({"id"}))
    for one in reply["tokens"]:
        may = "all that they may" if one["permissions"] is None else ", ".join(one["permissions"])
        used = (one["last_used_at"] or "never")[:16]
        whose = names.get(one["person"], one["person"])
        rows.add_row(*map(plain, (one["id"], whose, one["name"], may, one["expires_at"][:16], used)))
    console().print(rows)


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@json_option
@with_control
def revoke(control: ControlPlane, token_id: str, as_json: bool) -> None:
    """End a token at once."""
    reply = control.delete(f"/tokens/{quote(token_id, safe='')}")
    if as_json:
        print_json(reply)
        return
    console().print(f"revoked {reply['id']} at {reply['revoked_at']}")
