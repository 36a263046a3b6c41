"""The laws bite: a rulebook with a fault in it is caught by the test of the law that it breaks."""

import pathlib
import sys

import pytest

from bursar.policy.decision import Weighing
from bursar.policy.index import Index
from bursar.policy.rule import Rule

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "properties"))

import test_policy_precedence as laws


def test_rules_in_the_order_of_their_documents_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rule, "order", property(lambda rule: 0), raising=True)
    with pytest.raises(AssertionError):
        laws.test_the_order_of_documents_changes_nothing()


def test_an_index_that_forgets_rules_without_exact_values_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Index.candidates

    def forgetful(self, facts, tiers):
        return [rule for rule in whole(self, facts, tiers) if any(term.exact for term in rule.terms)]

    monkeypatch.setattr(Index, "candidates", forgetful)
    with pytest.raises(AssertionError):
        laws.test_the_index_gives_every_rule_whose_lasting_lines_fit()
    with pytest.raises(AssertionError):
        laws.test_an_explanation_comes_to_the_same_decision_as_the_index()


def test_an_allow_that_beats_a_deny_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Weighing.take

    def generous(self, rule, facts):
        return "exempt" if self.allow is not None else whole(self, rule, facts)

    monkeypatch.setattr(Weighing, "take", generous)
    with pytest.raises(AssertionError):
        laws.test_deny_wins_over_everything_and_the_narrowest_deny_is_named()
