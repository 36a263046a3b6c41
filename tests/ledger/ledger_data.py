"""Events and batches made for tests: the same number gives the same event."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from bursar.ledger.ledger import Ledger
from bursar.ledger.writer import Receipt
from bursar.vocab.event import Batch, Event, encode_events
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs, parse_instant
from bursar.vocab.usage import Usage

NOON: InstantUs = parse_instant("2026-11-20T12:00:00Z")
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

__all__ = ["DAY_US", "HOUR_US", "NOON", "Feed", "event", "open_ledger", "packed"]


def event(number: int = 0, /, **changes: Any) -> Event:
    """A complete, priced chat call that began `number` seconds after NOON, with `changes`."""
    rng = random.Random(number)
    started_at = changes.get("started_at_us", NOON + number * 1_000_000)
    latency = rng.randrange(50_000, 5_000_000)
    fields: dict[str, Any] = {
        "call_id": uuid7(InstantUs(started_at), rng.randbytes(8)),
        "started_at_us": started_at,
        "finished_at_us": started_at + latency,
        "team": rng.choice(["search", "ads"]),
        "product": "answers",
        "use_case": rng.choice(["chat", "summary"]),
        "environment": "production",
        "model": rng.choice(["gpt-4o-mini", "claude-sonnet"]),
        "provider": "mock",
        "wire": "openai",
        "operation": "chat",
        "http_status": 200,
        "usage_source": "provider",
        "latency_us": latency,
        "cost_pico": rng.randrange(10**9),
        "cost_list_pico": rng.randrange(10**9),
        "usage": Usage(tokens_input=rng.randrange(1000), tokens_output=rng.randrange(100)),
    }
    return Event(**(fields | changes))


@dataclass
class Feed:
    """A worker that delivers to a ledger, numbering its events."""

    ledger: Ledger
    worker: str = "worker-0"
    seq: int = 0
    sent: list[Batch] = field(default_factory=list)

    def batch(self, events: Iterable[Event], cards: Mapping[str, bytes] | None = None) -> Batch:
        """The next events as a batch, in groups of three."""
        events = list(events)
        first, self.seq = self.seq + 1, self.seq + len(events)
        groups = [encode_events(events[at : at + 3]) for at in range(0, len(events), 3)]
        batch = Batch(
            worker=self.worker, seq_first=first, seq_last=self.seq, groups=groups, cards=dict(cards or {})
        )
        self.sent.append(batch)
        return batch

    def send(self, *events: Event, cards: Mapping[str, bytes] | None = None) -> Receipt:
        """Deliver the next events and wait for the receipt."""
        return self.deliver(self.batch(events, cards))

    def deliver(self, batch: Batch) -> Receipt:
        """Deliver a batch, perhaps once more."""
        return self.ledger.submit(batch, now=NOON).result(timeout=30)


def packed(batch: Batch) -> bytes:
    """A batch as it travels."""
    return zstandard.compress(msgspec.msgpack.encode(batch))


def open_ledger(folder: Path, **settings: Any) -> Ledger:
    """A ledger in `folder` that rolls only when told to, unless `settings` say otherwise."""
    return Ledger.open(
        folder / "ledger.duckdb", **{"roll_after_events": 10**9, "roll_after_s": 10**6, **settings}
    )
