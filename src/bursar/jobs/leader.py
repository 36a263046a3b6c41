"""Who leads: a lease in the state store, and the fence that a leader's transactions pass."""

import threading
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, Engine, select, update

from bursar.jobs.tables import LEADERS
from bursar.store.state import insert_or_nothing, writing
from bursar.vocab.errors import Conflict
from bursar.vocab.instant import InstantUs

Fence = Callable[[Connection], None]
"""Looks at the lease inside a transaction and holds it still until the end; raises Deposed."""

LEASE_US: Final = 10_000_000

CONTROL_PLANE: Final = "jobs"
"""The lease of the control plane that runs the jobs."""


class Deposed(Conflict):
    """Another process leads by now: what was about to be written is its business."""

    code = "deposed"


def unfenced(_connection: Connection) -> None:
    """The fence of a process that has no rival."""


def is_led(connection: Connection, name: str, now: InstantUs) -> bool:
    """Whether somebody holds a lease at an instant, as the store knows it."""
    query = select(LEADERS.c.expires_at_us).where(LEADERS.c.name == name)
    expires_at = connection.execute(query).scalar_one_or_none()
    return expires_at is not None and expires_at > now


class Leader:
    """One process's view of one lease. `holder` is an id that no other process has."""

    def __init__(self, engine: Engine, name: str, holder: str, *, lease_us: int = LEASE_US) -> None:
        self._engine = engine
        self._name = name
        self._holder = holder
        self._lease_us = lease_us
        self._lock = threading.Lock()
        self._epoch: int | None = None
        self._until = 0

    def renew(self, now: InstantUs) -> bool:
        """Take the lease if it is free or ours, until `now` and its length; whether we lead."""
        with writing(self._engine) as connection:
            epoch = self._take(connection, now)
        with self._lock:
            self._epoch, self._until = epoch, now + self._lease_us if epoch is not None else 0
        return epoch is not None

    def leads(self, now: InstantUs) -> bool:
        """Whether we lead as far as we know, without asking the store."""
        with self._lock:
            return self._epoch is not None and now < self._until

    def give_back(self, now: InstantUs) -> None:
        """Let another one lead at once."""
        with writing(self._engine) as connection:
            connection.execute(
                update(LEADERS)
                .where(LEADERS.c.name == self._name, LEADERS.c.holder == self._holder)
                .values(expires_at_us=now)
            )
        with self._lock:
            self._epoch, self._until = None, 0

    def fence(self, connection: Connection) -> None:
        """Deposed unless the lease is still ours; it cannot change hands before the transaction ends."""
        with self._lock:
            epoch = self._epoch
        found = self._row(connection)
        if epoch is None or found is None or found[:2] != (self._holder, epoch):
            raise Deposed(f"another control plane leads {self._name} by now; it goes on there")

    def _take(self, connection: Connection, now: InstantUs) -> int | None:
        self._make(connection)
        row = self._row(connection)
        holder, epoch, expires_at = row if row is not None else ("", 0, 0)
        if holder != self._holder and expires_at > now:
            return None
        epoch += holder != self._holder
        connection.execute(
            update(LEADERS)
            .where(LEADERS.c.name == self._name)
            .values(holder=self._holder, epoch=epoch, expires_at_us=now + self._lease_us)
        )
        return epoch

    def _row(self, connection: Connection) -> tuple[str, int, int] | None:
        query = select(LEADERS.c.holder, LEADERS.c.epoch, LEADERS.c.expires_at_us)
        row = connection.execute(query.where(LEADERS.c.name == self._name).with_for_update()).one_or_none()
        return None if row is None else (row.holder, row.epoch, row.expires_at_us)

    def _make(self, connection: Connection) -> None:
        """Add the row, free for whoever comes first, if there is none."""
        row = {"name": self._name, "holder": "", "epoch": 0, "expires_at_us": 0}
        insert_or_nothing(connection, LEADERS, row)
