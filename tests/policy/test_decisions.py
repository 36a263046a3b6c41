"""Every effect, the precedence with examples, and what tiers let in."""

from typing import Any

import pytest

from bursar.estate.parse import Source, parse
from bursar.estate.policies import Policy, Tier
from bursar.policy import CallFacts, Decision, Rulebook
from bursar.vocab.instant import parse_instant

SEARCH = CallFacts(team="search", environment="production", model="gpt-5", provider="openai", key="k1")


def book(text: str) -> Rulebook:
    documents = [placed.document for placed in parse([Source(path="p", text=text)]).documents]
    return Rulebook(
        [document for document in documents if isinstance(document, Tier)],
        [document for document in documents if isinstance(document, Policy)],
    )


def policy(name: str, effect: str, match: str = "{}", **more: str) -> str:
    lines = [f"{field}: {value}" for field, value in more.items()]
    return "\n".join(
        ["---", "kind: policy", f"name: {name}", f"effect: {effect}", f"match: {match}", *lines, ""]
    )


def but(**fields: Any) -> CallFacts:
    known = {name: getattr(SEARCH, name) for name in SEARCH.__struct_fields__}
    return CallFacts(**{**known, **fields})


def verdict(text: str, facts: CallFacts = SEARCH) -> tuple[str, str]:
    decision = book(text).decide(facts)
    return decision.verdict, decision.rule


# -- precedence --------------------------------------------------------------------------------------------


def test_without_a_rule_that_fits_the_call_is_allowed_and_nobody_said_so() -> None:
    assert verdict(policy("p", "deny", "{team: ads}")) == ("allow", "")


def test_deny_wins_over_an_allow_that_is_narrower() -> None:
    text = policy("wide", "deny", "{model: gpt-5}") + policy(
        "narrow", "allow", "{model: gpt-5, team: search, environment: production}"
    )
    assert verdict(text) == ("deny", "policy/wide")


def test_of_two_denies_the_narrower_is_named() -> None:
    text = policy("a", "deny", "{team: search}") + policy("b", "deny", "{team: search, model: gpt-5}")
    assert verdict(text) == ("deny", "policy/b")


def test_an_exact_value_is_narrower_than_a_wildcard_and_ties_go_by_name() -> None:
    text = policy("a", "{type: reroute, to: x}", "{model: gpt-*}") + policy(
        "b", "{type: reroute, to: y}", "{team: search}"
    )
    assert book(text).decide(SEARCH).reroute_to == "y"
    text = policy("b", "{type: reroute, to: y}", "{team: search}") + policy(
        "a", "{type: reroute, to: x}", "{model: gpt-5}"
    )
    assert book(text).decide(SEARCH).reroute_to == "x"


def test_a_narrower_allow_is_an_exception_to_every_effect_but_deny_and_a_wider_one_is_not() -> None:
    clamp = policy("clamp", "{type: clamp, output_tokens_max: 10}", "{team: search, model: gpt-5}")
    narrower = policy("mine", "allow", "{team: search, model: gpt-5, key: k1}")
    wider = policy("mine", "allow", "{team: search}")
    assert verdict(clamp + narrower) == ("allow", "policy/mine")
    assert verdict(clamp + wider) == ("clamp", "policy/clamp")


def test_the_narrower_clamp_counts_also_where_it_is_looser() -> None:
    text = policy("wide", "{type: clamp, output_tokens_max: 10}") + policy(
        "narrow", "{type: clamp, output_tokens_max: 500}", "{team: search}"
    )
    assert book(text).decide(SEARCH).output_tokens_max == 500


def test_a_clamp_stands_beside_a_reroute_and_a_warning_beside_both() -> None:
    text = (
        policy("c", "{type: clamp, output_tokens_max: 10}")
        + policy("r", "{type: reroute, to: mini}")
        + policy("w", "{type: warn, message: dear}")
        + policy("v", "warn", reason="also dear")
    )
    decision = book(text).decide(SEARCH)
    assert (decision.verdict, decision.reroute_to, decision.output_tokens_max) == ("reroute", "mini", 10)
    assert [rule.name for rule in decision.warnings] == ["policy/v", "policy/w"]


def test_of_reroute_and_approval_the_narrower_counts() -> None:
    reroute = policy("r", "{type: reroute, to: mini}", "{team: search}")
    assert verdict(reroute + policy("a", "require_approval")) == ("reroute", "policy/r")
    narrow = policy("a", "require_approval", "{team: search, model: gpt-5}")
    assert verdict(reroute + narrow) == ("require_approval", "policy/a")


def test_an_approval_that_was_granted_lets_the_call_through_and_keeps_the_wider_reroute_away() -> None:
    text = policy("a", "require_approval", "{model: gpt-5}") + policy("r", "{type: reroute, to: mini}")
    assert verdict(text) == ("require_approval", "policy/a")
    assert verdict(text, but(granted=("policy/a",))) == ("allow", "")
    assert verdict(text, but(granted=("policy/other",))) == ("require_approval", "policy/a")


def test_a_reroute_to_the_model_that_was_asked_does_nothing() -> None:
    assert verdict(policy("r", "{type: reroute, to: gpt-5}")) == ("allow", "")


def test_required_tags_add_up_and_a_tag_that_nobody_set_is_missing() -> None:
    text = policy("a", "{type: require_tags, tags: [product, 'tag:ticket']}") + policy(
        "b", "{type: require_tags, tags: ['tag:ticket', use_case]}", "{team: search}"
    )
    decision = book(text).decide(SEARCH)
    assert (decision.verdict, decision.rule) == ("require_tags", "policy/b")
    assert decision.tags_missing == ("tag:ticket", "use_case", "product")
    complete = but(product="p", use_case="u", tags={"ticket": "T"})
    assert verdict(text, complete) == ("allow", "")
    assert book(text).decide(SEARCH) == decision


def test_a_shadow_only_says_what_would_have_been() -> None:
    text = (
        policy("d", "{type: shadow, would: deny}")
        + policy("r", "{type: shadow, would: {type: reroute, to: mini}}")
        + policy("x", "allow", "{team: search}")
    )
    decision = book(text).decide(SEARCH)
    assert (decision.verdict, decision.reroute) == ("allow", None)
    assert decision.shadows == (("policy/d", "deny"),)  # the reroute would have been exempt


def test_a_decision_names_owner_and_reason() -> None:
    decision = book(policy("d", "deny", owner="ann", reason="too dear")).decide(SEARCH)
    assert (decision.owner, decision.reason) == ("ann", "too dear")


# -- matches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "facts", "fits"),
    [
        ("{team: [ads, search]}", SEARCH, True),
        ("{team: ads}", SEARCH, False),
        ("{tags: {ticket: T-*}}", but(tags={"ticket": "T-1"}), True),
        ("{tags: {ticket: T-*}}", SEARCH, False),
        ("{region: eu}", but(region="eu"), True),
        ("{data_class: confidential}", but(tags={"data": "confidential"}), True),
        ("{data_class: confidential}", SEARCH, False),
        ("{bytes_over: 1000}", but(bytes=1000), False),
        ("{bytes_over: 1000}", but(bytes=1001), True),
        ("{input_tokens_over: 1000}", but(bytes=4003), False),
        ("{input_tokens_over: 1000}", but(bytes=4004), True),
        ("{output_tokens_over: 100}", but(output_tokens=101), True),
        ("{output_tokens_over: 100}", but(output_tokens=0), False),
        ("{budget: {name: b, used_over: 80}}", but(budgets={"b": 81}), True),
        ("{budget: {name: b, used_over: 80}}", but(budgets={"b": 80}), False),
        ("{budget: {name: b, used_over: 80}}", but(budgets={}), False),
    ],
)
def test_each_line_of_a_match_speaks_of_the_call(match: str, facts: CallFacts, fits: bool) -> None:
    text = policy("p", "deny", match)
    assert (verdict(text, facts)[0] == "deny") is fits
    rules = book(text)
    assert rules.explain(facts).verdict == rules.decide(facts).verdict


@pytest.mark.parametrize(
    ("hours", "at", "fits"),
    [
        ("{from: '09:00', to: '17:00', timezone: Europe/Berlin}", "2026-07-01T06:59:59Z", False),
        ("{from: '09:00', to: '17:00', timezone: Europe/Berlin}", "2026-07-01T07:00:00Z", True),
        ("{from: '09:00', to: '17:00', timezone: Europe/Berlin}", "2026-12-01T07:30:00Z", False),
        ("{from: '09:00', to: '17:00', timezone: Europe/Berlin}", "2026-12-01T16:00:00Z", False),
        ("{from: '22:00', to: '06:00'}", "2026-07-01T23:00:00Z", True),
        ("{from: '22:00', to: '06:00'}", "2026-07-01T05:59:00Z", True),
        ("{from: '22:00', to: '06:00'}", "2026-07-01T06:00:00Z", False),
        ("{weekdays: [sat, sun]}", "2026-11-28T12:00:00Z", True),
        ("{weekdays: [sat, sun]}", "2026-11-27T12:00:00Z", False),
        # A night that began on Friday is Friday's to its end.
        ("{from: '22:00', to: '06:00', weekdays: [fri]}", "2026-11-28T03:00:00Z", True),
        ("{from: '22:00', to: '06:00', weekdays: [fri]}", "2026-11-27T03:00:00Z", False),
    ],
)
def test_hours_are_on_the_clock_of_their_zone(hours: str, at: str, fits: bool) -> None:
    text = policy("p", "deny", f"{{hours: {hours}}}")
    assert (verdict(text, but(at_us=parse_instant(at)))[0] == "deny") is fits


def test_a_policy_holds_from_its_first_instant_to_before_its_last() -> None:
    text = policy("p", "deny", valid_from="2026-01-01", valid_to="2026-02-01")
    for at, expected in (
        ("2025-12-31T23:59:59Z", "allow"),
        ("2026-01-01", "deny"),
        ("2026-01-31T23:59:59Z", "deny"),
        ("2026-02-01", "allow"),
    ):
        assert verdict(text, but(at_us=parse_instant(at)))[0] == expected


def test_a_condition_says_what_a_match_cannot() -> None:
    text = policy("p", "deny", when='\'bytes > 100 && team != "ads" && !("ticket" in tags)\'')
    assert verdict(text, but(bytes=101))[0] == "deny"
    assert verdict(text, but(bytes=101, tags={"ticket": "T"}))[0] == "allow"
    assert verdict(text, but(bytes=99))[0] == "allow"


def test_a_condition_that_cannot_be_evaluated_does_not_match_and_says_so() -> None:
    rules = book(policy("p", "deny", when='\'tags["ticket"] == "T"\''))
    assert rules.decide(SEARCH) == Decision(failed=("policy/p",))
    assert rules.decide(but(tags={"ticket": "T"})).verdict == "deny"
    assert "cannot be evaluated" in rules.explain(SEARCH).trail[0].outcome
    assert rules.explain(SEARCH).failed == ("policy/p",)


# -- tiers -------------------------------------------------------------------------------------------------

TIERS = """
kind: tier
name: frontier
models: [gpt-5, claude-opus*]
allowed: [{team: research}, {team: search, environment: production}]
needs_training: frontier
owner: council
---
kind: tier
name: sealed
models: gpt-sealed
data_classes: [confidential, internal]
regions: [eu-*]
---
kind: tier
name: asked
models: o3
needs_approval: true
approvers: [ann, bob]
owner: eve
"""


def test_a_tier_restricts_what_it_lists_and_nothing_else() -> None:
    assert verdict(TIERS, but(model="gpt-4o-mini", team="ads")) == ("allow", "")
    decision = book(TIERS).decide(but(team="ads", trained="frontier"))
    assert (decision.verdict, decision.rule, decision.owner) == ("deny", "tier/frontier", "council")
    assert "team research or for team search and environment production" in decision.reason
    assert decision.tiers == ("frontier",)


def test_a_training_is_a_word_among_those_of_the_key_and_no_tag_of_the_call() -> None:
    assert verdict(TIERS, but(trained="basics, frontier"))[0] == "allow"
    assert verdict(TIERS, but(trained="frontiers"))[0] == "deny"
    assert verdict(TIERS, but(tags={"training": "frontier"}))[0] == "deny"


def test_a_model_is_listed_by_its_name_at_the_provider_too() -> None:
    assert verdict(TIERS, but(model="cheap", upstream_model="claude-opus-4", team="ads"))[0] == "deny"


def test_a_class_of_data_goes_only_where_a_tier_takes_it() -> None:
    sealed = but(model="gpt-sealed", region="eu-west", tags={"data": "confidential"})
    assert verdict(TIERS, sealed) == ("allow", "")
    assert verdict(TIERS, but(model="gpt-sealed", region="us", tags={"data": "confidential"}))[0] == "deny"
    assert verdict(TIERS, but(model="gpt-sealed", region="", tags={"data": "confidential"}))[0] == "deny"
    assert verdict(TIERS, but(model="gpt-sealed", region="eu-west", tags={"data": "secret"}))[0] == "deny"
    refused = book(TIERS).decide(but(model="gpt-4o-mini", tags={"data": "confidential"}))
    assert refused.verdict == "deny"
    assert "tiers sealed only" in refused.reason
    assert verdict(TIERS, but(model="gpt-4o-mini", tags={"data": "public"}))[0] == "allow"


def test_of_several_tiers_one_must_let_the_call_in() -> None:
    text = TIERS + "---\nkind: tier\nname: open\nmodels: gpt-*\nallowed: {team: ads}\n"
    assert verdict(text, but(team="ads"))[0] == "allow"
    assert verdict(text, but(team="sales")) == ("deny", "tier/frontier")


def test_a_tier_that_needs_an_approval_asks_those_who_give_it() -> None:
    decision = book(TIERS).decide(but(model="o3"))
    assert (decision.verdict, decision.rule) == ("require_approval", "tier/asked")
    assert decision.approvers == ("ann", "bob", "eve")
    assert verdict(TIERS, but(model="o3", granted=("tier/asked",)))[0] == "allow"


def test_a_policy_may_speak_of_a_tier_and_an_allow_does_not_open_one() -> None:
    text = TIERS + policy("w", "warn", "{tier: frontier}") + policy("x", "allow", "{team: search, key: k1}")
    assert verdict(text, but(trained="frontier"))[0] == "allow"
    assert verdict(text)[0] == "deny"
    assert verdict(TIERS + policy("w", "warn", "{tier: frontier}"), but(trained="frontier"))[0] == "warn"


def test_an_explanation_has_a_word_of_every_rule_in_their_order() -> None:
    text = TIERS + (
        policy("a", "{type: reroute, to: mini}", "{team: search}")
        + policy("b", "{type: reroute, to: other}")
        + policy("c", "deny", "{team: ads}")
        + policy("d", "warn", "{bytes_over: 5}")
        + policy("e", "warn", when="bytes > 7")
    )
    decision = book(text).explain(but(trained="frontier"))
    said = [(one.rule, one.fits, one.outcome) for one in decision.trail]
    assert said == [
        ("tier/frontier", True, "lets the call in"),
        ("policy/a", True, "reroutes to mini"),
        ("policy/c", False, "is for team ads"),
        ("policy/d", False, "is for bytes over 5"),
        ("policy/e", False, "its `when` is false: bytes > 7"),
        ("policy/b", True, "policy/a reroutes already"),
    ]
