"""Routes of how tokens are used: what caches saved, answers' limits, prompts that begin alike, long ones."""

from functools import reduce
from typing import Annotated, Final, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from bursar.access import Principal
from bursar.api.calls import Call, page_json
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FilterQuery, FromQuery, ToQuery, read_filters
from bursar.api.services import WithServices
from bursar.api.times import read_span
from bursar.ledger.conditions import Filters
from bursar.ledger.economy import Beginning, Caching, EconomyQuery, Limits, caching_together
from bursar.vocab.instant import InstantUs
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.sight import Sight

ReadsUsage = Annotated[Principal, need("usage.read")]
ReadsCalls = Annotated[Principal, need("calls.read")]
Most = Annotated[int, Query(ge=1, le=100, description="How many rows.")]

router: Final = APIRouter(tags=["usage"])


class _Asked(NamedTuple):
    """The span and the filters of a question, checked."""

    start: InstantUs
    end: InstantUs
    filters: Filters

    def seen(self, sight: Sight) -> EconomyQuery:
        """The same as somebody sees it."""
        return EconomyQuery(start=self.start, end=self.end, filters=self.filters, sight=sight)


def _asked(
    services: WithServices,
    start: FromQuery = "30d",
    end: ToQuery = "now",
    filters: Annotated[FilterQuery, Query(alias="filter")] = [],  # noqa: B006 - never changed
) -> _Asked:
    first, after = read_span(start, end, now=services.now())
    return _Asked(first, after, read_filters(filters))


WithAsked = Annotated[_Asked, Depends(_asked)]


class CachingRow(BaseModel):
    """One model, at the rates that its calls were priced by. USD as exact decimal text."""

    model: str
    calls: int
    tokens_input: int
    tokens_read: int = Field(description="Served from a cache.")
    tokens_written: int = Field(description="Put into a cache, where that is billed apart.")
    saved_by_reads_usd: str = Field(description="At plain input's rate they would have cost so much more.")
    paid_for_writes_usd: str = Field(description="What writing cost above plain input.")
    saved_usd: str = Field(description="The one less the other; negative where caching cost more.")
    unpriced_tokens: int = Field(description="Of a cache at a rate that is not known: not in the amounts.")


class CachingReply(BaseModel):
    """By model, the most saved first; and all together."""

    total: CachingRow
    rows: list[CachingRow]


class LimitRow(BaseModel):
    """Answers of one model and use case for which a limit was written."""

    model: str
    use_case: str
    calls: int
    tokens_asked: int = Field(description="What they were allowed, all together.")
    tokens_output: int = Field(description="What they used.")
    cut_off: int = Field(description="Answers that used all they were allowed.")
    calls_held: int = Field(description="Calls that budgets held money for.")
    held_usd: str = Field(description="What was held for these while they were in flight.")
    cost_usd: str = Field(description="What these cost.")


class LimitsReply(BaseModel):
    """The most tokens that were allowed in vain first."""

    rows: list[LimitRow]


class BeginningRow(BaseModel):
    """Prompts whose first kilobyte is the same. No text is stored: a keyed hash tells that they are."""

    fingerprint: str
    model: str = Field(description="That of most calls, where there are several.")
    team: str
    use_case: str
    models: int
    teams: int
    use_cases: int
    calls: int
    repeated: int = Field(description="About so many calls' whole prompt had been sent before in the span.")
    tokens_input: int
    tokens_read: int = Field(description="Of these: served from a cache.")
    cost_usd: str


class BeginningsReply(BaseModel):
    """The most input tokens that no cache served first."""

    rows: list[BeginningRow]


class LongestReply(BaseModel):
    """The longest prompt first."""

    calls: list[Call]


@router.get("/usage/caching", responses=responses(400, 503))
def get_caching(who: ReadsUsage, services: WithServices, asked: WithAsked) -> CachingReply:
    """What caches saved, and what writing them cost."""
    found = services.ledger.caching(asked.seen(who.sight("usage.read")))
    whole = reduce(caching_together, found, Caching(""))
    return CachingReply(total=_caching_row(whole), rows=list(map(_caching_row, found)))


@router.get("/usage/output-limits", responses=responses(400, 503))
def get_output_limits(
    who: ReadsUsage, services: WithServices, asked: WithAsked, limit: Most = 20
) -> LimitsReply:
    """Where answers are allowed to be longer than they are, which budgets hold money for."""
    found = services.ledger.output_limits(asked.seen(who.sight("usage.read")), most=limit)
    return LimitsReply(rows=list(map(_limit_row, found)))


@router.get("/usage/beginnings", responses=responses(400, 503))
def get_beginnings(
    who: ReadsUsage, services: WithServices, asked: WithAsked, limit: Most = 20
) -> BeginningsReply:
    """Prompts that begin alike and are sent again: what a cache could serve."""
    found = services.ledger.beginnings(asked.seen(who.sight("usage.read")), most=limit)
    return BeginningsReply(rows=list(map(_beginning_row, found)))


@router.get("/usage/longest", response_model=LongestReply, responses=responses(400, 503))
def get_longest(who: ReadsCalls, services: WithServices, asked: WithAsked, limit: Most = 10) -> Response:
    """The calls with the longest prompts."""
    query = asked.seen(who.sight("calls.read"))
    calls = services.ledger.longest(query, most=limit)
    return Response(
        msgspec.json.encode({"calls": page_json(calls, query.sight)}), media_type="application/json"
    )


def _caching_row(row: Caching) -> CachingRow:
    return CachingRow(
        model=row.model,
        calls=row.calls,
        tokens_input=row.tokens_input,
        tokens_read=row.tokens_read,
        tokens_written=row.tokens_written,
        saved_by_reads_usd=_usd(row.saved_by_reads),
        paid_for_writes_usd=_usd(row.paid_for_writes),
        saved_usd=_usd(row.saved),
        unpriced_tokens=row.unpriced,
    )


def _limit_row(row: Limits) -> LimitRow:
    shown = row._asdict()
    return LimitRow(held_usd=_usd(shown.pop("held")), cost_usd=_usd(shown.pop("cost")), **shown)


def _beginning_row(row: Beginning) -> BeginningRow:
    shown = row._asdict()
    return BeginningRow(cost_usd=_usd(shown.pop("cost")), **shown)


def _usd(amount: int) -> str:
    return usd_text(Picodollars(amount))
