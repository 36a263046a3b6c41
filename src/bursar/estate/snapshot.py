"""What a gateway needs to know of the declared world at one revision: documents and keys, immutable."""

import msgspec

from bursar.estate.budgets import Budget
from bursar.estate.channels import Channel
from bursar.estate.interventions import Intervention
from bursar.estate.kinds import Environment, Model, Price, Product, Provider, Team, UseCase
from bursar.estate.limits import Limit
from bursar.estate.policies import Policy, Tier
from bursar.estate.retention import Retention
from bursar.estate.routes import ModelRoute
from bursar.estate.sign_in import SignIn


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


class Driver(msgspec.Struct, kw_only=True, frozen=True):
    """What a driver of the business is from an instant on; `value` is decimal text."""

    name: str
    value: str
    valid_from_us: int


class Grant(msgspec.Struct, kw_only=True, frozen=True):
    """An approval that was granted: what a rule lets one key do with one model, until an end or a limit."""

    id: str  # of the request
    key_id: str
    rule: str  # policy/NAME or tier/NAME
    model: str
    until_us: int | None = None
    calls_max: int | None = None
    cost_max_pico: int | None = None

    @property
    def is_counted(self) -> bool:
        """Whether its use must be counted in the state store."""
        return self.calls_max is not None or self.cost_max_pico is not None


class Snapshot(msgspec.Struct, kw_only=True, frozen=True):
    """The estate, keys (ended ones too), grants and interventions at `revision`; revisions only grow."""

    revision: int = 0
    providers: tuple[Provider, ...] = ()
    models: tuple[Model, ...] = ()
    prices: tuple[Price, ...] = ()
    teams: tuple[Team, ...] = ()
    products: tuple[Product, ...] = ()
    use_cases: tuple[UseCase, ...] = ()
    environments: tuple[Environment, ...] = ()
    budgets: tuple[Budget, ...] = ()
    drivers: tuple[Driver, ...] = ()
    routes: tuple[ModelRoute, ...] = ()
    limits: tuple[Limit, ...] = ()
    tiers: tuple[Tier, ...] = ()
    policies: tuple[Policy, ...] = ()
    keys: tuple[Key, ...] = ()
    grants: tuple[Grant, ...] = ()
    channels: tuple[Channel, ...] = ()
    sign_ins: tuple[SignIn, ...] = ()
    retention: tuple[Retention, ...] = ()
    interventions: tuple[Intervention, ...] = ()
