"""Which tiers a model belongs to, for whoever has no rulebook at hand."""

from collections.abc import Callable

from bursar.estate.snapshot import Snapshot
from bursar.policy.tier import TierRule


def tiers_by_model(snapshot: Snapshot) -> Callable[[str, str], tuple[str, ...]]:
    """From a model's name and its provider's to the names of its tiers."""
    rules = [TierRule.of(tier) for tier in snapshot.tiers]
    upstream = {model.name: model.upstream_model or model.name for model in snapshot.models}

    def tiers_of(model: str, provider: str) -> tuple[str, ...]:
        return tuple(rule.name for rule in rules if rule.lists(model, upstream.get(model, model), provider))

    return tiers_of
