"""Budgets, accounts and control planes for tests of alerts; the clock is a number that a test moves."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from bursar import directory
from bursar.alerts import Parts, make_courier, make_desk, make_watch
from bursar.alerts.courier import Courier
from bursar.alerts.desk import Desk, GiveGrant
from bursar.alerts.watch import Watch
from bursar.budgets.account import AccountState
from bursar.config import credential_secret
from bursar.estate.parse import parse
from bursar.jobs import Fence, Turn, unfenced
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs, parse_instant

BEGINS = parse_instant("2026-11-01")
ENDS = parse_instant("2026-12-01")
NOW = parse_instant("2026-11-20T12:00:00Z")
SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
USD = 10**12


def budget(name: str = "team-search", **fields: Any) -> dict[str, Any]:
    """A monthly budget of 100 USD for team search, with a threshold at 80% unless `fields` say otherwise."""
    return {
        "kind": "budget",
        "name": name,
        "owner": "ana@example.com",
        "scope": {"team": "search"},
        "amount": "100",
        "thresholds": [{"at": 80}],
    } | fields


def channel(name: str = "hook", url: str = "webhook+http://127.0.0.1:1/in", **fields: Any) -> dict[str, Any]:
    """A webhook for Ana, without a window."""
    return {
        "kind": "channel",
        "name": name,
        "url": f"literal:{url}",
        "secret": "literal:hook-secret",
        "for_owners": ["ana@*"],
        "digest_seconds": 0,
    } | fields


def account(spent_usd: int, name: str = "team-search", **fields: Any) -> AccountState:
    """The account of November of a budget of 100 USD."""
    values: dict[str, Any] = {
        "id": f"{name}|{fields.get('value', '')}|{BEGINS}",
        "budget": name,
        "owner": "ana@example.com",
        "begins_at_us": BEGINS,
        "ends_at_us": ENDS,
        "amount": 100 * USD,
        "limit": 100 * USD,
        "spent": spent_usd * USD,
    }
    return AccountState(**(values | fields))


def declare(engine: Engine, *documents: dict[str, Any]) -> None:
    """Put documents in force."""
    directory.apply(engine, parse((), documents).documents, actor="test", now=NOW)


@dataclass
class Plane:
    """The alerts of one control plane: `accounts` and `now` are what the test says."""

    engine: Engine
    ledger: Ledger
    now: InstantUs = NOW
    accounts: Sequence[AccountState] = ()
    grant: GiveGrant | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = Parts(
            engine=self.engine,
            ledger=self.ledger,
            accounts=lambda: self.accounts,
            base_url="https://bursar.example.com",
            shared_secret="internal-secret",
            read_secret=lambda text: credential_secret(text, self.environ),
            now=lambda: self.now,
            random_bytes=self._random_bytes,
            grant=self.grant,
        )
        self.watch: Watch = make_watch(self.parts, on_message=lambda: None)
        self.courier: Courier = make_courier(self.parts)
        self.desk: Desk = make_desk(self.parts)

    def look(self, *accounts: AccountState, after_us: int = 0, fence: Fence = unfenced) -> None:
        """One turn of the watch, some time later."""
        self.now = InstantUs(self.now + after_us)
        self.accounts = accounts or self.accounts
        self.watch.look(Turn(now=self.now, fence=fence))

    def deliver(self, *, until: Callable[[], bool] = lambda: True) -> None:
        """Deliver what is due, and wait for it."""
        self.courier.deliver(Turn(now=self.now, fence=unfenced))
        self.courier.close()
        self.courier = make_courier(self.parts)

    def titles(self, state: str | None = None) -> list[str]:
        """The titles of messages, oldest first."""
        return [each.content.title for each in reversed(self.desk.messages(limit=100, state=state))]

    def rules(self) -> list[str]:
        """The steps in force by the snapshot that gateways read."""
        return [type(each.step).__name__ for each in directory.snapshot(self.engine).interventions]

    def _random_bytes(self, count: int) -> bytes:
        return next(self.numbers).to_bytes(count, "big") if count > 2 else bytes(count)
