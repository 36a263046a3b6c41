"""What a one-step answer grants becomes a grant of the budget, with its reason and who gave it."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from bursar.alerts.amounts import exact
from bursar.alerts.desk import GiveGrant, Grant
from bursar.budgets import grants
from bursar.vocab.instant import InstantUs

_LONGEST_US: Final = 30 * 86_400_000_000  # where a budget's period has no end


def granting(engine: Engine, new_id: Callable[[], str]) -> GiveGrant:
    """How the desk gives a grant; raises as `budgets.grants.give` does."""

    def give(grant: Grant, now: InstantUs) -> None:
        grants.give(
            engine,
            grant_id=new_id(),
            budget=grant.budget,
            value=grant.value,
            amount=exact(grant.amount, grant.unit),
            reason=grant.reason,
            until=grant.until_us or InstantUs(now + _LONGEST_US),
            actor=grant.actor,
            now=now,
        )

    return give
