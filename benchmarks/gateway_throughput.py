"""Requests a second of one gateway core with everything on, against nginx `proxy_pass` in the same run."""

import statistics
from typing import Any

import rig

CLAIM = (
    "One gateway core with everything on passes at least 0.25 of nginx's requests/s at 64 connections with "
    "`--durability disk`, and 0.30 with `process`."
)

CONNECTIONS = 64
ROUNDS = 5
SECONDS = 4.0


def run() -> dict[str, Any]:
    """Alternate nginx and Bursar, so that what else the machine does falls on both; compare the medians."""
    assert not rig.missing_tools(), f"install {', '.join(rig.missing_tools())}"
    found: dict[str, Any] = {}
    with rig.upstream() as upstream, rig.nginx_proxy(upstream) as (proxy, proxy_pid):
        for durability in ("disk", "process"):
            found[durability] = _compare(upstream, proxy, proxy_pid, durability)
    found["holds"] = found["disk"]["ratio"] >= 0.25 and found["process"]["ratio"] >= 0.30
    return found


def _compare(upstream: str, proxy: str, proxy_pid: int, durability: str) -> dict[str, Any]:
    rounds: list[tuple[dict[str, Any], dict[str, Any]]] = []
    with rig.bursar(upstream, durability=durability) as bursar:
        target = f"{bursar.url}/v1/chat/completions"
        rig.load(target, connections=CONNECTIONS, seconds=2.0, key=bursar.key)
        for _ in range(ROUNDS):
            limit = _measure(f"{proxy}/v1/chat/completions", proxy_pid, "none")
            ours = _measure(target, bursar.worker_pid, bursar.key)
            print(durability, "nginx", limit, "bursar", ours, flush=True)
            rounds.append((limit, ours))
    assert not sum(ours["failed"] for _, ours in rounds)
    rate = "requests_per_s"
    return {
        "ratio": round(statistics.median(ours[rate] / limit[rate] for limit, ours in rounds), 3),
        "nginx_requests_per_s": statistics.median(limit[rate] for limit, _ in rounds),
        "bursar_requests_per_s": statistics.median(ours[rate] for _, ours in rounds),
        "bursar_p99_ms": statistics.median(ours["p99_ms"] for _, ours in rounds),
        "nginx_processor_us": statistics.median(limit["processor_us_per_request"] for limit, _ in rounds),
        "bursar_processor_us": statistics.median(ours["processor_us_per_request"] for _, ours in rounds),
    }


def _measure(url: str, pid: int, key: str) -> dict[str, Any]:
    processor = rig.Processor(pid)
    found = rig.load(url, connections=CONNECTIONS, seconds=SECONDS, key=key)
    return rig.figures(found, processor.used_us())


if __name__ == "__main__":
    print(run())
