"""What a message says: the facts of its alerts, and their words for people and for programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from bursar.alerts.amounts import exact, shown
from bursar.alerts.answers import Act, Answer
from bursar.alerts.history import Cause, Causes
from bursar.alerts.ladder import is_message
from bursar.alerts.records import Alert
from bursar.budgets.amount import in_units
from bursar.estate.budgets import (
    Acknowledge,
    Clamp,
    RequireApproval,
    Reroute,
    Step,
    Stop,
    StopExperiments,
    StopNonProduction,
    Throttle,
    Unit,
)
from bursar.estate.document import listed
from bursar.estate.scope import Scope, terms, words
from bursar.vocab.instant import InstantUs, format_instant

Link = Callable[[str], str]
"""The URL of an answer, by its id."""


class Offer(msgspec.Struct, kw_only=True, frozen=True):
    """A one-step answer that a message offers."""

    id: str
    act: Act
    sentence: str
    expires_at: str


class Facts(msgspec.Struct, kw_only=True, frozen=True):
    """One alert in a message; amounts are decimal texts of dollars, or whole numbers of tokens or calls."""

    alert: str
    sentence: str
    budget: str
    value: str
    owner: str
    scope: str
    measure: str
    percent: int
    unit: Unit
    limit: str
    spent: str
    external: str
    forecast: str | None
    begins_at: str
    until: str | None
    rolling_days: int = 0
    crossed_at: str
    asks: bool
    answer_by: str | None
    in_force: list[str]
    to_come: list[str]
    causes: list[str]
    offers: list[Offer]


class Content(msgspec.Struct, kw_only=True, frozen=True):
    """A message as it is kept: no token, no secret. A test of a channel has no alerts."""

    title: str
    alerts: list[Facts] = []


def facts(alert: Alert, *, asks: bool, in_force: Sequence[Step], offers: Sequence[Answer]) -> Facts:
    """What is to be said of one alert."""
    crossing = alert.crossing
    waits = alert.waits_until_us if asks else None
    unit = crossing.unit
    return Facts(
        alert=alert.id,
        sentence=headline(alert),
        budget=crossing.budget,
        value=crossing.value,
        owner=crossing.owner,
        scope=words(crossing.scope),
        measure=crossing.measure,
        percent=crossing.percent,
        unit=unit,
        limit=exact(crossing.limit, unit),
        spent=exact(crossing.spent, unit),
        external=exact(crossing.external, unit),
        forecast=None if crossing.forecast is None else exact(crossing.forecast, unit),
        begins_at=format_instant(crossing.begins_at_us),
        until=None if crossing.until_us is None else format_instant(crossing.until_us),
        rolling_days=crossing.rolling_days,
        crossed_at=format_instant(alert.crossed_at_us),
        asks=asks,
        answer_by=None if waits is None else format_instant(waits),
        in_force=[sentence(step) for step in in_force],
        to_come=[sentence(s) for s in crossing.steps[alert.place :] if not is_message(s)] if waits else [],
        causes=list(_cause_lines(alert.causes, unit, crossing.scope)) if alert.causes else [],
        offers=[_offer(each, unit) for each in offers],
    )


def headline(alert: Alert) -> str:
    """One sentence that says what happened."""
    crossing = alert.crossing
    name = f"{crossing.budget} ({crossing.value})" if crossing.value else crossing.budget
    limit = shown(crossing.limit, crossing.unit)
    if crossing.measure == "forecast":
        end = shown(crossing.forecast or 0, crossing.unit)
        return f"Budget {name} is on the way to {end}, over {crossing.percent}% of its {limit}"
    spent = shown(crossing.spent, crossing.unit)
    return f"Budget {name} has used {spent}, over {crossing.percent}% of its {limit}"


def sentence(step: Step) -> str:
    """What a step does to calls in the budget's scope."""
    match step:
        case RequireApproval():
            return f"calls{f' of tier {step.tier}' if step.tier else ''} need an approval"
        case Reroute():
            some = ", ".join(listed(step.models)) if step.models else "all models"
            return f"calls of {some} go to {step.to}"
        case Clamp():
            return f"answers have at most {step.output_tokens_max:,} tokens"
        case Throttle():
            return f"at most {step.requests_per_minute:,} calls a minute"
        case StopExperiments():
            return "experiments are stopped"
        case StopNonProduction():
            return "everything outside production is stopped"
        case Stop():
            return "everything in its scope is stopped"
        case Acknowledge():
            return f"somebody is asked to acknowledge within {step.within}"
        case _:
            return "somebody is told"


def title_of(alerts: Sequence[Facts]) -> str:
    """The sentence of the one alert, or how many there are."""
    if len(alerts) == 1:
        return alerts[0].sentence
    budgets = {(each.budget, each.value) for each in alerts}
    return f"{len(alerts)} thresholds reached in {len(budgets)} budget{'s' if len(budgets) > 1 else ''}"


def text_of(content: Content, link: Link, details: Link) -> str:
    """The message for people, plain text; `details` is the URL of an alert by its id."""
    if not content.alerts:
        return "This is a test: messages of this channel arrive here."
    return "\n\n".join("\n".join(_lines(each, link, details)) for each in content.alerts)


def payload_of(content: Content, link: Link, details: Link, *, message: str, channel: str) -> dict[str, Any]:
    """The message for programs: plain values, to be sent as JSON."""
    alerts = []
    for each in content.alerts:
        plain: dict[str, Any] = msgspec.to_builtins(each)
        plain["url"] = details(each.alert)
        plain["offers"] = [
            {"act": o.act, "sentence": o.sentence, "expires_at": o.expires_at, "url": link(o.id)}
            for o in each.offers
        ]
        alerts.append(plain)
    kind = "alerts" if content.alerts else "test"
    return {"id": message, "kind": kind, "channel": channel, "title": content.title, "alerts": alerts}


def _lines(each: Facts, link: Link, details: Link) -> Iterator[str]:
    yield f"{each.sentence}."
    yield f"It pays for {each.scope}, {_span(each)} (UTC)."
    yield f"Owner: {each.owner or 'nobody is named'}."
    if each.external != "0":
        external = shown(in_units(each.external, each.unit), each.unit)
        yield f"Of this, {external} did not pass the gateway, or did before this budget was there."
    if each.in_force:
        yield f"In force now: {'; '.join(each.in_force)}."
    if each.answer_by:
        then = "; ".join(each.to_come) or "the next step is taken"
        yield f"Unless somebody acknowledges by {each.answer_by[:16]} UTC: {then}."
    yield from each.causes
    for offer in each.offers:
        yield f"{offer.sentence}: {link(offer.id)}"
    yield f"Details: {details(each.alert)}"


def _span(each: Facts) -> str:
    if each.rolling_days:
        return f"for any {each.rolling_days} days, these since {each.begins_at[:16]}"
    return f"from {each.begins_at[:16]}" + (f" to {each.until[:16]}" if each.until else " on")


def _offer(answer: Answer, unit: Unit) -> Offer:
    sentences: Mapping[Act, str] = {
        "acknowledge": "Acknowledge",
        "undo": "Undo what is in force",
        "grant": f"Grant {shown(answer.amount, unit)} more for this period",
    }
    return Offer(
        id=answer.id,
        act=answer.act,
        sentence=sentences[answer.act],
        expires_at=format_instant(answer.expires_at_us),
    )


def _cause_lines(causes: Causes, unit: Unit, scope: Scope) -> Iterator[str]:
    spans = (
        ("Largest of what counts", causes.period, causes.period_total),
        ("Largest in the last hour", causes.last_hour, causes.last_hour_total),
    )
    # What the scope says already is no cause.
    said = {dimension for dimension, allowed in terms(scope) if len(allowed) == 1}
    for label, causes_of_span, total in spans:
        found = [cause for cause in causes_of_span if cause.dimension not in said]
        if found:
            yield f"{label}: {', '.join(_cause(each, total, unit) for each in found)}."


def _cause(cause: Cause, total: int, unit: Unit) -> str:
    share = cause.amount * 100 // total if total > 0 else 0
    return f"{cause.dimension.replace('_', ' ')} {cause.value} {shown(cause.amount, unit)} ({share}%)"


def reason(alert: Alert) -> str:
    """Why a rule is in force, for whoever meets it."""
    owner = f"; {alert.crossing.owner} answers for it" if alert.crossing.owner else ""
    until = alert.crossing.until_us
    end = f" until {format_instant(InstantUs(until))}" if until is not None else ""
    return f"{headline(alert)}{end}{owner}."
