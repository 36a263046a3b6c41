"""The whole story of `bursar replay`: read the trace, send it, say what was seen."""

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

import msgspec
import uvloop

from bursar.replay.rates import parse_rates
from bursar.replay.send import Sender
from bursar.replay.tally import Completed
from bursar.replay.trace import Row, read_trace
from bursar.replay.whereabouts import Whereabouts
from bursar.replay.wires import check_wire
from bursar.vocab.errors import InvalidInput
from bursar.vocab.options import ReplayOptions

_PROGRESS_S: Final = 2.0


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def run(options: ReplayOptions, *, out: TextIO | None = None, say: Callable[[str], None] = _say) -> int:
    """Replay a trace; 0 if every row was completed, 1 if some were refused or it was stopped.

    The report goes to `out` (standard output), progress and waiting to `say` (standard error). Raises
    InvalidInput for a trace, key or model that cannot be used, NotFound or Unavailable without a gateway.
    """
    check_wire(options.wire)
    if options.speed is not None and not options.speed > 0:
        raise InvalidInput("--speed must be more than 0x, or max")
    rows = read_trace(options.file, options.columns, options.limit)
    with _calls_out(options) as write_call:
        report = uvloop.run(_replay(options, rows, write_call, say))
    text = msgspec.json.encode(report).decode() if options.as_json else _readable(report)
    print(text, file=out or sys.stdout)
    return 0 if report["completed"] == report["rows"] else 1


async def _replay(
    options: ReplayOptions,
    rows: list[Row],
    write_call: Callable[[Completed], None],
    say: Callable[[str], None],
) -> dict[str, Any]:
    where = Whereabouts(options.home, options.gateway_url, patience_s=options.patience_s, say=say)
    sender = Sender(options, parse_rates(options.rates), where, on_completed=write_call)
    sending = asyncio.create_task(sender.run(rows))
    if threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, sending.cancel)
    begun = time.perf_counter()
    progress = asyncio.create_task(_progress(sender, begun, say))
    try:
        await sending
    except asyncio.CancelledError:
        say("stopped: the report is on the part that was sent")
    finally:
        progress.cancel()
    report = sender.tally.report(time.perf_counter() - begun)
    if sender.tally.refusal:
        report["refusal"] = sender.tally.refusal
    return report


async def _progress(sender: Sender, begun: float, say: Callable[[str], None]) -> None:
    tally = sender.tally
    seen = 0
    while True:
        await asyncio.sleep(_PROGRESS_S)
        if tally.completed == seen:
            continue  # waiting says so itself
        seen = tally.completed
        pace = tally.completed / (time.perf_counter() - begun)
        say(f"{tally.completed} of {tally.rows} calls, {pace:.0f}/s, {tally.cost_usd} USD")


@contextmanager
def _calls_out(options: ReplayOptions) -> Iterator[Callable[[Completed], None]]:
    if options.calls_out is None:
        yield lambda _: None
        return
    try:
        opened = options.calls_out.open("wb", buffering=0)
    except OSError as error:
        raise InvalidInput(f"{options.calls_out} cannot be written: {error.strerror}") from error
    with opened as file:
        # Unbuffered, so that what was seen complete is on record even if the replay itself is killed.
        yield lambda call: (file.write(msgspec.json.encode(call) + b"\n"), None)[1]


def _readable(report: dict[str, Any]) -> str:
    latency = report["latency_ms"]
    tokens = report["tokens"]
    lines = [
        f"completed   {report['completed']} of {report['rows']} calls",
        f"cost        {report['cost_usd']} USD by the replies themselves",
        f"tokens      {tokens['input']} in ({tokens['cached']} cached), {tokens['output']} out",
        f"tries       {report['tries']} ({report['broken']} broken, {report['unreachable']} not sent)",
        "latency     " + ", ".join([f"{name} {value:.1f} ms" for name, value in latency.items()]),
        f"pace        {report['calls_per_s']} calls/s over {report['elapsed_s']} s",
    ]
    if report["waited_s"]:
        lines.append(f"waited      {report['waited_s']} s for the gateway")
    if report["costs_unknown"]:
        lines.append(f"no cost     {report['costs_unknown']} calls whose replies tell none: give --rates")
    if report["disagreements"]:
        lines.append(f"disagree    {report['disagreements']} calls cost other than --rates say")
    for status, count in report["refused"].items():
        lines.append(f"refused     {count} calls with {status}: {report.get('refusal', '')}")
    return "\n".join(lines)
