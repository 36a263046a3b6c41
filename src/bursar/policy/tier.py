"""A tier made ready: which models it lists, and whether it lets a call use them."""

from collections.abc import Iterable

import msgspec

from bursar.estate.document import listed
from bursar.estate.policies import AskApproval, Deny, Tier, scopes_of
from bursar.estate.scope import Scope, terms, words
from bursar.policy.facts import CallFacts
from bursar.policy.rule import Rule, Term


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A way into a tier: all of its terms must fit."""

    terms: tuple[Term, ...]
    words: str

    @staticmethod
    def of(scope: Scope) -> "Entry":
        """The entry of a written scope."""
        return Entry(
            terms=tuple(Term.of(dimension, allowed) for dimension, allowed in terms(scope)),
            words=words(scope),
        )


class TierRule(msgspec.Struct, frozen=True, kw_only=True):
    """A tier document, compiled."""

    name: str
    models: Term
    providers: Term | None
    entries: tuple[Entry, ...]
    data_classes: tuple[str, ...]
    regions: Term | None
    needs_training: str
    needs_approval: bool
    ask: AskApproval
    owner: str
    lines: int
    exact: int

    @staticmethod
    def of(tier: Tier) -> "TierRule":
        """The compiled form of a document."""
        models = Term.of("model", listed(tier.models))
        providers = Term.of("provider", listed(tier.providers)) if tier.providers else None
        listing = [models] if providers is None else [models, providers]
        return TierRule(
            name=tier.name,
            models=models,
            providers=providers,
            entries=tuple(Entry.of(scope) for scope in scopes_of(tier)),
            data_classes=tuple(one for one in listed(tier.data_classes) if one),
            regions=Term.of("region", listed(tier.regions)) if tier.regions else None,
            needs_training=tier.needs_training,
            needs_approval=tier.needs_approval,
            ask=AskApproval(approvers=tier.approvers),
            owner=tier.owner,
            lines=len(listing),
            exact=sum(not term.globs for term in listing),
        )

    def lists(self, model: str, upstream_model: str, provider: str) -> bool:
        """Whether the model is one of the tier's, by its name here or at the provider."""
        if self.providers is not None and not self.providers.fits((provider,)):
            return False
        return self.models.fits((model, upstream_model) if upstream_model else (model,))

    def why_not(self, facts: CallFacts, tiers: tuple[str, ...]) -> str:
        """The first condition of the tier that the call does not meet, in words; empty if it may use it."""
        if not any(_fit(entry.terms, facts, tiers) for entry in self.entries):
            return f"it is for {' or for '.join(entry.words for entry in self.entries)}"
        if self.data_classes and facts.data_class and facts.data_class not in self.data_classes:
            return f"data of the class {facts.data_class} may not be sent there, only " + " or ".join(
                self.data_classes
            )
        if self.regions is not None and not self.regions.fits((facts.region,)):
            where = facts.region or "of no known region"
            return f"the provider {facts.provider} answers from {where}, and it wants {self.regions.words}"
        if self.needs_training and self.needs_training not in _words(facts.trained):
            return (
                f"it needs the training {self.needs_training}, which the key's tag `training` does not list"
            )
        return ""

    def refusing(self, why: str) -> Rule:
        """The rule that refuses a call which no tier of the model lets in."""
        return self._rule(Deny(), why)

    def asking(self) -> Rule:
        """The rule that wants an approval."""
        return self._rule(self.ask, "")

    def _rule(self, effect: Deny | AskApproval, reason: str) -> Rule:
        return Rule(
            name=f"tier/{self.name}",
            effect=effect,
            owner=self.owner,
            reason=reason,
            lines=self.lines,
            exact=self.exact,
        )


def _fit(entry: Iterable[Term], facts: CallFacts, tiers: tuple[str, ...]) -> bool:
    return all(
        term.fits(tiers if term.dimension == "tier" else facts.values(term.dimension)) for term in entry
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]
