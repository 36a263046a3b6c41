"""What people do about alerts: look, acknowledge, undo, grant, send again, try a channel."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine

from bursar import directory
from bursar.access.record import note
from bursar.alerts import answers, courier, doors, outbox, records
from bursar.alerts.amounts import shown
from bursar.alerts.answers import Answer
from bursar.alerts.content import headline, sentence
from bursar.alerts.courier import Links
from bursar.alerts.doors import ReadSecret
from bursar.alerts.ladder import State
from bursar.alerts.outbox import Message, MessageState
from bursar.alerts.records import Alert
from bursar.directory import AuditRow, Recorded, changes
from bursar.directory.interventions import interventions_of, undo_of_alert
from bursar.estate.budgets import Unit
from bursar.store.state import reading, writing
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs

LINK: Final = "whoever had the link"


class Grant(msgspec.Struct, kw_only=True, frozen=True):
    """What a one-step answer grants: `amount` in `unit` to the account of a budget, until its period ends."""

    budget: str
    value: str
    amount: int
    unit: Unit
    until_us: InstantUs | None
    reason: str
    actor: str


GiveGrant = Callable[[Grant, InstantUs], None]


class Shown(msgspec.Struct, kw_only=True, frozen=True):
    """An alert with the rules that it put in force."""

    alert: Alert
    rules: Sequence[Recorded]


class Preview(msgspec.Struct, kw_only=True, frozen=True):
    """What a link will do, or has done."""

    answer: Answer
    alert: Alert
    sentence: str


class Desk:
    """Every method takes its time: call them off an event loop."""

    def __init__(
        self,
        engine: Engine,
        links: Links,
        *,
        read_secret: ReadSecret,
        new_id: Callable[[], str],
        grant: GiveGrant | None = None,
    ) -> None:
        self._engine = engine
        self._links = links
        self._read_secret = read_secret
        self._new_id = new_id
        self._grant = grant

    def alerts(
        self,
        *,
        limit: int,
        budget: str | None = None,
        state: State | None = None,
        is_seen: Callable[[Alert], bool] | None = None,
    ) -> list[Alert]:
        """The newest alerts; only those that are seen, if that is given."""
        return records.newest(self._engine, limit=limit, budget=budget, state=state, is_seen=is_seen)

    def alert(self, alert_id: str) -> Shown:
        """One alert; NotFound if there is none of this id."""
        with reading(self._engine) as connection:
            return _shown(connection, alert_id)

    def acknowledge(self, alert_id: str, *, actor: str, now: InstantUs) -> Shown:
        """Answer an alert: the steps of its ladder that wait are not taken. A second time changes nothing."""
        with writing(self._engine) as connection:
            records.one(connection, alert_id)
            _acknowledge(connection, alert_id, actor=actor, now=now)
            return _shown(connection, alert_id)

    def interventions(
        self, *, limit: int, is_seen: Callable[[Recorded], bool] | None = None
    ) -> list[Recorded]:
        """The newest rules, in force or over; only those that are seen, if that is given."""
        return directory.interventions(self._engine, limit=limit, is_seen=is_seen)

    def intervention(self, intervention_id: str) -> Recorded | None:
        """One rule; None if there is none of this id."""
        return directory.find_intervention(self._engine, intervention_id)

    def undo(self, intervention_id: str, *, actor: str, now: InstantUs) -> Recorded:
        """End a rule; no worker follows it any more within a second."""
        return directory.undo_intervention(self._engine, intervention_id, actor=actor, now=now)

    def messages(
        self,
        *,
        limit: int,
        state: MessageState | None = None,
        is_seen: Callable[[Alert], bool] | None = None,
    ) -> list[Message]:
        """The newest messages; only those all of whose alerts are seen, if that is given."""
        if is_seen is None:
            return outbox.messages(self._engine, limit=limit, state=state)

        def only_seen(message: Message) -> bool:
            ids = {each.alert for each in message.content.alerts}
            with reading(self._engine) as connection:
                found = records.several(connection, sorted(ids))
            return bool(ids) and len(found) == len(ids) and all(map(is_seen, found))

        return outbox.messages(self._engine, limit=limit, state=state, is_seen=only_seen)

    def send_again(self, message_id: str, *, actor: str, now: InstantUs) -> Message:
        """Try a dead message once more."""
        again = outbox.send_again(self._engine, message_id, now=now)
        self._note("message.sent_again", f"message/{message_id}", actor=actor, now=now)
        return again

    def try_channel(self, name: str, *, actor: str, now: InstantUs) -> None:
        """Send a test at once; NotDelivered says why it did not arrive."""
        channel = courier.channel_named(self._engine, name)
        self._note("channel.tried", f"channel/{name}", actor=actor, now=now)
        doors.send(channel, courier.trial(name, self._new_id(), self._links, now=now), self._read_secret)

    def _note(self, action: str, subject: str, *, actor: str, now: InstantUs) -> None:
        with writing(self._engine) as connection:
            note(connection, action, subject, actor=actor, now=now)

    def preview(self, token: str, *, now: InstantUs) -> Preview:
        """What a link will do. NotFound or AnswerClosed if it will do nothing."""
        with reading(self._engine) as connection:
            answer = answers.find(connection, token, self._links.key, now=now)
            return _preview(connection, answer, now)

    def answer(self, token: str, *, now: InstantUs) -> Preview:
        """Do what a link says, once."""
        with writing(self._engine) as connection:
            answer = answers.find(connection, token, self._links.key, now=now)
            preview = _preview(connection, answer, now)
            answers.use(connection, answer, now=now)
            actor = f"{LINK} (channel {answer.channel})"
            if answer.act == "acknowledge":
                _acknowledge(connection, answer.alert, actor=actor, now=now)
            elif answer.act == "undo":
                undo_of_alert(connection, answer.alert, actor=actor, now=now)
        if answer.act == "grant":
            # In a transaction of its own, behind the link's: a link that is used twice must not grant twice.
            self._give(preview, actor, now)
        return preview

    def _give(self, preview: Preview, actor: str, now: InstantUs) -> None:
        if self._grant is None:
            raise InvalidInput("grants cannot be made by link here: use `bursar budget grant`")
        crossing = preview.alert.crossing
        grant = Grant(
            budget=crossing.budget,
            value=crossing.value,
            amount=preview.answer.amount,
            unit=crossing.unit,
            until_us=crossing.until_us,
            reason=f"alert {preview.alert.id}: {headline(preview.alert)}",
            actor=actor,
        )
        self._grant(grant, now)


def _shown(connection: Connection, alert_id: str) -> Shown:
    return Shown(alert=records.one(connection, alert_id), rules=interventions_of(connection, alert_id))


def _acknowledge(connection: Connection, alert_id: str, *, actor: str, now: InstantUs) -> None:
    if records.acknowledge(connection, alert_id, actor=actor, now=now):
        row = AuditRow(
            revision=changes.lock(connection),
            made_at_us=now,
            actor=actor,
            action="alert.acknowledged",
            subject=f"alert/{alert_id}",
            detail={},
        )
        changes.append_audit(connection, [row])


def _preview(connection: Connection, answer: Answer, now: InstantUs) -> Preview:
    shown_alert = _shown(connection, answer.alert)
    alert = shown_alert.alert
    rules = [each.intervention.step for each in shown_alert.rules if each.holds(now)]
    if answer.act == "acknowledge":
        text = "It is acknowledged, and the steps that wait for an answer are not taken"
    elif answer.act == "undo":
        text = "; ".join(sentence(step) for step in rules)
        text = f"This is undone: {text}" if text else "Nothing is in force any more, so nothing changes"
    else:
        amount = shown(answer.amount, alert.crossing.unit)
        text = f"The budget gets {amount} more until its period ends"
    return Preview(answer=answer, alert=alert, sentence=f"{headline(alert)}. {text}.")
