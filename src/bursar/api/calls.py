"""GET /api/v1/calls: pages of calls, newest first; and one call with its price arithmetic."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from bursar import directory
from bursar.access import Principal
from bursar.api.figures import Tokens, Units, counts_json
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FilterQuery, FromQuery, ToQuery, read_filters
from bursar.api.services import Services, WithServices
from bursar.api.times import read_span
from bursar.catalogue import Line, RateCard
from bursar.ledger.calls import PAGE_LIMIT, CallsQuery, Position, StoredCall
from bursar.ledger.ledger import Ledger
from bursar.vocab.errors import InvalidInput, NotFound
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.sight import Sight

ReadsCalls = Annotated[Principal, need("calls.read")]

router: Final = APIRouter(tags=["calls"])

_KEYS_MOST: Final = 50
_CURSOR_PATTERN: Final = r"^[0-9]{1,17}-(?:[0-9a-f]{2}){1,256}$"


class Call(BaseModel):
    """One call. Durations are exact to the microsecond; amounts exact decimal text, null without a price."""

    call_id: str
    started_at: str
    finished_at: str
    received_at: str = Field(description="When the ledger took it over.")
    team: str
    product: str
    use_case: str
    environment: str
    model: str
    tags: dict[str, str]
    key_id: str
    provider: str
    wire: str
    operation: str
    model_requested: str
    model_served: str
    region: str
    service_tier: str
    processing: str
    speed: str
    inference_geo: str
    status: str
    http_status: int
    usage_source: str
    flags: list[str]
    streamed: bool
    latency_ms: float
    first_token_ms: float | None
    tokens: Tokens
    units: Units
    cost_usd: str | None
    cost_list_usd: str | None
    price_ref: str
    fingerprint_request: str
    fingerprint_prefix: str
    bytes_request: int
    bytes_reply: int
    idempotency_hash: str
    linked_call_id: str
    provider_call_id: str
    source: str
    budgets: str = Field(description="The budget accounts it was charged to when it happened, by commas.")
    held_usd: str | None = Field(
        description="What budgets held for it while it was in flight; null where none in USD paid for it."
    )
    output_tokens_asked: int | None = Field(
        description="The most tokens of output that the caller allowed; null where no limit was written."
    )
    worker: str = Field(description="Who delivered it; empty for whoever sees only some calls.")
    seq: int = Field(description="Its number among those of the worker; 0 as above.")


# The members of a call that are fields of an event under the same name.
_AS_THEY_ARE: Final = tuple(name for name in Event.__struct_fields__ if name in Call.model_fields)


class PriceLine(BaseModel):
    """quantity x rate_usd / per = amount_usd; without a rate all three are null, which is not zero."""

    usage_class: str
    quantity: int
    rate_usd: str | None
    per: int | None = Field(description="The units that the rate is for.")
    priced_as: str | None = Field(description="The price that it pays, as the price document names it.")
    amount_usd: str | None
    borrowed: bool = Field(
        description="Sound, pictures or film at the price of text: the model has none for them."
    )


class PricedCall(Call):
    """One call with the arithmetic of its cost: the amounts add up to `cost_usd`, rounded once at the end."""

    price_lines: list[PriceLine] | None = Field(description="Null if the call has no price.")


class CallsAnswer(BaseModel):
    """A page, newest first. More follow while `next` is not null, even if the page holds few."""

    calls: list[Call]
    next: str | None = Field(description="The `cursor` of the next page.")


@router.get("/calls", response_model=CallsAnswer, responses=responses(400, 503))
def get_calls(
    who: ReadsCalls,
    services: WithServices,
    start: FromQuery = "1970-01-01",
    end: ToQuery = "9999-12-31",
    filters: Annotated[FilterQuery, Query(alias="filter")] = [],  # noqa: B006 - never changed
    words: Annotated[
        str,
        Query(
            alias="q",
            max_length=200,
            pattern=r"^[^\x00-\x1f]*$",
            description="An id or its beginning, a tag's value or `tag:value`, a flag, a key's id or label, "
            "or the name of a model, team, product, use case or environment.",
        ),
    ] = "",
    flags: Annotated[
        list[Annotated[str, Field(pattern="^[a-z0-9_]{1,64}$")]],
        Query(alias="flag", max_length=10, description="Repeatable; a call has all of them."),
    ] = [],  # noqa: B006 - never changed
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 100,
    cursor: Annotated[
        str | None,
        Query(
            description="`next` of the page before; calls that came in meanwhile move nothing.",
            json_schema_extra={"anyOf": [{"type": "string", "pattern": _CURSOR_PATTERN}]},
        ),
    ] = None,
) -> Response:
    """Calls by the instant they started, newest first."""
    first, after = read_span(start, end, now=services.now())
    query = CallsQuery(
        start=first,
        end=after,
        filters=read_filters(filters),
        flags=tuple(dict.fromkeys(flags)),
        words=words.strip(),
        keys=_keys_named(services, words.strip()),
        limit=limit,
        sight=who.sight("calls.read"),
        after=None if cursor is None else _read_cursor(cursor),
    )
    page = services.ledger.calls(query)
    answer = {
        "calls": page_json(page.calls, query.sight),
        "next": None if page.after is None else _cursor(page.after),
    }
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.get("/calls/{call_id}", response_model=PricedCall, responses=responses(404, 503))
def get_call(
    who: ReadsCalls,
    services: WithServices,
    call_id: Annotated[str, Path(description="As in the header x-bursar-call-id.")],
) -> Response:
    """One call with its price arithmetic."""
    sight = who.sight("calls.read")
    stored = services.ledger.call(call_id, sight=sight)
    if stored is None:
        raise NotFound(f"the ledger has no call {call_id}")
    answer = {**_seen(call_json(stored), sight), "price_lines": _price_lines(services.ledger, stored.event)}
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _keys_named(services: Services, words: str) -> tuple[str, ...]:
    """The keys whose id begins so, or whose label holds the words."""
    if not words:
        return ()
    folded = words.casefold()
    named = [
        key.id
        for key in directory.list_keys(services.engine)
        if key.id.startswith(words) or folded in key.label.casefold()
    ]
    return tuple(named[:_KEYS_MOST])


def page_json(calls: Sequence[StoredCall], sight: Sight) -> list[dict[str, Any]]:
    """Calls of a page; to who sees only some, a link is told where it leads to another one of the page."""
    if sight.is_everything:
        return [call_json(stored) for stored in calls]
    found = [_seen(call_json(stored), sight) for stored in calls]
    here = {call["call_id"] for call in found}
    for call in found:
        if call["linked_call_id"] not in here:
            call["linked_call_id"] = ""
    return found


def _seen(call: dict[str, Any], sight: Sight) -> dict[str, Any]:
    """Numbers of a worker count the calls of everybody: who sees only some calls does not see them."""
    return call if sight.is_everything else {**call, "worker": "", "seq": 0}


def call_json(stored: StoredCall) -> dict[str, Any]:
    """The members of Call, for msgspec to encode."""
    event = stored.event
    (tokens,), (units,) = counts_json([[count] for count in msgspec.structs.astuple(event.usage)])
    return {
        "started_at": format_instant(InstantUs(event.started_at_us)),
        "finished_at": format_instant(InstantUs(event.finished_at_us)),
        "received_at": format_instant(stored.received_at),
        **{name: getattr(event, name) for name in _AS_THEY_ARE},
        "latency_ms": event.latency_us / 1000,
        "first_token_ms": None if event.first_token_us is None else event.first_token_us / 1000,
        "tokens": tokens,
        "units": units,
        "cost_usd": _usd(event.cost_pico),
        "cost_list_usd": _usd(event.cost_list_pico),
        "held_usd": _usd(event.held_pico),
        "worker": stored.worker,
        "seq": stored.seq,
    }


def _usd(amount: int | None) -> str | None:
    return None if amount is None else usd_text(Picodollars(amount))


def _price_lines(ledger: Ledger, event: Event) -> list[dict[str, Any]] | None:
    body = ledger.rate_card(event.price_ref) if event.price_ref else None
    if body is None:
        return None
    return [_price_line(line) for line in RateCard.from_json(body).lines(event.usage)]


def _price_line(line: Line) -> dict[str, Any]:
    shown = msgspec.structs.asdict(line)
    if not line.rate_usd:
        shown |= dict.fromkeys(("rate_usd", "per", "priced_as", "amount_usd"))
    return shown


def _cursor(position: Position) -> str:
    return f"{position.started_at}-{position.call_id.encode().hex()}"


def _read_cursor(text: str) -> Position:
    if re.fullmatch(_CURSOR_PATTERN, text) is None:
        raise InvalidInput("this is no cursor: take it from `next` of the page before")
    started_at, _, call_id = text.partition("-")
    return Position(InstantUs(int(started_at)), bytes.fromhex(call_id).decode("utf-8", "replace"))
