"""The whole story of the demo: its world, its keys, its past, and then its present until it is stopped."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvloop

from bursar import clock
from bursar.config import Home
from bursar.demo.control import Control
from bursar.demo.deliver import deliver_history, demo_catalogue
from bursar.demo.documents import COMPANY, GOVERNANCE, PROPOSAL, Start, document_text
from bursar.demo.history import History
from bursar.demo.inbox import Inbox
from bursar.demo.live import Live
from bursar.demo.options import DemoOptions
from bursar.demo.rhythm import DAY_US
from bursar.demo.sources import SOURCES, Source
from bursar.demo.state import DemoState, KeyPair, read_state, write_state
from bursar.http1 import Client
from bursar.vocab.instant import InstantUs

FOLDER: Final = "demo"
"""Where in the home the demo's documents and messages lie."""
_DRIVER: Final = ("active_users", "1400")
_VISITOR: Final = {
    "team": "search",
    "product": "answers",
    "use_case": "chat",
    "environment": "experiment",
    "may_set": ["team", "product", "use_case", "environment"],
    "label": "for whoever tries the demo",
}


def run(
    options: DemoOptions,
    *,
    now: Callable[[], InstantUs] = clock.now_us,
    say: Callable[[str], None] = print,
) -> int:
    """Set the demo up where it is not yet, then send live calls until SIGINT or SIGTERM; the exit code.

    `say` gets one line when the keys are there and one when the history is whole. Raises Unavailable if the
    control plane does not come up.
    """
    with contextlib.suppress(asyncio.CancelledError):
        uvloop.run(_run(options, now, say))
    return 0


async def _run(options: DemoOptions, now: Callable[[], InstantUs], say: Callable[[str], None]) -> None:
    if threading.current_thread() is threading.main_thread():
        task = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, lambda: task.cancel() if task else None)
    client = Client()
    folder = options.home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        control = Control(client, options.console_url, Home(options.home))
        await control.wait_until_ready()
        async with Inbox(folder / "messages.txt").listening() as inbox_url:
            start = Start(options.upstream_url, inbox_url, now())
            _write_documents(folder, start)
            state = await prepare(options, control, start)
            say(f"the demo's keys are in {options.home / 'demo.json'}")
            async with asyncio.TaskGroup() as group:
                group.create_task(Live(options, state, client, now).run())
                group.create_task(_write_past(options, state, control, start, say))
    finally:
        client.close()


def _write_documents(folder: Path, start: Start) -> None:
    """Leave the documents where people can read, change and plan with them."""
    for name in (COMPANY, GOVERNANCE, PROPOSAL):
        (folder / name).write_text(document_text(name, start), "utf-8")


async def prepare(options: DemoOptions, control: Control, start: Start) -> DemoState:
    """The estate in force and every key alive, made anew where it is missing; what is kept of it all."""
    await control.apply(COMPANY, document_text(COMPANY, start))
    state = read_state(options.home) or DemoState(
        seed=options.seed, days=options.days, history_end_us=start.at
    )
    alive = await control.live_keys()
    for source in SOURCES:
        pair = state.keys.get(source.name)
        if pair is None or pair.id not in alive:
            state.keys[source.name] = KeyPair(*await control.create_key(**_key_request(source)))
    if state.visitor is None or state.visitor.id not in alive:
        state.visitor = KeyPair(*await control.create_key(**_VISITOR))
    if state.history_done:
        await _govern(control, state, start)
    write_state(options.home, state)
    return state


async def _govern(control: Control, state: DemoState, start: Start) -> None:
    """Budgets and rules in force.

    Only once the past is whole: forecasts that were made of half of it would tell of what never was.
    """
    name, value = _DRIVER
    await control.set_driver(name, value, InstantUs(state.history_end_us - state.days * DAY_US))
    await control.apply(GOVERNANCE, document_text(GOVERNANCE, start))


def _key_request(source: Source) -> dict[str, object]:
    return {
        "team": source.team,
        "product": source.product,
        "use_case": source.use_case,
        "environment": source.environment,
        "label": f"demo {source.name}",
    }


async def _write_past(
    options: DemoOptions, state: DemoState, control: Control, start: Start, say: Callable[[str], None]
) -> None:
    if state.history_done:
        return
    history = History(
        demo_catalogue(),
        {name: pair.id for name, pair in state.keys.items()},
        end=InstantUs(state.history_end_us),
        days=state.days,
        seed=state.seed,
    )
    count = await deliver_history(history, control)
    await _govern(control, state, start)
    state.history_done = True
    write_state(options.home, state)
    say(f"the demo's history is whole: {count} calls in {state.days} days")
