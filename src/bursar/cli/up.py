"""`up`, `gateway` and `control`: start the processes, with a flag for every setting."""

import sys
from collections.abc import Callable

import click

from bursar.cli.command import settings_of
from bursar.cli.starters import Starters
from bursar.config import SETTINGS, environment, misspelt_variables


def make_start_commands(starters: Starters) -> list[click.Command]:
    """The commands that run until they are stopped."""

    @click.command()
    @_all_settings
    @click.option("--demo", is_flag=True, help="Fill the home with 30 days of demo history and live traffic.")
    def up(demo: bool, **overrides: str | None) -> None:
        """Start the gateway and the control plane on this machine."""
        _warn()
        sys.exit(starters.up(settings_of(overrides), demo))

    @click.command()
    @_all_settings
    def gateway(**overrides: str | None) -> None:
        """Start gateway workers only; the control plane runs elsewhere."""
        _warn()
        sys.exit(starters.gateway(settings_of(overrides)))

    @click.command()
    @_all_settings
    def control(**overrides: str | None) -> None:
        """Start the control plane only."""
        _warn()
        sys.exit(starters.control(settings_of(overrides)))

    return [up, gateway, control]


def _all_settings(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(SETTINGS):
        option = click.option(
            setting.flag,
            setting.name,
            metavar=setting.metavar,
            help=f"{setting.sentence}  [env: {setting.variable}; default: {setting.default}]",
        )
        command = option(command)
    return command


def _warn() -> None:
    for sentence in misspelt_variables(environment()):
        click.echo(f"warning: {sentence}", err=True)
