"""`doctor`: proves that outboxes, events and rollups agree."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import click
import msgspec

from bursar.cli.command import FAILED, console, json_option, plain, print_json, with_home
from bursar.cli.control import ControlPlane
from bursar.cli.starters import OutboxState, Starters
from bursar.config import Config

PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.2
_LEDGER_READ_S: Final = 600.0  # the control plane reads the whole ledger for it
_MARKS: Final = {"ok": "[green]ok[/]", "attention": "[yellow]look[/]", "broken": "[red]BROKEN[/]"}


class Fact(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that was checked; `attention` is no fault, but somebody should look."""

    name: str
    state: Literal["ok", "attention", "broken"]
    sentence: str
    found: dict[str, Any] = {}


def make_doctor_command(starters: Starters) -> click.Command:
    """The command; how an outbox is read comes with `starters`."""

    @click.command()
    @json_option
    @click.pass_context
    @with_home
    def doctor(config: Config, ctx: click.Context, as_json: bool) -> None:
        """Check that outboxes, events and rollups agree; exit code 1 if anything does not."""
        # Outboxes first: what is delivered between the two looks is then ahead, never behind.
        outboxes = starters.outboxes(config.files.outbox_dir)
        control = ControlPlane.of(config)
        try:
            facts = [Fact(**fact) for fact in control.get("/doctor", timeout_s=_LEDGER_READ_S)["facts"]]
            facts += outbox_facts(outboxes, _settled(control, outboxes))
        finally:
            control.close()
        broken = any(fact.state == "broken" for fact in facts)
        if as_json:
            print_json({"ok": not broken, "facts": facts})
        else:
            _show(facts)
        ctx.exit(FAILED if broken else 0)

    return doctor


def _settled(control: ControlPlane, outboxes: Sequence[OutboxState]) -> dict[str, int]:
    """The last number stored of each worker, once it has what the outboxes held, or after a while.

    Events of the last moments are still on their way, which is no fault.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        workers = control.get("/ledger/workers")["workers"]
        stored = {worker["worker"]: int(worker["high_water"]) for worker in workers}
        behind = any(stored.get(outbox.worker, 0) < outbox.seq_last for outbox in outboxes)
        if not behind or time.monotonic() > deadline:
            return stored
        time.sleep(_PAUSE_S)


def outbox_facts(outboxes: Sequence[OutboxState], high_water: Mapping[str, int]) -> Iterator[Fact]:
    """Compare what each outbox was given with what the ledger has stored of it, by the worker's name."""
    if not outboxes:
        yield Fact(name="outbox", state="ok", sentence="there is no outbox in this home")
    for outbox in outboxes:
        stored = high_water.get(outbox.worker, 0)
        found = {"path": outbox.path, "worker": outbox.worker, "last": outbox.seq_last, "stored": stored}
        if outbox.fault:
            state, sentence = "broken", f"{outbox.path} cannot be read: {outbox.fault}"
        elif stored < outbox.seq_last:
            waiting = outbox.seq_last - stored
            state, sentence = (
                "broken",
                f"{outbox.path} holds {waiting:,} events that the ledger does not have",
            )
        else:
            state, sentence = "ok", f"{outbox.path} is delivered up to its last event, {outbox.seq_last:,}"
        yield Fact(name="outbox", state=state, sentence=sentence, found=found)  # type: ignore[arg-type]


def _show(facts: Sequence[Fact]) -> None:
    out = console()
    for fact in facts:
        out.print(f"{_MARKS[fact.state]:<18} {plain(fact.sentence)}")
        if fact.state != "ok" and fact.found:
            out.print(f"       {plain(msgspec.json.encode(fact.found).decode())}")
