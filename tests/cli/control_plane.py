"""A real control plane on a real port, and the command line as a person runs it."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import zstandard
from click.testing import CliRunner, Result
from granian.constants import Interfaces
from granian.server.embed import Server
from sqlalchemy import Engine

from bursar.access import Doorkeeper
from bursar.alerts import Parts, make_desk
from bursar.api.access import access_routers
from bursar.api.alerts import alerts_router
from bursar.api.app import create_app
from bursar.api.approvals import approvals_router
from bursar.api.budgets import budgets_router
from bursar.api.effect import effect_router
from bursar.api.estate import estate_router
from bursar.api.guard import Tokens
from bursar.api.keys import keys_router
from bursar.api.pausing import pausing_router
from bursar.api.policy import policy_router
from bursar.budgets.account import AccountState
from bursar.cli import OutboxState, Starters, make_cli
from bursar.clock import now_us
from bursar.config import Config, Home, Run, credential_secret
from bursar.directory import open_state
from bursar.ledger.ledger import Ledger
from bursar.processes import listen
from bursar.vocab.event import Batch, Event, encode_events
from bursar.vocab.options import ReplayOptions, SimulateOptions


@dataclass
class Started:
    """What the command line asked to start; the starters only write it down."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    outboxes: list[OutboxState] = field(default_factory=list)

    def starters(self) -> Starters:
        def note(name: str) -> Callable[..., int]:
            def start(*given: Config | SimulateOptions | ReplayOptions | bool) -> int:
                self.calls.append((name, given[0] if len(given) == 1 else given))
                return 0

            return start

        def outboxes(_folder: Path) -> Sequence[OutboxState]:
            return self.outboxes

        return Starters(
            up=note("up"),
            gateway=note("gateway"),
            control=note("control"),
            simulate=note("simulate"),
            replay=note("replay"),
            outboxes=outboxes,
        )


class Bursar:
    """`bursar(...)` runs a command with a home; `started` is what it started."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.started = Started()

    def __call__(self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> Result:
        environment = {name: None for name in os.environ if name.startswith("BURSAR_")}
        environment |= {"BURSAR_HOME": str(self.home), **(env or {})}
        return CliRunner().invoke(
            make_cli(self.started.starters()), arguments, input=stdin, env=environment, catch_exceptions=False
        )

    def json(self, *arguments: str) -> Any:
        """The JSON that a command prints; it must end well."""
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return msgspec.json.decode(result.stdout)


class Plane:
    """A control plane with a home of its own, which can go away and come back."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.port = 0
        self.accounts: Sequence[AccountState] = ()
        self._stack = ExitStack()
        self.engine: Engine | None = None  # its state store, while it runs

    def start(self) -> None:
        self._stack.enter_context(_serving(self))
        url = f"http://127.0.0.1:{self.port}"
        self.home.write_run(Run(gateway_url="http://127.0.0.1:1", console_url=url))

    def stop(self) -> None:
        self._stack.close()

    def deliver(
        self, worker: str, seq_first: int, events: list[Event], cards: dict[str, bytes] | None = None
    ) -> None:
        """Hand events over as a gateway worker does."""
        batch = Batch(
            worker=worker,
            seq_first=seq_first,
            seq_last=seq_first + len(events) - 1,
            groups=[encode_events(events)],
            cards=cards or {},
        )
        reply = httpx.post(
            f"http://127.0.0.1:{self.port}/internal/v1/events",
            content=zstandard.compress(msgspec.msgpack.encode(batch)),
            headers={"authorization": f"Bearer {self.home.internal_token()}"},
        )
        assert reply.status_code == 200, reply.text


@contextmanager
def _serving(plane: Plane) -> Iterator[None]:
    ledger = Ledger.open(plane.home.path / "ledger.duckdb")
    engine = open_state(f"sqlite:///{plane.home.path}/state.sqlite")
    plane.engine = engine
    plane.alerts = Parts(
        engine=engine,
        ledger=ledger,
        accounts=lambda: plane.accounts,
        base_url="http://127.0.0.1:8080",
        shared_secret=plane.home.internal_token(),
        read_secret=lambda text: credential_secret(text, {}),
        now=now_us,
        random_bytes=os.urandom,
    )
    keeper = Doorkeeper(engine, random_bytes=os.urandom, now=now_us)
    ways_in = access_routers(
        engine,
        keeper,
        console_url="http://127.0.0.1:8080",
        read_secret=lambda text: credential_secret(text, {}),
        random_bytes=os.urandom,
        now=now_us,
    )
    app = create_app(
        ledger=ledger,
        engine=engine,
        tokens=Tokens(admin=plane.home.admin_token(), internal=plane.home.internal_token()),
        now=now_us,
        keeper=keeper,
        open_routers=ways_in.open_routers,
        routers=(
            *ways_in.routers,
            estate_router(),
            keys_router(random_bytes=os.urandom),
            approvals_router(),
            budgets_router(random_bytes=os.urandom),
            pausing_router(random_bytes=os.urandom),
            policy_router(),
            effect_router(),
            alerts_router(make_desk(plane.alerts)),
        ),
    )
    if not plane.port:
        with listen("127.0.0.1", 0) as probe:
            plane.port = probe.getsockname()[1]
    loop = asyncio.new_event_loop()
    server = Server(app, address="127.0.0.1", port=plane.port, interface=Interfaces.ASGINL, log_enabled=False)
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()))
    thread.start()
    _wait_until_healthy(plane.port)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)
        loop.close()
        ledger.close()
        engine.dispose()


def _wait_until_healthy(port: int) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the control plane did not start")
