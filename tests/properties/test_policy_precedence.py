"""Laws of decisions: any order of documents, deny wins, narrower wins, and the index forgets no rule."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bursar.estate.policies import (
    Allow,
    AskApproval,
    ClampOutput,
    Deny,
    Effect,
    Match,
    Policy,
    RerouteTo,
    Tier,
    Warn,
    effect_of,
)
from bursar.estate.scope import Scope
from bursar.policy import CallFacts, Decision, Rulebook
from bursar.policy.index import Index

VALUES = ("a", "ab", "b")
# Mostly lines that fit, so that rules meet on the same call.
WRITTEN = st.sampled_from(["", "", "", "", "", "", "", "a", "a*", "*", "?b", ["a", "ab"], ["b", "*b"], "b"])
EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    st.just(Allow()),
    st.just(Allow()),
    st.just(Deny()),
    st.sampled_from(VALUES).map(lambda to: RerouteTo(to=to)),
    st.integers(1, 3).map(lambda most: ClampOutput(output_tokens_max=most)),
    st.just(AskApproval()),
    st.just(Warn()),
)
MATCHES = st.builds(
    Match,
    team=WRITTEN,
    model=WRITTEN,
    key=WRITTEN,
    environment=WRITTEN,
    tier=WRITTEN,
    tags=st.sampled_from([{}, {}, {"t": "a"}, {"t": "b"}]),
    bytes_over=st.sampled_from([0, 0, 0, 5]),
)
VALUE = st.sampled_from(["a", "a", "ab", "b"])
FACTS = st.builds(
    CallFacts,
    team=VALUE,
    model=VALUE,
    key=VALUE,
    environment=VALUE,
    tags=st.dictionaries(st.sampled_from(["t", "data"]), VALUE, max_size=2),
    bytes=st.sampled_from([5, 6]),
    granted=st.sampled_from([(), ("policy/p0",)]),
)


@st.composite
def policies(draw: st.DrawFn) -> list[Policy]:
    drawn = draw(st.lists(st.tuples(MATCHES, EFFECTS), min_size=2, max_size=10))
    return [
        Policy(name=f"p{number}", match=match, effect=effect, reason=f"because {number}")
        for number, (match, effect) in enumerate(drawn)
    ]


@st.composite
def tiers(draw: st.DrawFn) -> list[Tier]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b", "a*", ["a", "b"]]),
                WRITTEN,
                st.sampled_from(["", "a"]),
                st.booleans(),
            ),
            max_size=3,
        )
    )
    return [
        Tier(
            name=VALUES[number],
            models=models,
            allowed=Scope(team=team),
            data_classes=classes,
            needs_approval=asked,
        )
        for number, (models, team, classes, asked) in enumerate(drawn)
    ]


# On a busy machine the first draws take long; that says nothing of a law.
LAWS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ON_A = CallFacts(team="a", model="a", key="a", environment="a")
WIDE_DENY = Policy(name="p0", match=Match(team="a"), effect=Deny(), reason="because 0")
NARROW_ALLOW = Policy(name="p1", match=Match(team="a", model="a"), effect=Allow(), reason="because 1")
GLOB_ONLY = Policy(name="p2", match=Match(model="a*"), effect=ClampOutput(output_tokens_max=1))


def fits(policy: Policy, facts: CallFacts, names: Sequence[str]) -> bool:
    """Whether a policy fits, said once more and simply."""
    match = policy.match

    def written(allowed: str | list[str], values: Sequence[str]) -> bool:
        globs = [allowed] if isinstance(allowed, str) else allowed
        return not any(globs) or any(fnmatchcase(value, glob) for value in values for glob in globs)

    return (
        written(match.team, [facts.team])
        and written(match.model, [facts.model])
        and written(match.key, [facts.key])
        and written(match.environment, [facts.environment])
        and written(match.tier, names)
        and all(facts.tags.get(name) == value for name, value in match.tags.items())
        and (not match.bytes_over or facts.bytes > match.bytes_over)
    )


def narrowness(policy: Policy) -> tuple[int, int, str]:
    match = policy.match
    lines = [one for one in (match.team, match.model, match.key, match.environment, match.tier) if one]
    wild = sum(any("*" in one or "?" in one for one in line) for line in lines)
    count = len(lines) + len(match.tags) + bool(match.bytes_over)
    return (-count, -(count - wild), f"policy/{policy.name}")


def plain(decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, trail=())


@settings(LAWS, max_examples=300)
@given(policies(), tiers(), FACTS, st.randoms())
def test_the_order_of_documents_changes_nothing(policies, tiers, facts, random) -> None:
    first = Rulebook(tiers, policies).decide(facts)
    random.shuffle(policies)
    random.shuffle(tiers)
    second = Rulebook(tiers, policies)
    assert _shown(second.decide(facts)) == _shown(first)
    assert _shown(second.decide(facts)) == _shown(first)  # once more, from what it remembers


@settings(LAWS, max_examples=300)
@given(policies(), tiers(), FACTS)
@example([GLOB_ONLY], [], ON_A)
def test_an_explanation_comes_to_the_same_decision_as_the_index(policies, tiers, facts) -> None:
    rules = Rulebook(tiers, policies)
    assert _shown(plain(rules.explain(facts))) == _shown(rules.decide(facts))


@settings(LAWS, max_examples=300)
@given(policies(), tiers(), FACTS)
@example([WIDE_DENY, NARROW_ALLOW], [], ON_A)
def test_deny_wins_over_everything_and_the_narrowest_deny_is_named(policies, tiers, facts) -> None:
    decision = Rulebook(tiers, policies).decide(facts)
    denies = [one for one in policies if effect_of(one.effect) == Deny() and fits(one, facts, decision.tiers)]
    if denies:
        assert decision.verdict == "deny"
        if decision.rule.startswith("policy/"):
            assert decision.rule == f"policy/{min(denies, key=narrowness).name}"
    elif decision.verdict == "deny":
        assert decision.rule.startswith("tier/")


@settings(LAWS, max_examples=300)
@given(policies(), FACTS)
@example([GLOB_ONLY, NARROW_ALLOW], ON_A)
def test_of_each_kind_the_narrowest_counts_unless_a_narrower_allow_exempts(policies, facts) -> None:
    decision = Rulebook([], policies).decide(facts)
    fitting = sorted((one for one in policies if fits(one, facts, ())), key=narrowness)
    exempt = next((narrowness(one) for one in fitting if effect_of(one.effect) == Allow()), None)
    clamps = [one for one in fitting if isinstance(one.effect, ClampOutput)]
    counts = clamps and (exempt is None or narrowness(clamps[0]) < exempt)
    assert (decision.clamp.name if decision.clamp else "") == (f"policy/{clamps[0].name}" if counts else "")


@settings(LAWS, max_examples=200)
@given(policies(), FACTS)
@example([GLOB_ONLY], ON_A)
def test_the_index_gives_every_rule_whose_lasting_lines_fit(policies, facts) -> None:
    rules = Rulebook([], policies).rules
    found = {rule.name for rule in Index(rules).candidates(facts, ())}
    long = msgspec.structs.replace(facts, bytes=10**9)
    assert {f"policy/{one.name}" for one in policies if fits(one, long, ())} <= found


def _shown(decision: Decision) -> tuple[object, ...]:
    """A decision with its rules by name."""
    rules = (decision.reroute, decision.clamp, decision.approval, *decision.warnings)
    return (
        decision.verdict,
        decision.rule,
        decision.reason,
        tuple(rule.name if rule else "" for rule in rules),
        decision.tags_missing,
        decision.shadows,
        decision.tiers,
    )
