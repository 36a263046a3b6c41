"""`budget` and `driver`: how budgets stand, grants, and what amounts move with."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click

from bursar.cli.amounts import amount, amount_with_unit, brief, brief_with_unit
from bursar.cli.command import Commands, console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane
from bursar.clock import now_us
from bursar.vocab.instant import parse_instant

_BRIEF = ("limit", "spent", "left", "used")
_FULL = ("limit", "spent", "held", "left", "used")
_WHEN = ("reached", "ends")
_NUMBERS = frozenset({"limit", "spent", "held", "left", "used"})
_WHOLE = frozenset({"budget", "value", "reached", "ends"})
_ALERTS_MOST = "1000"  # the newest; those of this period are among them


@click.group(cls=Commands)
def budget() -> None:
    """See how budgets stand and who was lent what, give one more for a while, write a lost worker off."""


@budget.command("list")
@json_option
@with_control
def list_all(control: ControlPlane, as_json: bool) -> None:
    """Show every budget, what is left of it, and which thresholds it has reached."""
    reply = control.get("/budgets")
    if as_json:
        print_json(reply)
        return
    _print_all(reply["budgets"], _standing(control.get("/alerts", {"limit": _ALERTS_MOST})["alerts"]))


@budget.command("show")
@click.argument("name", metavar="NAME")
@json_option
@with_control
def show(control: ControlPlane, name: str, as_json: bool) -> None:
    """Show one budget: its accounts, its thresholds and what they do, its grants."""
    found = control.get(f"/budgets/{quote(name, safe='')}")
    given = control.get(f"/budgets/{quote(name, safe='')}/grants")["grants"]
    if as_json:
        print_json({**found, "grants": given})
        return
    alerts = control.get("/alerts", {"limit": _ALERTS_MOST, "budget": name})["alerts"]
    out = console()
    for line in _description(found):
        out.print(plain(line))
    _print_one(found, _standing(alerts))
    for threshold in found["thresholds"]:
        out.print(plain(_threshold(threshold)))
    for grant in given:
        out.print(
            f"granted {amount_with_unit(grant['amount'], found['unit'])} until {grant['ends_at'][:16]} "
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


@budget.command("pause")
@click.argument("name", metavar="NAME")
@click.option("--reason", required=True, metavar="TEXT", help="Why; whoever is refused is told.")
@click.option("--until", metavar="WHEN", help="12h, 30d, or a time; until it is resumed if not given.")
@click.option("--value", default="", metavar="VALUE", help="Only this value, where there is one for each.")
@json_option
@with_control
def pause(
    control: ControlPlane, name: str, reason: str, until: str | None, value: str, as_json: bool
) -> None:
    """Refuse the calls that a budget pays for, within a second, until somebody resumes it."""
    body = {"reason": reason, "value": value, **({"until": until} if until else {})}
    reply = control.post(f"/budgets/{quote(name, safe='')}/pause", body)
    if as_json:
        print_json(reply)
        return
    ends = f" until {reply['until'][:16]}" if reply["until"] else ""
    console().print(plain(f"{_part(reply)} is {reply['reason']}{ends}"))


@budget.command("resume")
@click.argument("name", metavar="NAME")
@click.option("--value", default="", metavar="VALUE", help="Only this value, where there is one for each.")
@json_option
@with_control
def resume(control: ControlPlane, name: str, value: str, as_json: bool) -> None:
    """Let the calls of a paused budget through again, within a second."""
    reply = control.post(f"/budgets/{quote(name, safe='')}/resume", {"value": value})
    if as_json:
        print_json(reply)
        return
    console().print(plain(f"{_part(reply)} goes on"))


def _part(reply: Mapping[str, Any]) -> str:
    return f"{reply['budget']} {reply['value']}".strip()


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
            amounts = (amount(lent[name], lent["unit"]) for name in ("leased", "held", "in_doubt"))
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
        amounts = (amount(loss[name], loss["unit"]) for name in ("lent", "charged"))
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


def _print_all(budgets: list[dict[str, Any]], reached: Mapping[tuple[str, str], str]) -> None:
    rows = table("budget", "value", *_BRIEF, *_WHEN, "owner", right=_NUMBERS, whole=_WHOLE)
    for item in budgets:
        name, owner, unit = plain(item["name"]), plain(item["owner"]), item["unit"]
        if not item["accounts"]:
            rows.add_row(name, "", *("-" for _ in _BRIEF), "", "", owner)
        for account in item["accounts"]:
            limit = brief_with_unit(account["limit"], unit)
            amounts = (limit, brief(account["spent"], unit), brief(account["left"], unit))
            rows.add_row(name, plain(account["value"]), *amounts, *_state(item, account, reached), owner)
    console().print(rows)


def _print_one(budget: dict[str, Any], reached: Mapping[tuple[str, str], str]) -> None:
    rows = table("value", *_FULL, *_WHEN, right=_NUMBERS, whole=_WHOLE)
    for account in budget["accounts"]:
        limit = amount_with_unit(account["limit"], budget["unit"])
        amounts = (amount(account[word], budget["unit"]) for word in ("spent", "held", "left"))
        rows.add_row(plain(account["value"] or "-"), limit, *amounts, *_state(budget, account, reached))
    console().print(rows)


def _state(
    budget: dict[str, Any], account: dict[str, Any], reached: Mapping[tuple[str, str], str]
) -> tuple[str, str, str]:
    used = f"{account['used_percent']:.0f}%"
    return used, reached.get((budget["name"], account["value"]), ""), (account["ends_at"] or "rolling")[:10]


def _standing(alerts: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """The highest threshold on what was spent, and that on what will be, of each account in its period."""
    now = now_us()
    highest: dict[tuple[str, str], dict[str, int]] = {}
    for alert in alerts:
        is_over = alert["until"] is not None and parse_instant(alert["until"]) <= now
        if not is_over and alert["state"] != "lifted":
            found = highest.setdefault((alert["budget"], alert["value"]), {})
            found[alert["measure"]] = max(found.get(alert["measure"], 0), alert["percent"])
    return {
        place: ", ".join(
            f"{'' if measure == 'actual' else 'forecast '}{percent}%"
            for measure, percent in sorted(found.items())
        )
        for place, found in highest.items()
    }


def _description(budget: dict[str, Any]) -> Iterator[str]:
    each = f", one for each {budget['each'].replace('_', ' ')}" if budget["each"] else ""
    yield f"{budget['name']}: pays for {budget['scope']}{each}; {_period(budget['period'])}"
    kind = "an experiment" if budget["budget_class"] == "experiment" else budget["budget_class"]
    mode = "never overspent" if budget["mode"] == "hard" else "counts and warns only"
    parts = [f"owner {budget['owner'] or 'nobody'}", kind, mode]
    parts += [f"below {budget['parent']}"] if budget["parent"] else []
    parts += [f"until {budget['expires']}"] if budget["expires"] else []
    yield ", ".join(parts)
    if budget["moves_with"]:
        yield f"amount {budget['moves_with']}"
    if budget["on_exhausted"] != "refuse":
        yield f"where a call no longer fits, {budget['on_exhausted']} answers if it does"


def _threshold(threshold: dict[str, Any]) -> str:
    what = "spent" if threshold["on"] == "actual" else "foreseen"
    return f"at {threshold['at']}% {what}: {'; then '.join(threshold['steps'])}"


def _period(period: dict[str, Any]) -> str:
    if period.get("rolling_days"):
        return f"the last {period['rolling_days']} days"
    if period.get("from"):
        return f"from {period['from']} to {period['to']}"
    zone = period.get("timezone", "UTC")
    return f"every {period['every']} ({zone})"
