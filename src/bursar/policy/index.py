"""Finds the few rules that may fit a caller and a model, by the most telling value that each one names."""

from collections.abc import Sequence
from typing import Final

from bursar.policy.facts import CallFacts
from bursar.policy.rule import Rule, Term

# The most telling first: what few calls share.
_TELLING: Final = (
    "key",
    "use_case",
    "model",
    "product",
    "team",
    "data_class",
    "provider",
    "region",
    "environment",
    "tier",
)


class Index:
    """Rules by one of their values; a rule that names none without wildcard is looked at each time."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._by_value: dict[str, dict[str, list[Rule]]] = {}
        self._others: list[Rule] = []
        for rule in rules:
            self._put(rule)

    def _put(self, rule: Rule) -> None:
        exact = [term for term in rule.terms if not term.globs]
        if not exact:
            self._others.append(rule)
            return
        term = min(exact, key=_rank)
        bucket = self._by_value.setdefault(term.dimension, {})
        for value in term.exact:
            bucket.setdefault(value, []).append(rule)

    def candidates(self, facts: CallFacts, tiers: tuple[str, ...]) -> list[Rule]:
        """Rules whose lasting terms all fit, in order."""
        found = {rule.name: rule for rule in self._others}
        for dimension, bucket in self._by_value.items():
            for value in tiers if dimension == "tier" else facts.values(dimension):
                for rule in bucket.get(value, ()):
                    found[rule.name] = rule
        fitting = [rule for rule in found.values() if fits_lasting(rule, facts, tiers)]
        return sorted(fitting, key=lambda rule: rule.order)


def fits_lasting(rule: Rule, facts: CallFacts, tiers: tuple[str, ...]) -> bool:
    """Whether all terms of a rule fit that depend on who calls what."""
    for term in rule.terms:
        if not term.fits(tiers if term.dimension == "tier" else facts.values(term.dimension)):
            return False
    return True


def _rank(term: Term) -> tuple[int, int, str]:
    place = 1 if term.dimension.startswith("tag:") else 2 * _TELLING.index(term.dimension)
    return len(term.exact), place, term.dimension
