"""Whose rows are whose: which budgets, keys, requests and alerts lie within a sight.

A row is in sight if every call that it speaks of is; where that cannot be told, it is not.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from bursar.access import Permission, Principal
from bursar.api.permission import Forbidden
from bursar.directory import Approval
from bursar.estate.budgets import Budget
from bursar.estate.document import listed
from bursar.estate.interventions import narrowed
from bursar.estate.limits import Limit
from bursar.estate.scope import Scope, is_glob
from bursar.estate.snapshot import Key
from bursar.vocab.errors import NotFound
from bursar.vocab.sight import Sight

# Whose calls: the names, or None for those of any.
_Names = Sequence[str] | None


def scope_in_sight(scope: Scope, sight: Sight) -> bool:
    """Whether every call that a scope can speak of is seen."""
    return _all_seen(_names(listed(scope.team)), _names(listed(scope.product)), sight)


def budget_in_sight(budget: Budget, sight: Sight) -> bool:
    """Whether every call that a budget pays for is seen: then all of its accounts are."""
    return scope_in_sight(budget.scope, sight)


def account_in_sight(budget: Budget | Limit, value: str, sight: Sight) -> bool:
    """Whether every call that a budget pays for under one value of its dimension `each` is seen."""
    if sight.is_everything:
        return True
    if budget.each not in ("team", "product"):
        return scope_in_sight(budget.scope, sight)
    return scope_in_sight(narrowed(budget.scope, budget.each, value), sight)


def budget_is_shown(budget: Budget | Limit, sight: Sight) -> bool:
    """Whether a budget is seen, be it for some values of its dimension `each` only."""
    return scope_in_sight(budget.scope, sight) or bool(seen_values(budget, sight))


def seen_values(budget: Budget | Limit, sight: Sight) -> tuple[str, ...]:
    """The names of teams or products whose part of a budget is seen, by its dimension `each`."""
    if budget.each not in ("team", "product"):
        return ()
    possible = {
        name
        for area in sight.areas
        for name in (area.teams if budget.each == "team" else area.products)
        if _may_be(name, listed(getattr(budget.scope, budget.each)))
    }
    return tuple(sorted(name for name in possible if account_in_sight(budget, name, sight)))


def seen_scope(budget: Budget | Limit, sight: Sight) -> Scope:
    """The scope of a budget that is shown, without the names that are not seen."""
    if scope_in_sight(budget.scope, sight):
        return budget.scope
    return msgspec.structs.replace(budget.scope, **{budget.each: list(seen_values(budget, sight))})


def key_in_sight(key: Key, sight: Sight) -> bool:
    """Whether a key's own tags are seen."""
    return sight.sees(team=key.team, product=key.product)


def calls_of_key_in_sight(key: Key, sight: Sight) -> bool:
    """Whether every call that a key can make is seen, whatever its caller sets."""
    team = None if "team" in key.may_set else (key.team,)
    product = None if "product" in key.may_set else (key.product,)
    return _all_seen(team, product, sight)


def approval_in_sight(approval: Approval, keys: Mapping[str, Key], sight: Sight) -> bool:
    """Whether the calls are seen that a request for approval speaks of: those of its team by its key."""
    key = keys.get(approval.key_id)
    product = None if key is None or "product" in key.may_set else (key.product,)
    return _all_seen((approval.team,), product, sight)


def check_row(
    who: Principal,
    read: Permission,
    write: Permission,
    is_seen: Callable[[Sight], bool],
    missing: NotFound,
) -> None:
    """`missing` unless a row is seen at all; Forbidden where it is seen and may not be changed."""
    if is_seen(who.sight(write)):
        return
    if is_seen(who.sight(read)):
        raise Forbidden(f"{who.name} may see this, and may not change it", permission=write)
    raise missing


def _names(values: Sequence[str]) -> _Names:
    written = [value for value in values if value]
    # What a wildcard stands for is not known: others may begin to use such a name.
    return None if not written or any(map(is_glob, written)) else written


def _may_be(name: str, allowed: Sequence[str]) -> bool:
    names = _names(allowed)
    return names is None or name in names


def _all_seen(teams: _Names, products: _Names, sight: Sight) -> bool:
    """Whether calls of any of the teams and any of the products are seen, all of them."""
    return all(
        any(
            (not area.teams or team in area.teams) and (not area.products or product in area.products)
            for area in sight.areas
        )
        for team in (teams if teams is not None else (None,))
        for product in (products if products is not None else (None,))
    )
