"""Puts the parts of this room together: the desk for people, and the jobs for the runner."""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Engine

from bursar.alerts import history
from bursar.alerts.answers import signing_key
from bursar.alerts.courier import Courier, Links
from bursar.alerts.desk import Desk, GiveGrant
from bursar.alerts.digest import Composer
from bursar.alerts.doors import ReadSecret
from bursar.alerts.forecasts import Forecasts
from bursar.alerts.history import Causes
from bursar.alerts.records import Alert
from bursar.alerts.watch import Accounts, Watch
from bursar.jobs import Job
from bursar.ledger.ledger import Ledger
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs

DELIVERY = "alert-delivery"


class Parts(msgspec.Struct, kw_only=True, frozen=True):
    """What alerts are made of: the stores, who knows the accounts, and the world outside as arguments.

    `base_url` is where people reach the control plane. `shared_secret` is the same on all control planes of
    an installation. `grant` is None where links cannot grant.
    """

    engine: Engine
    ledger: Ledger
    accounts: Accounts
    base_url: str
    shared_secret: str
    read_secret: ReadSecret
    now: Callable[[], InstantUs]
    random_bytes: Callable[[int], bytes]
    grant: GiveGrant | None = None

    @property
    def links(self) -> Links:
        return Links(base=self.base_url.rstrip("/"), key=signing_key(self.shared_secret))

    def new_id(self) -> str:
        return uuid7(self.now(), self.random_bytes(8))


def make_desk(parts: Parts) -> Desk:
    """What the API works with."""
    return Desk(
        parts.engine,
        parts.links,
        read_secret=parts.read_secret,
        new_id=parts.new_id,
        grant=parts.grant,
    )


def make_watch(parts: Parts, *, on_message: Callable[[], None]) -> Watch:
    """What sees crossings."""

    def causes(alert: Alert) -> Causes | None:
        crossing = alert.crossing
        return history.causes(
            parts.ledger, crossing.scope, crossing.unit, begins=crossing.begins_at_us, now=alert.crossed_at_us
        )

    composer = Composer(
        causes=causes,
        new_id=parts.new_id,
        key=parts.links.key,
        offers_grants=parts.grant is not None,
    )
    return Watch(parts.engine, parts.accounts, Forecasts(parts.ledger), composer, on_message=on_message)


def make_courier(parts: Parts) -> Courier:
    """What delivers messages."""
    return Courier(
        parts.engine,
        parts.links,
        read_secret=parts.read_secret,
        now=parts.now,
        random_bytes=parts.random_bytes,
    )


def make_jobs(watch: Watch, courier: Courier) -> Sequence[Job]:
    """The periodic jobs of this room."""
    return (
        Job(name="alerts", period_s=0.3, run=watch.look),
        Job(name="forecasts", period_s=60.0, run=watch.learn),
        Job(name=DELIVERY, period_s=1.0, run=courier.deliver),
    )
