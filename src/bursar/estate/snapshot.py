"""What a gateway needs to know of the declared world at one revision: documents and keys, immutable."""

import msgspec

from bursar.estate.budgets import Budget
from bursar.estate.channels import Channel
from bursar.estate.interventions import Intervention
from bursar.estate.kinds import Environment, Model, Price, Product, Provider, Team, UseCase


class Key(msgspec.Struct, kw_only=True, frozen=True):
    """A virtual key without its secret: whose calls it makes, and what a caller may change."""

    id: str
    secret_sha256: str  # hex
    team: str = "unknown"
    product: str = "unknown"
    use_case: str = "unknown"
    environment: str = "unknown"
    tags: dict[str, str] = {}
    may_set: tuple[str, ...] = ()  # tag names a caller may override; "tag:<key>" for further tags
    models: tuple[str, ...] = ()  # globs of model names it may use; empty: all
    created_at_us: int = 0
    expires_at_us: int | None = None
    revoked_at_us: int | None = None
    label: str = ""


class Snapshot(msgspec.Struct, kw_only=True, frozen=True):
    """The estate, all keys (ended ones too) and interventions in force at `revision`; revisions only grow."""

    revision: int = 0
    providers: tuple[Provider, ...] = ()
    models: tuple[Model, ...] = ()
    prices: tuple[Price, ...] = ()
    teams: tuple[Team, ...] = ()
    products: tuple[Product, ...] = ()
    use_cases: tuple[UseCase, ...] = ()
    environments: tuple[Environment, ...] = ()
    budgets: tuple[Budget, ...] = ()
    channels: tuple[Channel, ...] = ()
    keys: tuple[Key, ...] = ()
    interventions: tuple[Intervention, ...] = ()
