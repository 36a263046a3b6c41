"""/metrics: the control plane's own numbers, in Prometheus' text format (version 0.0.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from bursar.api.services import WithServices
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

router: Final = APIRouter(tags=["health"])


@dataclass(frozen=True)
class Sample:
    """One metric with its values by labels."""

    name: str
    kind: Literal["counter", "gauge"]
    sentence: str
    values: Mapping[tuple[tuple[str, str], ...], float]


def render(samples: Iterable[Sample]) -> str:
    """Prometheus' text for the samples, in order."""
    lines = []
    for sample in samples:
        lines.append(f"# HELP {sample.name} {sample.sentence}")
        lines.append(f"# TYPE {sample.name} {sample.kind}")
        for labels, value in sample.values.items():
            inner = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            lines.append(f"{sample.name}{{{inner}}} {value!r}" if inner else f"{sample.name} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def ledger_samples(ledger: Ledger, *, now: InstantUs) -> list[Sample]:
    """What the ledger's writer did since the start, and how far each worker has come."""
    counters = ledger.counters
    plain = (
        ("bursar_ledger_events_total", "Events stored.", counters.events),
        ("bursar_ledger_batches_total", "Batches read.", counters.batches),
        ("bursar_ledger_events_skipped_total", "Events delivered again and skipped.", counters.skipped),
        (
            "bursar_ledger_events_dropped_total",
            "Records of calls that are counted already.",
            counters.dropped,
        ),
        ("bursar_ledger_dead_letters_total", "Parts that could not be read.", counters.dead_letters),
        ("bursar_ledger_commits_total", "Transactions.", counters.commits),
        ("bursar_ledger_commit_seconds_total", "Seconds spent in transactions.", counters.commit_seconds),
        ("bursar_ledger_rolls_total", "Times the rollups were brought forward.", counters.rolls),
        (
            "bursar_ledger_maintenance_failures_total",
            "Rolls and compactions that failed and will be tried again.",
            counters.maintenance_failures,
        ),
    )
    workers = ledger.workers()
    return [
        *(Sample(name, "counter", sentence, {(): float(value)}) for name, sentence, value in plain),
        Sample(
            "bursar_ledger_high_water",
            "gauge",
            "Last sequence number stored, by worker.",
            {(("worker", each.worker),): each.high_water for each in workers},
        ),
        Sample(
            "bursar_ledger_worker_last_seen_seconds",
            "gauge",
            "Seconds since a worker's last delivery.",
            {(("worker", each.worker),): (now - each.last_seen_at) / 1e6 for each in workers},
        ),
    ]


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(services: WithServices) -> PlainTextResponse:
    """Numbers for Prometheus."""
    samples = await run_in_threadpool(ledger_samples, services.ledger, now=services.now())
    return PlainTextResponse(render(samples), media_type="text/plain; version=0.0.4; charset=utf-8")
