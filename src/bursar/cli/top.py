"""`top`: what is being spent now."""

import sys

import click

from bursar.cli.command import json_option, print_json, with_control
from bursar.cli.control import ControlPlane
from bursar.cli.picture import take_picture
from bursar.clock import now_us


@click.command()
@click.option(
    "--window",
    "window_minutes",
    type=click.IntRange(1, 24 * 60),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="How far back the view goes.",
)
@json_option
@with_control
def top(control: ControlPlane, window_minutes: int, as_json: bool) -> None:
    """Watch spend per minute, the dearest teams, models and use cases, and the last calls.

    With --json it prints one picture and ends.
    """
    if as_json:
        print_json(take_picture(control, now=now_us(), window_minutes=window_minutes))
        return
    if not sys.stdout.isatty():
        raise click.UsageError("the live view needs a terminal; --json prints one picture")
    # Drawing takes a quarter of a second to import, which no other command should pay.
    from bursar.cli.screen import TopScreen

    TopScreen(lambda: take_picture(control, now=now_us(), window_minutes=window_minutes)).run()
