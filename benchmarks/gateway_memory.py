"""Resident memory of a gateway worker over a million calls."""

from typing import Any

import psutil

import rig

CLAIM = "A gateway worker's resident memory stays at or below 150 MB and flat over a million calls."

CALLS = 1_000_000
CONNECTIONS = 64
SLICE_SECONDS = 10.0
FLAT_MB = 10.0


def run() -> dict[str, Any]:
    assert not rig.missing_tools(), f"install {', '.join(rig.missing_tools())}"
    sizes: list[tuple[int, float]] = []
    done = 0
    with rig.upstream() as upstream, rig.bursar(upstream, durability="disk") as bursar:
        process = psutil.Process(bursar.worker_pid)
        while done < CALLS:
            seen = rig.load(
                f"{bursar.url}/v1/chat/completions",
                connections=CONNECTIONS,
                seconds=SLICE_SECONDS,
                key=bursar.key,
            )
            assert not seen.failed
            done += seen.requests
            sizes.append((done, process.memory_info().rss / 1e6))
            print(f"{done} calls, {sizes[-1][1]:.1f} MB", flush=True)
    early = next(size for calls, size in sizes if calls >= CALLS // 5)
    most = max(size for _, size in sizes)
    return {
        "calls": done,
        "resident_mb_after_a_fifth": round(early, 1),
        "resident_mb_at_the_end": round(sizes[-1][1], 1),
        "resident_mb_most": round(most, 1),
        "holds": most <= 150.0 and sizes[-1][1] - early <= FLAT_MB,
    }


if __name__ == "__main__":
    print(run())
