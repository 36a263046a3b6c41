"""Builds every object and starts every process: the only room that knows all the others."""

import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import signal
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bursar import __version__
from bursar.cli.control import ControlPlane
from bursar.cli.welcome import Visit, Welcome
from bursar.clock import now_us
from bursar.config import Config, Run, credential_secret, environment, providers_from_environ, url_host
from bursar.processes import Part, Supervisor, die_with_parent, listen, raise_file_limit
from bursar.vocab.errors import BursarError, Conflict, Unavailable
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs
from bursar.vocab.network import networks
from bursar.vocab.options import ReplayOptions, SimulateOptions

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI
    from sqlalchemy import Engine

    from bursar.access import Doorkeeper
    from bursar.alerts import Desk, Parts
    from bursar.api.feed import Feed
    from bursar.budgets.store import BudgetStore
    from bursar.cli.starters import OutboxState
    from bursar.jobs import Job
    from bursar.ledger.ledger import Ledger

_log = logging.getLogger(__name__)

_WORKER: Final = "_worker"
_CONTROL: Final = "_control"
_DEMO: Final = "_demo"
_DEMO_PROVIDER: Final = "_demo-provider"
_MODULE: Final = ("-m", "bursar.app")
_GRACE_SECONDS: Final = 5.0
_APPROVAL_PATIENCE_US: Final = 4 * 3_600 * 1_000_000  # then the next approver is asked
_COUNT_LOOK_S: Final = 0.1  # a new budget lends only after what its period has spent is counted
_GRANT_US: Final = 24 * 3_600 * 1_000_000  # of a budget that has no end of its own


# -- the processes ---------------------------------------------------------------------------------


def up(config: Config, demo: bool) -> int:
    """Gateway and control plane on this machine; returns when stopped."""
    return _supervise(config, control=True, gateway=True, demo=demo)


def gateway(config: Config) -> int:
    """Gateway workers only; the control plane runs elsewhere, at `control_url`."""
    return _supervise(config, control=False, gateway=True)


def control(config: Config) -> int:
    """The control plane only."""
    return _supervise(config, control=True, gateway=False)


def _supervise(config: Config, *, control: bool, gateway: bool, demo: bool = False) -> int:
    home = config.files
    home.create(lambda: secrets.token_urlsafe(32))
    with _only_one(home.path / "lock"), contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listening(config)) if gateway else None
        config = _with_ports(config, listener, control=control)
        parts = _parts(config, listener, control=control, demo=demo)
        supervisor = Supervisor(parts, on_change=lambda pids: _publish(config, pids))
        welcome = Welcome(
            control_url=config.control_url if control else "",
            gateway_url=_gateway_url(config) if gateway else "",
            home=home,
            demo=(lambda: _demo_visit(config)) if demo else None,
            sign_in_link=lambda: _sign_in_link(config, always=demo),
        )
        try:
            supervisor.run(every_poll=welcome.poll)
        finally:
            home.remove_run()
        if supervisor.gave_up:
            raise Unavailable(f"{supervisor.gave_up} cannot be started; its own words are above")
        return 0


def _with_ports(config: Config, listener: socket.socket | None, *, control: bool) -> Config:
    """The settings with real numbers where port 0 asked for any free one."""
    if listener is not None:
        config = replace(config, gateway_port=listener.getsockname()[1])
    if control:
        port = _free_port(config.host, config.console_port)
        if port != config.console_port:
            url = f"http://{url_host(config.host)}:{port}"
            config = replace(config, console_port=port, control_url=url)
    return config


def _parts(config: Config, listener: socket.socket | None, *, control: bool, demo: bool) -> list[Part]:
    """The processes; the control plane comes first, so it ends last and takes what the others still have."""
    parts = []
    if control:
        parts.append(_part("control", config, (_CONTROL,)))
    if listener is not None:
        for slot in range(config.workers):
            arguments = (_WORKER, str(slot), str(listener.fileno()))
            parts.append(_part(f"gateway-{slot}", config, arguments, (listener.fileno(),)))
    if demo:
        upstream_port = str(_free_port("127.0.0.1", 0))
        parts.append(_part("demo-provider", config, (_DEMO_PROVIDER, upstream_port)))
        parts.append(_part("demo", config, (_DEMO, upstream_port)))
    return parts


def _part(name: str, config: Config, arguments: tuple[str, ...], inherited: tuple[int, ...] = ()) -> Part:
    return Part(
        name=name,
        arguments=(*_MODULE, *arguments),
        environment={**environment(), **config.to_environ()},
        inherited=inherited,
    )


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold the home for this installation; two would write the same files."""
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                f"bursar already runs with the home {path.parent}; stop it, or choose another with --home"
            ) from error
        yield


@contextlib.contextmanager
def _listening(config: Config) -> Iterator[socket.socket]:
    try:
        listener = listen(config.host, config.gateway_port)
    except OSError as error:
        raise Unavailable(_port_taken(config.host, config.gateway_port, "--gateway-port", error)) from error
    with listener:
        listener.set_inheritable(True)
        yield listener


def _free_port(host: str, port: int) -> int:
    """The port if nobody has it, any free one for 0."""
    try:
        with listen(host, port) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        raise Unavailable(_port_taken(host, port, "--console-port", error)) from error


def _port_taken(host: str, port: int, flag: str, error: OSError) -> str:
    return (
        f"port {port} on {host} is taken ({error.strerror}): stop what uses it, or choose another by {flag}"
    )


def _publish(config: Config, pids: Mapping[str, int]) -> None:
    config.files.write_run(
        Run(
            gateway_url=_gateway_url(config),
            console_url=config.control_url,
            pids=dict(pids),
            version=__version__,
        )
    )


def _gateway_url(config: Config) -> str:
    return f"http://{url_host(config.host)}:{config.gateway_port}"


def _sign_in_link(config: Config, *, always: bool) -> str | None:
    """A link that signs in whoever starts this: at the first start, of a demo at each; None if not now."""
    plane = ControlPlane(config.control_url, config.files.admin_token(), when_away="the control plane left")
    try:
        if not always and plane.get("/people")["people"]:
            return None
        return str(plane.post("/people/administrator/link", {})["sign_in_url"])
    except BursarError as error:
        _log.warning("no sign-in link was made: %s", error)
        return None
    finally:
        plane.close()


# -- inside the children -----------------------------------------------------------------------------


def _run_worker(slot: int, descriptor: int) -> int:
    from bursar.gateway import worker

    raise_file_limit()
    environ = environment()
    worker.run(Config.from_environ(environ), slot, descriptor, environ)
    return 0


def _run_control() -> int:
    raise_file_limit()
    return asyncio.run(_serve_control(Config.from_environ(environment())))


async def _serve_control(config: Config) -> int:
    from bursar import access, alerts, directory
    from bursar.api.feed import Feed
    from bursar.api.live import live_json
    from bursar.budgets.store import BudgetStore
    from bursar.jobs import CONTROL_PLANE, Leader, Runner
    from bursar.ledger.ledger import Ledger
    from bursar.store.ledger import path_of

    ledger = Ledger.open(path_of(config.ledger_url))
    engine = directory.open_state(config.state_url)
    parts = _alert_parts(config, engine, ledger, BudgetStore(engine, now=now_us, silent_us=config.silent_us))
    desk, courier = alerts.make_desk(parts), alerts.make_courier(parts)
    watch = alerts.make_watch(parts, on_message=lambda: runner.wake(alerts.DELIVERY))
    jobs = (*alerts.make_jobs(watch, courier), *_governing_jobs(engine, ledger))
    runner = Runner(jobs, Leader(engine, CONTROL_PLANE, secrets.token_hex(16)), now=now_us)
    keeper = access.Doorkeeper(engine, random_bytes=secrets.token_bytes, now=now_us)
    feed = Feed(ledger, engine, now=now_us, to_json=live_json, may_still=keeper.still)
    app = control_app(config, ledger=ledger, engine=engine, desk=desk, keeper=keeper, feed=feed, now=now_us)
    runner.start()
    was_asked = await _serve_until_asked(app, config, before_end=feed.close)
    runner.stop()
    ledger.close()
    courier.close()  # last: a receiver that hangs must not keep the ledger from its checkpoint
    return 0 if was_asked else 1


def control_app(
    config: Config,
    *,
    ledger: "Ledger",
    engine: "Engine",
    desk: "Desk",
    keeper: "Doorkeeper",
    feed: "Feed",
    now: Callable[[], InstantUs],
    further: "Sequence[APIRouter]" = (),
) -> "FastAPI":
    """The control plane with every route that there is, and `further` ones; the home must have been made."""
    from bursar.api import holdings
    from bursar.api.access import access_routers
    from bursar.api.alerts import alerts_router
    from bursar.api.answers import answers_router
    from bursar.api.app import create_app
    from bursar.api.approvals import approvals_router
    from bursar.api.budgets import budgets_router
    from bursar.api.courses import courses_router
    from bursar.api.effect import effect_router
    from bursar.api.estate import estate_router
    from bursar.api.gateway import gateway_router
    from bursar.api.guard import Tokens
    from bursar.api.keys import keys_router
    from bursar.api.live import live_router
    from bursar.api.pausing import pausing_router
    from bursar.api.policy import policy_router
    from bursar.api.prices import prices_router
    from bursar.api.views import views_router
    from bursar.forecasts.courses import Courses

    home = config.files
    providers = providers_from_environ(environment())
    ways_in = access_routers(
        engine,
        keeper,
        console_url=config.control_url,
        read_secret=lambda text: credential_secret(text, environment()),
        random_bytes=secrets.token_bytes,
        now=now,
        proxies=networks(config.trusted_proxies),
    )
    return create_app(
        ledger=ledger,
        engine=engine,
        tokens=Tokens(admin=home.admin_token(), internal=home.internal_token()),
        now=now,
        silent_us=config.silent_us,
        keeper=keeper,
        is_https=config.control_url.startswith("https:"),
        routers=(
            *ways_in.routers,
            estate_router(environment_providers=providers),
            policy_router(environment_providers=providers),
            effect_router(environment_providers=providers),
            prices_router(environment_providers=providers),
            keys_router(random_bytes=secrets.token_bytes),
            gateway_router(lambda: run.gateway_url if (run := home.read_run()) else ""),
            budgets_router(random_bytes=secrets.token_bytes),
            courses_router(Courses(ledger)),
            holdings.router,
            approvals_router(),
            alerts_router(desk),
            live_router(feed),
            views_router(random_bytes=secrets.token_bytes),
            pausing_router(random_bytes=secrets.token_bytes),
            *further,
        ),
        open_routers=(answers_router(desk), *ways_in.open_routers),
    )


async def _serve_until_asked(
    app: "FastAPI", config: Config, *, before_end: Callable[[], Awaitable[None]]
) -> bool:
    """Serve until SIGTERM, or until the server ends by itself; whether it was the signal."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    server = Server(
        app,
        address=config.host,
        port=config.console_port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
        backlog=1024,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    await before_end()  # streams end first: the server waits for them
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(serving, _GRACE_SECONDS)
    return stop.is_set()


def _governing_jobs(engine: "Engine", ledger: "Ledger") -> "tuple[Job, ...]":
    """Usage that passed no gateway counts in its budgets; requests for approval go on to who may answer."""
    from bursar import directory
    from bursar.alerts.retention import apply_retention
    from bursar.budgets.external import Counting
    from bursar.jobs import Job, Turn
    from bursar.policy import tiers_by_model

    counting = Counting(engine, ledger, tiers_by_model)

    def count(turn: Turn) -> None:
        counting.run(now=turn.now, fence=turn.fence)

    def forget(turn: Turn) -> None:
        apply_retention(engine, now=turn.now, fence=turn.fence)

    def tend(turn: Turn) -> None:
        directory.tend_approvals(engine, now=turn.now, patience_us=_APPROVAL_PATIENCE_US)

    return (
        Job(name="external-usage", period_s=_COUNT_LOOK_S, run=count),
        Job(name="approvals", period_s=5.0, run=tend),
        Job(name="retention", period_s=600.0, run=forget),
    )


def _alert_parts(config: Config, engine: "Engine", ledger: "Ledger", budgets: "BudgetStore") -> "Parts":
    from bursar import alerts
    from bursar.budgets import grants

    def give(grant: alerts.Grant, now: InstantUs) -> None:
        grants.give_units(
            engine,
            grant_id=uuid7(now, secrets.token_bytes(8)),
            budget=grant.budget,
            value=grant.value,
            amount=grant.amount,
            reason=grant.reason,
            until=grant.until_us or InstantUs(now + _GRANT_US),
            actor=grant.actor,
            now=now,
        )

    return alerts.Parts(
        engine=engine,
        ledger=ledger,
        accounts=budgets.accounts,
        base_url=config.control_url,
        shared_secret=config.files.internal_token(),
        read_secret=lambda text: credential_secret(text, environment()),
        now=now_us,
        random_bytes=secrets.token_bytes,
        grant=give,
    )


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "_granian"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


def _simulate(options: SimulateOptions) -> int:
    from bursar import simulate

    raise_file_limit()
    return simulate.serve(options)


def _replay(options: ReplayOptions) -> int:
    from bursar import replay

    raise_file_limit()
    return replay.run(options)


def _outboxes(folder: Path) -> "list[OutboxState]":
    from bursar.cli.starters import OutboxState
    from bursar.gateway.outbox import OutboxReader

    found = []
    for path in sorted(folder.glob("gateway-*.sqlite")):
        try:
            reader = OutboxReader(path)
            found.append(OutboxState(path=str(path), worker=reader.worker, seq_last=reader.last_seq()))
            reader.close()
        except (sqlite3.Error, BursarError) as error:
            found.append(OutboxState(path=str(path), fault=str(error)))
    return found


def _run_demo_provider(port: int) -> int:
    from bursar import simulate

    return simulate.serve(SimulateOptions(port=port, latency_ms=120.0, latency_spread=0.6, chunk_ms=8.0))


def _run_demo(upstream_port: int) -> int:
    from bursar import demo

    config = Config.from_environ(environment())
    return demo.run(
        demo.DemoOptions(
            home=config.home,
            gateway_url=_gateway_url(config),
            console_url=config.control_url,
            upstream_url=f"http://127.0.0.1:{upstream_port}",
        ),
        say=_log.info,
    )


def _demo_visit(config: Config) -> Visit | None:
    """What whoever tries the demo can use; None until their key is made."""
    from bursar import demo

    state = demo.read_state(config.home)
    if state is None or state.visitor is None:
        return None
    return Visit(
        key_id=state.visitor.id,
        secret=state.visitor.secret,
        is_governed=state.history_done,
        proposal=config.home / demo.FOLDER / demo.PROPOSAL,
    )


_CHILDREN: Final[dict[str, Callable[..., int]]] = {
    _WORKER: _run_worker,
    _CONTROL: _run_control,
    _DEMO_PROVIDER: _run_demo_provider,
    _DEMO: _run_demo,
}
"""What `python -m bursar.app NAME NUMBER...` runs, for the supervisor."""


def _child(name: str, numbers: list[int]) -> int:
    die_with_parent()
    os.umask(0o077)  # what is kept here is nobody else's to read
    # Ctrl-C reaches every process of the terminal; the supervisor alone decides in which order they end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _log_to_stderr(Config.from_environ(environment()).log_level)
    return _CHILDREN[name](*numbers)


def main() -> None:
    """The `bursar` command."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] in _CHILDREN:
        try:
            sys.exit(_child(arguments[0], [int(number) for number in arguments[1:]]))
        except BursarError as error:
            print(f"bursar {arguments[0]}: {error}", file=sys.stderr)
            sys.exit(1)
    from bursar.cli import Starters, make_cli

    starters = Starters(
        up=up, gateway=gateway, control=control, simulate=_simulate, replay=_replay, outboxes=_outboxes
    )
    make_cli(starters)()


if __name__ == "__main__":
    main()
