"""`approval`: who waits for an approval, and the answer."""

from typing import Any
from urllib.parse import quote

import click

from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane

_reason = click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the audit.")


@click.group(cls=Commands)
def approval() -> None:
    """See who waits for an approval, and grant or decline it."""


@approval.command("list")
@click.option(
    "--state",
    type=click.Choice(["open", "granted", "declined", "ended"]),
    help="Only these; all if not given.",
)
@json_option
@with_control
def list_all(control: ControlPlane, state: str | None, as_json: bool) -> None:
    """Show requests, newest first."""
    reply = control.get("/approvals", {"state": state} if state else None)
    if as_json:
        print_json(reply)
        return
    rows = table("id", "state", "rule", "model", "key", "team", "approver", "asked", whole=frozenset({"id"}))
    for item in reply["approvals"]:
        approver = item["approver"] + (" (escalated)" if item["escalated"] else "")
        cells = (item[name] for name in ("id", "state", "rule", "model", "key", "team"))
        rows.add_row(*map(plain, (*cells, approver, item["asked_at"][:16])))
    console().print(rows)


@approval.command("grant")
@click.argument("request_id", metavar="ID")
@click.option("--until", default="", metavar="WHEN", help="30d, 12h, 4w, or a time such as 2027-01-01.")
@click.option("--calls", type=click.IntRange(min=1), help="The most calls.")
@click.option("--usd", metavar="AMOUNT", help="It ends with the call that brings its cost to this.")
@_reason
@json_option
@with_control
def grant(
    control: ControlPlane,
    request_id: str,
    until: str,
    calls: int | None,
    usd: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Say yes, until a time or up to a limit; the caller's next try goes through."""
    body: dict[str, Any] = {"until": until, "calls": calls, "usd": usd, "reason": reason}
    _show(control.post(f"/approvals/{quote(request_id, safe='')}/grant", body), as_json=as_json)


@approval.command("decline")
@click.argument("request_id", metavar="ID")
@_reason
@json_option
@with_control
def decline(control: ControlPlane, request_id: str, reason: str, as_json: bool) -> None:
    """Say no; for a day whoever asks the same is told so."""
    _show(
        control.post(f"/approvals/{quote(request_id, safe='')}/decline", {"reason": reason}), as_json=as_json
    )


def _show(reply: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(reply)
        return
    ends = [f"until {reply['until']}"] if reply["until"] else []
    ends += [f"for {reply['calls_max']} calls"] if reply["calls_max"] else []
    ends += [f"up to {reply['usd_max']} USD"] if reply["usd_max"] else []
    limits = f" {', '.join(ends)}" if ends else ""
    console().print(
        plain(f"{reply['state']}: {reply['model']} for the key {reply['key']} by {reply['rule']}{limits}")
    )
