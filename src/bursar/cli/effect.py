"""How `plan` prints what rules would have done, and where they contradict each other."""

from typing import Any

from bursar.cli.amounts import amount_with_unit, dollars
from bursar.cli.command import console, plain, table


def show_effect(effect: dict[str, Any]) -> None:
    """The reply of /policy/effect for people."""
    out = console()
    span = f"{effect['start'][:10]} to {effect['end'][:10]}"
    if effect["rules"]:
        out.print(f"of {effect['calls']:,} calls from {span} these would not have passed as they were:")
        rows = table("verdict", "rule", "calls", "cost", "saved", "teams", right=_RIGHT)
        for rule in effect["rules"]:
            rows.add_row(*map(plain, _cells(rule)))
        out.print(rows)
    else:
        out.print(f"no rule would have changed any of the {effect['calls']:,} calls from {span}")
    if effect["budgets"]:
        out.print("budgets that would have run out:")
        rows = table("budget", "value", "period from", "ran out at", "amount", "used", right=_RIGHT)
        for one in effect["budgets"]:
            rows.add_row(*map(plain, _run_out(one)))
        out.print(rows)
    for one in effect["not_counted"]:
        out.print(plain(f"not counted: {one['rule']}, {one['why']}"))
    for one in effect["conflicts"]:
        out.print(plain(f"conflict: {' and '.join(one['rules'])}; {one['winner']} wins: {one['why']}"))


_RIGHT = frozenset({"calls", "cost", "saved", "amount", "used"})


def _run_out(one: dict[str, Any]) -> tuple[str, ...]:
    amounts = (amount_with_unit(one[name], one["unit"]) for name in ("amount", "used"))
    return (one["budget"], one["value"], one["period_begins_at"][:10], one["runs_out_at"][:16], *amounts)


def _cells(rule: dict[str, Any]) -> tuple[str, ...]:
    unknown = "unknown" if rule["verdict"] == "reroute" else ""
    saved = unknown if rule["saved"] is None else dollars(rule["saved"])
    teams = ", ".join(f"{one['team']} {one['calls']:,}" for one in rule["teams"])
    return (rule["verdict"], rule["rule"], f"{rule['calls']:,}", dollars(rule["cost"]), saved, teams)
