"""Alerts in the store: a crossing that was seen, how far its ladder was climbed, and who acknowledged it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, desc, or_, select, update

from bursar.alerts.crossing import Crossing, CrossingKey, Known
from bursar.alerts.history import Causes
from bursar.alerts.ladder import Climb, State
from bursar.alerts.tables import ALERTS
from bursar.store.state import first_seen, insert_or_nothing, reading
from bursar.vocab.errors import NotFound
from bursar.vocab.instant import InstantUs

# While its ladder waits, an alert is `waiting`; see ladder.State.
_FRESH: State = "waiting"


class Alert(msgspec.Struct, kw_only=True, frozen=True):
    """A crossing with what became of it. `place` is the next step of its ladder."""

    id: str
    crossing: Crossing
    crossed_at_us: InstantUs
    state: State
    place: int
    waits_until_us: InstantUs | None
    acknowledged_at_us: InstantUs | None
    acknowledged_by: str
    causes: Causes | None

    @property
    def is_acknowledged(self) -> bool:
        return self.acknowledged_at_us is not None


def insert(connection: Connection, alert_id: str, crossing: Crossing, *, now: InstantUs) -> bool:
    """Keep a crossing; False if it is known already, and then its alert is somebody else's to send."""
    row = {
        "id": alert_id,
        "budget": crossing.budget,
        "value": crossing.value,
        "owner": crossing.owner,
        "measure": crossing.measure,
        "percent": crossing.percent,
        "occasion_us": crossing.occasion_us,
        "round": crossing.round,
        "until_us": crossing.until_us,
        "crossed_at_us": now,
        "body": msgspec.json.encode(crossing).decode(),
        "granted": str(crossing.granted),
        "state": _FRESH,
        "rung": 0,
        "waits_until_us": None,
        "acknowledged_at_us": None,
        "acknowledged_by": "",
        "causes": None,
    }
    return insert_or_nothing(connection, ALERTS, row)


def known(connection: Connection, *, now: InstantUs) -> list[Known]:
    """The newest round of every crossing whose period is not over."""
    table = ALERTS
    columns = (
        table.c.id,
        table.c.budget,
        table.c.value,
        table.c.occasion_us,
        table.c.measure,
        table.c.percent,
        table.c.round,
        table.c.granted,
        table.c.state,
    )
    query = select(*columns).where(or_(table.c.until_us.is_(None), table.c.until_us > now))
    newest = {_key(row): row for row in connection.execute(query.order_by(table.c.round))}
    return [
        Known(alert=row.id, key=key, round=row.round, granted=int(row.granted), lifted=row.state == "lifted")
        for key, row in newest.items()
    ]


def overdue(connection: Connection, *, now: InstantUs) -> list[Alert]:
    """Alerts that wait for an answer which has not come in time; those whose period is over wait no more."""
    table = ALERTS
    late = (table.c.state == "waiting") & (table.c.waits_until_us <= now)
    in_period = or_(table.c.until_us.is_(None), table.c.until_us > now)
    return _chosen(connection, late & in_period)


def advance(connection: Connection, alert: Alert, climbed: Climb) -> bool:
    """Note how far the ladder was climbed; False if somebody else did, or acknowledged, meanwhile."""
    table = ALERTS
    unchanged = (table.c.id == alert.id) & (table.c.state == alert.state) & (table.c.rung == alert.place)
    statement = update(table).where(unchanged)
    changed = statement.values(state=climbed.state, rung=climbed.place, waits_until_us=climbed.waits_until_us)
    return connection.execute(changed).rowcount == 1


def acknowledge(connection: Connection, alert_id: str, *, actor: str, now: InstantUs) -> bool:
    """Whether this acknowledged it; the first one stands, and what a grant undid needs no answer."""
    table = ALERTS
    unanswered = (table.c.id == alert_id) & table.c.acknowledged_at_us.is_(None)
    statement = update(table).where(unanswered & (table.c.state != "lifted"))
    values = {"state": "acknowledged", "acknowledged_at_us": now, "acknowledged_by": actor}
    return connection.execute(statement.values(values)).rowcount == 1


def lift(connection: Connection, alert_id: str) -> bool:
    """Note that a grant has undone a crossing; whether this did it."""
    table = ALERTS
    statement = update(table).where((table.c.id == alert_id) & (table.c.state != "lifted"))
    return connection.execute(statement.values(state="lifted", waits_until_us=None)).rowcount == 1


def keep_causes(connection: Connection, alert_id: str, causes: Causes) -> None:
    """Keep what made up most of it at the time when it was told."""
    statement = update(ALERTS).where(ALERTS.c.id == alert_id)
    connection.execute(statement.values(causes=msgspec.json.encode(causes).decode()))


def one(connection: Connection, alert_id: str) -> Alert:
    """NotFound if there is no alert of this id."""
    found = _chosen(connection, ALERTS.c.id == alert_id)
    if not found:
        raise no_such_alert(alert_id)
    return found[0]


def no_such_alert(alert_id: str) -> NotFound:
    """What is said of an alert that does not exist, or that whoever asks does not see."""
    return NotFound(f"there is no alert with the id {alert_id!r}: `bursar alert list` shows them")


def several(connection: Connection, ids: Sequence[str]) -> list[Alert]:
    """Alerts by their ids, in the order of their crossing."""
    return _chosen(connection, ALERTS.c.id.in_(ids))


def newest(
    engine: Engine,
    *,
    limit: int,
    budget: str | None = None,
    state: State | None = None,
    is_seen: Callable[[Alert], bool] | None = None,
) -> list[Alert]:
    """Alerts, newest first; only those that are seen, if that is given."""
    query = select(ALERTS).order_by(desc(ALERTS.c.crossed_at_us), desc(ALERTS.c.id))
    if budget is not None:
        query = query.where(ALERTS.c.budget == budget)
    if state is not None:
        query = query.where(ALERTS.c.state == state)
    with reading(engine) as connection:
        return first_seen(connection, query, _from_row, limit=limit, is_seen=is_seen)


def _chosen(connection: Connection, condition: Any) -> list[Alert]:
    query = select(ALERTS).where(condition).order_by(ALERTS.c.crossed_at_us, ALERTS.c.id)
    return [_from_row(row) for row in connection.execute(query)]


def _key(row: Any) -> CrossingKey:
    return CrossingKey(row.budget, row.value, row.occasion_us, row.measure, row.percent)


def _from_row(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        crossing=msgspec.json.decode(row.body, type=Crossing),
        crossed_at_us=row.crossed_at_us,
        state=row.state,
        place=row.rung,
        waits_until_us=row.waits_until_us,
        acknowledged_at_us=row.acknowledged_at_us,
        acknowledged_by=row.acknowledged_by,
        causes=None if row.causes is None else msgspec.json.decode(row.causes, type=Causes),
    )
