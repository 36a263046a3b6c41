"""Single calls: one by its id, or pages of them, newest first."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Any, Final

import duckdb

from bursar.ledger.conditions import Shape, condition, shape_of, values_of
from bursar.ledger.dimensions import Dimension
from bursar.ledger.seen import AreaCounts, area_counts, area_values, in_sight
from bursar.ledger.statement import Statement, compile_statement, map_value, parameter
from bursar.ledger.tables import EVENT_COLUMNS, EVENTS
from bursar.vocab.event import INTERRUPTED, Event
from bursar.vocab.instant import InstantUs, from_datetime, to_datetime
from bursar.vocab.money import from_usd
from bursar.vocab.sight import EVERYTHING, Sight
from bursar.vocab.usage import USAGE_CLASSES, Usage

PAGE_LIMIT: Final = 1000
_DAY_US: Final = 86_400_000_000

_RENAMED: Final = {
    "started_at_us": "started_at",
    "finished_at_us": "finished_at",
    "cost_pico": "cost",
    "cost_list_pico": "cost_list",
}


@dataclass(frozen=True)
class StoredCall:
    """An event and where it came from."""

    event: Event
    worker: str
    seq: int
    received_at: InstantUs


@dataclass(frozen=True)
class Position:
    """Where a page ended: the next one goes on with what is older than this call."""

    started_at: InstantUs
    call_id: str


@dataclass(frozen=True, kw_only=True)
class CallsQuery:
    """`start` is in, `end` is out, by the instant a call started; at most `limit` calls a page.

    A call has all of `flags`. With `words`, its id begins so, or that is the provider's id, a tag's value
    or a flag, or its key is one of `keys`.
    """

    start: InstantUs
    end: InstantUs
    filters: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)
    sight: Sight = EVERYTHING
    flags: tuple[str, ...] = ()
    words: str = ""
    keys: tuple[str, ...] = ()
    limit: int = 100
    after: Position | None = None


@dataclass(frozen=True)
class CallsPage:
    """Newest first. `after` is where the next page begins, or None at the end.

    A page may hold fewer calls than asked for although more follow.
    """

    calls: list[StoredCall]
    after: Position | None


_NAMED_BY: Final = ("model", "model_requested", "team", "product", "use_case", "environment")


@lru_cache(maxsize=256)
def _page_statement(
    shape: Shape,
    continues: bool,
    flags: int = 0,
    keys: int | None = None,
) -> Statement:
    started_at, call_id = EVENTS["started_at"], EVENTS["call_id"]
    wanted = (started_at >= parameter("start", "timestamp")) & (EVENTS["calls"] > 0)
    if continues:
        at = parameter("after_at", "timestamp")
        wanted &= (started_at < at) | ((started_at == at) & (call_id < parameter("after_id", "string")))
    else:
        wanted &= started_at < parameter("end", "timestamp")
    wanted &= condition(shape)
    for number in range(flags):
        wanted &= EVENTS["flags"].contains(parameter(f"flag_{number}", "string"))
    if keys is not None:
        wanted &= _has_words(keys)
    # A finished record goes before the interruption that it replaced, so that the cursor passes both.
    is_interruption = (EVENTS["status"] == INTERRUPTED).cast("int8")
    newest = EVENTS.filter(wanted).order_by([started_at.desc(), call_id.desc(), is_interruption])
    return compile_statement(newest.select(*EVENT_COLUMNS))


def _has_words(keys: int) -> Any:
    """`keys` is how many keys fit the words too."""
    words = parameter("words", "string")
    found = EVENTS["call_id"].startswith(words) | (EVENTS["provider_call_id"] == words)
    found |= EVENTS["flags"].contains(words) | EVENTS["tags"].values().contains(words)
    found |= reduce(operator.or_, (EVENTS[name] == words for name in _NAMED_BY))
    tag = map_value(EVENTS["tags"], parameter("words_tag", "string")).name("words_tag_value")
    found |= (tag == parameter("words_value", "string")).fill_null(False)
    for number in range(keys):
        found |= EVENTS["key_id"] == parameter(f"key_{number}", "string")
    return found


def page(connection: duckdb.DuckDBPyConnection, query: CallsQuery) -> CallsPage:
    """One page in the snapshot of the caller's transaction."""
    values: dict[str, Any] = {"start": naive(query.start), "end": naive(query.end)}
    values |= values_of(query.filters, query.sight)
    if query.after:
        values |= {"after_at": naive(query.after.started_at), "after_id": query.after.call_id}
    values |= {f"flag_{number}": flag for number, flag in enumerate(query.flags)}
    tag, _, value = query.words.partition(":")
    values |= {"words_tag": tag, "words_value": value}
    values |= {"words": query.words, **{f"key_{number}": key for number, key in enumerate(query.keys)}}
    keys = len(query.keys) if query.words else None
    shape = shape_of(query.filters, query.sight)
    statement = _page_statement(shape, query.after is not None, len(query.flags), keys).limited(
        query.limit + 1
    )
    found = [stored_call(row) for row in statement.run(connection, values).fetchall()]
    shown = found[: query.limit]
    is_last = len(found) <= query.limit
    after = None if is_last else Position(InstantUs(shown[-1].event.started_at_us), shown[-1].event.call_id)
    return CallsPage(_without_taken_back(connection, shown), after)


def _without_taken_back(
    connection: duckdb.DuckDBPyConnection, found: Sequence[StoredCall]
) -> list[StoredCall]:
    """Leave out interruptions that a finished record has replaced; they are few, so they are looked up."""
    doubtful = [each.event.call_id for each in found if each.event.status == INTERRUPTED]
    if not doubtful:
        return list(found)
    rows = connection.execute(
        "SELECT DISTINCT call_id FROM events WHERE calls < 0 AND call_id IN (SELECT unnest(?))", [doubtful]
    ).fetchall()
    replaced = {row[0] for row in rows}
    return [each for each in found if each.event.status != INTERRUPTED or each.event.call_id not in replaced]


@lru_cache(maxsize=1)
def _one_statement() -> Statement:
    rows = EVENTS.filter((EVENTS["call_id"] == parameter("call_id", "string")) & (EVENTS["calls"] > 0))
    return compile_statement(rows.select(*EVENT_COLUMNS))


def one(connection: duckdb.DuckDBPyConnection, call_id: str) -> StoredCall | None:
    """The call's finished record, or its interruption if there is no other; None if it is not known."""
    rows = _one_statement().run(connection, {"call_id": call_id}).fetchall()
    calls = sorted((stored_call(row) for row in rows), key=lambda each: each.event.status == INTERRUPTED)
    if not calls:
        return None
    event = calls[0].event
    if event.idempotency_hash:
        event.linked_call_id = _first_of_key(connection, event) or event.linked_call_id
    return calls[0]


@lru_cache(maxsize=64)
def _last_used_statement(areas: AreaCounts | None) -> Statement:
    wanted = (EVENTS["key_id"] != "") & (EVENTS["calls"] > 0)
    if areas is not None:
        wanted &= in_sight(EVENTS, areas)
    keyed = EVENTS.filter(wanted)
    return compile_statement(keyed.group_by("key_id").aggregate(at=EVENTS["started_at"].max()))


def last_used(connection: duckdb.DuckDBPyConnection, sight: Sight) -> dict[str, InstantUs]:
    """When the newest call of each key began, by the key's id; of the calls in sight."""
    rows = _last_used_statement(area_counts(sight)).run(connection, area_values(sight)).fetchall()
    return {key: _instant(at) for key, at in rows}


def seen_one(connection: duckdb.DuckDBPyConnection, call_id: str, sight: Sight) -> StoredCall | None:
    """The same for who sees some calls only; the call that it is linked with is named if that is seen too."""
    found = one(connection, call_id)
    if found is None or not _is_seen(found, sight):
        return None
    if found.event.linked_call_id and not sight.is_everything:
        linked = one(connection, found.event.linked_call_id)
        if linked is None or not _is_seen(linked, sight):
            found.event.linked_call_id = ""
    return found


def _is_seen(stored: StoredCall, sight: Sight) -> bool:
    return sight.sees(team=stored.event.team, product=stored.event.product)


@lru_cache(maxsize=1)
def _first_of_key_statement() -> Statement:
    same = (EVENTS["idempotency_hash"] == parameter("hash", "string")) & (EVENTS["calls"] > 0)
    window = (EVENTS["started_at"] >= parameter("start", "timestamp")) & (
        EVENTS["started_at"] <= parameter("end", "timestamp")
    )
    return compile_statement(EVENTS.filter(same & window).aggregate(first=EVENTS["call_id"].min()))


def _first_of_key(connection: duckdb.DuckDBPyConnection, event: Event) -> str:
    """The first call with the same Idempotency-Key within a day before; "" if this is it.

    A gateway worker links the calls that it has seen itself; a repeat may have come to another one.
    """
    at = InstantUs(event.started_at_us)
    values = {"hash": event.idempotency_hash, "start": naive(InstantUs(at - _DAY_US)), "end": naive(at)}
    rows = _first_of_key_statement().run(connection, values).fetchall()
    first = str(rows[0][0] or event.call_id)
    return "" if first >= event.call_id else first


def naive(instant: InstantUs) -> datetime:
    """An instant as the engine's parameters have it."""
    return to_datetime(instant).replace(tzinfo=None)


def _instant(moment: datetime) -> InstantUs:
    return from_datetime(moment.replace(tzinfo=UTC))


def _picodollars(amount: Decimal | None) -> int | None:
    return None if amount is None else from_usd(amount)


def stored_call(row: Sequence[Any]) -> StoredCall:
    """A row of EVENT_COLUMNS as the call that it is."""
    values = dict(zip(EVENT_COLUMNS, row, strict=True))
    known = {name: values[_RENAMED.get(name, name)] for name in Event.__struct_fields__ if name != "usage"}
    known |= {
        "started_at_us": _instant(values["started_at"]),
        "finished_at_us": _instant(values["finished_at"]),
        "cost_pico": _picodollars(values["cost"]),
        "cost_list_pico": _picodollars(values["cost_list"]),
        "usage": Usage(**{name: values[name] for name in USAGE_CLASSES}),
    }
    return StoredCall(Event(**known), values["worker"], values["seq"], _instant(values["received_at"]))
