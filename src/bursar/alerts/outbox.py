"""The outbox of messages in the store: claimed, sent, tried again, given up, and sent once more."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from sqlalchemy import Engine, Row, desc, select, update

from bursar.alerts.content import Content
from bursar.alerts.tables import MESSAGES
from bursar.store.state import first_seen, reading, writing
from bursar.vocab.errors import Conflict, NotFound
from bursar.vocab.instant import InstantUs

MessageState = Literal["waiting", "sent", "dead"]
CLAIM_US = 60_000_000
"""How long a control plane may take to deliver one; after that another may try."""


class Message(msgspec.Struct, kw_only=True, frozen=True):
    """A message and how its delivery stands. `fault` says why the last attempt failed."""

    id: str
    channel: str
    state: MessageState
    content: Content
    created_at_us: InstantUs
    due_at_us: InstantUs
    attempts: int
    fault: str
    sent_at_us: InstantUs | None


def due(engine: Engine, *, limit: int, now: InstantUs) -> list[Message]:
    """Messages that wait, whose time has come and that nobody is delivering; the oldest first."""
    table = MESSAGES
    ready = (table.c.state == "waiting") & (table.c.due_at_us <= now) & (table.c.claimed_until_us <= now)
    with reading(engine) as connection:
        query = select(table).where(ready).order_by(table.c.due_at_us, table.c.id).limit(limit)
        return [_from_row(row) for row in connection.execute(query)]


def claim(engine: Engine, message: Message, *, now: InstantUs) -> bool:
    """Count one attempt and keep others away from it for a while; False if somebody else was faster."""
    table = MESSAGES
    free = (table.c.id == message.id) & (table.c.state == "waiting") & (table.c.attempts == message.attempts)
    statement = update(table).where(free & (table.c.claimed_until_us <= now))
    values = {"attempts": message.attempts + 1, "claimed_until_us": now + CLAIM_US}
    with writing(engine) as connection:
        return connection.execute(statement.values(values)).rowcount == 1


def note_sent(engine: Engine, message_id: str, *, now: InstantUs) -> None:
    """The other side took it."""
    _set(engine, message_id, state="sent", sent_at_us=now, claimed_until_us=0, fault="")


def note_failed(
    engine: Engine, message_id: str, fault: str, *, state: MessageState, due_at_us: InstantUs
) -> None:
    """The other side did not take it: it waits until `due_at_us`, or is dead."""
    _set(engine, message_id, state=state, due_at_us=due_at_us, claimed_until_us=0, fault=fault)


def send_again(engine: Engine, message_id: str, *, now: InstantUs) -> Message:
    """Give a dead message all its attempts once more. NotFound, or Conflict if it is not dead."""
    table = MESSAGES
    with writing(engine) as connection:
        row = connection.execute(select(table).where(table.c.id == message_id).with_for_update())
        found = [_from_row(each) for each in row]
        if not found:
            raise NotFound(
                f"there is no message with the id {message_id!r}: `bursar alert list --dead` shows them"
            )
        if found[0].state != "dead":
            raise Conflict(f"the message {message_id} is {found[0].state}, so there is nothing to send again")
        again = {"state": "waiting", "attempts": 0, "due_at_us": now, "claimed_until_us": 0}
        connection.execute(update(table).where(table.c.id == message_id).values(again))
    return msgspec.structs.replace(found[0], state="waiting", attempts=0, due_at_us=now)


def messages(
    engine: Engine,
    *,
    limit: int,
    state: MessageState | None = None,
    is_seen: Callable[[Message], bool] | None = None,
) -> list[Message]:
    """The newest messages; only those that are seen, if that is given."""
    query = select(MESSAGES).order_by(desc(MESSAGES.c.created_at_us), desc(MESSAGES.c.id))
    if state is not None:
        query = query.where(MESSAGES.c.state == state)
    with reading(engine) as connection:
        return first_seen(connection, query, _from_row, limit=limit, is_seen=is_seen)


def _set(engine: Engine, message_id: str, **values: object) -> None:
    with writing(engine) as connection:
        connection.execute(update(MESSAGES).where(MESSAGES.c.id == message_id).values(values))


def _from_row(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        channel=row.channel,
        state=row.state,
        content=msgspec.json.decode(row.content, type=Content),
        created_at_us=row.created_at_us,
        due_at_us=row.due_at_us,
        attempts=row.attempts,
        fault=row.fault,
        sent_at_us=row.sent_at_us,
    )
