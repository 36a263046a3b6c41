"""`budget` and `driver`: how budgets stand, grants, and what amounts move with."""

from typing import Any
from urllib.parse import quote

import click

from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane

_COLUMNS = ("budget", "value", "limit", "spent", "held", "left", "used", "ends", "owner")
_NUMBERS = frozenset({"limit", "spent", "held", "left", "used"})


@click.group(cls=Commands)
def budget() -> None:
    """See how budgets stand and who was lent what, give one more for a while, write a lost worker off."""


@budget.command("list")
@json_option
@with_control
def list_all(control: ControlPlane, as_json: bool) -> None:
    """Show every budget and what is left of it."""
    reply = control.get("/budgets")
    if as_json:
        print_json(reply)
        return
    _print(reply["budgets"])


@budget.command("show")
@click.argument("name", metavar="NAME")
@json_option
@with_control
def show(control: ControlPlane, name: str, as_json: bool) -> None:
    """Show one budget, its accounts and its grants."""
    found = control.get(f"/budgets/{quote(name, safe='')}")
    given = control.get(f"/budgets/{quote(name, safe='')}/grants")["grants"]
    if as_json:
        print_json({**found, "grants": given})
        return
    out = console()
    out.print(f"{plain(found['name'])}: pays for {plain(found['scope'])}; {_period(found['period'])}")
    out.print(f"owner {plain(found['owner'] or 'nobody')}, {found['budget_class']}, {found['mode']}")
    _print([found])
    for grant in given:
        out.print(
            f"granted {_money(grant['amount'], found['unit'])} until {grant['ends_at'][:16]} "
            f"by {plain(grant['actor'])}: {plain(grant['reason'])}"
        )


@budget.command("grant")
@click.argument("name", metavar="NAME")
@click.option("--amount", required=True, metavar="AMOUNT", help="How much more, in the budget's unit.")
@click.option(
    "--until", required=True, metavar="WHEN", help="12h, 30d, or a time such as 2027-01-01T00:00:00Z."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept.")
@click.option(
    "--value", default="", metavar="VALUE", help="Only for this value, where there is one for each."
)
@json_option
@with_control
def grant(control: ControlPlane, name: str, as_json: bool, **given: str) -> None:
    """Give a budget more for a while."""
    reply = control.post(f"/budgets/{quote(name, safe='')}/grants", given)
    if as_json:
        print_json(reply)
        return
    console().print(f"granted {reply['amount']} to {plain(name)} until {reply['ends_at']}  ({reply['id']})")


@budget.command("leases")
@json_option
@with_control
def leases(control: ControlPlane, as_json: bool) -> None:
    """Show what was lent to which worker; what a silent one has is in doubt."""
    reply = control.get("/budget-workers")
    if as_json:
        print_json(reply)
        return
    rows = table(
        "worker",
        "last heard",
        "",
        "budget",
        "value",
        "leased",
        "held",
        "in doubt",
        right=frozenset({"leased", "held", "in doubt"}),
        whole=frozenset({"worker"}),
    )
    for worker in reply["workers"]:
        state = "silent" if worker["silent"] else "alive"
        for lent in worker["lent"]:
            amounts = (_money(lent[name], lent["unit"]) for name in ("leased", "held", "in_doubt"))
            rows.add_row(
                worker["worker"],
                worker["heard_at"][:19],
                state,
                plain(lent["budget"]),
                plain(lent["value"]),
                *amounts,
            )
    console().print(rows)


@budget.command("write-off")
@click.argument("worker", metavar="WORKER")
@click.option(
    "--charge",
    type=click.Choice(["lent", "held", "nothing"]),
    default="held",
    show_default=True,
    help="What counts as spent, beside what the ledger knows: all that it was lent, what its calls held by "
    "its last word, or nothing.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept.")
@json_option
@with_control
def write_off(control: ControlPlane, worker: str, charge: str, reason: str, as_json: bool) -> None:
    """Write off a silent worker that is lost for ever, so that others can spend what it was lent."""
    body = {"charge": charge, "reason": reason}
    reply = control.post(f"/budget-workers/{quote(worker, safe='')}/write-off", body)
    if as_json:
        print_json(reply)
        return
    rows = table(
        "budget", "value", "was lent", "counts as spent", right=frozenset({"was lent", "counts as spent"})
    )
    for loss in reply["accounts"]:
        amounts = (_money(loss[name], loss["unit"]) for name in ("lent", "charged"))
        rows.add_row(plain(loss["budget"]), plain(loss["value"]), *amounts)
    console().print(rows)


@click.group(cls=Commands)
def driver() -> None:
    """Say what the business does, in numbers that budgets move with."""


@driver.command("set")
@click.argument("name", metavar="NAME")
@click.argument("value", metavar="VALUE")
@click.option(
    "--valid-from", metavar="WHEN", help="Since when, such as 2026-11-01T00:00:00Z; now if not given."
)
@json_option
@with_control
def set_one(control: ControlPlane, name: str, value: str, valid_from: str | None, as_json: bool) -> None:
    """Say what a driver is, such as `active_users 1200`."""
    reply = control.post("/drivers", {"name": name, "value": value, "valid_from": valid_from})
    if as_json:
        print_json(reply)
        return
    console().print(f"{plain(reply['name'])} is {reply['value']} since {reply['valid_from']}")


@driver.command("list")
@json_option
@with_control
def list_drivers(control: ControlPlane, as_json: bool) -> None:
    """Show what was said of drivers, newest first."""
    reply = control.get("/drivers")
    if as_json:
        print_json(reply)
        return
    rows = table("driver", "value", "valid from", right=frozenset({"value"}))
    for item in reply["drivers"]:
        rows.add_row(plain(item["name"]), item["value"], item["valid_from"][:19])
    console().print(rows)


def _print(budgets: list[dict[str, Any]]) -> None:
    rows = table(*_COLUMNS, right=_NUMBERS, whole=frozenset({"budget"}))
    for item in budgets:
        if not item["accounts"]:
            rows.add_row(plain(item["name"]), "", *("-" for _ in _NUMBERS), "", plain(item["owner"]))
        for account in item["accounts"]:
            amounts = (_money(account[name], item["unit"]) for name in ("limit", "spent", "held", "left"))
            ends = (account["ends_at"] or "rolling")[:10]
            used = f"{account['used_percent']:.0f}%"
            rows.add_row(
                plain(item["name"]), plain(account["value"]), *amounts, used, ends, plain(item["owner"])
            )
    console().print(rows)


def _money(text: str, unit: str) -> str:
    return f"${text}" if unit == "usd" else f"{text} {unit}"


def _period(period: dict[str, Any]) -> str:
    if period.get("rolling_days"):
        return f"the last {period['rolling_days']} days"
    if period.get("from"):
        return f"from {period['from']} to {period['to']}"
    zone = period.get("timezone", "UTC")
    return f"every {period['every']} ({zone})"
