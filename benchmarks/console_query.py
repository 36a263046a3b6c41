"""The console's questions over 20 million events, through the control plane's API."""

import asyncio
import time
from pathlib import Path
from typing import Any, Final

import httpx

from bursar.api.app import create_app
from bursar.api.guard import Tokens
from bursar.store.state import open_state
from bursar.vocab.instant import InstantUs, format_instant
from ledger_generate import DAYS, START_US, generate

CLAIM = (
    "Over 20 million events each question of the console that the rollups know is answered in 300 ms or less "
    "at p95, JSON included; what is read from the events takes longer."
)

_EVENTS: Final = 20_000_000
_ROUNDS: Final = 9
_END_US: Final = InstantUs(START_US + DAYS * 86_400_000_000)
_FILE: Final = Path(__file__).parent / ".work" / f"ledger-{_EVENTS}.duckdb"
_SPAN: Final = {
    "from": format_instant(InstantUs(_END_US - 30 * 86_400_000_000)),
    "to": format_instant(_END_US),
}
_RAGGED: Final = {
    "from": format_instant(InstantUs(_END_US - 30 * 86_400_000_000 - 5_123_456_789)),
    "to": _SPAN["to"],
}
_EXPLORE: Final = "/api/v1/explore"

QUESTIONS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "cost by team and day": (_EXPLORE, {"by": "team"}),
    "cost by team and day, in Berlin": (_EXPLORE, {"by": "team", "tz": "Europe/Berlin"}),
    "cost by team and model, in Berlin, with the time before": (
        _EXPLORE,
        {"by": "team,model", "tz": "Europe/Berlin", "compare": "previous"},
    ),
    "cost by team, a span that begins anywhere": (_EXPLORE, {"by": "team", **_RAGGED}),
    "one team": (_EXPLORE, {"by": "model", "filter": "team:team-01", "tz": "Europe/Berlin"}),
    "calls by hour of the week": (
        _EXPLORE,
        {"grain": "weekday_hour", "measure": "calls", "tz": "Europe/Berlin"},
    ),
    "p95 of latency by model": (_EXPLORE, {"by": "model", "measure": "latency_p95", "tz": "Europe/Berlin"}),
    "cost by provider": (_EXPLORE, {"by": "provider"}),
    "one key": (_EXPLORE, {"by": "model", "filter": "key:key-3"}),
    "errors, latency and cost by model and provider": ("/api/v1/usage", {"by": "model,provider"}),
    "one value of a tag": (_EXPLORE, {"by": "team", "filter": "tag:cost-centre:cc-1"}),
    "cost by region, from the events": (_EXPLORE, {"by": "region"}),
    "what caches saved, from the events": ("/api/v1/usage/caching", {}),
    "prompts that begin alike, from the events": ("/api/v1/usage/beginnings", {}),
    "longest prompts, from the events": ("/api/v1/usage/longest", {}),
    "temporary and untagged spend": ("/api/v1/allocation", {}),
    "cost by day where days begin at half an hour": (_EXPLORE, {"by": "team", "tz": "Asia/Kolkata"}),
    "last 100 calls": ("/api/v1/calls", {"limit": "100"}),
}


def run() -> dict[str, Any]:
    """Milliseconds of each question: the first time, then p50 and p95."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    ledger = generate(_FILE, _EVENTS)
    app = create_app(
        ledger=ledger,
        engine=open_state(f"sqlite:///{_FILE.parent}/console-state.sqlite"),
        tokens=Tokens(admin="admin", internal="internal"),
        now=lambda: _END_US,
    )
    transport = httpx.ASGITransport(app)
    headers = {"authorization": "Bearer admin"}
    found = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://ledger", headers=headers) as client:
        for name, (path, params) in QUESTIONS.items():
            found[name] = await _measure(client, path, _SPAN | params)
    ledger.close()
    return {"events": _EVENTS, "milliseconds": found}


async def _measure(client: httpx.AsyncClient, path: str, params: dict[str, Any]) -> dict[str, float]:
    times = []
    for _ in range(_ROUNDS + 1):
        began = time.perf_counter()
        reply = await client.get(path, params=params)
        times.append((time.perf_counter() - began) * 1000)
        assert reply.status_code == 200, reply.text
    first, *rest = times
    rest.sort()
    return {"first": round(first), "p50": round(rest[len(rest) // 2]), "p95": round(rest[-1])}
