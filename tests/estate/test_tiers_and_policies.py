"""Tiers and policies are read into one form, and refused with file, line and the near word."""

import pytest

from bursar.estate.budgets import Budget
from bursar.estate.checks import check_together
from bursar.estate.parse import Source, decode, encode, parse
from bursar.estate.policies import (
    EFFECTS,
    AskApproval,
    Deny,
    Policy,
    RerouteTo,
    Shadow,
    approvers_of,
    effect_name,
    effect_of,
)
from bursar.estate.problem import BadEstate
from bursar.estate.scope import Scope


def read(text: str) -> Policy:
    (placed,) = parse([Source(path="p.yaml", text=text)]).documents
    assert isinstance(placed.document, Policy)
    return placed.document


def problems(text: str) -> list[str]:
    with pytest.raises(BadEstate) as caught:
        parse([Source(path="p.yaml", text=text)])
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("written", ["deny", "{type: deny}"])
def test_an_effect_that_needs_no_field_is_a_word_or_a_record_and_stored_alike(written: str) -> None:
    policy = read(f"kind: policy\nname: p\neffect: {written}\n")
    assert policy.effect == Deny()
    assert encode(policy) == b'{"effect":{"type":"deny"},"kind":"policy","name":"p"}'


def test_a_shadow_holds_another_effect_as_a_word_or_a_record() -> None:
    word = read("kind: policy\nname: p\neffect: {type: shadow, would: require_approval}\n")
    assert word.effect == Shadow(would=AskApproval())
    record = read("kind: policy\nname: p\neffect: {type: shadow, would: {type: reroute, to: m}}\n")
    assert record.effect == Shadow(would=RerouteTo(to="m"))


def test_every_effect_has_its_name_and_comes_back_from_the_store() -> None:
    written = {
        "allow": "allow",
        "deny": "deny",
        "reroute": "{type: reroute, to: m}",
        "clamp": "{type: clamp, output_tokens_max: 5}",
        "require_tags": "{type: require_tags, tags: [team, 'tag:ticket']}",
        "require_approval": "{type: require_approval, approvers: [ann, bob]}",
        "warn": "{type: warn, message: dear}",
        "shadow": "{type: shadow, would: deny}",
    }
    assert len(written) == len(EFFECTS)
    for name, text in written.items():
        policy = read(f"kind: policy\nname: p\neffect: {text}\n")
        assert effect_name(effect_of(policy.effect)) == name
        assert decode(encode(policy)) == policy


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("effect: denny", "p.yaml:3: effect is 'denny'; did you mean 'deny'?"),
        ("effect: reroute", "p.yaml:3: effect is 'reroute': use one of allow, deny, require_approval, warn"),
        ("effect: {type: reroute}", "p.yaml:3: effect.to is missing"),
        ("effect: {type: rerout, to: m}", "p.yaml:3: effect.type is 'rerout'; did you mean 'reroute'?"),
        ("effect: {type: clamp, output_tokens_max: 0}", "output_tokens_max is 0: it must be at least 1"),
        ("effect: {type: shadow, would: {type: shadow}}", "effect.would.type is 'shadow'"),
        ("effect: {type: require_tags, tags: [taem]}", "effect.tags[0] is 'taem', which cannot be used"),
        ("effect: allow\nmatch: {modell: m}", "unknown field 'match.modell'; did you mean 'model'?"),
        ("effect: allow\nmatch: {bytes_over: -1}", "match.bytes_over is -1: it must be at least 1"),
        (
            "effect: allow\nmatch: {hours: {timezone: Europe/Berln}}",
            (
                "p.yaml:4: match.hours.timezone is 'Europe/Berln', which is no time zone; did you mean "
                "'Europe/Berlin'?"
            ),
        ),
        ("effect: allow\nmatch: {hours: {timezone: ../etc}}", "which is no time zone"),
        ("effect: allow\nmatch: {hours: {from: 'noon'}}", "match.hours.from is 'noon', which cannot be used"),
        ("effect: allow\nmatch: {hours: {from: '09:00', to: '09:00'}}", "it would never fit"),
        ("effect: allow\nmatch: {hours: {weekdays: [monday]}}", "'monday'; did you mean 'mon'?"),
        ("effect: allow\nvalid_from: soon", "valid_from: 'soon' is not a time"),
        (
            "effect: allow\nvalid_from: 2026-02-01\nvalid_to: 2026-01-01",
            "p.yaml:5: valid_to is not after valid_from: the policy would never hold",
        ),
        ("effect: allow\nwhen: team =", "p.yaml:4: when: it cannot be read: 1:6: Syntax error"),
        ("effect: allow\nwhen: teem == 'a'", "when: it speaks of 'teem', which nobody knows; did you mean"),
        ("effect: allow\nwhen: team", "when: it gives str and not true or false"),
        ("effect: allow\nwhen: rand(team)", "when: it calls 'rand', which is no function here"),
        ("effect: allow\nexamples: [{call: {at: noon}, expect: deny}]", "examples[0].call.at: 'noon'"),
        ("effect: allow\nexamples: [{call: {}, expect: denied}]", "examples[0].expect is 'denied'"),
    ],
)
def test_a_bad_policy_is_refused_with_its_line_and_the_near_word(text: str, sentence: str) -> None:
    (problem,) = problems(f"kind: policy\nname: p\n{text}\n")
    assert sentence in problem


def test_a_tier_that_lists_nothing_or_lets_nobody_in_is_refused() -> None:
    assert "models is empty" in problems("kind: tier\nname: t\nmodels: []\n")[0]
    assert "allowed is an empty list" in problems("kind: tier\nname: t\nmodels: a\nallowed: []\n")[0]


def test_a_tier_takes_one_scope_or_several() -> None:
    one, many = parse(
        [
            Source(
                path="t",
                text="kind: tier\nname: a\nmodels: m*\nallowed: {team: x}\n---\n"
                "kind: tier\nname: b\nmodels: [m]\nallowed: [{team: x}, {team: y}]\n",
            )
        ]
    ).documents
    assert one.document.allowed == Scope(team="x")  # type: ignore[union-attr]
    assert many.document.allowed == [Scope(team="x"), Scope(team="y")]  # type: ignore[union-attr]


def test_a_budget_that_a_policy_speaks_of_exists() -> None:
    text = "kind: policy\nname: p\neffect: deny\nmatch: {budget: {name: serch, used_over: 80}}\n"
    placed = parse([Source(path="p", text=text)]).documents
    (problem,) = check_together(placed, [Budget(name="search", amount="5")])
    assert str(problem) == (
        "p:1: policy 'p' names budget 'serch', which does not exist; did you mean 'search'?"
    )
    assert check_together(placed, [Budget(name="serch", amount="5")]) == []


def test_whoever_approves_comes_in_turn_and_somebody_always_does() -> None:
    assert approvers_of(["ann", "bob"], "ann") == ("ann", "bob")
    assert approvers_of("", "eve") == ("eve",)
    assert approvers_of("", "") == ("administrator",)
