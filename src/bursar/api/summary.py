"""GET /api/v1/summary: what the overview shows of spend, in one question to the ledger."""

import heapq
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bursar.access import Principal
from bursar.api.allocation import AllocationReply, Amount, allocation_of, amount_of, temporary_budgets
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.api.times import KnownSince, known_in_part
from bursar.api.zones import Calendar, ZoneQuery
from bursar.ledger.dimensions import OWNED_BY
from bursar.ledger.spans import SpansQuery, Sums
from bursar.vocab.instant import InstantUs, format_instant

ReadsUsage = Annotated[Principal, need("usage.read")]

router: Final = APIRouter(tags=["usage"])

_TOP: Final = 6
_BEFORE: Final = " before"

SpanName = Literal["today", "week", "month"]
Span = tuple[InstantUs, InstantUs]


class SpanAmount(Amount):
    """Of one span of time."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")


class BeforeAmount(SpanAmount):
    """Of the same span before."""

    known_since: KnownSince


class SummarySpan(SpanAmount):
    """A day, week or month of the zone up to now."""

    before: BeforeAmount = Field(description="The same days before: of yesterday, last week or last month.")


class SummaryPart(Amount):
    """Of the calls with one value of a dimension, this month."""

    value: str


class SummarySplit(BaseModel):
    """This month by one dimension: the largest, and all others together; they add up to the month."""

    parts: list[SummaryPart]
    others: int = Field(description="How many other values there are.")
    rest: Amount = Field(description="Of these.")


class SummaryReply(BaseModel):
    """Spend up to now, against the same days before, by owner, temporary and untagged."""

    time_zone: str
    spans: dict[SpanName, SummarySpan]
    by: dict[str, SummarySplit] = Field(
        description="By team, product, use_case, model and environment: month to date."
    )
    allocation: AllocationReply = Field(description="Of the month to date, as /allocation says it.")


@router.get("/summary", responses=responses(400, 503))
def get_summary(who: ReadsUsage, services: WithServices, zone: ZoneQuery = "UTC") -> SummaryReply:
    """Today, this week and this month, each against the same days before; and the month by its owners."""
    calendar = Calendar(zone)
    sight = who.sight("usage.read")
    spans = _spans(calendar, services.now())
    budgets = temporary_budgets(services.engine)
    query = SpansQuery(
        windows={
            name: window
            for each, (span, before) in spans.items()
            for name, window in ((each, span), (each + _BEFORE, before))
        },
        by=OWNED_BY,
        asides=budgets.asides,
        aside_window="month",
        tiers_of=budgets.tiers_of,
        sight=sight,
    )
    found = services.ledger.spans(query)
    since = services.ledger.known_since()
    return SummaryReply(
        time_zone=calendar.name,
        spans={
            name: SummarySpan(
                **_amount(span, found.windows[name]),
                before=BeforeAmount(
                    **_amount(before, found.windows[name + _BEFORE]),
                    known_since=known_in_part(since, before[0]),
                ),
            )
            for name, (span, before) in spans.items()
        },
        by={name: _split(found.by[name]["month"]) for name in OWNED_BY},
        allocation=allocation_of(found, "month", spans["month"][0], budgets, sight),
    )


def _spans(calendar: Calendar, now: InstantUs) -> dict[SpanName, tuple[Span, Span]]:
    """Each span up to now, and the same days and time before."""
    day, month = calendar.midnight(now), calendar.month(now)
    return {
        "today": ((day, now), (calendar.midnight(now, -1), calendar.moved(now, days=-1))),
        "week": ((calendar.week(now), now), (calendar.week(now, -1), calendar.moved(now, days=-7))),
        "month": ((month, now), (calendar.month(now, -1), calendar.moved(now, months=-1))),
    }


def _amount(span: Span, sums: Sums) -> dict[str, Any]:
    texts = dict(zip(("from", "to"), map(format_instant, span), strict=True))
    return {**texts, **amount_of(sums).model_dump()}


def _split(values: Mapping[str, Sums]) -> SummarySplit:
    largest = heapq.nsmallest(_TOP, values, key=lambda value: (-values[value].cost, value))
    others = [values[value] for value in values.keys() - largest]
    return SummarySplit(
        parts=[SummaryPart(value=value, **amount_of(values[value]).model_dump()) for value in largest],
        others=len(others),
        rest=amount_of(Sums(sum(each.calls for each in others), sum(each.cost for each in others))),
    )
