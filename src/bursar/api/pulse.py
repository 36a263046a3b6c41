"""Whether something in the state store has changed: what a page that is open shall ask for again."""

import time
from typing import Final

from sqlalchemy import Engine, func, select

from bursar import directory
from bursar.alerts.tables import ALERTS
from bursar.directory.tables import AUDIT
from bursar.store.state import reading

_READ_MOST: Final = 1000
_MOVED_S: Final = 5.0  # budgets move with every call; they are spoken of no more often
# What the first word of an audit's action speaks of.
_SPEAKS_OF: Final = {
    "estate": ("estate", "budgets"),
    "key": ("estate",),
    "budget": ("budgets",),
    "driver": ("budgets",),
    "intervention": ("alerts", "budgets"),
    "alert": ("alerts",),
    "approval": ("approvals",),
}


class Pulse:
    """Remembers what it saw last. `changes` takes its time: call it off an event loop, one at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._audit = -1
        self._crossed = -1
        self._calls_came = False
        self._moved_at_s = 0.0

    def revision(self) -> int:
        """The present revision."""
        return directory.revision(self._engine)

    def note_calls(self, came: bool) -> None:
        """Say whether calls came in, which move the budgets that pay for them."""
        self._calls_came |= came

    def changes(self) -> tuple[str, ...]:
        """Which of estate, budgets, alerts, approvals have changed since the last time."""
        is_first = self._audit < 0
        found: dict[str, None] = {}
        with reading(self._engine) as connection:
            query = select(AUDIT.c.id, AUDIT.c.action).where(AUDIT.c.id > self._audit)
            rows = connection.execute(query.order_by(AUDIT.c.id.desc()).limit(_READ_MOST)).all()
            crossed = connection.execute(select(func.max(ALERTS.c.crossed_at_us))).scalar_one() or 0
        for row in rows:
            found |= dict.fromkeys(_SPEAKS_OF.get(row.action.split(".")[0], ()))
        self._audit = max((row.id for row in rows), default=max(self._audit, 0))
        if crossed > self._crossed:
            found["alerts"] = None
        self._crossed = crossed
        if self._calls_came and time.monotonic() - self._moved_at_s >= _MOVED_S:
            found["budgets"] = None
            self._calls_came, self._moved_at_s = False, time.monotonic()
        return () if is_first else tuple(found)
