"""`usage`: what was spent, on what, by whom."""

from collections.abc import Mapping
from typing import Any, Final

import click

from bursar.cli.command import console, json_option, plain, print_json, table, with_control
from bursar.cli.control import ControlPlane
from bursar.cli.keys import split_words

GRAINS: Final = ("none", "minute", "hour", "day", "month")


@click.command()
@click.option(
    "--by",
    multiple=True,
    metavar="NAMES",
    help="Split by team, product, use_case, environment, model and others, such as team,model.",
)
@click.option("--since", metavar="SPAN", help="The last 15m, 24h, 7d or 4w.  [default: 30d]")
@click.option("--from", "start", metavar="TIME", help="From this time on, such as 2026-11-01.")
@click.option("--to", "end", metavar="TIME", help="Up to this time, itself not included.  [default: now]")
@click.option(
    "--grain", type=click.Choice(GRAINS), default="none", show_default=True, help="Split by time too."
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME:VALUE",
    help="Only such calls, such as environment:production; several are allowed.",
)
@json_option
@with_control
def usage(
    control: ControlPlane,
    by: tuple[str, ...],
    since: str | None,
    start: str | None,
    end: str | None,
    grain: str,
    filters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show calls, tokens and cost of a span of time, split as asked."""
    if since and start:
        raise click.UsageError("give --since or --from, not both")
    dimensions = [name.replace("use-case", "use_case") for name in split_words(by)]
    params: dict[str, str | list[str]] = {"by": ",".join(dimensions), "grain": grain, "filter": list(filters)}
    if since or start:
        params["from"] = str(since or start)
    if end:
        params["to"] = end
    reply = control.get("/usage", params)
    if as_json:
        print_json(reply)
    else:
        _show(reply, dimensions, grain)
        _warn_of_missing_rates(reply["total"])


def _warn_of_missing_rates(total: dict[str, Any]) -> None:
    """A call without any price shows as unknown; one that lacks a single rate would look complete."""
    count = total["partly_unpriced_calls"]
    if count:
        calls = "1 call has" if count == 1 else f"{count:,} calls have"
        click.echo(
            f"warning: {calls} no rate for some of what was used, and cost more than is shown:"
            " `bursar call ID` names the class, a `kind: price` document gives it a rate",
            err=True,
        )


def _show(reply: dict[str, Any], dimensions: list[str], grain: str) -> None:
    keys = [*(["period"] if grain != "none" else []), *dimensions]
    # A column of doubts is only there when something is doubtful: a terminal has 80 columns.
    doubts = {
        heading: name
        for heading, name in (
            ("unpriced", "unpriced_calls"),
            ("partly", "partly_unpriced_calls"),
            ("est.", "estimated_calls"),
            ("errors", "errors"),
        )
        if reply["total"][name]
    }
    figures = ("calls", "in", "out", "USD", *doubts)
    rows = table(*keys, *figures, right=frozenset(figures), whole=frozenset(keys))
    for row in reply["rows"]:
        rows.add_row(*(plain(_cell(name, row.get(name), grain)) for name in keys), *_figures(row, doubts))
    if keys:
        rows.add_section()
        rows.add_row("total", *[""] * (len(keys) - 1), *_figures(reply["total"], doubts), style="bold")
    elif not reply["rows"]:
        rows.add_row(*_figures(reply["total"], doubts))
    console().print(rows)


_PERIOD_CHARACTERS: Final = {"minute": 16, "hour": 16, "day": 10, "month": 7}


def _cell(name: str, value: object, grain: str) -> str:
    """A dimension's value; a period without what its grain makes zero."""
    if value is None:
        return ""
    if name == "period":
        return str(value)[: _PERIOD_CHARACTERS[grain]].replace("T", " ")
    return str(value)


def _figures(row: dict[str, Any], doubts: Mapping[str, str]) -> list[str]:
    counts = [row[name] for name in doubts.values()]
    # Where no call has a price there is no cost, which is not the same as none.
    priced = row["calls"] > row["unpriced_calls"] or not row["calls"]
    return [
        f"{row['calls']:,}",
        f"{row['tokens']['input_total']:,}",
        f"{row['tokens']['output_total']:,}",
        money(row["cost_usd"]) if priced else "unknown",
        *(f"{count:,}" if count else "" for count in counts),
    ]


def money(text: str) -> str:
    """A decimal string of dollars with thousands separated and at least two places; digits are never lost."""
    whole, _, fraction = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}.{fraction.ljust(2, '0')}"
