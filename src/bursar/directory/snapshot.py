"""The estate and the keys as one immutable value, and the cheap question whether it has changed."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Engine, select

from bursar.directory.approvals import live_grants
from bursar.directory.drivers import drivers_in_force
from bursar.directory.estate import documents_in_force
from bursar.directory.interventions import in_force, in_force_at
from bursar.directory.keys import all_keys
from bursar.directory.tables import REVISION
from bursar.estate.budgets import Budget
from bursar.estate.channels import Channel
from bursar.estate.kinds import AnyDocument, Environment, Model, Price, Product, Provider, Team, UseCase
from bursar.estate.limits import Limit
from bursar.estate.policies import Policy, Tier
from bursar.estate.retention import Retention
from bursar.estate.routes import ModelRoute
from bursar.estate.sign_in import SignIn
from bursar.estate.snapshot import Snapshot
from bursar.store.state import reading
from bursar.vocab.instant import InstantUs

_REVISION: Final = select(REVISION.c.value)
_FIELDS: Final[tuple[tuple[str, type[AnyDocument]], ...]] = (
    ("providers", Provider),
    ("models", Model),
    ("prices", Price),
    ("teams", Team),
    ("products", Product),
    ("use_cases", UseCase),
    ("environments", Environment),
    ("budgets", Budget),
    ("routes", ModelRoute),
    ("limits", Limit),
    ("tiers", Tier),
    ("policies", Policy),
    ("channels", Channel),
    ("sign_ins", SignIn),
    ("retention", Retention),
)


def revision(engine: Engine) -> int:
    """The present revision: one row by its key, made to be asked several times a second."""
    with reading(engine) as connection:
        return int(connection.execute(_REVISION).scalar_one())


def snapshot(engine: Engine, *, also: Sequence[Provider] = (), at: InstantUs | None = None) -> Snapshot:
    """Documents in force, keys, grants and interventions, all of the same revision.

    With `at`: the documents and interventions that were in force at that instant, with the keys and grants
    of now.

    `also` are providers that are not stored, such as those made from the environment; a document of the same
    name wins over them.
    """
    with reading(engine) as connection:
        known = int(connection.execute(_REVISION).scalar_one())
        documents = documents_in_force(connection, at=at)
        keys = all_keys(connection)
        drivers = drivers_in_force(connection)
        grants = live_grants(connection)
        rules = tuple(in_force(connection) if at is None else in_force_at(connection, at))
    stored = {document.name for document in documents if isinstance(document, Provider)}
    everything = [*documents, *(provider for provider in also if provider.name not in stored)]
    fields: dict[str, Any] = {
        field: tuple(document for document in everything if isinstance(document, kind))
        for field, kind in _FIELDS
    }
    return Snapshot(
        revision=known,
        keys=tuple(keys),
        drivers=tuple(drivers),
        grants=tuple(grants),
        interventions=rules,
        **fields,
    )
