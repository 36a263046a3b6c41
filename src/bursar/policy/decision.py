"""What becomes of a call, and why: the verdict, the rule that made it, and every other rule with a say."""

from collections.abc import Sequence

import msgspec

from bursar.estate.policies import (
    Allow,
    AskApproval,
    ClampOutput,
    Deny,
    RequireTags,
    RerouteTo,
    Shadow,
    Verdict,
    Warn,
    approvers_of,
    effect_name,
    would_of,
)
from bursar.policy.facts import CallFacts
from bursar.policy.rule import Rule


class Said(msgspec.Struct, frozen=True):
    """A rule's word on a call: `does` is the name of its effect, `outcome` says what came of it."""

    rule: str
    does: str
    fits: bool
    outcome: str


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of a call. `rule` is the one that made the verdict; empty where no rule had a say.

    A milder effect may stand beside the verdict: a rerouted call can be clamped too. `trail` is filled by
    `Rulebook.explain` only, because nobody reads it on a call's way.
    """

    verdict: Verdict = "allow"
    rule: str = ""
    owner: str = ""
    reason: str = ""
    reroute: Rule | None = None
    clamp: Rule | None = None
    approval: Rule | None = None
    approvers: tuple[str, ...] = ()
    approved: str = ""  # the rule whose approval the call has and needs
    tags_missing: tuple[str, ...] = ()
    warnings: tuple[Rule, ...] = ()
    shadows: tuple[tuple[str, str], ...] = ()  # rule, and the effect that it tries out
    failed: tuple[str, ...] = ()  # rules whose `when` could not be evaluated
    tiers: tuple[str, ...] = ()  # that list the model
    trail: tuple[Said, ...] = ()

    @property
    def reroute_to(self) -> str:
        """The model that answers instead; empty if the asked one does."""
        return self.reroute.effect.to if self.reroute and isinstance(self.reroute.effect, RerouteTo) else ""

    @property
    def output_tokens_max(self) -> int | None:
        """The longest answer there may be; None if no rule says."""
        clamp = self.clamp
        return clamp.effect.output_tokens_max if clamp and isinstance(clamp.effect, ClampOutput) else None


NOTHING_SAID = Decision()
"""The decision where no rule fits."""


class Weighing:
    """Goes through the rules that fit a call, narrowest first, and keeps what counts.

    A deny counts wherever it stands. Of the others the first of a kind counts, up to the first `allow`, which
    ends them: it is narrower than all that follow. Reroute and approval are both an answer to "not so": the
    first of the two counts. Warnings, required tags and shadows do not get in each other's way: all count.
    """

    __slots__ = ("allow", "approval", "clamp", "deny", "missing", "reroute", "shadows", "tagging", "warnings")

    def __init__(self) -> None:
        self.deny: Rule | None = None
        self.allow: Rule | None = None
        self.reroute: Rule | None = None
        self.clamp: Rule | None = None
        self.approval: Rule | None = None
        self.tagging: Rule | None = None
        self.missing: list[str] = []
        self.warnings: list[Rule] = []
        self.shadows: list[tuple[str, str]] = []

    def take(self, rule: Rule, facts: CallFacts) -> str:
        """Weigh the next rule; says in a word or two what came of it."""
        effect = rule.effect
        if isinstance(effect, Deny):
            return self._deny(rule)
        if isinstance(effect, Shadow) and isinstance(would_of(effect), Deny):
            return self._shadow(rule, effect)
        if self.allow is not None:
            return f"exempt by {self.allow.name}"
        return self._take_milder(rule, facts)

    def _take_milder(self, rule: Rule, facts: CallFacts) -> str:
        match rule.effect:
            case Allow():
                self.allow = rule
                return "exempts from the rules after it, save a deny"
            case RequireTags(tags=tags):
                return self._require(rule, [tag for tag in tags if not facts.has_tag(tag)])
            case RerouteTo(to=to):
                return self._reroute(rule, to, facts)
            case AskApproval():
                return self._ask(rule, facts)
            case ClampOutput():
                return self._clamp(rule)
            case Warn():
                self.warnings.append(rule)
                return "warns"
            case Shadow() as shadow:
                return self._shadow(rule, shadow)
            case _:
                raise TypeError(f"no weighing of {rule.effect}")

    def _deny(self, rule: Rule) -> str:
        if self.deny is not None:
            return f"{self.deny.name} denies already"
        self.deny = rule
        return "denies"

    def _clamp(self, rule: Rule) -> str:
        if self.clamp is not None:
            return f"{self.clamp.name} clamps already"
        self.clamp = rule
        return "clamps"

    def _shadow(self, rule: Rule, shadow: Shadow) -> str:
        self.shadows.append((rule.name, effect_name(would_of(shadow))))
        return f"would {effect_name(would_of(shadow))}"

    def _require(self, rule: Rule, missing: Sequence[str]) -> str:
        if not missing:
            return "its tags are there"
        self.tagging = self.tagging or rule
        self.missing += [tag for tag in missing if tag not in self.missing]
        return f"misses {', '.join(missing)}"

    def _reroute(self, rule: Rule, to: str, facts: CallFacts) -> str:
        if self.approval is not None:
            return f"{self.approval.name} asks for approval already"
        if self.reroute is not None:
            return f"{self.reroute.name} reroutes already"
        if to == facts.model:
            return "goes there already"
        self.reroute = rule
        return f"reroutes to {to}"

    def _ask(self, rule: Rule, facts: CallFacts) -> str:
        if self.reroute is not None:
            return f"{self.reroute.name} reroutes already"
        if self.approval is not None:
            return f"{self.approval.name} asks already"
        self.approval = rule
        return "was approved" if rule.name in facts.granted else "asks for approval"

    def decision(self, facts: CallFacts, tiers: tuple[str, ...], failed: Sequence[str]) -> Decision:
        """The verdict: the gravest of what counts."""
        approval, approved = self.approval, ""
        if approval is not None and approval.name in facts.granted:
            approved = approval.name
            approval = None
        verdict, rule = self._gravest(approval)
        return Decision(
            verdict=verdict,
            rule="" if rule is None else rule.name,
            owner="" if rule is None else rule.owner,
            reason="" if rule is None else rule.reason,
            reroute=self.reroute,
            clamp=self.clamp,
            approval=approval,
            approvers=_approvers(approval),
            approved=approved,
            tags_missing=tuple(self.missing),
            warnings=tuple(self.warnings),
            shadows=tuple(self.shadows),
            failed=tuple(failed),
            tiers=tiers,
        )

    def _gravest(self, approval: Rule | None) -> tuple[Verdict, Rule | None]:
        ranked: tuple[tuple[Verdict, Rule | None], ...] = (
            ("deny", self.deny),
            ("require_tags", self.tagging),
            ("require_approval", approval),
            ("reroute", self.reroute),
            ("clamp", self.clamp),
            ("warn", self.warnings[0] if self.warnings else None),
        )
        return next(((verdict, rule) for verdict, rule in ranked if rule), ("allow", self.allow))


def _approvers(approval: Rule | None) -> tuple[str, ...]:
    if approval is None or not isinstance(approval.effect, AskApproval):
        return ()
    return approvers_of(approval.effect.approvers, approval.owner)
