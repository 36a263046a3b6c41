"""Which documents of the estate somebody sees, and what of them: names of others are left out."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from bursar.api.rows import budget_is_shown, key_in_sight, seen_scope
from bursar.estate.budgets import Budget
from bursar.estate.document import Document, listed
from bursar.estate.kinds import Environment, Model, Price, Product, Provider, Team, UseCase
from bursar.estate.limits import Limit
from bursar.estate.policies import Policy, Tier, scopes_of
from bursar.estate.redact import shown
from bursar.estate.routes import ModelRoute
from bursar.estate.scope import Scope, is_glob
from bursar.estate.snapshot import Snapshot
from bursar.vocab.event import UNKNOWN
from bursar.vocab.sight import Area, Sight

_OF_PROVIDERS: Final = ("base_url", "credential", "headers")
"""How a provider is reached concerns those who run it."""


_NOT_TOLD: Final = "it concerns others too, so its words are not shown: ask its owner"


class EstateRows:
    """What of a snapshot is seen. Somebody who sees everything sees every document, secrets hidden."""

    def __init__(self, snapshot: Snapshot, sight: Sight) -> None:
        self._sight = sight
        self._teams = {product.name: product.team for product in snapshot.products}
        self._products = {product.name for product in snapshot.products if self._is_product_seen(product)}
        self._keys = {key.id for key in snapshot.keys if key_in_sight(key, sight)}
        self._use_cases = {one.name for one in snapshot.use_cases if self._is_use_case_seen(one)}
        self._declares = {
            "product": bool(snapshot.products),
            "use_case": bool(snapshot.use_cases),
        }
        self._policies = {f"policy/{one.name}": one for one in snapshot.policies}
        self._tiers = {f"tier/{one.name}": one for one in snapshot.tiers}
        self._budgets = {one.name for one in snapshot.budgets if budget_is_shown(one, sight)}

    def shown(self, documents: Iterable[Document]) -> list[dict[str, Any]]:
        """The documents that are seen, as they may be shown."""
        return [plain for document in documents if (plain := self.one(document)) is not None]

    def one(self, document: Document) -> dict[str, Any] | None:
        """A document as it may be shown; None if it is not."""
        if self._sight.is_everything:
            return shown(document)
        match document:
            case Team():
                return shown(document) if self._is_team_seen(document.name) else None
            case Product():
                return self._product(document) if self._is_product_seen(document) else None
            case UseCase():
                return shown(document) if self._is_use_case_seen(document) else None
            case Budget() | Limit():
                return self._budget(document) if budget_is_shown(document, self._sight) else None
            case Tier():
                return self._tier(document)
            case Policy():
                return shown(self.policy_seen(document)) if self.sees_policy(document) else None
            case Provider():
                return {name: value for name, value in shown(document).items() if name not in _OF_PROVIDERS}
            case Model() | Price() | ModelRoute() | Environment():
                return shown(document)  # the same for everyone; who is told where is not
            case _:
                return None

    def sees_policy(self, policy: Policy) -> bool:
        """Whether a policy speaks of everybody, or of those who are seen only.

        What an expression says of whom is not known here.
        """
        match = policy.match
        names_some = bool(match.team or match.product)
        if match.budget is not None and match.budget.name not in self._budgets:
            return False
        return self._names_seen(match) and (names_some or not policy.when)

    def sees_rule(self, rule: str) -> bool:
        """The same for a rule by its name, `policy/NAME` or `tier/NAME`."""
        if self._sight.is_everything:
            return True
        if rule in self._policies:
            return self.sees_policy(self._policies[rule])
        return rule in self._tiers and self.sees_tier(self._tiers[rule])

    def words_of(self, rule: str, words: str) -> str:
        """What a rule says of a call; nothing of it where that may name others."""
        tier = self._tiers.get(rule)
        whole = self.sees_rule(rule) and (tier is None or all(map(self._names_seen, scopes_of(tier))))
        return words if self._sight.is_everything or not rule or whole else _NOT_TOLD

    def sees_tier(self, tier: Tier) -> bool:
        """Whether somebody who is seen may use a tier."""
        return self._sight.is_everything or any(map(self._names_seen, scopes_of(tier)))

    def may_name(self, kind: str, name: str) -> bool:
        """Whether somebody may use a team's, product's or use case's name as one that they know."""
        if name == UNKNOWN or self._sight.is_everything:
            return True
        if kind == "team":
            return self._is_team_seen(name)
        # Where none are declared any name will do, and tells nothing.
        return not self._declares[kind] or name in (self._products if kind == "product" else self._use_cases)

    def _is_team_seen(self, name: str) -> bool:
        return any(self._is_in_area(name, area) for area in self._sight.areas)

    def _is_in_area(self, team: str, area: Area) -> bool:
        if area.teams:
            return team in area.teams
        return any(self._teams.get(product) == team for product in area.products)

    def _is_product_seen(self, product: Product) -> bool:
        return any(
            (not area.products or product.name in area.products)
            and (not area.teams or product.team in ("", *area.teams))
            for area in self._sight.areas
        )

    def _is_use_case_seen(self, use_case: UseCase) -> bool:
        if use_case.product:
            return use_case.product in self._products
        return any(not area.products for area in self._sight.areas)

    def _product(self, product: Product) -> dict[str, Any]:
        known = self._is_team_seen(product.team)
        return shown(product if known else msgspec.structs.replace(product, team=""))

    def _budget(self, budget: Budget | Limit) -> dict[str, Any]:
        seen = msgspec.structs.replace(budget, scope=seen_scope(budget, self._sight))
        if isinstance(seen, Budget) and seen.parent not in self._budgets:
            seen = msgspec.structs.replace(seen, parent="")
        return shown(seen)

    def _tier(self, tier: Tier) -> dict[str, Any] | None:
        if not self.sees_tier(tier):
            return None
        allowed = [scope for scope in scopes_of(tier) if self._names_seen(scope)]
        return shown(msgspec.structs.replace(tier, allowed=allowed[0] if len(allowed) == 1 else allowed))

    def policy_seen(self, policy: Policy) -> Policy:
        """A policy with those of its examples that speak of calls which are seen, by rules which are."""
        examples = [
            one
            for one in policy.examples
            if self._sight.sees(team=one.call.team, product=one.call.product)
            and (not one.rule or self.sees_rule(one.rule))
        ]
        return msgspec.structs.replace(policy, examples=examples)

    def _names_seen(self, scope: Scope) -> bool:
        """Whether a scope names nobody who is not seen."""
        teams = {name for area in self._sight.areas for name in area.teams}
        return (
            _all_named(listed(scope.team), teams, self._is_team_seen)
            and _all_named(listed(scope.product), self._products, self._products.__contains__)
            and all(key in self._keys for key in listed(scope.key) if key)
        )


def _all_named(values: Sequence[str], known: Iterable[str], is_seen: Any) -> bool:
    return all(
        any(fnmatchcase(name, value) for name in known) if is_glob(value) else is_seen(value)
        for value in values
        if value
    )
