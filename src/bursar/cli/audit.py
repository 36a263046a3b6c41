"""`audit`: who did what, and whether the record of it is whole."""

import json

import click

from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane
from bursar.vocab.errors import InvariantBroken


@click.group(cls=Commands)
def audit() -> None:
    """See who changed what, and prove that the record of it is whole."""


@audit.command("list")
@click.option("--actor", metavar="NAME", help="Only what one did.")
@click.option("--action", metavar="ACTION", help="Only this: key.created, or key.* for all of keys.")
@click.option("--subject", metavar="KIND/NAME", help="Only of one thing, such as budget/search.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), metavar="COUNT")
@json_option
@with_control
def list_all(
    control: ControlPlane,
    actor: str | None,
    action: str | None,
    subject: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show who did what, newest first."""
    wanted = {"actor": actor, "action": action, "subject": subject, "limit": str(limit)}
    reply = control.get("/audit", {name: value for name, value in wanted.items() if value})
    if as_json:
        print_json(reply)
        return
    rows = table("at", "who", "did", "what", "detail", whole=frozenset({"at", "did"}))
    for entry in reply["entries"]:
        detail = json.dumps(entry["detail"], ensure_ascii=False) if entry["detail"] else ""
        rows.add_row(
            *map(plain, (entry["made_at"][:19], entry["actor"], entry["action"], entry["subject"], detail))
        )
    console().print(rows)


@audit.command("verify")
@click.option("--head", metavar="HASH", help="A hash that was noted earlier: it must still be in the record.")
@json_option
@with_control
def verify(control: ControlPlane, head: str | None, as_json: bool) -> None:
    """Walk the whole record: every entry as it was written, none missing, none added. Exit code 1 if not.

    Note the hash that it prints somewhere else. Given as --head later, it shows that the end was not cut off
    and that the record was not made anew.
    """
    reply = control.get("/audit/verify", {"head": head} if head else {}, timeout_s=600.0)
    if as_json:
        print_json(reply)
    if not reply["whole"]:
        raise InvariantBroken(f"the audit is not whole: {reply['fault']}")
    if not as_json:
        console().print(plain(f"whole: {reply['rows']} entries, the last one is {reply['head']}"))
