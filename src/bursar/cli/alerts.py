"""`alert` and `channel`: see alerts, answer them, undo what they did, try who is told."""

from typing import Any
from urllib.parse import quote

import click

from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane


@click.group(cls=Commands)
def alert() -> None:
    """See budget alerts, acknowledge them, undo the rules that they put in force."""


@alert.command("list")
@click.option("--budget", metavar="NAME", help="Only those of one budget.")
@click.option("--waiting", is_flag=True, help="Only those that wait to be acknowledged.")
@click.option("--dead", is_flag=True, help="Messages that could not be delivered, instead of alerts.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), metavar="COUNT")
@json_option
@with_control
def list_all(
    control: ControlPlane, budget: str | None, waiting: bool, dead: bool, limit: int, as_json: bool
) -> None:
    """Show the newest alerts, or with --dead the messages that were given up."""
    if dead:
        _show_messages(control.get("/alerts/messages", {"state": "dead", "limit": str(limit)}), as_json)
        return
    params = {"limit": str(limit), **({"budget": budget} if budget else {})}
    reply = control.get("/alerts", params | ({"state": "waiting"} if waiting else {}))
    if as_json:
        print_json(reply)
        return
    rows = table("id", "crossed", "state", "alert", whole=frozenset({"id", "crossed", "state"}))
    for item in reply["alerts"]:
        rows.add_row(*map(plain, (item["id"], item["crossed_at"][:16], item["state"], item["sentence"])))
    console().print(rows)


@alert.command("show")
@click.argument("alert_id", metavar="ID")
@json_option
@with_control
def show(control: ControlPlane, alert_id: str, as_json: bool) -> None:
    """Show one alert: what happened, why, and what is in force because of it."""
    _show_alert(control.get(f"/alerts/{_path(alert_id)}"), as_json=as_json)


@alert.command("ack")
@click.argument("alert_id", metavar="ID")
@json_option
@with_control
def ack(control: ControlPlane, alert_id: str, as_json: bool) -> None:
    """Acknowledge an alert: the steps that wait for an answer are not taken."""
    _show_alert(control.post(f"/alerts/{_path(alert_id)}/acknowledge", {}), as_json=as_json)


@alert.command("undo")
@click.argument("intervention_id", metavar="ID")
@json_option
@with_control
def undo(control: ControlPlane, intervention_id: str, as_json: bool) -> None:
    """End a rule that an alert put in force; `bursar alert show` lists them."""
    reply = control.post(f"/interventions/{_path(intervention_id)}/undo", {})
    if as_json:
        print_json(reply)
        return
    console().print(plain(f"undone {reply['id']} at {reply['undone_at']} by {reply['undone_by']}"))


@alert.command("send")
@click.argument("message_id", metavar="ID")
@json_option
@with_control
def send(control: ControlPlane, message_id: str, as_json: bool) -> None:
    """Send a dead message again; `bursar alert list --dead` shows them."""
    reply = control.post(f"/alerts/messages/{_path(message_id)}/send", {})
    if as_json:
        print_json(reply)
        return
    console().print(plain(f"message {reply['id']} is on its way to channel {reply['channel']}"))


@click.group(cls=Commands)
def channel() -> None:
    """Try the channels on which people are told."""


@channel.command("test")
@click.argument("name", metavar="NAME")
@json_option
@with_control
def test(control: ControlPlane, name: str, as_json: bool) -> None:
    """Send a test message now and say whether the other side took it."""
    reply = control.post(f"/channels/{_path(name)}/test", {})
    if as_json:
        print_json(reply)
        return
    console().print(plain(f"channel {reply['channel']} took the test message"))


def _path(text: str) -> str:
    return quote(text, safe="")


def _show_alert(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(item)
        return
    out = console()
    out.print(plain(f"{item['sentence']}."))
    lines = [
        ("state", item["state"]),
        ("owner", item["owner"] or "nobody is named"),
        ("pays for", item["scope"]),
        ("crossed", item["crossed_at"]),
        ("answer by", item["answer_by"] or ""),
        (
            "acknowledged",
            f"{item['acknowledged_at']} by {item['acknowledged_by']}" if item["acknowledged_at"] else "",
        ),
    ]
    for name, text in lines:
        if text:
            out.print(plain(f"{name:<13} {text}"))
    for cause in item["causes"]:
        out.print(
            plain(f"cause         {cause['dimension']} {cause['value']}: {cause['amount']} {item['unit']}")
        )
    for rule in item["interventions"]:
        state = "in force" if rule["in_force"] else f"undone by {rule['undone_by']}"
        out.print(plain(f"rule          {rule['id']}  {rule['step']['do']}  {state}"))


def _show_messages(reply: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(reply)
        return
    rows = table("id", "channel", "attempts", "message", "fault", whole=frozenset({"id", "channel"}))
    for item in reply["messages"]:
        values = (item["id"], item["channel"], item["attempts"], item["title"], item["fault"])
        rows.add_row(*map(plain, values))
    console().print(rows)
