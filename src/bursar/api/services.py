"""What the routes work with: one record, made by the factory, handed to routes as a dependency."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from bursar.budgets.store import BudgetStore
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs


@dataclass(frozen=True)
class Services:
    """The opened stores and the clock."""

    ledger: Ledger
    engine: Engine  # the state store: bursar.directory works on it
    budgets: BudgetStore
    now: Callable[[], InstantUs]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


WithServices = Annotated[Services, Depends(_services)]
