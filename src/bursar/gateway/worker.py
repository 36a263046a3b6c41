"""One gateway process: builds its parts, recovers what its predecessor left, serves until told to stop."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import sqlalchemy
import uvloop

from bursar import directory
from bursar.budgets.purse import Purse
from bursar.budgets.store import BudgetStore
from bursar.catalogue import Catalogue
from bursar.clock import now_us, steady_us
from bursar.config import Config, credential_secret, providers_from_environ
from bursar.estate.snapshot import Snapshot
from bursar.gateway.approvals import Desk
from bursar.gateway.habits_file import HabitsFile
from bursar.gateway.handle import Gateway
from bursar.gateway.journal import Journal
from bursar.gateway.limiting import Places
from bursar.gateway.outbox import Outbox, OutboxBusy
from bursar.gateway.recovery import recover, settle_last_life
from bursar.gateway.sender import Sender
from bursar.gateway.settle import complete_leftover
from bursar.gateway.tally import Tally
from bursar.gateway.treasury import Treasury
from bursar.gateway.watch import Watcher
from bursar.gateway.world import World
from bursar.http1 import Client, Limits, Server
from bursar.limits.keeper import Keeper
from bursar.limits.limiter import Limiter
from bursar.limits.store import ShareStore
from bursar.vocab.ids import IdSource

_log = logging.getLogger(__name__)
_GRACE_SECONDS: Final = 10.0
_LAST_SEND_SECONDS: Final = 3.0


class Worker:
    """The parts of one process, by slot: the same slot goes on with the same outbox."""

    def __init__(self, config: Config, slot: int, environ: Mapping[str, str]) -> None:
        self._config = config
        self._slot = slot
        self._environ = environ
        self.ids = IdSource(now_us, os.urandom)
        self.engine: sqlalchemy.Engine = directory.open_state(config.state_url)
        self._budgets = BudgetStore(self.engine, now=now_us, silent_us=config.silent_us)
        self._found = providers_from_environ(environ)
        self.world = self._make_world(directory.snapshot(self.engine, also=self._found))
        self.journal, self.outbox = self._open(config.files.outbox_dir / f"gateway-{slot}.sqlite")
        self._senders = [self._sender(self.outbox)]
        if slot == 0:
            self._adopt_others()
        self.world.catalogue.warm()

    def _make_world(self, snapshot: Snapshot) -> World:
        catalogue = Catalogue.of_estate(snapshot.providers, snapshot.prices)
        return World(snapshot, catalogue, lambda text: credential_secret(text, self._environ))

    def _open(self, path: Path) -> tuple[Journal, Outbox]:
        """An outbox with its journal, recovered."""
        journal = Journal(path.with_suffix(".journal"))
        try:
            outbox = Outbox(path, worker=self.ids.next(), durability=self._config.durability, journal=journal)
        except OutboxBusy:
            journal.close()
            raise
        found = recover(outbox, journal, lambda event: complete_leftover(event, self.world))
        if found:
            _log.warning("%d calls were in flight when the last process of %s died", found, path.name)
        return journal, outbox

    def _make_treasury(self, loop: asyncio.AbstractEventLoop) -> Treasury:
        """A new life with the budgets, after what the last one spent and did not tell was told."""
        outbox, budgets = self.outbox, self._budgets

        def new_life(through: int, held: Mapping[str, int]) -> int:
            return settle_last_life(budgets, outbox.path, outbox.purse, through=through, held=held)

        epoch = new_life(outbox.events_numbered(), {})
        lease_us = self._config.lease_s * 1_000_000
        purse = Purse(outbox.purse, epoch=epoch, seq=budgets.seq_of(outbox.purse), lease_us=lease_us)
        treasury = Treasury(
            purse, budgets, new_life=new_life, stored=outbox.events_numbered, now=now_us, loop=loop
        )
        outbox.post = treasury.post
        outbox.on_durable = treasury.durable
        outbox.kept_after = treasury.kept_after
        return treasury

    def _sender(self, outbox: Outbox) -> Sender:
        return Sender(
            outbox,
            control_url=self._config.control_url,
            token=self._config.files.internal_token(),
            new_name=self.ids.next,
        )

    def _adopt_others(self) -> None:
        """Drain the outboxes of slots that no longer have a worker, such as after fewer were asked for."""
        for path in sorted(self._config.files.outbox_dir.glob("gateway-*.sqlite")):
            slot = int(path.stem.removeprefix("gateway-"))
            if slot >= self._config.workers:
                try:
                    _, outbox = self._open(path)
                except OutboxBusy:
                    continue
                # Nobody works with it any more: what it spent is told, and what it was lent comes home.
                through = outbox.events_numbered()
                settle_last_life(self._budgets, outbox.path, outbox.purse, through=through)
                self._senders.append(self._sender(outbox))

    async def serve(self, listener: socket.socket) -> None:
        """Take calls until SIGTERM, then let those in flight end."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        client = Client()
        treasury = self._make_treasury(loop)
        treasury.start()
        habits = HabitsFile(self.outbox.path.with_suffix(".habits"))
        memory = habits.load()
        gateway = Gateway(
            world=self.world,
            client=client,
            outbox=self.outbox,
            journal=self.journal,
            ids=self.ids,
            now=now_us,
            steady_us=steady_us,
            disconnect_read_s=self._config.disconnect_read_s,
            treasury=treasury,
            memory=memory,
        )
        desk = Desk(self.engine, console_url=self._config.control_url, new_id=self.ids.next, now=now_us)
        gateway.governor.desk = desk
        watcher = Watcher(
            self.engine, self._found, lambda snapshot: self._replace_world(loop, gateway, snapshot)
        )
        watcher.start(self.world.revision)
        keeper = self._share_limits(gateway)
        gateway.tally = Tally(str(self._slot))
        gateway.look_again = lambda: _look_again(loop, watcher)
        self.outbox.start(loop)
        habits.start(memory, loop)
        for sender in self._senders:
            sender.start()
        server = Server(gateway.handle, Limits(body_bytes=self._config.body_limit_bytes))
        accepting = await loop.create_server(server.protocol, sock=listener, backlog=4096)
        _settle_memory()
        await stop.wait()
        accepting.close()
        await server.close(_GRACE_SECONDS)
        await treasury.stop()
        await habits.stop(memory)
        gateway.tell_repeats()
        await keeper.stop()
        watcher.stop()
        desk.close()
        client.close()
        self.outbox.stop_gathering()
        for sender in self._senders:
            sender.stop(_LAST_SEND_SECONDS)
        self.outbox.close()

    def _share_limits(self, gateway: Gateway) -> Keeper:
        """Rate limits hold over all workers: this one is known to the others by the name of its outbox.

        Nobody else has it while the outbox is locked, and the next process of this slot goes on with it.
        """
        limiter = Limiter(shared=True)
        store = ShareStore(self.engine, self.outbox.worker)
        keeper = Keeper(limiter, store, index=lambda: gateway.world.limits, steady_us=steady_us)
        gateway.places = Places(limiter, steady_us, keeper)
        keeper.start()
        return keeper

    def _replace_world(self, loop: asyncio.AbstractEventLoop, gateway: Gateway, snapshot: Snapshot) -> None:
        world = self._make_world(snapshot)

        def replace() -> None:
            gateway.world = world

        loop.call_soon_threadsafe(replace)


async def _look_again(loop: asyncio.AbstractEventLoop, watcher: Watcher) -> None:
    """Wait until the newest estate is in force."""
    seen = asyncio.Event()

    def then() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed
            loop.call_soon_threadsafe(seen.set)

    watcher.look_now(then)
    await seen.wait()


def _settle_memory() -> None:
    """What was built at the start stays: the collector need not look at it again with every pass."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run(config: Config, slot: int, descriptor: int, environ: Mapping[str, str]) -> None:
    """The worker process's main function."""
    listener = socket.socket(fileno=descriptor)
    worker = Worker(config, slot, environ)
    uvloop.run(worker.serve(listener))
