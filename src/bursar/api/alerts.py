"""Routes of alerts: see them, acknowledge, undo what is in force, send again, try a channel."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from bursar import directory
from bursar.access import Principal
from bursar.alerts import Desk
from bursar.alerts.amounts import exact
from bursar.alerts.content import headline
from bursar.alerts.desk import Shown
from bursar.alerts.history import Cause
from bursar.alerts.outbox import Message
from bursar.alerts.records import Alert, no_such_alert
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.rows import check_row, scope_in_sight
from bursar.api.services import WithServices
from bursar.directory import Recorded
from bursar.estate.budgets import Unit
from bursar.estate.scope import Scope, words
from bursar.vocab.errors import NotFound
from bursar.vocab.instant import InstantUs, format_instant

ReadsAlerts = Annotated[Principal, need("alerts.read")]
WritesSettings = Annotated[Principal, need("settings.write")]
AnswersAlerts = Annotated[Principal, need("alerts.answer")]

Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z.-]{1,100}$", description="As the list shows it.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many, the newest first.")]


class CauseReply(BaseModel):
    """A value of a dimension and what it used in the span."""

    dimension: str
    value: str
    amount: str


class AlertReply(BaseModel):
    """A threshold that was reached. Amounts are decimal texts: dollars, whole tokens or calls, by `unit`."""

    id: str
    sentence: str = Field(description="What happened, for people.")
    state: Literal["waiting", "settled", "acknowledged", "lifted"] = Field(
        description="`waiting` for an answer, `settled`: all steps are taken, `lifted`: a grant undid it."
    )
    budget: str
    value: str = Field(description="Of the budget's dimension `each`; empty where it is one.")
    owner: str
    scope: str
    measure: Literal["actual", "forecast"]
    percent: int
    unit: Unit
    limit: str
    spent: str
    external: str = Field(description="The part of `spent` that did not pass the gateway.")
    forecast: str | None
    begins_at: str
    until: str | None
    crossed_at: str
    answer_by: str | None = Field(description="When the next step is taken if nobody acknowledges.")
    acknowledged_at: str | None
    acknowledged_by: str
    steps: list[dict[str, Any]] = Field(description="The ladder, as it was at the crossing.")
    next_step: int = Field(description="Its first step that is not taken, from 0.")
    causes: list[CauseReply] = Field(description="The largest since the period began.")
    causes_last_hour: list[CauseReply]


class InterventionReply(BaseModel):
    """A rule that a ladder put in force."""

    id: str
    alert: str
    budget: str
    value: str
    owner: str
    reason: str
    scope: dict[str, Any]
    step: dict[str, Any]
    in_force: bool
    since: str
    until: str | None
    undone_at: str | None
    undone_by: str


class AlertDetail(AlertReply):
    """An alert with the rules that it put in force."""

    interventions: list[InterventionReply]


class AlertsReply(BaseModel):
    """Alerts, newest first."""

    alerts: list[AlertReply]


class InterventionsReply(BaseModel):
    """Rules, newest first."""

    interventions: list[InterventionReply]


class MessageReply(BaseModel):
    """A message of the outbox; a `dead` one was given up, `fault` says why."""

    id: str
    channel: str
    state: Literal["waiting", "sent", "dead"]
    title: str
    alerts: list[str] = Field(description="The ids of its alerts.")
    created_at: str
    due_at: str
    attempts: int
    fault: str
    sent_at: str | None


class MessagesReply(BaseModel):
    """Messages, newest first."""

    messages: list[MessageReply]


class TriedReply(BaseModel):
    """The other side took a test message."""

    channel: str
    sent: bool


def alerts_router(desk: Desk) -> APIRouter:
    """The routes of alerts, messages, interventions and channels."""
    router = APIRouter(tags=["alerts"])

    @router.get("/alerts", responses=responses(400, 503))
    def read_alerts(
        who: ReadsAlerts,
        limit: Limit = 100,
        budget: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._:/@+-]{1,128}$")] = None,
        state: Literal["waiting", "settled", "acknowledged", "lifted"] | None = None,
    ) -> AlertsReply:
        """Thresholds that were reached."""
        found = desk.alerts(limit=limit, budget=budget, state=state, is_seen=_alerts_seen(who))
        return AlertsReply(alerts=[AlertReply.model_validate(_alert(each)) for each in found])

    @router.get("/alerts/messages", responses=responses(400, 503))
    def read_messages(
        who: ReadsAlerts, limit: Limit = 100, state: Literal["waiting", "sent", "dead"] | None = None
    ) -> MessagesReply:
        """What was said, is waiting, or could not be delivered."""
        found = desk.messages(limit=limit, state=state, is_seen=_alerts_seen(who))
        return MessagesReply(messages=[_message(each) for each in found])

    @router.post("/alerts/messages/{message_id}/send", responses=responses(404, 409, 503))
    def send_message(who: WritesSettings, message_id: Id, services: WithServices) -> MessageReply:
        """Send a dead message again, with all its attempts."""
        return _message(desk.send_again(message_id, actor=who.actor, now=services.now()))

    @router.get("/alerts/{alert_id}", responses=responses(404, 503))
    def read_alert(who: ReadsAlerts, alert_id: Id, services: WithServices) -> AlertDetail:
        """One alert, what caused it and what is in force because of it."""
        found = desk.alert(alert_id)
        if not scope_in_sight(found.alert.crossing.scope, who.sight("alerts.read")):
            raise no_such_alert(alert_id)
        return _detail(found, services.now())

    @router.post("/alerts/{alert_id}/acknowledge", responses=responses(404, 503))
    def acknowledge(who: AnswersAlerts, alert_id: Id, services: WithServices) -> AlertDetail:
        """Answer an alert: the steps that wait for an answer are not taken. Twice is once."""
        now = services.now()
        scope = desk.alert(alert_id).alert.crossing.scope
        _check_answer(who, scope, no_such_alert(alert_id))
        return _detail(desk.acknowledge(alert_id, actor=who.actor, now=now), now)

    @router.get("/interventions", responses=responses(400, 503))
    def read_interventions(
        who: ReadsAlerts, services: WithServices, limit: Limit = 100
    ) -> InterventionsReply:
        """Rules that ladders put in force, in force or over."""
        now = services.now()
        found = desk.interventions(limit=limit, is_seen=_rules_seen(who))
        return InterventionsReply(interventions=[_rule(each, now) for each in found])

    @router.post("/interventions/{intervention_id}/undo", responses=responses(404, 503))
    def undo(who: AnswersAlerts, intervention_id: Id, services: WithServices) -> InterventionReply:
        """End a rule before its time; within a second no gateway worker follows it. Twice is once."""
        now = services.now()
        missing = directory.no_such_intervention(intervention_id)
        found = desk.intervention(intervention_id)
        if found is None:
            raise missing
        _check_answer(who, found.intervention.scope, missing)
        return _rule(desk.undo(intervention_id, actor=who.actor, now=now), now)

    @router.post("/channels/{name}/test", responses=responses(404, 502, 503))
    def try_channel(
        who: WritesSettings,
        name: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}$")],
        services: WithServices,
    ) -> TriedReply:
        """Send a test on a channel now; 502 says why it did not arrive."""
        desk.try_channel(name, actor=who.actor, now=services.now())
        return TriedReply(channel=name, sent=True)

    return router


def _alerts_seen(who: Principal) -> Callable[[Alert], bool] | None:
    sight = who.sight("alerts.read")
    if sight.is_everything:
        return None
    return lambda alert: scope_in_sight(alert.crossing.scope, sight)


def _rules_seen(who: Principal) -> Callable[[Recorded], bool] | None:
    sight = who.sight("alerts.read")
    if sight.is_everything:
        return None
    return lambda recorded: scope_in_sight(recorded.intervention.scope, sight)


def _check_answer(who: Principal, scope: Scope, missing: NotFound) -> None:
    check_row(who, "alerts.read", "alerts.answer", lambda sight: scope_in_sight(scope, sight), missing)


def _time(instant: int | None) -> str | None:
    return None if instant is None else format_instant(InstantUs(instant))


def _alert(alert: Alert) -> dict[str, Any]:
    crossing = alert.crossing
    unit = crossing.unit
    causes = alert.causes
    return {
        "id": alert.id,
        "sentence": headline(alert),
        "state": alert.state,
        "budget": crossing.budget,
        "value": crossing.value,
        "owner": crossing.owner,
        "scope": words(crossing.scope),
        "measure": crossing.measure,
        "percent": crossing.percent,
        "unit": unit,
        "limit": exact(crossing.limit, unit),
        "spent": exact(crossing.spent, unit),
        "external": exact(crossing.external, unit),
        "forecast": None if crossing.forecast is None else exact(crossing.forecast, unit),
        "begins_at": _time(crossing.begins_at_us),
        "until": _time(crossing.until_us),
        "crossed_at": _time(alert.crossed_at_us),
        "answer_by": _time(alert.waits_until_us),
        "acknowledged_at": _time(alert.acknowledged_at_us),
        "acknowledged_by": alert.acknowledged_by,
        "steps": [msgspec.to_builtins(step) for step in crossing.steps],
        "next_step": alert.place,
        "causes": [_cause(each, unit) for each in causes.period] if causes else [],
        "causes_last_hour": [_cause(each, unit) for each in causes.last_hour] if causes else [],
    }


def _cause(cause: Cause, unit: Unit) -> dict[str, str]:
    return {"dimension": cause.dimension, "value": cause.value, "amount": exact(cause.amount, unit)}


def _detail(shown: Shown, now: InstantUs) -> AlertDetail:
    rules = [_rule(each, now).model_dump() for each in shown.rules]
    return AlertDetail.model_validate({**_alert(shown.alert), "interventions": rules})


def _rule(recorded: Recorded, now: InstantUs) -> InterventionReply:
    rule = recorded.intervention
    return InterventionReply.model_validate(
        {
            "id": rule.id,
            "alert": recorded.alert,
            "budget": rule.budget,
            "value": rule.value,
            "owner": rule.owner,
            "reason": rule.reason,
            "scope": msgspec.to_builtins(rule.scope),
            "step": msgspec.to_builtins(rule.step),
            "in_force": recorded.holds(now),
            "since": _time(rule.since_us),
            "until": _time(rule.until_us),
            "undone_at": _time(recorded.undone_at_us),
            "undone_by": recorded.undone_by,
        }
    )


def _message(message: Message) -> MessageReply:
    return MessageReply(
        id=message.id,
        channel=message.channel,
        state=message.state,
        title=message.content.title,
        alerts=[each.alert for each in message.content.alerts],
        created_at=format_instant(message.created_at_us),
        due_at=format_instant(message.due_at_us),
        attempts=message.attempts,
        fault=message.fault,
        sent_at=_time(message.sent_at_us),
    )
