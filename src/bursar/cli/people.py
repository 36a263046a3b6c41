"""`sign-in`, `person`: links that sign in, and who may do what in the console."""

from typing import Any

import click

from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane
from bursar.vocab.errors import InvalidInput, NotFound, near_names

_ROLE_HELP = (
    "A role: administrator, finance, procurement, approver, engineer, viewer or auditor. "
    "Limited: viewer:team=search,team=ads or engineer:product=answers."
)


@click.command("sign-in")
@json_option
@with_control
def sign_in(control: ControlPlane, as_json: bool) -> None:
    """Make a link that signs the administrator in to the console: once, within an hour."""
    _print_link(control.post("/people/administrator/link", {}), as_json=as_json)


@click.group(cls=Commands)
def person() -> None:
    """Say who may sign in to the console, and what they may do there."""


@person.command("add")
@click.argument("email", metavar="EMAIL")
@click.option("--name", default="", metavar="TEXT", help="What people call them.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help=_ROLE_HELP)
@json_option
@with_control
def add(control: ControlPlane, email: str, name: str, roles: tuple[str, ...], as_json: bool) -> None:
    """Add somebody and print the link that signs them in."""
    wanted = {"email": email, "name": name, "roles": [read_role(text) for text in roles]}
    _print_link(control.post("/people", wanted), as_json=as_json)


@person.command("list")
@json_option
@with_control
def list_all(control: ControlPlane, as_json: bool) -> None:
    """Show everybody who may sign in."""
    reply = control.get("/people")
    if as_json:
        print_json(reply)
        return
    columns = ("id", "status", "e-mail", "name", "by", "roles", "last seen", "sessions")
    rows = table(*columns, right=frozenset({"sessions"}), whole=frozenset({"id", "status"}))
    for one in reply["people"]:
        roles = ", ".join(map(role_words, (*one["roles"], *one["roles_by_groups"]))) or "none"
        seen = (one["last_seen_at"] or "never")[:16]
        rows.add_row(
            *map(
                plain,
                (one["id"], one["status"], one["email"], one["name"], one["origin"], roles, seen),
            ),
            str(one["sessions"]),
        )
    console().print(rows)


@person.command("roles")
@click.argument("who", metavar="EMAIL")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help=f"{_ROLE_HELP} None: takes all away.")
@json_option
@with_control
def set_roles(control: ControlPlane, who: str, roles: tuple[str, ...], as_json: bool) -> None:
    """Give somebody exactly these roles; what they have by their groups stays."""
    wanted = {"roles": [read_role(text) for text in roles]}
    _print_person(control.patch(f"/people/{find(control, who)}", wanted), as_json=as_json)


@person.command("disable")
@click.argument("who", metavar="EMAIL")
@json_option
@with_control
def disable(control: ControlPlane, who: str, as_json: bool) -> None:
    """Sign somebody out everywhere, and let them in no more; their links and tokens end too."""
    reply = control.patch(f"/people/{find(control, who)}", {"status": "disabled"})
    _print_person(reply, as_json=as_json)


@person.command("enable")
@click.argument("who", metavar="EMAIL")
@json_option
@with_control
def enable(control: ControlPlane, who: str, as_json: bool) -> None:
    """Let somebody in again who was disabled."""
    reply = control.patch(f"/people/{find(control, who)}", {"status": "active"})
    _print_person(reply, as_json=as_json)


@person.command("link")
@click.argument("who", metavar="EMAIL")
@json_option
@with_control
def link(control: ControlPlane, who: str, as_json: bool) -> None:
    """Make a new link that signs somebody in; earlier ones end."""
    _print_link(control.post(f"/people/{find(control, who)}/link", {}), as_json=as_json)


@person.command("sign-out")
@click.argument("who", metavar="EMAIL")
@json_option
@with_control
def sign_out(control: ControlPlane, who: str, as_json: bool) -> None:
    """End every session of somebody; they can sign in again."""
    reply = control.delete(f"/sessions?person={find(control, who)}")
    if as_json:
        print_json(reply)
        return
    console().print(f"ended {reply['ended']} sessions")


def find(control: ControlPlane, who: str) -> str:
    """The id of somebody by their address or their id."""
    people = control.get("/people")["people"]
    for one in people:
        if who in (one["id"], one["email"]) or who.lower() == one["email"]:
            return str(one["id"])
    near = near_names(who, [one["email"] for one in people if one["email"]], count=1)
    hint = f"; did you mean {near[0]}?" if near else ": `bursar person list` shows them"
    raise NotFound(f"there is nobody {who!r}{hint}")


def read_role(text: str) -> dict[str, Any]:
    """`viewer:team=search,product=answers` as the API has it; InvalidInput if it is not written so."""
    role, _, limits = text.partition(":")
    found: dict[str, Any] = {"role": role.strip(), "teams": [], "products": []}
    for limit in filter(None, limits.split(",")):
        dimension, equals, name = limit.partition("=")
        if not equals or dimension.strip() not in ("team", "product") or not name.strip():
            raise InvalidInput(f"{text!r}: write a role, or ROLE:team=NAME,product=NAME")
        found[f"{dimension.strip()}s"].append(name.strip())
    return found


def role_words(role: dict[str, Any]) -> str:
    """A role as `read_role` reads it."""
    limits = [f"{kind}={name}" for kind in ("team", "product") for name in role[f"{kind}s"]]
    return str(role["role"]) + (f":{','.join(limits)}" if limits else "")


def _print_link(reply: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(reply)
        return
    click.echo(reply["sign_in_url"])
    click.echo(f"It signs in once, until {reply['expires_at'][:19]}Z.", err=True)


def _print_person(one: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(one)
        return
    roles = ", ".join(map(role_words, one["roles"])) or "no role"
    console().print(plain(f"{one['email'] or one['name']} is {one['status']}: {roles}"))
