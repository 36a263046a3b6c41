"""`simulate`: a provider to try things on, without a vendor's key and without cost."""

import sys
from pathlib import Path

import click

from bursar.cli.starters import Starters
from bursar.vocab.options import FAULT_KINDS, SimulateOptions


def make_simulate_command(starters: Starters) -> click.Command:
    """The command, its defaults taken from SimulateOptions."""

    @click.command()
    @click.option(
        "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen."
    )
    @click.option(
        "--port", type=click.IntRange(0, 65535), default=9001, show_default=True, help="0: any free one."
    )
    @click.option(
        "--seed", type=int, default=0, show_default=True, help="The same seed gives the same replies."
    )
    @click.option(
        "--latency-ms",
        type=click.FloatRange(0),
        default=0.0,
        show_default=True,
        help="Before the first byte.",
    )
    @click.option(
        "--latency-spread",
        type=click.FloatRange(0, 5),
        default=0.0,
        show_default=True,
        help="Sigma of a log-normal around the latency; 0 makes it fixed.",
    )
    @click.option(
        "--chunk-ms",
        type=click.FloatRange(0),
        default=0.0,
        show_default=True,
        help="Between the pieces of a stream.",
    )
    @click.option(
        "--chunks",
        type=click.IntRange(1, 100_000),
        default=16,
        show_default=True,
        help="Most pieces of text in a stream.",
    )
    @click.option(
        "--error-rate",
        type=click.FloatRange(0, 1),
        default=0.0,
        show_default=True,
        help="Share of calls that fail.",
    )
    @click.option(
        "--error-kind",
        "error_kinds",
        type=click.Choice(FAULT_KINDS),
        multiple=True,
        default=FAULT_KINDS,
        show_default=True,
        help="A failing call draws one of these; may be given several times.",
    )
    @click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
    @click.option(
        "--log",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Append one JSON line a call to this file.",
    )
    @click.option(
        "--key", default="", metavar="SECRET", help="The only upstream key let in; everyone if not given."
    )
    @click.option("--created", type=int, metavar="SECONDS", help="The Unix time that replies carry.")
    def simulate(**options: object) -> None:
        """Run a provider that speaks the OpenAI, Anthropic and Gemini wires and makes its replies up."""
        sys.exit(starters.simulate(SimulateOptions(**options)))  # type: ignore[arg-type]

    return simulate
