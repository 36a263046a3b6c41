"""How long `bursar plan` takes to say what policies would have done to 20 million events."""

import time
from pathlib import Path
from typing import Any, Final

from bursar.estate.kinds import Model, Provider
from bursar.estate.parse import Source, parse
from bursar.estate.policies import Policy, Tier
from bursar.ledger.effect import EffectQuery
from bursar.ledger.ledger import Ledger
from bursar.policy.places import Places
from bursar.vocab.instant import InstantUs
from ledger_generate import DAYS, START_US, generate

CLAIM = "The effect of policies on 30 days with 20 million events is known in 5 s or less, on two cores."

_EVENTS: Final = 20_000_000
_WANTED_S: Final = 5.0
_ROUNDS: Final = 3
_END_US: Final = InstantUs(START_US + DAYS * 86_400_000_000)
_WORK: Final = Path(__file__).parent / ".work"

# What can be told from rollup dimensions alone, and what needs keys, tags, sizes and the time of day.
PLAIN: Final = """
kind: policy
name: cheaper
match: {model: model-4, team: [team-0, team-1]}
effect: {type: reroute, to: model-0}
---
kind: policy
name: brief
match: {environment: development}
effect: {type: clamp, output_tokens_max: 200}
---
kind: policy
name: closed
match: {team: team-9, model: model-1}
effect: deny
---
kind: tier
name: dear
models: model-6
allowed: {team: team-2}
"""
ALL: Final = (
    PLAIN
    + """
---
kind: policy
name: night
match: {hours: {from: "22:00", to: "06:00", timezone: Europe/Berlin}, environment: staging}
effect: deny
---
kind: policy
name: big
match: {bytes_over: 4000}
effect: require_approval
---
kind: policy
name: centre
match: {tags: {cost-centre: cc-1}, provider: openai}
effect: {type: reroute, to: model-0}
---
kind: policy
name: ticketed
match: {key: [key-1, key-2]}
effect: {type: require_tags, tags: ["tag:ticket"]}
"""
)


def run() -> dict[str, Any]:
    """Seconds for each set of rules: the least of some rounds, and the first."""
    return measure(_EVENTS)


def measure(events: int) -> dict[str, Any]:
    """The same over any number of events."""
    ledger = generate(_WORK / f"ledger-{events}.duckdb", events)
    plain, all_kinds = _times(ledger, PLAIN), _times(ledger, ALL)
    ledger.close()
    return {
        "events": events,
        "plain_s": round(min(plain), 2),
        "all_kinds_s": round(min(all_kinds), 2),
        "all_kinds_first_s": round(all_kinds[0], 2),
        "wanted_s": _WANTED_S,
        "holds": min(all_kinds) <= _WANTED_S,
    }


def _times(ledger: Ledger, text: str) -> list[float]:
    query = _query(text)
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        found = ledger.effect(query)
        times.append(time.perf_counter() - begun)
        if not found.rules:
            raise LookupError("the rules of this benchmark fit no call")
    return times


def _query(text: str) -> EffectQuery:
    documents = [placed.document for placed in parse([Source(path="p", text=text)]).documents]
    providers = [Provider(name=name, wire="openai", base_url="http://x") for name in ("openai", "anthropic")]
    return EffectQuery(
        tiers=[one for one in documents if isinstance(one, Tier)],
        policies=[one for one in documents if isinstance(one, Policy)],
        places=Places(providers, [Model(name="model-0", provider="openai")]),
        keys=(),
        start=START_US,
        end=_END_US,
        now=_END_US,
    )


if __name__ == "__main__":
    for name, figure in run().items():
        print(f"{name}: {figure}")
