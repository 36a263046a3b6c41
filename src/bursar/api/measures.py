"""What the console can measure: the figures behind each measure, and how they become one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bursar.ledger.percentiles import Integers
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.usage import INPUT_TOKEN_CLASSES, TOKEN_CLASSES

Unit = Literal[
    "usd", "tokens", "calls", "ms", "ratio", "usd_per_call", "usd_per_1k_tokens", "tokens_per_call"
]
Value = str | int | float | None

_OUTPUT: Final = tuple(name for name in TOKEN_CLASSES if name not in INPUT_TOKEN_CLASSES)
_CACHE_READ: Final = tuple(name for name in TOKEN_CLASSES if "cache_read" in name)
_QUANTILES: Final = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Measure:
    """`above` are summed; with `below`, so are those, and the value is their ratio times `factor`.

    A column of `minus` is taken from what is below. `durations` names a measure of tables.MEASURES instead,
    of which `quantile` is one of p50, p95, p99.
    """

    unit: Unit
    sentence: str
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    factor: int = 1
    durations: str = ""
    quantile: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether the values of groups and periods add up to those of all."""
        return not self.below and not self.durations

    @property
    def columns(self) -> tuple[str, ...]:
        """Figures to sum; `calls` is always among them."""
        return tuple(dict.fromkeys((*self.above, *self.below, *self.minus, "calls")))

    @property
    def rank(self) -> tuple[str, ...]:
        """The figures by whose sum groups are ranked: calls for shares and durations."""
        return self.above if self.adds_up else ("calls",)

    def value(self, sums: Sequence[int]) -> Value:
        """The value of summed columns, in the order of `columns`; None without anything to divide by."""
        by_name = dict(zip(self.columns, sums, strict=True))
        above = sum(by_name[name] for name in self.above)
        if not self.below:
            return usd_text(Picodollars(above)) if self.unit == "usd" else above
        below = sum(by_name[name] for name in self.below) - sum(by_name[name] for name in self.minus)
        if below <= 0:
            return None
        if self.unit.startswith("usd"):
            return usd_text(Picodollars((2 * above * self.factor + below) // (2 * below)))
        return above * self.factor / below

    def duration(self, quantiles_us: Integers) -> Value:
        """Milliseconds of the quantile; None without calls."""
        found = int(quantiles_us[self.quantile])
        return None if found < 0 else found / 1000


def _tokens(columns: Sequence[str], sentence: str) -> Measure:
    return Measure("tokens", sentence, tuple(columns))


def _per(unit: Unit, sentence: str, above: Sequence[str], below: Sequence[str], **more: Any) -> Measure:
    return Measure(unit, sentence, tuple(above), tuple(below), **more)


def _all() -> dict[str, Measure]:
    found = {
        "cost": Measure("usd", "What it cost.", ("cost",)),
        "cost_list": Measure("usd", "What it would have cost at list price.", ("cost_list",)),
        "calls": Measure("calls", "Calls.", ("calls",)),
        "errors": Measure(
            "calls", "Calls that the provider answered with an error, or not at all.", ("errors",)
        ),
        "unpriced_calls": Measure("calls", "Calls without a known price.", ("unpriced_calls",)),
        "tokens": _tokens(TOKEN_CLASSES, "Tokens of every class."),
        "tokens_input": _tokens(INPUT_TOKEN_CLASSES, "All input tokens, cached ones included."),
        "tokens_output": _tokens(_OUTPUT, "All output tokens, reasoning included."),
        "cost_per_call": _per(
            "usd_per_call", "Cost of a call that has a price.", ["cost"], ["calls"], minus=("unpriced_calls",)
        ),
        "cost_per_1k_tokens": _per(
            "usd_per_1k_tokens", "Cost of a thousand tokens.", ["cost"], TOKEN_CLASSES, factor=1000
        ),
        "tokens_per_call": _per("tokens_per_call", "Tokens of a call.", TOKEN_CLASSES, ["calls"]),
        "error_rate": _per("ratio", "Share of calls that failed.", ["errors"], ["calls"]),
        "cache_hit_rate": _per(
            "ratio", "Share of input tokens that came from a cache.", _CACHE_READ, INPUT_TOKEN_CLASSES
        ),
    }
    for name in TOKEN_CLASSES:
        short = name.removeprefix("tokens_")
        found[f"tokens.{short}"] = _tokens([name], f"Tokens of the class {short}.")
    for durations, sentence in (
        ("latency", "Time to the whole reply"),
        ("first_token", "Time to the first token"),
    ):
        for place, quantile in enumerate(_QUANTILES):
            found[f"{durations}_{quantile}"] = Measure(
                "ms", f"{sentence}, {quantile}.", durations=durations, quantile=place
            )
    return found


MEASURES: Final[Mapping[str, Measure]] = _all()
"""Every measure by its name; the API's document is made from it."""
