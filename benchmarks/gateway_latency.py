"""What a gateway with everything on adds to one call after another on one connection."""

import statistics
from typing import Any

import rig

CLAIM = "At one connection the gateway adds at most 1 ms to the median call, with `--durability disk`."

ROUNDS = 5
SECONDS = 3.0


def run() -> dict[str, Any]:
    assert not rig.missing_tools(), f"install {', '.join(rig.missing_tools())}"
    direct, limit, ours = [], [], []
    with (
        rig.upstream() as upstream,
        rig.nginx_proxy(upstream) as (proxy, _),
        rig.bursar(upstream, durability="disk") as bursar,
    ):
        rig.load(f"{bursar.url}/v1/chat/completions", connections=1, seconds=1.0, key=bursar.key)
        for _ in range(ROUNDS):
            direct.append(_p50(upstream, "none"))
            limit.append(_p50(proxy, "none"))
            ours.append(_p50(bursar.url, bursar.key))
            print(f"direct {direct[-1]} ms, nginx {limit[-1]} ms, bursar {ours[-1]} ms", flush=True)
    added = statistics.median(b - a for a, b in zip(direct, ours, strict=True))
    return {
        "direct_p50_ms": statistics.median(direct),
        "nginx_added_p50_ms": round(statistics.median(limit) - statistics.median(direct), 3),
        "bursar_added_p50_ms": round(added, 3),
        "holds": added <= 1.0,
    }


def _p50(url: str, key: str) -> float:
    return rig.load(f"{url}/v1/chat/completions", connections=1, seconds=SECONDS, key=key).p50_ms


if __name__ == "__main__":
    print(run())
