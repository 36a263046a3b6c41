"""`replay`: send a recorded trace through the running gateway."""

import re
import sys
from pathlib import Path
from typing import Any, Final

import click

from bursar.cli.command import json_option, with_home
from bursar.cli.starters import Starters
from bursar.config import Config
from bursar.vocab.options import ReplayOptions

_SPEED: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)x?")


class Speed(click.ParamType[float | None]):
    """`60x` is sixty times as fast as recorded, 1x as recorded; `max` (None) as fast as it goes."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        found = _SPEED.fullmatch(str(value))
        if value == "max":
            return None
        if not found or float(found[1]) <= 0:
            self.fail(f"{value!r}: write a factor such as 60x, or max", param, ctx)
        return float(found[1])


def make_replay_command(starters: Starters) -> click.Command:
    """The command; what the trace says is read by `bursar.replay`."""

    @click.command()
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--model", required=True, metavar="NAME", help="The model to ask for.")
    @click.option("--key", required=True, metavar="SECRET", help="A key from `bursar key create`.")
    @click.option(
        "--columns",
        default="",
        metavar="time=..,input=..,output=..[,cached=..]",
        help="Which columns hold what; found by their names if not given.",
    )
    @click.option(
        "--speed", type=Speed(), default="max", show_default=True, metavar="60x|max", help="How fast to send."
    )
    @click.option(
        "--wire",
        type=click.Choice(("openai", "anthropic", "gemini")),
        default="openai",
        show_default=True,
        help="The wire to speak.",
    )
    @click.option("--stream", is_flag=True, help="Ask for streams.")
    @click.option(
        "--concurrency",
        type=click.IntRange(1, 10_000),
        default=64,
        show_default=True,
        help="Most calls in flight.",
    )
    @click.option("--limit", type=click.IntRange(1), metavar="ROWS", help="Send only so many rows.")
    @click.option(
        "--rates",
        default="",
        metavar="input=..,output=..",
        help="USD per million tokens, for costs that no header tells.",
    )
    @click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent with each call.")
    @click.option(
        "--calls-out",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write one JSON line for each completed call to this file.",
    )
    @click.option("--gateway-url", default="", metavar="URL", help="The gateway, if not the one of the home.")
    @click.option(
        "--patience-s",
        type=click.FloatRange(0),
        default=300.0,
        show_default=True,
        help="How long to wait for a gateway that is away.",
    )
    @json_option
    @with_home
    def replay(config: Config, **options: object) -> None:
        """Send the calls of a trace FILE (CSV or JSONL, also .gz) through the running gateway."""
        sys.exit(starters.replay(ReplayOptions(home=config.home, **options)))  # type: ignore[arg-type]

    return replay
