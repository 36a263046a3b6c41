"""A real gateway on a real socket, in a thread of the test process, with a real outbox."""

import asyncio
import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvloop

from bursar.budgets.account import AccountState
from bursar.budgets.purse import Purse
from bursar.budgets.store import BudgetStore
from bursar.catalogue import Catalogue
from bursar.clock import now_us, steady_us
from bursar.config import credential_secret
from bursar.estate.kinds import Model, Price, Provider, Team
from bursar.estate.snapshot import Key, Snapshot
from bursar.gateway.habits_file import HabitsFile
from bursar.gateway.handle import Gateway
from bursar.gateway.journal import Journal
from bursar.gateway.outbox import Outbox, OutboxReader
from bursar.gateway.recovery import settle_last_life
from bursar.gateway.treasury import Treasury
from bursar.gateway.world import World
from bursar.http1 import Client, Limits, Server
from bursar.processes import listen
from bursar.store.state import open_state
from bursar.vocab.event import Event, decode_events
from bursar.vocab.ids import IdSource

SECRET = "bsk_test-secret"


def key(**fields: object) -> Key:
    """A live key for SECRET, unless `secret` says another."""
    secret = str(fields.pop("secret", SECRET))
    known = {
        "id": "key_test",
        "secret_sha256": hashlib.sha256(secret.encode()).hexdigest(),
        "team": "search",
        "product": "answers",
        "use_case": "chat",
        "environment": "production",
    }
    return Key(**{**known, **fields})


def estate(upstream: str, **fields: object) -> Snapshot:
    """One provider of each wire at `upstream`; gpt-4o-mini is declared and has a price of its own."""
    known: dict[str, object] = {
        "revision": 1,
        "providers": (
            Provider(name="mock", wire="openai", base_url=upstream, credential="literal:sk-upstream"),
            Provider(name="anthropic", wire="anthropic", base_url=upstream, credential="literal:sk-ant"),
            Provider(
                name="gemini",
                wire="gemini",
                base_url=upstream,
                credential="literal:goog",
                catalogue="google",
            ),
        ),
        "models": (Model(name="gpt-4o-mini", provider="mock"),),
        "prices": (
            Price(
                name="mock-gpt-4o-mini",
                provider="mock",
                model="gpt-4o-mini",
                valid_from="2020-01-01",
                per_million_tokens={"input": "0.15", "cache_read": "0.075", "output": "0.60"},
            ),
        ),
        "teams": (Team(name="search"), Team(name="ads")),
        "keys": (key(),),
    }
    return Snapshot(**{**known, **fields})


class RunningGateway:
    """`url` for clients, `events` for what became durable; `use` puts another estate in force."""

    def __init__(self, url: str, gateway: Gateway, outbox: Outbox, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.gateway = gateway
        self._outbox = outbox
        self._loop = loop

    def events(self) -> list[Event]:
        """Every event that is in the outbox file now, oldest first."""
        reader = OutboxReader(self._outbox.path)
        try:
            return [event for group in reader.all_groups() for event in decode_events(group.body)]
        finally:
            reader.close()

    def event(self, call_id: str, *, within_s: float = 5.0) -> Event:
        """The one event of a call; waits, because a client may leave before its call is settled."""
        deadline = time.monotonic() + within_s
        while True:
            found = [event for event in self.events() if event.call_id == call_id]
            if found or time.monotonic() > deadline:
                assert len(found) == 1, f"{len(found)} events for {call_id}"
                return found[0]
            time.sleep(0.02)

    def only_event(self, *, within_s: float = 5.0) -> Event:
        """The single event of a gateway that took one call."""
        deadline = time.monotonic() + within_s
        while not (found := self.events()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(found) == 1
        return found[0]

    def fill_disk(self) -> None:
        """From now on the outbox cannot grow: SQLite says that the disk is full, as it does on a full one."""
        self._limit_pages(1)  # below the present size means the present size

    def wait_disk_full(self) -> None:
        """Until the outbox has tried and failed to store something."""
        deadline = time.monotonic() + 10
        while not self._outbox.fault:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def free_disk(self) -> None:
        self._limit_pages(4_294_967_294)

    def _limit_pages(self, most: int) -> None:
        done = threading.Event()

        def limit() -> None:
            self._outbox._database.execute(f"PRAGMA max_page_count = {most}")
            done.set()

        self._loop.call_soon_threadsafe(limit)
        assert done.wait(5)

    def use(self, snapshot: Snapshot) -> None:
        world = make_world(snapshot)
        self._loop.call_soon_threadsafe(setattr, self.gateway, "world", world)
        while self.gateway.world is not world:
            time.sleep(0.001)


def make_world(snapshot: Snapshot) -> World:
    catalogue = Catalogue.of_estate(snapshot.providers, snapshot.prices)
    return World(snapshot, catalogue, lambda text: credential_secret(text, {}))


def budget_store(folder: Path, lease_s: int) -> BudgetStore:
    """What treasuries talk to, with a state store in the same folder."""
    engine = open_state(f"sqlite:///{folder}/state.sqlite")
    return BudgetStore(engine, now=now_us, silent_us=lease_s * 1_000_000)


def make_treasury(
    store: BudgetStore, outbox: Outbox, loop: asyncio.AbstractEventLoop, lease_s: int
) -> Treasury:
    """As the worker makes it."""
    lease_us = lease_s * 1_000_000

    def new_life(through: int, held: Mapping[str, int]) -> int:
        return settle_last_life(store, outbox.path, outbox.purse, through=through, held=held)

    epoch = new_life(outbox.events_numbered(), {})
    purse = Purse(outbox.purse, epoch=epoch, seq=store.seq_of(outbox.purse), lease_us=lease_us)
    treasury = Treasury(purse, store, new_life=new_life, stored=outbox.events_numbered, now=now_us, loop=loop)
    outbox.post = treasury.post
    outbox.on_durable = treasury.durable
    outbox.kept_after = treasury.kept_after
    treasury.start()
    return treasury


@contextlib.contextmanager
def running_gateway(
    folder: Path,
    snapshot: Snapshot,
    *,
    limits: Limits | None = None,
    durability: str = "disk",
    disconnect_read_s: float = 5.0,
    patience_s: float = 30.0,
    lease_s: int = 15,
    budgets: BudgetStore | None = None,
) -> Iterator[RunningGateway]:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    ready = threading.Event()
    found: list[RunningGateway] = []
    stop = asyncio.Event()
    loop = uvloop.new_event_loop()

    async def serve() -> None:
        journal = Journal(folder / "gateway-0.journal")
        outbox = Outbox(
            folder / "gateway-0.sqlite",
            worker="test",
            durability=durability,
            journal=journal,
            patience_s=patience_s,
        )
        outbox.start(loop)
        client = Client()
        treasury = make_treasury(budgets or budget_store(folder, lease_s), outbox, loop, lease_s)
        habits = HabitsFile(folder / "gateway-0.habits")
        memory = habits.load()
        habits.start(memory, loop)
        gateway = Gateway(
            world=make_world(snapshot),
            client=client,
            outbox=outbox,
            journal=journal,
            ids=IdSource(now_us, os.urandom),
            now=now_us,
            steady_us=steady_us,
            disconnect_read_s=disconnect_read_s,
            treasury=treasury,
            memory=memory,
        )
        server = Server(gateway.handle, limits)
        accepting = await loop.create_server(server.protocol, sock=listener)
        found.append(RunningGateway(f"http://127.0.0.1:{port}", gateway, outbox, loop))
        ready.set()
        await stop.wait()
        accepting.close()
        await server.close(2.0)
        await treasury.stop()
        await habits.stop(memory)
        client.close()
        outbox.close()
        journal.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def accounts(folder: Path) -> dict[str, AccountState]:
    """What the budgets of a gateway's home say, by budget and value."""
    store = BudgetStore(open_state(f"sqlite:///{folder}/state.sqlite"), now=now_us, silent_us=10**9)
    return {state.budget + (f"[{state.value}]" if state.value else ""): state for state in store.accounts()}
