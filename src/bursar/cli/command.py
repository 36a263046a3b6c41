"""What every command shares: errors as sentences and exit codes, options, and how things are printed."""

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bursar.cli.control import ControlPlane
from bursar.config import BadSettings, Config, environment
from bursar.vocab.errors import BursarError, InvalidInput

DONE: Final = 0
FAILED: Final = 1
BAD_ARGUMENTS: Final = 2

_WIDTH_OF_FILES: Final = 10_000


class Commands(click.Group):
    """A group whose commands may raise BursarError: it becomes one sentence on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BursarError as error:
            complain(str(error))
            ctx.exit(BAD_ARGUMENTS if isinstance(error, InvalidInput) else FAILED)


def complain(text: str) -> None:
    """Say on stderr what went wrong; further lines are indented."""
    first, *rest = text.splitlines() or ["it failed"]
    click.echo("\n".join([f"bursar: {first}", *(f"  {line}" for line in rest)]), err=True)


def settings_of(overrides: Mapping[str, object] | None = None) -> Config:
    """The settings of this process; a bad one ends the command as a bad argument."""
    try:
        return Config.from_environ(environment(), **(overrides or {}))
    except BadSettings as error:
        raise click.UsageError(str(error)) from error


def with_home(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--home` and hands the settings over as the first argument."""

    @click.option("--home", metavar="FOLDER", help="The home of the running bursar.  [env: BURSAR_HOME]")
    @functools.wraps(command)
    def run(*args: object, **kwargs: object) -> None:
        config = settings_of({"home": kwargs.pop("home")})
        command(config, *args, **kwargs)

    return run


def with_control(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--home` and hands the running control plane over as the first argument."""

    @with_home
    @functools.wraps(command)
    def run(config: Config, *args: object, **kwargs: object) -> None:
        control = ControlPlane.of(config)
        try:
            command(control, *args, **kwargs)
        finally:
            control.close()

    return run


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def print_json(value: object) -> None:
    """One JSON value, indented, on stdout."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def console() -> Console:
    """A console on today's stdout; into a pipe or a file it writes plain text, nothing shortened."""
    width = None if sys.stdout.isatty() else _WIDTH_OF_FILES
    return Console(file=sys.stdout, highlight=False, width=width)


def table(*columns: str, right: frozenset[str] = frozenset(), whole: frozenset[str] = frozenset()) -> Table:
    """An empty table in the one style of all commands.

    `right` columns hold numbers; they and the `whole` ones are never shortened, the others give way first.
    """
    empty = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        empty.add_column(column, justify=justify, no_wrap=column in right | whole)
    return empty


def plain(value: object) -> str:
    """Text for a cell: nothing in it is taken as markup."""
    return escape(str(value))
