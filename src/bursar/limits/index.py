"""Which limits a call must respect, found without looking at those that cannot match it."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from bursar.estate.limits import Limit
from bursar.estate.scope import Facts, fits, is_glob, terms
from bursar.vocab.event import UNKNOWN

_MEMO_MAX: Final = 10_000
# What tells most limits apart comes first: a limit is found by the first of these that its scope names.
_TELLING: Final = ("key", "use_case", "product", "team", "model", "provider", "environment")


class Match(NamedTuple):
    """A limit that speaks of a call, and which of its accounts: the value of `each`, empty without one."""

    limit: Limit
    value: str


class LimitIndex:
    """The limits of one estate revision; immutable but for what it remembers."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        self.by_name = {limit.name: limit for limit in limits}
        self._by_value: dict[tuple[str, str], list[Limit]] = {}
        self._anywhere: list[Limit] = []
        self._dimensions = _spoken_of(self.by_name.values())
        self._memo: dict[tuple[tuple[str, ...], ...], tuple[Match, ...]] = {}
        for limit in self.by_name.values():
            self._place(limit)

    def _place(self, limit: Limit) -> None:
        written = dict(terms(limit.scope))
        for dimension in _TELLING:
            values = written.get(dimension, ())
            if values and not any(map(is_glob, values)):
                for value in values:
                    self._by_value.setdefault((dimension, value), []).append(limit)
                return
        self._anywhere.append(limit)

    def of(self, facts: Facts) -> tuple[Match, ...]:
        """The limits of a call, in order of their names."""
        memo = tuple([facts.values(dimension) for dimension in self._dimensions])
        found = self._memo.get(memo)
        if found is None:
            if len(self._memo) >= _MEMO_MAX:
                self._memo.clear()
            found = self._memo[memo] = self._find(facts)
        return found

    def _find(self, facts: Facts) -> tuple[Match, ...]:
        candidates = list(self._anywhere)
        for dimension in _TELLING:
            for value in facts.values(dimension):
                candidates += self._by_value.get((dimension, value), ())
        fitting = [limit for limit in candidates if fits(limit.scope, facts)]
        return tuple(
            Match(limit, _value(limit, facts)) for limit in sorted(fitting, key=lambda one: one.name)
        )


def _spoken_of(limits: Iterable[Limit]) -> tuple[str, ...]:
    """The dimensions on which it depends which limits match: calls alike in these have the same limits."""
    found = {limit.each for limit in limits if limit.each}
    found |= {dimension for limit in limits for dimension, _ in terms(limit.scope)}
    return tuple(sorted(found))


def _value(limit: Limit, facts: Facts) -> str:
    if not limit.each:
        return ""
    values = facts.values(limit.each)
    return values[0] if values else UNKNOWN
