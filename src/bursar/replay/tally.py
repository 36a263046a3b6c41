"""What a replay has seen: completed calls with their cost, tries, refusals, waiting times."""

import math
from decimal import Decimal
from typing import Any, Final

import msgspec

from bursar.replay.wires import Tokens

_MILLION: Final = 1_000_000


class Completed(msgspec.Struct, frozen=True):
    """One call whose whole reply was seen. A cost of None: neither the reply nor given rates tell it."""

    row: int
    call_id: str
    cost_usd: Decimal | None
    tokens: Tokens | None
    latency_us: int


class Tally:
    """Counts while the replay runs; `report` at the end."""

    def __init__(self) -> None:
        self.rows = 0
        self.tries = 0
        self.broken = 0  # tries whose reply was not seen to its end
        self.unreachable = 0  # tries that could not even be sent
        self.completed = 0
        self.cost_usd = Decimal(0)
        self.costs_unknown = 0
        self.disagreements = 0  # the header's cost is not the one by the given rates
        self.tokens_input = 0
        self.tokens_cached = 0
        self.tokens_output = 0
        self.refused: dict[int, int] = {}  # rows given up, by the status of the last reply
        self.refusal = ""  # what the last refusing reply said
        self.waited_s = 0.0
        self.latencies_us: list[int] = []

    def add(self, call: Completed) -> None:
        self.completed += 1
        self.latencies_us.append(call.latency_us)
        if call.cost_usd is None:
            self.costs_unknown += 1
        else:
            self.cost_usd += call.cost_usd  # header and rates stay within Decimal's 28 digits
        if call.tokens is not None:
            self.tokens_input += call.tokens.input
            self.tokens_cached += call.tokens.cached
            self.tokens_output += call.tokens.output

    def refuse(self, status: int, sentence: str) -> None:
        self.refused[status] = self.refused.get(status, 0) + 1
        self.refusal = sentence

    def report(self, elapsed_s: float) -> dict[str, Any]:
        """Everything, ready for JSON. Money as decimal text, durations by the units in their names."""
        latencies = sorted(self.latencies_us)
        return {
            "rows": self.rows,
            "completed": self.completed,
            "cost_usd": format(self.cost_usd.normalize() if self.cost_usd else Decimal(0), "f"),
            "costs_unknown": self.costs_unknown,
            "disagreements": self.disagreements,
            "tries": self.tries,
            "broken": self.broken,
            "unreachable": self.unreachable,
            "refused": {str(status): count for status, count in sorted(self.refused.items())},
            "tokens": {
                "input": self.tokens_input,
                "cached": self.tokens_cached,
                "output": self.tokens_output,
            },
            "latency_ms": {
                name: percentile(latencies, share) / 1000
                for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))
            },
            "elapsed_s": round(elapsed_s, 3),
            "waited_s": round(self.waited_s, 3),
            "calls_per_s": round(self.completed / elapsed_s, 1) if elapsed_s else 0.0,
        }


def percentile(ordered: list[int], share: float) -> int:
    """The smallest value that `share` of the ordered values do not exceed; 0 if there are none."""
    if not ordered:
        return 0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
