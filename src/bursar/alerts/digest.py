"""Notices become messages: what is said on a channel within its window goes out together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine, func, select, update

from bursar.alerts import answers, records
from bursar.alerts.answers import Act, Answer
from bursar.alerts.content import Content, Facts, facts, title_of
from bursar.alerts.history import Causes
from bursar.alerts.records import Alert
from bursar.alerts.tables import MESSAGES, NOTICES
from bursar.directory.interventions import interventions_of
from bursar.estate.channels import Channel
from bursar.jobs import Fence
from bursar.store.state import reading, writing
from bursar.vocab.instant import InstantUs

_CAUSES_MOST: Final = 10  # alerts of one message for which the ledger is asked
_GRANT_PARTS: Final = 5  # a grant that is offered is a fifth of the limit


class Notice(msgspec.Struct, kw_only=True, frozen=True):
    """What one step of one alert wants to be said on a channel."""

    id: str
    alert: str
    channel: str
    asks: bool


class Composer(msgspec.Struct, kw_only=True, frozen=True):
    """What messages are made of, beside the store. `causes` asks the ledger; None where it cannot tell."""

    causes: Callable[[Alert], Causes | None]
    new_id: Callable[[], str]
    key: bytes
    offers_grants: bool


def form(
    engine: Engine, channels: Mapping[str, Channel], composer: Composer, *, fence: Fence, now: InstantUs
) -> int:
    """Put waiting notices into messages, one for each channel whose window is over; how many messages.

    The first notice after a quiet time goes out at once; what comes within `digest_seconds` of a message
    waits for the next one. A message and its notices change together: nothing is said twice or not at all.
    """
    count = 0
    for channel, notices in _due(engine, channels, now).items():
        _keep_causes(engine, notices, composer)
        count += _form(engine, channel, notices, composer, fence=fence, now=now)
    return count


def enqueue(
    connection: Connection, message_id: str, channel: str, content: Content, *, now: InstantUs
) -> None:
    """Put a message into the outbox, in the caller's transaction."""
    row = {
        "id": message_id,
        "channel": channel,
        "state": "waiting",
        "content": msgspec.json.encode(content).decode(),
        "created_at_us": now,
        "due_at_us": now,
        "claimed_until_us": 0,
        "attempts": 0,
        "fault": "",
        "sent_at_us": None,
    }
    connection.execute(MESSAGES.insert().values(row))


def _due(engine: Engine, channels: Mapping[str, Channel], now: InstantUs) -> dict[str, list[Notice]]:
    """Waiting notices by channel, in the order in which they came; without channels that gather still."""
    query = select(NOTICES).where(NOTICES.c.message.is_(None)).order_by(NOTICES.c.created_at_us, NOTICES.c.id)
    found: dict[str, list[Notice]] = {}
    with reading(engine) as connection:
        for row in connection.execute(query):
            notice = Notice(id=row.id, alert=row.alert, channel=row.channel, asks=bool(row.asks))
            found.setdefault(row.channel, []).append(notice)
        last = _last_messages(connection, list(found))
    return {name: notices for name, notices in found.items() if not _gathers(channels.get(name), last, now)}


def _last_messages(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    table = MESSAGES
    newest = select(table.c.channel, func.max(table.c.created_at_us)).where(table.c.channel.in_(names))
    return {row[0]: row[1] for row in connection.execute(newest.group_by(table.c.channel))}


def _gathers(channel: Channel | None, last: Mapping[str, int], now: InstantUs) -> bool:
    if channel is None or channel.name not in last:
        return False
    return now < last[channel.name] + channel.digest_seconds * 1_000_000


def _keep_causes(engine: Engine, notices: Sequence[Notice], composer: Composer) -> None:
    """Ask the ledger before the transaction begins: it may take a while."""
    with reading(engine) as connection:
        alerts = records.several(connection, [notice.alert for notice in notices])
    new = {alert.id: composer.causes(alert) for alert in alerts[:_CAUSES_MOST] if alert.causes is None}
    found = {alert_id: causes for alert_id, causes in new.items() if causes is not None}
    if found:
        with writing(engine) as connection:
            for alert_id, causes in found.items():
                records.keep_causes(connection, alert_id, causes)


def _form(
    engine: Engine,
    channel: str,
    notices: Sequence[Notice],
    composer: Composer,
    *,
    fence: Fence,
    now: InstantUs,
) -> bool:
    message_id = composer.new_id()
    with writing(engine) as connection:
        fence(connection)
        taken = [notice for notice in notices if _take(connection, notice, message_id)]
        if not taken:
            return False
        said = _facts(connection, channel, taken, composer, now=now)
        enqueue(connection, message_id, channel, Content(title=title_of(said), alerts=said), now=now)
    return True


def _take(connection: Connection, notice: Notice, message_id: str) -> bool:
    free = (NOTICES.c.id == notice.id) & NOTICES.c.message.is_(None)
    return connection.execute(update(NOTICES).where(free).values(message=message_id)).rowcount == 1


def _facts(
    connection: Connection, channel: str, notices: Sequence[Notice], composer: Composer, *, now: InstantUs
) -> list[Facts]:
    """What the message says of each alert, with the answers that it offers."""
    asks = {notice.alert for notice in notices if notice.asks}
    said = []
    for alert in records.several(connection, list({notice.alert for notice in notices})):
        rules = [each for each in interventions_of(connection, alert.id) if each.holds(now)]
        acts = _acts(alert, asks=alert.id in asks, has_rules=bool(rules), grants=composer.offers_grants)
        offers = [_answer(act, alert, channel, composer, now=now) for act in acts]
        answers.keep(connection, offers, composer.key)
        steps = [each.intervention.step for each in rules]
        said.append(facts(alert, asks=alert.id in asks, in_force=steps, offers=offers))
    return said


def _acts(alert: Alert, *, asks: bool, has_rules: bool, grants: bool) -> list[Act]:
    """What somebody could do about an alert."""
    acts: list[Act] = []
    if asks and not alert.is_acknowledged:
        acts.append("acknowledge")
    if has_rules:
        acts.append("undo")
    if grants and alert.crossing.limit >= _GRANT_PARTS:
        acts.append("grant")
    return acts


def _answer(act: Act, alert: Alert, channel: str, composer: Composer, *, now: InstantUs) -> Answer:
    return Answer(
        id=composer.new_id(),
        alert=alert.id,
        channel=channel,
        act=act,
        amount=alert.crossing.limit // _GRANT_PARTS if act == "grant" else 0,
        expires_at_us=answers.expiry(alert.crossing.until_us, now=now),
    )
