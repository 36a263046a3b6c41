"""GET /api/v1/usage: figures by dimensions and periods."""

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from bursar.access import Principal
from bursar.api.figures import Figures, Row, figures_json, rows_json, total_json
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import ByQuery, FilterQuery, FromQuery, ToQuery, read_by, read_filters
from bursar.api.services import WithServices
from bursar.api.times import read_span
from bursar.ledger.collector import collector_paused
from bursar.ledger.usage import Usage, UsageQuery
from bursar.vocab.instant import InstantUs, format_instant

ReadsUsage = Annotated[Principal, need("usage.read")]

router: Final = APIRouter(tags=["usage"])

Grain = Literal["none", "minute", "hour", "day", "month"]


class UsageAnswer(BaseModel):
    """Rows ordered by period and dimensions, and what they add up to, exactly."""

    start: str = Field(alias="from", description="The first instant, as it was understood.")
    end: str = Field(alias="to", description="The instant after the last one.")
    by: list[str]
    grain: Grain
    rows: list[Row] = Field(description="Only groups with calls.")
    total: Figures


@router.get("/usage", response_model=UsageAnswer, responses=responses(400, 503))
def get_usage(
    who: ReadsUsage,
    services: WithServices,
    start: FromQuery = "30d",
    end: ToQuery = "now",
    by: ByQuery = "",
    grain: Annotated[Grain, Query(description="The periods to split by; UTC.")] = "none",
    filters: Annotated[FilterQuery, Query(alias="filter")] = [],  # noqa: B006 - never changed
    durations: Annotated[
        bool,
        Query(description="Whether to answer percentiles; without them the answer takes half the time."),
    ] = True,
) -> Response:
    """How much was used, by whom, and what it cost; every stored call is in it at once."""
    first, after = read_span(start, end, now=services.now())
    query = UsageQuery(
        start=first,
        end=after,
        by=read_by(by),
        grain=grain,
        filters=read_filters(filters),
        sight=who.sight("usage.read"),
        with_durations=durations,
    )
    found = services.ledger.usage(query)
    with collector_paused():
        # Encoded here: thousands of rows through a validating model would take longer than the question.
        content = msgspec.json.encode(_answer(query, found))
    return Response(content, media_type="application/json")


def _answer(query: UsageQuery, found: Usage) -> dict[str, Any]:
    names = tuple(dimension.name for dimension in query.by)
    keys: dict[str, Any] = {}
    if query.grain != "none":
        starts = {start: format_instant(start or InstantUs(0)) for start in set(found.periods)}
        keys["period"] = [starts[start] for start in found.periods]
    keys |= dict(zip(names, zip(*found.keys, strict=True), strict=False))
    figures = figures_json(found.columns, found.latencies, found.first_tokens)
    return {
        "from": format_instant(query.start),
        "to": format_instant(query.end),
        "by": names,
        "grain": query.grain,
        "rows": rows_json(keys, figures),
        "total": total_json(found.total),
    }
