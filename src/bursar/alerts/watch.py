"""The job that sees crossings: what is new is kept, its ladder climbed, what it has to say put into words.

All writes pass the leader's fence, and each is conditional on what it was decided on. So two control planes,
a restart in the middle or a pause at a bad moment neither say nor do anything twice.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Engine

from bursar import directory
from bursar.alerts import digest, records
from bursar.alerts.content import reason
from bursar.alerts.crossing import Crossing, Known, evaluate, lifted
from bursar.alerts.digest import Composer
from bursar.alerts.forecasts import Forecasts
from bursar.alerts.ladder import Climb, Rung, climb, is_message
from bursar.alerts.reach import channels_for
from bursar.alerts.records import Alert
from bursar.alerts.tables import NOTICES
from bursar.budgets.account import AccountState
from bursar.directory.interventions import end_expired, expired, open_interventions, undo_of_alert
from bursar.estate.budgets import Acknowledge, Budget, Notify
from bursar.estate.channels import Channel
from bursar.estate.document import listed
from bursar.estate.interventions import Intervention
from bursar.estate.snapshot import Snapshot
from bursar.jobs import Turn
from bursar.store.state import insert_or_nothing, reading, writing
from bursar.vocab.instant import InstantUs

_log = logging.getLogger(__name__)
_ACTOR: Final = "alerts"

Accounts = Callable[[], Iterable[AccountState]]
"""The accounts of all budgets, as they stand now."""


class Watch:
    """Looks at accounts again and again. `on_message` is called when a message waits to be delivered."""

    def __init__(
        self,
        engine: Engine,
        accounts: Accounts,
        forecasts: Forecasts,
        composer: Composer,
        *,
        on_message: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._accounts = accounts
        self._forecasts = forecasts
        self._composer = composer
        self._on_message = on_message
        self._world = Snapshot(revision=-1)

    def learn(self, turn: Turn) -> None:
        """Read the rhythms that forecasts need: a job of its own, because the ledger may take a while."""
        budgets = self._budgets()
        if any(threshold.on == "forecast" for each in budgets.values() for threshold in each.thresholds):
            self._forecasts.learn(list(self._accounts()), budgets, turn.now)

    def look(self, turn: Turn) -> None:
        """One turn: crossings, ladders whose time is over, grants, rules whose period is over, messages."""
        budgets = self._budgets()
        _end_rules(self._engine, turn)
        if budgets:
            self._cross(budgets, turn)
        self._escalate(turn)
        channels = self._channels()
        if digest.form(self._engine, channels, self._composer, fence=turn.fence, now=turn.now):
            self._on_message()

    def _cross(self, budgets: Mapping[str, Budget], turn: Turn) -> None:
        accounts = [each for each in self._accounts() if each.budget in budgets]
        forecasts = self._forecasts.of(accounts, budgets, turn.now)
        with reading(self._engine) as connection:
            known = records.known(connection, now=turn.now)
        for each in lifted(accounts, budgets, forecasts, known, turn.now):
            _lift(self._engine, each, turn)
        crossings = evaluate(accounts, budgets, forecasts, known, turn.now)
        if crossings:
            self._begin(crossings, turn)

    def _begin(self, crossings: Sequence[Crossing], turn: Turn) -> None:
        """Keep new crossings and take their first steps: many at once are one transaction, so one fsync."""
        with writing(self._engine) as connection:
            turn.fence(connection)
            for crossing in crossings:
                alert_id = self._composer.new_id()
                if records.insert(connection, alert_id, crossing, now=turn.now):
                    self._climb(connection, records.one(connection, alert_id), turn.now)

    def _escalate(self, turn: Turn) -> None:
        """Go on with ladders that nobody acknowledged in time."""
        with reading(self._engine) as connection:
            late = records.overdue(connection, now=turn.now)
        if late:
            with writing(self._engine) as connection:
                turn.fence(connection)
                for alert in late:
                    self._climb(connection, alert, turn.now)

    def _climb(self, connection: Connection, alert: Alert, now: InstantUs) -> None:
        climbed = climb(
            alert.crossing.steps,
            place=alert.place,
            waits_until_us=alert.waits_until_us,
            is_acknowledged=alert.is_acknowledged,
            now=now,
        )
        if records.advance(connection, alert, climbed):
            _put_in_force(connection, alert, climbed, now=now)
            for rung in _said(climbed):
                self._notice(connection, alert, rung, now)

    def _notice(self, connection: Connection, alert: Alert, rung: Rung, now: InstantUs) -> None:
        to = listed(rung.step.to) if isinstance(rung.step, Notify | Acknowledge) else ()
        reached = channels_for(to, alert.crossing.owner, self._world.channels)
        if not reached:
            _log.warning("alert %s reaches nobody: declare a channel for %r", alert.id, alert.crossing.owner)
        for channel in reached:
            row = {
                "id": f"{alert.id}.{rung.place}.{channel.name}",
                "alert": alert.id,
                "rung": rung.place,
                "channel": channel.name,
                "asks": int(isinstance(rung.step, Acknowledge)),
                "created_at_us": now,
                "message": None,
            }
            insert_or_nothing(connection, NOTICES, row)

    def _budgets(self) -> dict[str, Budget]:
        """The budgets with thresholds, of the newest estate."""
        if directory.revision(self._engine) != self._world.revision:
            self._world = directory.snapshot(self._engine)
        return {budget.name: budget for budget in self._world.budgets if budget.thresholds}

    def _channels(self) -> dict[str, Channel]:
        return {channel.name: channel for channel in self._world.channels}


def _said(climbed: Climb) -> list[Rung]:
    """The steps that tell somebody. Rules never come into force without a word to the owner."""
    messages = [rung for rung in climbed.taken if is_message(rung.step)]
    if climbed.taken and not messages:
        return [Rung(climbed.taken[0].place, Notify())]
    return messages


def _put_in_force(connection: Connection, alert: Alert, climbed: Climb, *, now: InstantUs) -> None:
    crossing = alert.crossing
    rules = [
        Intervention(
            id=f"{alert.id}.{rung.place}",
            budget=crossing.budget,
            value=crossing.value,
            owner=crossing.owner,
            reason=reason(alert),
            scope=crossing.scope,
            step=rung.step,
            since_us=now,
            until_us=crossing.until_us,
        )
        for rung in climbed.taken
        if not is_message(rung.step)
    ]
    open_interventions(connection, rules, alert=alert.id, actor=_ACTOR, now=now)


def _lift(engine: Engine, known: Known, turn: Turn) -> None:
    with writing(engine) as connection:
        turn.fence(connection)
        if records.lift(connection, known.alert):
            undo_of_alert(connection, known.alert, actor="a grant", now=turn.now)


def _end_rules(engine: Engine, turn: Turn) -> None:
    with reading(engine) as connection:
        over = expired(connection, now=turn.now)
    if over:
        with writing(engine) as connection:
            turn.fence(connection)
            end_expired(connection, now=turn.now)
