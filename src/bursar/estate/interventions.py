"""Interventions: rules that a budget's ladder put in force, until the period ends or somebody undoes them."""

import glob

import msgspec

from bursar.estate.budgets import Step
from bursar.estate.scope import DIMENSIONS, Scope, is_glob
from bursar.vocab.errors import check


class Intervention(msgspec.Struct, kw_only=True, frozen=True):
    """One step of a ladder in force. `step` is never a notice or an ask: those are messages, no rules.

    It holds from `since_us` until before `until_us`, for the calls that `scope` speaks of; a worker checks
    `until_us` itself, because the revision moves on only a moment after. `reason` is a sentence for
    whoever is refused or rerouted.
    """

    id: str
    budget: str
    value: str = ""  # of the budget's `each`, for people; the scope has it already
    owner: str = ""
    reason: str
    scope: Scope
    step: Step
    since_us: int
    until_us: int | None  # None: until somebody undoes it


def narrowed(scope: Scope, each: str, value: str) -> Scope:
    """The scope of a budget for one value of its dimension `each`; the same where there is none.

    A value that callers chose may hold a wildcard; it stands for itself here.
    """
    if not each:
        return scope
    exact = glob.escape(value) if is_glob(value) else value
    if each.startswith("tag:"):
        return msgspec.structs.replace(scope, tags={**scope.tags, each[4:]: exact})
    check(each in DIMENSIONS, f"a budget cannot be split by {each}")
    return msgspec.structs.replace(scope, **{each: exact})
