"""Interventions in the store: put in force, undone, over with their period; each moves the revision on."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, desc, select, update

from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.directory.tables import INTERVENTIONS
from bursar.estate.budgets import Step
from bursar.estate.interventions import Intervention
from bursar.estate.scope import Scope
from bursar.store.state import first_seen, reading, writing
from bursar.vocab.errors import NotFound
from bursar.vocab.instant import InstantUs

PERIOD_END = "the end of the period"


class Recorded(msgspec.Struct, kw_only=True, frozen=True):
    """An intervention and what became of it; `undone_by` is a person, a grant or PERIOD_END."""

    intervention: Intervention
    alert: str
    undone_at_us: InstantUs | None = None
    undone_by: str = ""

    def holds(self, now: InstantUs) -> bool:
        """Whether it is in force."""
        until = self.intervention.until_us
        return self.undone_at_us is None and (until is None or now < until)


def open_interventions(
    connection: Connection, interventions: Sequence[Intervention], *, alert: str, actor: str, now: InstantUs
) -> None:
    """Put rules in force, in the caller's transaction."""
    if not interventions:
        return
    revision = changes.advance(connection, changes.lock(connection))
    connection.execute(INTERVENTIONS.insert(), [_to_row(each, alert) for each in interventions])
    notes = [_note(each, "opened", revision=revision, actor=actor, now=now) for each in interventions]
    changes.append_audit(connection, notes)


def undo_intervention(engine: Engine, intervention_id: str, *, actor: str, now: InstantUs) -> Recorded:
    """End a rule before its time; a second time changes nothing. NotFound if there is none of this id."""
    with writing(engine) as connection:
        found = _chosen(connection, INTERVENTIONS.c.id == intervention_id)
        if not found:
            raise no_such_intervention(intervention_id)
        undo(connection, found, actor=actor, now=now)
        return _chosen(connection, INTERVENTIONS.c.id == intervention_id)[0]


def no_such_intervention(intervention_id: str) -> NotFound:
    """What is said of one that does not exist, or that whoever asks does not see."""
    return NotFound(
        f"there is no intervention with the id {intervention_id!r}: `bursar alert list` shows them"
    )


def find_intervention(engine: Engine, intervention_id: str) -> Recorded | None:
    """One rule, in force or over; None if there is none of this id."""
    with reading(engine) as connection:
        found = _chosen(connection, INTERVENTIONS.c.id == intervention_id)
    return found[0] if found else None


def undo_of_alert(connection: Connection, alert: str, *, actor: str, now: InstantUs) -> list[Recorded]:
    """End every rule that an alert put in force, in the caller's transaction; those that it ended."""
    found = _chosen(connection, INTERVENTIONS.c.alert == alert, INTERVENTIONS.c.undone_at_us.is_(None))
    return undo(connection, found, actor=actor, now=now)


def end_expired(connection: Connection, *, now: InstantUs) -> list[Recorded]:
    """Close the rules whose period is over, in the caller's transaction."""
    return undo(connection, expired(connection, now=now), actor=PERIOD_END, now=now)


def expired(connection: Connection, *, now: InstantUs) -> list[Recorded]:
    """Rules whose period is over and that nobody has closed yet."""
    table = INTERVENTIONS
    return _chosen(connection, table.c.undone_at_us.is_(None), table.c.until_us <= now)


def undo(connection: Connection, found: Sequence[Recorded], *, actor: str, now: InstantUs) -> list[Recorded]:
    """End those of the given rules that are still open; returns them."""
    table = INTERVENTIONS
    revision = changes.lock(connection)
    still = [each for each in found if each.undone_at_us is None]
    ended = []
    for each in still:
        condition = (table.c.id == each.intervention.id) & table.c.undone_at_us.is_(None)
        statement = update(table).where(condition).values(undone_at_us=now, undone_by=actor)
        if connection.execute(statement).rowcount:
            ended.append(msgspec.structs.replace(each, undone_at_us=now, undone_by=actor))
    if ended:
        revision = changes.advance(connection, revision)
        notes = [_note(e.intervention, "undone", revision=revision, actor=actor, now=now) for e in ended]
        changes.append_audit(connection, notes)
    return ended


def interventions(
    engine: Engine, *, limit: int, is_seen: Callable[[Recorded], bool] | None = None
) -> list[Recorded]:
    """The newest rules, those that are over too; only those that are seen, if that is given."""
    table = INTERVENTIONS
    query = select(table).order_by(desc(table.c.since_us), desc(table.c.id))
    with reading(engine) as connection:
        return first_seen(connection, query, _from_row, limit=limit, is_seen=is_seen)


def interventions_of(connection: Connection, alert: str) -> list[Recorded]:
    """What an alert put in force, in the order of its ladder."""
    return _chosen(connection, INTERVENTIONS.c.alert == alert)


def in_force(connection: Connection) -> list[Intervention]:
    """Every rule that nobody has undone, by id; one whose time is over may still be among them."""
    return [each.intervention for each in _chosen(connection, INTERVENTIONS.c.undone_at_us.is_(None))]


def in_force_at(connection: Connection, at: InstantUs) -> list[Intervention]:
    """Every rule that was in force at an instant, by id."""
    table = INTERVENTIONS
    conditions = (
        table.c.since_us <= at,
        table.c.until_us.is_(None) | (table.c.until_us > at),
        table.c.undone_at_us.is_(None) | (table.c.undone_at_us > at),
    )
    return [each.intervention for each in _chosen(connection, *conditions)]


def _chosen(connection: Connection, *conditions: Any) -> list[Recorded]:
    query = select(INTERVENTIONS).where(*conditions).order_by(INTERVENTIONS.c.id)
    return [_from_row(row) for row in connection.execute(query)]


def _note(intervention: Intervention, action: str, *, revision: int, actor: str, now: InstantUs) -> AuditRow:
    return AuditRow(
        revision=revision,
        made_at_us=now,
        actor=actor,
        action=f"intervention.{action}",
        subject=f"intervention/{intervention.id}",
        detail={
            "budget": intervention.budget,
            "value": intervention.value,
            "step": msgspec.to_builtins(intervention.step),
        },
    )


def _to_row(intervention: Intervention, alert: str) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(intervention),
        "scope": msgspec.json.encode(intervention.scope, order="sorted").decode(),
        "step": msgspec.json.encode(intervention.step, order="sorted").decode(),
        "alert": alert,
        "undone_at_us": None,
        "undone_by": "",
    }


def _from_row(row: Row[Any]) -> Recorded:
    return Recorded(
        intervention=Intervention(
            id=row.id,
            budget=row.budget,
            value=row.value,
            owner=row.owner,
            reason=row.reason,
            scope=msgspec.json.decode(row.scope, type=Scope),
            step=msgspec.json.decode(row.step, type=Step),
            since_us=row.since_us,
            until_us=row.until_us,
        ),
        alert=row.alert,
        undone_at_us=row.undone_at_us,
        undone_by=row.undone_by,
    )
