"""A policy made ready: what of it depends on who calls what, and what on the call itself."""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import Final

import cel
import msgspec

from bursar.estate.condition import VARIABLES, compile_condition
from bursar.estate.document import listed
from bursar.estate.policies import Effect, Hours, Match, Policy, effect_name, effect_of
from bursar.estate.scope import is_glob, terms
from bursar.policy.facts import CallFacts
from bursar.policy.hours import Window
from bursar.vocab.instant import parse_instant

_FOREVER: Final = 2**62
_EXECUTION_ERRORS: Final = (KeyError, RuntimeError, TypeError, ValueError, OverflowError)


class Term(msgspec.Struct, frozen=True):
    """One line of a match that depends on who calls what: a dimension, and the values that fit it."""

    dimension: str
    exact: frozenset[str]
    globs: tuple[str, ...]
    prefixes: tuple[str, ...]  # of the globs that end in their only wildcard, which are most
    patterns: tuple[re.Pattern[str], ...]  # of the others

    @staticmethod
    def of(dimension: str, allowed: Sequence[str]) -> "Term":
        """The term of a written line."""
        globs = tuple(one for one in allowed if is_glob(one))
        prefixes = tuple(glob[:-1] for glob in globs if _is_prefix(glob))
        others = (glob for glob in globs if not _is_prefix(glob))
        return Term(
            dimension,
            frozenset(one for one in allowed if not is_glob(one)),
            globs,
            prefixes,
            tuple(re.compile(translate(glob)) for glob in others),
        )

    def fits(self, values: Sequence[str]) -> bool:
        """Whether one of the call's values is among those written."""
        for value in values:
            if value in self.exact or value.startswith(self.prefixes):
                return True
            for pattern in self.patterns:
                if pattern.match(value):
                    return True
        return False

    @property
    def words(self) -> str:
        """As people read it."""
        names = " or ".join([*sorted(self.exact), *self.globs])
        return f"{self.dimension.replace('tag:', 'tag ').replace('_', ' ')} {names}"


def _is_prefix(glob: str) -> bool:
    return glob.endswith("*") and not any(mark in glob[:-1] for mark in "*?[")


class Condition(msgspec.Struct, frozen=True):
    """One line of a match that depends on the call itself."""

    about: str  # hours, bytes, input_tokens, output_tokens or budget
    bound: int  # what must be passed; 0 for hours
    words: str
    holds: Callable[[CallFacts], bool]


class ConditionFailed(Exception):
    """A `when` could not be evaluated for a call, or gave something else than true or false."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a policy, or a tier, does to the calls that it fits.

    Rules are in order: the narrower first, and then by name. Narrower is what has more written lines; of
    two with as many, what has more lines without wildcards.
    """

    name: str  # policy/NAME or tier/NAME
    effect: Effect
    owner: str = ""
    reason: str = ""
    lines: int = 0
    exact: int = 0
    terms: tuple[Term, ...] = ()
    conditions: tuple[Condition, ...] = ()
    program: cel.Program | None = None
    variables: tuple[str, ...] = ()  # that the program needs
    when: str = ""
    budgets: bool = False  # whether a line speaks of a budget's state
    from_us: int = 0
    to_us: int = _FOREVER

    @property
    def order(self) -> tuple[int, int, str]:
        """What rules are sorted by."""
        return (-self.lines, -self.exact, self.name)

    @property
    def is_lasting(self) -> bool:
        """Whether it fits all calls alike that the same caller makes of the same model."""
        return not self.conditions and self.program is None and self.from_us == 0 and self.to_us == _FOREVER

    @property
    def does(self) -> str:
        """The word of its effect."""
        return effect_name(self.effect)

    def fits_call(self, facts: CallFacts, tiers: tuple[str, ...]) -> bool:
        """Whether the lines that depend on the call itself hold; ConditionFailed if that cannot be said."""
        if not self.from_us <= facts.at_us < self.to_us:
            return False
        for condition in self.conditions:
            if not condition.holds(facts):
                return False
        return self.program is None or _run(self.program, self.variables, facts, tiers)


def rule_of(policy: Policy) -> Rule:
    """The rule of a policy document."""
    match = policy.match
    lasting = tuple(Term.of(dimension, allowed) for dimension, allowed in _lines(match))
    conditions = tuple(_conditions(match))
    program = compile_condition(policy.when) if policy.when else None
    with_globs = sum(bool(term.globs) for term in lasting)
    lines = len(lasting) + len(conditions) + (program is not None)
    return Rule(
        name=f"policy/{policy.name}",
        effect=effect_of(policy.effect),
        owner=policy.owner,
        reason=policy.reason,
        lines=lines,
        exact=lines - with_globs,
        terms=lasting,
        conditions=conditions,
        program=program,
        variables=() if program is None else tuple(set(program.variables()) & VARIABLES.keys()),
        when=policy.when,
        budgets=match.budget is not None,
        from_us=parse_instant(policy.valid_from) if policy.valid_from else 0,
        to_us=parse_instant(policy.valid_to) if policy.valid_to else _FOREVER,
    )


def _lines(match: Match) -> list[tuple[str, tuple[str, ...]]]:
    more = [(name, listed(value)) for name in ("region", "data_class") if (value := getattr(match, name))]
    return [*terms(match), *more]


def _conditions(match: Match) -> list[Condition]:
    found = []
    if match.hours is not None:
        found.append(Condition("hours", 0, _hours_words(match.hours), _in(Window.of(match.hours))))
    for field in ("bytes", "input_tokens", "output_tokens"):
        bound = getattr(match, f"{field}_over")
        if bound:
            words = f"{field.replace('_', ' ')} over {bound}"
            found.append(Condition(field, bound, words, _over(field, bound)))
    if match.budget is not None:
        name, share = match.budget.name, match.budget.used_over
        words = f"budget {name} used over {share} %"
        found.append(Condition("budget", share, words, _used(name, share)))
    return found


def _hours_words(hours: Hours) -> str:
    days = f" on {', '.join(hours.weekdays)}" if hours.weekdays else ""
    return f"hours {hours.from_} to {hours.to} in {hours.timezone}{days}"


def _in(window: Window) -> Callable[[CallFacts], bool]:
    return lambda facts: window.holds(facts.at_us)


def _over(field: str, bound: int) -> Callable[[CallFacts], bool]:
    return lambda facts: bool(getattr(facts, field) > bound)


def _used(name: str, share: int) -> Callable[[CallFacts], bool]:
    return lambda facts: facts.budgets.get(name, 0) > share


def _run(program: cel.Program, variables: Sequence[str], facts: CallFacts, tiers: tuple[str, ...]) -> bool:
    try:
        found = program.execute({name: _variable(facts, name, tiers) for name in variables})
    except _EXECUTION_ERRORS as error:
        raise ConditionFailed(str(error)) from error
    if not isinstance(found, bool):
        raise ConditionFailed(f"it gives {type(found).__name__}")
    return found


def _variable(facts: CallFacts, name: str, tiers: tuple[str, ...]) -> object:
    if name == "tiers":
        return list(tiers)
    value = getattr(facts, name)
    return dict(value) if name in ("tags", "budgets") else value
