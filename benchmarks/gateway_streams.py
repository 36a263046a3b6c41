"""Streams of 60 chunks through one gateway core, and how much later their first chunk comes."""

import statistics
import time
from typing import Any

import uvloop

import rig
from bursar.http1 import Client, Origin, Timeouts

CLAIM = (
    "One gateway core passes at least 1,200 streams/s of 60 chunks, and the first chunk comes at most 1 ms "
    "later than directly at the median."
)

CONNECTIONS = 64
ROUNDS = 3
SECONDS = 5.0
FIRST_CHUNKS = 300


def run() -> dict[str, Any]:
    """The simulator cannot feed a gateway at its limit from one core, so nginx serves the same bytes too."""
    assert not rig.missing_tools(), f"install {', '.join(rig.missing_tools())}"
    found: dict[str, Any] = {}
    with rig.stream_upstream() as upstream, rig.bursar(upstream, durability="disk") as bursar:
        rates, used = [], []
        for _ in range(ROUNDS + 1):
            processor = rig.Processor(bursar.worker_pid)
            seen = rig.load(
                f"{bursar.url}/v1/chat/completions",
                connections=CONNECTIONS,
                seconds=SECONDS,
                body=rig.STREAMED,
                key=bursar.key,
            )
            assert not seen.failed
            rates.append(seen.requests_per_s)
            used.append(processor.used_us() / seen.requests)
            print(f"{rates[-1]:.0f} streams/s, {used[-1]:.0f} us of processor each", flush=True)
        found["streams_per_s"] = round(statistics.median(rates[1:]))
        found["processor_us_per_stream"] = round(statistics.median(used[1:]))
    with rig.simulator() as upstream, rig.bursar(upstream, durability="disk") as bursar:
        found |= uvloop.run(_first_chunks(upstream, bursar))
    found["holds"] = found["streams_per_s"] >= 1200 and found["first_chunk_added_p50_ms"] <= 1.0
    return found


async def _first_chunks(upstream: str, bursar: rig.Bursar) -> dict[str, float]:
    """One stream after another, direct and through the gateway in turns; milliseconds to the first chunk."""
    client = Client()
    direct, ours = [], []
    for number in range(FIRST_CHUNKS + 50):
        a = await _first_chunk(client, upstream, "none")
        b = await _first_chunk(client, bursar.url, bursar.key)
        if number >= 50:
            direct.append(a)
            ours.append(b)
    client.close()
    return {
        "first_chunk_direct_p50_ms": round(statistics.median(direct), 3),
        "first_chunk_p50_ms": round(statistics.median(ours), 3),
        "first_chunk_added_p50_ms": round(statistics.median(ours) - statistics.median(direct), 3),
    }


async def _first_chunk(client: Client, url: str, key: str) -> float:
    headers = f"authorization: Bearer {key}\r\ncontent-type: application/json\r\n".encode()
    body = rig.STREAMED.replace("chunks=60", "chunks=6 chunk_ms=2").encode()
    begun = time.perf_counter()
    reply = await client.request(
        Origin.parse(url), b"POST", b"/v1/chat/completions", headers, body, Timeouts()
    )
    await reply.next()
    first = (time.perf_counter() - begun) * 1000
    while await reply.next():
        pass
    return first


if __name__ == "__main__":
    print(run())
