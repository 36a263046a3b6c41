"""Requests a second with budgets, policies, a tier and a rate limit in force, against none of them."""

import statistics
from typing import Any

import rig

CLAIM = (
    "With six matching budgets, ten policies, a tier and a rate limit in force one gateway core passes at "
    "least 0.85 of the requests/s that it passes without any."
)

CONNECTIONS = 64
ROUNDS = 5
SECONDS = 4.0
_BUDGETS = (
    'name: company\namount: "1000000"\nperiod: year',
    'name: teams\namount: "500000"\neach: team',
    'name: products\namount: "500000"\neach: product\nperiod: quarter',
    'name: uses\namount: "500000"\neach: use_case',
    'name: models\namount: "900000000000"\nunit: tokens\nscope: {model: gpt-4o-mini}',
    'name: keys\namount: "900000000000"\nunit: calls\neach: key\nperiod: week',
)
_POLICIES = (
    "match: {team: ads}\neffect: deny",
    "match: {environment: sandbox}\neffect: {type: reroute, to: gpt-4o-mini}",
    'match: {model: "claude-*"}\neffect: require_approval',
    "match: {team: search, bytes_over: 1000000}\neffect: deny",
    "match: {team: search, output_tokens_over: 100000}\neffect: {type: clamp, output_tokens_max: 100000}",
    'match: {hours: {from: "03:00", to: "03:01"}}\neffect: {type: shadow, would: deny}',
    "match: {product: answers, tags: {data: secret}}\neffect: deny",
    "match: {provider: mock, region: mars}\neffect: deny",
    "effect: {type: require_tags, tags: [team, product]}",
    "match: {key: nobody}\neffect: warn",
)
GOVERNED = "".join(
    [f"---\nkind: budget\n{text}\n" for text in _BUDGETS]
    + [f"---\nkind: policy\nname: p{number}\n{text}\n" for number, text in enumerate(_POLICIES)]
    + ['---\nkind: tier\nname: standard\nmodels: "gpt-*"\nallowed: {team: [search, ads]}\n']
    + ["---\nkind: limit\nname: fast\neach: team\nrequests_per_minute: 100000000\n"]
    + ["---\nkind: team\nname: ads\n"]
)


def run() -> dict[str, Any]:
    """Both products are up in turns of a few seconds, so that what else the machine does falls on both."""
    assert not rig.missing_tools(), f"install {', '.join(rig.missing_tools())}"
    rounds: list[tuple[dict[str, Any], dict[str, Any]]] = []
    with (
        rig.upstream() as upstream,
        rig.bursar(upstream, durability="disk") as plain,
        rig.bursar(upstream, durability="disk", more=GOVERNED) as governed,
    ):
        for bursar in (plain, governed):
            rig.load(
                f"{bursar.url}/v1/chat/completions", connections=CONNECTIONS, seconds=2.0, key=bursar.key
            )
        for _ in range(ROUNDS):
            pair = (_measure(plain), _measure(governed))
            print(*pair, flush=True)
            rounds.append(pair)
    assert not sum(one["failed"] for pair in rounds for one in pair)
    rate, processor = "requests_per_s", "processor_us_per_request"
    ratio = statistics.median(after[rate] / before[rate] for before, after in rounds)
    return {
        "ratio": round(ratio, 3),
        "plain_requests_per_s": statistics.median(before[rate] for before, _ in rounds),
        "governed_requests_per_s": statistics.median(after[rate] for _, after in rounds),
        "plain_processor_us": statistics.median(before[processor] for before, _ in rounds),
        "governed_processor_us": statistics.median(after[processor] for _, after in rounds),
        "holds": ratio >= 0.85,
    }


def _measure(bursar: rig.Bursar) -> dict[str, Any]:
    processor = rig.Processor(bursar.worker_pid)
    url = f"{bursar.url}/v1/chat/completions"
    found = rig.load(url, connections=CONNECTIONS, seconds=SECONDS, key=bursar.key)
    return rig.figures(found, processor.used_us())


if __name__ == "__main__":
    print(run())
