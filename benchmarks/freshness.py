"""How long after a call's end the usage API shows it, at a thousand calls a second."""

import asyncio
import bisect
import time
from typing import Any

import httpx
import uvloop

import rig
from bursar.http1 import Client, Origin, Timeouts

CLAIM = "At 1,000 calls/s the 99th percentile from a call's end to its place in the usage API is at most 1 s."

CALLS_PER_S = 1000
SECONDS = 15.0
POLL_SECONDS = 0.02


def run() -> dict[str, Any]:
    """The n-th call to end is visible at the first answer that counts n calls; that overstates by a poll."""
    assert not rig.missing_tools(), f"install {', '.join(rig.missing_tools())}"
    with rig.upstream() as upstream, rig.bursar(upstream, durability="disk") as bursar:
        return uvloop.run(_measure(bursar))


async def _measure(bursar: rig.Bursar) -> dict[str, Any]:
    ended: list[float] = []
    seen: list[tuple[float, int]] = []
    stop = asyncio.Event()
    poller = asyncio.create_task(_poll(bursar, seen, stop))
    await _load(bursar, ended)
    while not seen or seen[-1][1] < len(ended):
        await asyncio.sleep(POLL_SECONDS)
    stop.set()
    await poller
    counts = [count for _, count in seen]
    ended.sort()
    lags = sorted(seen[bisect.bisect_left(counts, n)][0] - at for n, at in enumerate(ended, start=1))
    found = {
        "calls": len(ended),
        "calls_per_s": round(len(ended) / (ended[-1] - ended[0])),
        "lag_p50_s": round(lags[len(lags) // 2], 3),
        "lag_p99_s": round(lags[int(len(lags) * 0.99)], 3),
        "lag_max_s": round(lags[-1], 3),
    }
    return {**found, "holds": found["lag_p99_s"] <= 1.0}


async def _load(bursar: rig.Bursar, ended: list[float]) -> None:
    """Calls at an even pace, whatever the replies do."""
    client = Client()
    origin = Origin.parse(bursar.url)
    headers = f"authorization: Bearer {bursar.key}\r\ncontent-type: application/json\r\n".encode()

    async def one_call() -> None:
        reply = await client.request(
            origin, b"POST", b"/v1/chat/completions", headers, rig.REQUEST.encode(), Timeouts()
        )
        await reply.read(1 << 20)
        assert reply.status == 200
        ended.append(time.perf_counter())

    begun = time.perf_counter()
    calls = []
    for number in range(int(CALLS_PER_S * SECONDS)):
        due = begun + number / CALLS_PER_S
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        calls.append(asyncio.create_task(one_call()))
    await asyncio.gather(*calls)
    client.close()


async def _poll(bursar: rig.Bursar, seen: list[tuple[float, int]], stop: asyncio.Event) -> None:
    token = (bursar.home / "admin-token").read_text().strip()
    async with httpx.AsyncClient(
        base_url=bursar.console_url, headers={"authorization": f"Bearer {token}"}
    ) as api:
        while not stop.is_set():
            answer = (await api.get("/api/v1/usage", params={"from": "1d"})).json()
            seen.append((time.perf_counter(), answer["total"]["calls"]))
            await asyncio.sleep(POLL_SECONDS)


if __name__ == "__main__":
    print(run())
