"""Examples kept beside the policies: calls that are made up, and what should become of them."""

from collections.abc import Iterable

import msgspec

from bursar.estate.policies import Example, ExampleCall, Policy
from bursar.policy.facts import CallFacts
from bursar.policy.places import Places
from bursar.policy.rulebook import Rulebook
from bursar.vocab.instant import InstantUs, parse_instant


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one example. `rule` is the one that made the verdict."""

    policy: str
    number: int  # from 1 on, within the policy
    expected: str
    expected_rule: str
    verdict: str
    rule: str
    reason: str

    @property
    def passed(self) -> bool:
        """Whether it is what was expected."""
        return self.verdict == self.expected and self.expected_rule in ("", self.rule)


def run_examples(
    book: Rulebook, policies: Iterable[Policy], places: Places, *, now: InstantUs
) -> list[Outcome]:
    """Every example of the policies held against all rules, in the order of the policies' names."""
    return [
        _run(book, policy.name, number, example, places, now)
        for policy in sorted(policies, key=lambda policy: policy.name)
        for number, example in enumerate(policy.examples, start=1)
    ]


def _run(
    book: Rulebook, policy: str, number: int, example: Example, places: Places, now: InstantUs
) -> Outcome:
    decision = book.decide(facts_of(example.call, places, now=now))
    return Outcome(
        policy=policy,
        number=number,
        expected=example.expect,
        expected_rule=example.rule,
        verdict=decision.verdict,
        rule=decision.rule,
        reason=decision.reason,
    )


def facts_of(call: ExampleCall, places: Places, *, now: InstantUs) -> CallFacts:
    """The facts of a call that is made up; its tag `training` counts as the key's own."""
    place = places.of(call.model, call.provider, call.region)
    return CallFacts(
        team=call.team,
        product=call.product,
        use_case=call.use_case,
        environment=call.environment,
        model=place.model,
        upstream_model=place.upstream_model,
        provider=place.provider,
        region=place.region,
        key=call.key,
        tags=call.tags,
        trained=call.tags.get("training", ""),
        bytes=call.bytes,
        output_tokens=call.output_tokens,
        at_us=parse_instant(call.at) if call.at else now,
        budgets=call.budgets,
    )
