"""Conflicts name the pairs that may meet and who wins; examples are calls that are made up."""

import pytest

from bursar.estate.kinds import Model, Provider
from bursar.estate.parse import Source, parse
from bursar.estate.policies import ExampleCall, Policy
from bursar.policy import Rulebook
from bursar.policy.conflicts import conflicts
from bursar.policy.examples import facts_of, run_examples
from bursar.policy.places import Place, Places
from bursar.vocab.instant import parse_instant

NOW = parse_instant("2026-11-23T09:00:00Z")
TO = "{{type: reroute, to: {}}}"


def policies(*written: tuple[str, str, str]) -> list[Policy]:
    text = "---\n".join(
        f"kind: policy\nname: {name}\neffect: {effect}\nmatch: {match}\n" for name, effect, match in written
    )
    found = [placed.document for placed in parse([Source(path="p", text=text)]).documents]
    return [one for one in found if isinstance(one, Policy)]


def found(*written: tuple[str, str, str]) -> list[tuple[tuple[str, str], str, str]]:
    book = Rulebook([], policies(*written))
    return [(one.rules, one.winner, one.why) for one in conflicts(book)]


def test_an_allow_in_a_deny_loses() -> None:
    assert found(("a", "allow", "{team: x, model: m}"), ("d", "deny", "{team: x}")) == [
        (("policy/a", "policy/d"), "policy/d", "deny wins over allow")
    ]


def test_two_reroutes_of_the_same_calls_are_settled_by_narrowness_or_name() -> None:
    wide, narrow = ("a", TO.format("m1"), "{team: x}"), ("b", TO.format("m2"), "{team: x, key: k}")
    assert found(wide, narrow) == [(("policy/b", "policy/a"), "policy/b", "it is narrower")]
    as_wide = ("b", TO.format("m2"), "{team: [x, y]}")
    assert found(wide, as_wide)[0][2] == "both are as narrow, so the name decides"


@pytest.mark.parametrize("match", ["{team: y}", "{team: 'y*'}", "{team: xa, model: n}"])
def test_rules_that_never_meet_are_no_conflict(match: str) -> None:
    assert found(("a", TO.format("m1"), "{team: x*, model: m}"), ("b", TO.format("m2"), match)) == []


def test_rules_that_hold_one_after_the_other_are_no_conflict() -> None:
    text = (
        "kind: policy\nname: a\neffect: {type: clamp, output_tokens_max: 5}\nvalid_to: 2026-02-01\n---\n"
        "kind: policy\nname: b\neffect: {type: clamp, output_tokens_max: 9}\nvalid_from: 2026-02-01\n"
    )
    documents = [placed.document for placed in parse([Source(path="p", text=text)]).documents]
    book = Rulebook([], [one for one in documents if isinstance(one, Policy)])
    assert conflicts(book) == []


def test_a_narrower_allow_is_an_exception_and_no_conflict() -> None:
    clamp = ("c", "{type: clamp, output_tokens_max: 5}", "{team: x}")
    assert found(clamp, ("a", "allow", "{team: x, key: k}")) == []
    assert found(clamp, ("a", "allow", "{team: x}"))[0][1] == "policy/a"


def test_a_reroute_to_what_is_denied_is_said() -> None:
    ((rules, winner, why),) = found(
        ("r", TO.format("mini"), "{model: big}"), ("d", "deny", "{model: mini*, team: x}")
    )
    assert (rules, winner) == (("policy/r", "policy/d"), "policy/d")
    assert why == "calls that are rerouted to mini are denied there"


def test_only_pairs_with_a_given_rule_are_named() -> None:
    book = Rulebook(
        [], policies(("a", TO.format("m1"), "{}"), ("b", TO.format("m2"), "{}"), ("c", TO.format("m3"), "{}"))
    )
    assert len(conflicts(book)) == 3
    assert [one.rules for one in conflicts(book, {"policy/c"})] == [
        ("policy/a", "policy/c"),
        ("policy/b", "policy/c"),
    ]


PLACES = Places(
    [
        Provider(name="eu", wire="openai", base_url="http://x", region="eu-west"),
        Provider(name="us", wire="openai", base_url="http://x", region="us"),
    ],
    [Model(name="cheap", provider="eu", upstream_model="gpt-4o-mini")],
)


def test_a_model_is_placed_by_the_estate_a_prefix_or_what_is_said() -> None:
    assert PLACES.of("cheap") == Place("cheap", "gpt-4o-mini", "eu", "eu-west")
    assert PLACES.of("us/other") == Place("other", "other", "us", "us")
    assert PLACES.of("us/cheap") == Place("cheap", "cheap", "us", "us")
    assert PLACES.of("other") == Place("other", "other", "unknown", "")
    assert PLACES.of("other", "us", "mars") == Place("other", "other", "us", "mars")
    alone = Places([Provider(name="one", wire="openai", base_url="http://x")], [])
    assert alone.of("any").provider == "one"


def test_an_example_knows_the_place_of_its_model_and_the_moment_of_the_test() -> None:
    facts = facts_of(ExampleCall(model="cheap", tags={"training": "basics"}), PLACES, now=NOW)
    assert (facts.provider, facts.region, facts.at_us, facts.trained) == ("eu", "eu-west", NOW, "basics")


def test_an_example_may_say_the_rule_too() -> None:
    text = """
kind: policy
name: p
effect: deny
match: {model: m}
examples:
  - {call: {model: m}, expect: deny, rule: policy/q}
  - {call: {model: m}, expect: deny, rule: policy/p}
---
kind: policy
name: q
effect: deny
examples:
  - {call: {model: other}, expect: deny, rule: policy/q}
"""
    documents = [placed.document for placed in parse([Source(path="p", text=text)]).documents]
    chosen = [one for one in documents if isinstance(one, Policy)]
    outcomes = run_examples(Rulebook([], chosen), chosen, PLACES, now=NOW)
    assert [(one.policy, one.number, one.passed) for one in outcomes] == [
        ("p", 1, False),
        ("p", 2, True),
        ("q", 1, True),
    ]
