"""The law of quiet bounds: within them every call is decided as the one that they were made of."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.estate.policies import Deny, Hours, Match, Policy, Warn
from bursar.policy import CallFacts, Rulebook
from bursar.policy.quiet import Quiet
from bursar.vocab.instant import InstantUs, format_instant

MINUTE = 60_000_000
NOON = 1_795_780_800_000_000  # a Friday, 12:00 UTC
OVER = st.sampled_from([0, 0, 3, 8, 40])
HOURS = st.one_of(
    st.none(),
    st.builds(
        lambda begin, end, zone: Hours(from_=begin, to=end, timezone=zone),
        st.sampled_from(["12:00", "12:01", "23:30", "17:29"]),
        st.sampled_from(["12:02", "12:03", "00:30", "17:32"]),
        st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
    ),
)
INSTANT = st.integers(NOON - 3 * MINUTE, NOON + 4 * MINUTE)
MATCHES = st.builds(
    Match,
    bytes_over=OVER,
    input_tokens_over=OVER,
    output_tokens_over=OVER,
    hours=HOURS,
    team=st.just("search"),
)
SPAN = st.one_of(st.just(("", "")), INSTANT.map(lambda at: (format_instant(InstantUs(at)), "")))
FACTS = st.builds(
    CallFacts,
    team=st.just("search"),
    bytes=st.one_of(st.integers(0, 50), st.sampled_from([159, 160, 161, 164])),
    output_tokens=st.integers(0, 50),
    at_us=INSTANT,
)


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    policies = []
    for number in range(draw(st.integers(0, 4))):
        begins, ends = draw(SPAN)
        effect = draw(st.sampled_from([Deny(), Warn()]))
        policies.append(
            Policy(name=f"p{number}", match=draw(MATCHES), effect=effect, valid_from=begins, valid_to=ends)
        )
    return Rulebook([], policies)


@settings(max_examples=600)
@given(rulebooks(), FACTS, FACTS)
def test_within_the_bounds_every_call_is_decided_alike(
    rules: Rulebook, one: CallFacts, other: CallFacts
) -> None:
    quiet = rules.quiet(one)
    assert quiet is not None
    assert quiet.covers(one.bytes, one.output_tokens, one.at_us)
    if quiet.covers(other.bytes, other.output_tokens, other.at_us):
        assert rules.decide(other) == rules.decide(one)


def test_bounds_that_are_too_wide_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Quiet, "covers", lambda self, *_: True)
    with pytest.raises(BaseException, match=r"assert|Falsifying"):  # hypothesis may raise several at once
        test_within_the_bounds_every_call_is_decided_alike()


@pytest.mark.parametrize(
    "policy",
    [
        Policy(name="p", match=Match(), effect=Deny(), when="bytes > 5"),
        Policy(
            name="p", match=msgspec.convert({"budget": {"name": "b", "used_over": 80}}, Match), effect=Deny()
        ),
    ],
    ids=["an expression", "a budget's state"],
)
def test_what_no_bounds_can_say_has_none(policy: Policy) -> None:
    assert Rulebook([], [policy]).quiet(CallFacts(team="search")) is None
