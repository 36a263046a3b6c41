"""`call`: one call with the arithmetic of its price."""

from typing import Any, Final
from urllib.parse import quote

import click

from bursar.cli.command import console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane

# What is said first, in this order; everything else follows if it says anything.
_FIRST: Final = (
    "call_id",
    "started_at",
    "status",
    "http_status",
    "team",
    "product",
    "use_case",
    "environment",
)
_APART: Final = ("tokens", "units", "price_lines", "cost_usd", "cost_list_usd", "flags", "tags")


@click.command()
@click.argument("call_id", metavar="ID")
@json_option
@with_control
def call(control: ControlPlane, call_id: str, as_json: bool) -> None:
    """Show one call: what it used, and how its cost comes about, class by class.

    ID is what the reply carried as x-bursar-call-id.
    """
    reply = control.get(f"/calls/{quote(call_id, safe='')}")
    if as_json:
        print_json(reply)
        return
    out = console()
    out.print(_facts(reply))
    out.print()
    out.print(_arithmetic(reply))


def _facts(reply: dict[str, Any]) -> Any:
    rest = [name for name in reply if name not in (*_FIRST, *_APART)]
    rows = table("", "")
    rows.show_header = False
    for name in (*_FIRST, *rest):
        if reply.get(name) not in (None, "", 0, False):
            rows.add_row(name, plain(reply[name]))
    for name, value in sorted(reply["tags"].items()):
        rows.add_row(f"tag:{name}", plain(value))
    if reply["flags"]:
        rows.add_row("flags", plain(", ".join(reply["flags"])))
    return rows


def _arithmetic(reply: dict[str, Any]) -> Any:
    """Each class of usage with its rate and amount; without a price, the quantities alone."""
    rows = table(
        "class", "quantity", "rate USD", "per", "amount USD", right=frozenset({"quantity", "amount USD"})
    )
    lines = reply["price_lines"]
    if lines is None:
        for name, count in {**reply["tokens"], **reply["units"]}.items():
            if count and not name.endswith("_total"):
                rows.add_row(name, f"{count:,}", "", "", "unpriced")
        return rows
    for line in lines:
        quantity = f"{line['quantity']:,}"
        if line["rate_usd"] is None:
            rows.add_row(plain(line["usage_class"]), quantity, "no rate", "", "unpriced")
        else:
            per, amount = f"{line['per']:,}", line["amount_usd"]
            rows.add_row(plain(_priced_class(line)), quantity, line["rate_usd"], per, amount)
    rows.add_section()
    partly = any(line["rate_usd"] is None for line in lines)
    rows.add_row("cost of the rest" if partly else "cost", "", "", "", reply["cost_usd"], style="bold")
    if reply["cost_list_usd"] not in (None, reply["cost_usd"]):
        rows.add_row("at list price", "", "", "", reply["cost_list_usd"])
    return rows


def _priced_class(line: dict[str, Any]) -> str:
    """A class with the price that it pays, where that has another name."""
    name, priced_as = str(line["usage_class"]), line["priced_as"]
    if line["borrowed"]:
        return f"{name} (no price of its own: as {priced_as})"
    return name if priced_as == name else f"{name} (as {priced_as})"
