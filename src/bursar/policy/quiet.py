"""Calls for which the rules have nothing to say: found once for a caller and a model, then only compared."""

from collections.abc import Iterable

import msgspec

from bursar.policy.facts import BYTES_PER_TOKEN, CallFacts
from bursar.policy.rule import Condition, Rule

_MINUTE_US = 60_000_000
_ENDLESS = 2**62


class Quiet(msgspec.Struct, frozen=True, gc=False):
    """Every call of one caller to one model within these bounds is decided as the one that they were made of.

    Lower bounds are inclusive, upper ones exclusive.
    """

    bytes_from: int = 0
    bytes_until: int = _ENDLESS
    output_from: int = 0
    output_until: int = _ENDLESS
    at_us_from: int = 0
    at_us_until: int = _ENDLESS

    def covers(self, size: int, output_tokens: int, at_us: int) -> bool:
        """Whether a call of so many bytes, for so long an answer (0: any), at this instant lies within."""
        return (
            self.bytes_from <= size < self.bytes_until
            and self.output_from <= output_tokens < self.output_until
            and self.at_us_from <= at_us < self.at_us_until
        )

    @staticmethod
    def around(facts: CallFacts, rules: Iterable[Rule]) -> "Quiet | None":
        """The bounds within which none of the rules changes its mind; None where no bounds can say that."""
        box = Quiet()
        for rule in rules:
            if rule.program is not None:
                return None
            edges = [edge for edge in (rule.from_us, rule.to_us) if 0 < edge < _ENDLESS]
            box = _narrowed(box, "at_us", facts.at_us, edges)
            for condition in rule.conditions:
                if condition.about == "budget":
                    return None
                box = _within(box, condition, facts)
        return box


def _within(box: Quiet, condition: Condition, facts: CallFacts) -> Quiet:
    """The part of a box in which a condition stays as it is for these facts."""
    match condition.about:
        case "bytes":
            return _narrowed(box, "bytes", facts.bytes, [condition.bound + 1])
        case "input_tokens":
            return _narrowed(box, "bytes", facts.bytes, [(condition.bound + 1) * BYTES_PER_TOKEN])
        case "output_tokens":
            return _narrowed(box, "output", facts.output_tokens, [condition.bound + 1])
        case "hours":  # they begin and end with a minute, in every time zone
            minute = facts.at_us - facts.at_us % _MINUTE_US
            return _narrowed(box, "at_us", facts.at_us, [minute, minute + _MINUTE_US])
        case _:
            raise TypeError(f"no bounds of {condition.about}")


def _narrowed(box: Quiet, of: str, value: int, edges: Iterable[int]) -> Quiet:
    """The box up to the edges next to a value; something changes at an edge, and not below it."""
    lower, upper = getattr(box, f"{of}_from"), getattr(box, f"{of}_until")
    for edge in edges:
        if edge <= value:
            lower = max(lower, edge)
        else:
            upper = min(upper, edge)
    return msgspec.structs.replace(box, **{f"{of}_from": lower, f"{of}_until": upper})
