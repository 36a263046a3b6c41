"""All tiers and policies of one estate, compiled once, and the decision on one call.

Precedence, the whole of it: deny wins over allow; among rules of the same kind the narrower wins over the
wider, and of two that are as narrow the first by name. Rules stand in that order; `decision.Weighing` goes
through those that fit. A tier denies what it does not let in, and is as narrow as what it lists.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from bursar.estate.policies import Policy, RequireTags, Tier
from bursar.policy.decision import NOTHING_SAID, Decision, Said, Weighing
from bursar.policy.facts import CallFacts
from bursar.policy.index import Index
from bursar.policy.quiet import Quiet
from bursar.policy.rule import ConditionFailed, Rule, rule_of
from bursar.policy.tier import TierRule

_MEMO_MAX: Final = 20_000
_DECISIONS_MAX: Final = 64


class _Found(msgspec.Struct, frozen=True):
    """What is the same for all calls of one caller to one model.

    `changing` are those of the rules that depend on the call itself; `decisions` are remembered by what
    they say of it: true, false, or None where that cannot be said.
    """

    rules: tuple[Rule, ...]
    changing: tuple[Rule, ...]
    tiers: tuple[str, ...]
    decisions: dict[tuple[object, ...], Decision]


class Rulebook:
    """Made with every revision of the estate; `decide` is on the way of each call."""

    def __init__(self, tiers: Iterable[Tier], policies: Iterable[Policy]) -> None:
        self.tiers: tuple[TierRule, ...] = tuple(
            TierRule.of(tier) for tier in sorted(tiers, key=lambda tier: tier.name)
        )
        self.rules: tuple[Rule, ...] = tuple(
            sorted((rule_of(policy) for policy in policies), key=lambda rule: rule.order)
        )
        self._index = Index(self.rules)
        self._data_classes = frozenset(word for tier in self.tiers for word in tier.data_classes)
        self._tags = self._tags_named()
        self.needs_budgets = any(rule.budgets or "budgets" in rule.variables for rule in self.rules)
        self._tiers_of: dict[tuple[str, str, str], tuple[TierRule, ...]] = {}
        self._memo: dict[tuple[str, ...], _Found] = {}

    def _tags_named(self) -> tuple[str, ...]:
        """The further tags on which a rule may depend, whatever else a call carries."""
        entries = [term for tier in self.tiers for entry in tier.entries for term in entry.terms]
        terms = [*entries, *(term for rule in self.rules for term in rule.terms)]
        required = [tag for rule in self.rules for tag in required_tags(rule)]
        named = {name[4:] for name in (*(term.dimension for term in terms), *required) if name[:4] == "tag:"}
        return tuple(sorted(named - {"data"}))

    def tiers_of(self, model: str, upstream_model: str, provider: str) -> tuple[TierRule, ...]:
        """The tiers that list a model, narrowest first."""
        memo = (model, upstream_model, provider)
        found = self._tiers_of.get(memo)
        if found is None:
            listing = [tier for tier in self.tiers if tier.lists(model, upstream_model, provider)]
            found = tuple(sorted(listing, key=lambda tier: (-tier.lines, -tier.exact, tier.name)))
            if len(self._tiers_of) >= _MEMO_MAX:
                self._tiers_of.clear()
            self._tiers_of[memo] = found
        return found

    def decide(self, facts: CallFacts) -> Decision:
        """What becomes of a call. The same facts give the same decision, in any order of the documents."""
        found = self._found(facts)
        holding: tuple[object, ...] = facts.granted
        if found.changing:
            holding = (*[_holds(rule, facts, found.tiers) for rule in found.changing], *facts.granted)
        decision = found.decisions.get(holding)
        if decision is None:
            decision = _weigh(found, holding, facts)
            if len(found.decisions) < _DECISIONS_MAX:
                found.decisions[holding] = decision
        return decision

    def quiet(self, facts: CallFacts) -> Quiet | None:
        """Where else than in this call the same caller and model meet the same decision; None if unknown."""
        return Quiet.around(facts, self._found(facts).changing)

    def _found(self, facts: CallFacts) -> _Found:
        tags = facts.tags
        memo = (
            facts.key,
            facts.team,
            facts.product,
            facts.use_case,
            facts.environment,
            facts.model,
            facts.upstream_model,
            facts.provider,
            facts.region,
            facts.trained,
            tags.get("data", ""),
            *[tags.get(name, "\0") for name in self._tags],
        )
        found = self._memo.get(memo)
        if found is None:
            found = self._find(facts)
            if len(self._memo) >= _MEMO_MAX:
                self._memo.clear()
            self._memo[memo] = found
        return found

    def _find(self, facts: CallFacts) -> _Found:
        listing = self.tiers_of(facts.model, facts.upstream_model, facts.provider)
        names = tuple(tier.name for tier in listing)
        rules = self._index.candidates(facts, names)
        of_tiers = self._of_tiers(listing, facts, names)
        if of_tiers is not None:
            rules = sorted([*rules, of_tiers], key=lambda rule: rule.order)
        changing = tuple(rule for rule in rules if not rule.is_lasting)
        return _Found(tuple(rules), changing, names, {})

    def _of_tiers(self, listing: Sequence[TierRule], facts: CallFacts, names: tuple[str, ...]) -> Rule | None:
        """What the tiers make of a call: of those that list the model one must let it in.

        A class of data that any tier names goes nowhere but to models whose tier takes it.
        """
        refusals = [(tier, tier.why_not(facts, names)) for tier in listing]
        letting = [tier for tier, why in refusals if not why]
        if letting:
            asking = all(tier.needs_approval for tier in letting)
            return letting[0].asking() if asking else None
        if refusals:
            tier, why = refusals[0]
            return tier.refusing(why)
        if facts.data_class in self._data_classes:
            return self._refusing_unlisted(facts)
        return None

    def _refusing_unlisted(self, facts: CallFacts) -> Rule:
        taking = [tier for tier in self.tiers if facts.data_class in tier.data_classes]
        names = ", ".join(sorted(tier.name for tier in taking)[:5])
        return taking[0].refusing(
            f"data of the class {facts.data_class} may be sent to models of the tiers {names} only, and "
            f"{facts.model} is in none"
        )

    def explain(self, facts: CallFacts) -> Decision:
        """The same decision, made by looking at every rule, with what each of them said."""
        found = self._find(facts)
        listing = self.tiers_of(facts.model, facts.upstream_model, facts.provider)
        weighing, said, failed = Weighing(), [], list[str]()
        for tier in listing:
            why = tier.why_not(facts, found.tiers)
            said.append(Said(f"tier/{tier.name}", "tier", True, why or "lets the call in"))
        of_tiers = self._of_tiers(listing, facts, found.tiers)
        everything = [*self.rules, *([] if of_tiers is None else [of_tiers])]
        for rule in sorted(everything, key=lambda rule: rule.order):
            why = misfit(rule, facts, found.tiers)
            if why.startswith(_FAILED):
                failed.append(rule.name)
            outcome = why or weighing.take(rule, facts)
            said.append(Said(rule.name, rule.does, not why, outcome))
        decision = weighing.decision(facts, found.tiers, failed)
        return msgspec.structs.replace(decision, trail=tuple(said))


_FAILED: Final = "its `when` cannot be evaluated"


def misfit(rule: Rule, facts: CallFacts, tiers: tuple[str, ...]) -> str:
    """The first line of a rule that does not fit a call, in words; empty if all fit."""
    for term in rule.terms:
        if not term.fits(tiers if term.dimension == "tier" else facts.values(term.dimension)):
            return f"is for {term.words}"
    if facts.at_us < rule.from_us:
        return "does not hold yet"
    if facts.at_us >= rule.to_us:
        return "holds no more"
    for condition in rule.conditions:
        if not condition.holds(facts):
            return f"is for {condition.words}"
    try:
        return "" if rule.fits_call(facts, tiers) else f"its `when` is false: {rule.when}"
    except ConditionFailed as error:
        return f"{_FAILED}: {error}"


def _holds(rule: Rule, facts: CallFacts, tiers: tuple[str, ...]) -> bool | None:
    """Whether what a rule says of the call itself is true; None if its `when` cannot be evaluated."""
    try:
        return rule.fits_call(facts, tiers)
    except ConditionFailed:
        return None


def _weigh(found: _Found, holding: Sequence[object], facts: CallFacts) -> Decision:
    said = dict(zip((rule.name for rule in found.changing), holding, strict=False))
    weighing = Weighing()
    for rule in found.rules:
        if said.get(rule.name, True):
            weighing.take(rule, facts)
    failed = [name for name, holds in said.items() if holds is None]
    if not found.rules and not found.tiers:
        return NOTHING_SAID
    return weighing.decision(facts, found.tiers, failed)


def required_tags(rule: Rule) -> Sequence[str]:
    """The tags that a rule wants to see on a call."""
    return rule.effect.tags if isinstance(rule.effect, RequireTags) else ()
