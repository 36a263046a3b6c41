"""How long after the call that crosses a threshold its message is there, and its rule in a snapshot."""

import os
import random
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "alerts"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ledger"))

from ledger_data import Feed, event
from receivers import Hook, Mailbox, http_receiver, smtp_receiver, text_of
from sqlalchemy import Engine

from bursar import alerts, directory
from bursar.budgets.account import AccountState
from bursar.clock import now_us
from bursar.config import credential_secret
from bursar.estate.parse import parse
from bursar.gateway.watch import Watcher
from bursar.jobs import Leader, Runner
from bursar.ledger.dimensions import dimension
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery
from bursar.store.state import open_state
from bursar.vocab.instant import InstantUs

CLAIM = (
    "From the call that crosses a threshold to the message at a real HTTP receiver and a real SMTP server, "
    "and to the rule in a worker's snapshot, the 99th percentile is at most 2 s."
)

CROSSINGS = 100
PAUSE_S = (0.1, 0.9)
USD = 10**12
DAY_US = 86_400_000_000
PATIENCE_S = 10.0


def run() -> dict[str, Any]:
    """Each crossing is one call of a team of its own; the accounts are read from the ledger's usage."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hook, mailbox = stack.enter_context(http_receiver()), stack.enter_context(smtp_receiver())
        engine = open_state(f"sqlite:///{folder}/state.sqlite")
        ledger = Ledger.open(folder / "ledger.duckdb")
        stack.callback(ledger.close)
        _declare(engine, hook, mailbox)
        seen: dict[str, float] = {}
        stack.enter_context(_worker(engine, seen))
        stack.enter_context(_control(engine, ledger))
        crossed = _cross(Feed(ledger))
        return _figures(crossed, hook, mailbox, seen)


def _declare(engine: Engine, hook: Hook, mailbox: Mailbox) -> None:
    channels = [
        {"name": "hook", "url": f"literal:{hook.url}", "secret": "literal:s"},
        {"name": "mail", "url": f"literal:{mailbox.url}"},
    ]
    steps = [{"do": "notify", "to": ["hook", "mail"]}, {"do": "clamp", "output_tokens_max": 100}]
    budgets = [
        {
            "name": _team(n),
            "scope": {"team": _team(n)},
            "amount": "100",
            "thresholds": [{"at": 80, "steps": steps}],
        }
        for n in range(CROSSINGS)
    ]
    documents = [{"kind": "channel", "digest_seconds": 0, **each} for each in channels]
    documents += [{"kind": "budget", **each} for each in budgets]
    directory.apply(engine, parse((), documents).documents, actor="benchmark", now=now_us())


def _team(number: int) -> str:
    return f"team-{number}"


class _worker:  # noqa: N801 - used as a context
    """A gateway worker's watcher; it notes when it sees a budget's rule for the first time."""

    def __init__(self, engine: Engine, seen: dict[str, float]) -> None:
        def note(snapshot: Any) -> None:
            for rule in snapshot.interventions:
                seen.setdefault(rule.budget, time.perf_counter())

        self._watcher = Watcher(engine, (), note)

    def __enter__(self) -> None:
        self._watcher.start(-1)

    def __exit__(self, *_: object) -> None:
        self._watcher.stop()


class _control:  # noqa: N801 - used as a context
    """The jobs of a control plane."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        parts = alerts.Parts(
            engine=engine,
            ledger=ledger,
            accounts=lambda: _accounts(ledger),
            base_url="http://127.0.0.1:8080",
            shared_secret="benchmark",
            read_secret=lambda text: credential_secret(text, {}),
            now=now_us,
            random_bytes=os.urandom,
        )
        self._courier = alerts.make_courier(parts)
        watch = alerts.make_watch(parts, on_message=lambda: self._runner.wake(alerts.DELIVERY))
        jobs = alerts.make_jobs(watch, self._courier)
        self._runner = Runner(jobs, Leader(engine, "jobs", "benchmark"), now=now_us)

    def __enter__(self) -> None:
        self._runner.start()
        time.sleep(3.0)  # until the services are loaded, as in a control plane that runs for a while

    def __exit__(self, *_: object) -> None:
        self._runner.stop()
        self._courier.close()


def _accounts(ledger: Ledger) -> Sequence[AccountState]:
    now = now_us()
    begins, ends = InstantUs(now - DAY_US), InstantUs(now + DAY_US)
    usage = ledger.usage(UsageQuery(start=begins, end=ends, by=(dimension("team"),)))
    begins = InstantUs(begins // (30 * DAY_US) * 30 * DAY_US)
    return [
        AccountState(
            id=row.keys[0],
            budget=row.keys[0],
            begins_at_us=begins,
            ends_at_us=InstantUs(begins + 60 * DAY_US),
            amount=100 * USD,
            limit=100 * USD,
            spent=row.figures["cost"],
        )
        for row in usage.rows
    ]


def _cross(feed: Feed) -> list[float]:
    """One call after another, at no fixed beat; when each was delivered."""
    rng = random.Random(1)
    crossed = []
    for number in range(CROSSINGS):
        crossed.append(time.perf_counter())
        feed.send(event(number, team=_team(number), cost_pico=90 * USD, started_at_us=now_us()))
        time.sleep(rng.uniform(*PAUSE_S))
    return crossed


def _figures(
    crossed: Sequence[float], hook: Hook, mailbox: Mailbox, seen: dict[str, float]
) -> dict[str, Any]:
    _until(lambda: min(len(seen), len(_budgets(hook)), len(mailbox.arrived_at)) >= CROSSINGS)
    hooked = _budgets(hook)
    mailed = {
        team: at
        for mail, at in zip(mailbox.mails, mailbox.arrived_at, strict=True)
        for team in re.findall(r"Budget (team-\d+) has used", text_of(mail))
    }
    figures: dict[str, Any] = {"crossings": CROSSINGS}
    for name, found in (("webhook", hooked), ("mail", mailed), ("rule", seen)):
        lags = sorted(found[_team(n)] - at for n, at in enumerate(crossed))
        figures |= {
            f"{name}_p50_s": round(lags[len(lags) // 2], 3),
            f"{name}_p99_s": round(lags[int(len(lags) * 0.99)], 3),
            f"{name}_max_s": round(lags[-1], 3),
        }
    return {**figures, "holds": all(figures[f"{name}_p99_s"] <= 2.0 for name in ("webhook", "mail", "rule"))}


def _budgets(hook: Hook) -> dict[str, float]:
    return {alert["budget"]: each.at for each in list(hook.received) for alert in each.json["alerts"]}


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < deadline:
        threading.Event().wait(0.05)


if __name__ == "__main__":
    print(run())
