"""Rules and what they decide. See README.md."""

from bursar.policy.decision import Decision, Said
from bursar.policy.facts import CallFacts
from bursar.policy.membership import tiers_by_model
from bursar.policy.quiet import Quiet
from bursar.policy.rulebook import Rulebook

__all__ = ["CallFacts", "Decision", "Quiet", "Rulebook", "Said", "tiers_by_model"]
