"""GET /api/v1/explore: one measure by up to two dimensions over periods, compared with the time before."""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from bursar.access import Principal
from bursar.api.measures import MEASURES, Measure, Unit, Value
from bursar.api.periods import Grain, Periods, periods_of
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FilterQuery, FromQuery, ToQuery, read_by, read_filters
from bursar.api.services import WithServices
from bursar.api.times import KnownSince, known_in_part, read_span
from bursar.api.zones import Calendar, ZoneQuery
from bursar.ledger.dimensions import DIMENSION_PATTERN
from bursar.ledger.explore import Explored, ExploreQuery
from bursar.ledger.ledger import Ledger
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, format_instant

ReadsUsage = Annotated[Principal, need("usage.read")]

router: Final = APIRouter(tags=["usage"])

TOP_MOST: Final = 200
_DIMENSIONS_MOST: Final = 2
_DAY_US: Final = 86_400_000_000

Compare = Literal["none", "previous", "week", "year"]
By = Annotated[
    str,
    Query(
        description="Up to 2 dimensions, with a comma between; as for /usage.",
        json_schema_extra={"pattern": rf"^(?:{DIMENSION_PATTERN}(?:,{DIMENSION_PATTERN})?)?$"},
    ),
]
MeasureName = Annotated[
    str,
    Query(
        description="; ".join(f"`{name}`: {one.sentence}" for name, one in MEASURES.items()),
        json_schema_extra={"enum": list(MEASURES)},
    ),
]


class ExploreSeries(BaseModel):
    """One group, or the rest of them. Amounts are exact decimal text in USD, other values numbers."""

    key: dict[str, str] = Field(description="The values of the dimensions; empty for the rest.")
    is_rest: bool
    groups: int = Field(description="How many groups it stands for.")
    values: list[str | int | float | None] = Field(description="For each period; null where there is none.")
    total: str | int | float | None
    before: str | int | float | None = Field(description="The total of the span it is compared with.")
    calls: int


class ExploreTotal(BaseModel):
    """All calls of the span that were asked for."""

    values: list[str | int | float | None]
    total: str | int | float | None
    before: str | int | float | None
    before_values: list[str | int | float | None] | None = Field(
        description="Of the span it is compared with, period by period from its first on."
    )
    calls: int


class ComparedSpan(BaseModel):
    """What the span is compared with."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    known_since: KnownSince


class ExploreAnswer(BaseModel):
    """The largest groups and the rest. Where `adds_up`, series add up to the total, exactly."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    by: list[str]
    grain: Grain
    measure: str
    unit: Unit
    adds_up: bool
    time_zone: str
    periods: list[str] = Field(description="Where each begins, on the zone's clocks; 1-00 to 7-23 of a week.")
    periods_end: list[str]
    compare: ComparedSpan | None
    series: list[ExploreSeries]
    total: ExploreTotal
    groups: int = Field(description="How many groups have calls.")


@router.get("/explore", response_model=ExploreAnswer, responses=responses(400, 503))
def get_explore(
    who: ReadsUsage,
    services: WithServices,
    start: FromQuery = "30d",
    end: ToQuery = "now",
    by: By = "",
    grain: Annotated[Grain, Query(description="Weeks begin on Monday.")] = "day",
    measure: MeasureName = "cost",
    filters: Annotated[FilterQuery, Query(alias="filter")] = [],  # noqa: B006 - never changed
    top: Annotated[int, Query(ge=1, le=TOP_MOST, description="How many groups are told apart.")] = 12,
    zone: ZoneQuery = "UTC",
    compare: Annotated[
        Compare,
        Query(
            description="`previous`: as long a time just before, of a span that begins at midnight as many "
            "days up to the same time of day; `week`: the same weekdays before; `year`: a year before."
        ),
    ] = "none",
) -> Response:
    """One measure over time, for the largest groups and the rest."""
    calendar = Calendar(zone)
    first, after = read_span(start, end, now=services.now())
    kind, periods, query = question(
        who, (first, after), by=by, grain=grain, measure=measure, filters=filters, top=top, zone=calendar
    )
    found = services.ledger.explore(query)
    span = compared_span(compare, first, after, calendar)
    before = (
        None if span is None else _before(services.ledger, query, found, periods_of(grain, *span, calendar))
    )
    answer = {
        "from": format_instant(first),
        "to": format_instant(after),
        "by": [each.name for each in query.by],
        "grain": grain,
        "measure": measure,
        "unit": kind.unit,
        "adds_up": kind.adds_up,
        "time_zone": calendar.name,
        **_period_texts(periods, calendar),
        "compare": None
        if span is None
        else {
            **dict(zip(("from", "to"), map(format_instant, span), strict=True)),
            "known_since": known_in_part(services.ledger.known_since(), span[0]),
        },
        **_series(kind, query, found, before),
    }
    return Response(msgspec.json.encode(answer), media_type="application/json")


def question(
    who: Principal,
    span: tuple[InstantUs, InstantUs],
    *,
    by: str,
    grain: Grain,
    measure: str,
    filters: list[str],
    top: int,
    zone: Calendar,
) -> tuple[Measure, Periods, ExploreQuery]:
    """What is asked for, checked: the measure, the periods, and the ledger's question."""
    kind = _measure(measure)
    periods = periods_of(grain, *span, zone)
    dimensions = read_by(by)
    if len(dimensions) > _DIMENSIONS_MOST:
        raise InvalidInput(f"at most {_DIMENSIONS_MOST} dimensions can be split by here")
    query = ExploreQuery(
        bounds=periods.bounds,
        slots=periods.slots,
        slots_most=len(periods.labels),
        by=dimensions,
        filters=read_filters(filters),
        columns=kind.columns,
        rank=kind.rank,
        durations=kind.durations,
        top=top,
        sight=who.sight("usage.read"),
    )
    return kind, periods, query


def _measure(name: str) -> Measure:
    if name not in MEASURES:
        raise InvalidInput(
            f"{name!r} is not a measure. Allowed: {', '.join(MEASURES)}", allowed=list(MEASURES)
        )
    return MEASURES[name]


def compared_span(
    compare: Compare, start: InstantUs, end: InstantUs, calendar: Calendar
) -> tuple[InstantUs, InstantUs] | None:
    """The span before: just before, the same weekdays, or a year earlier. None where none can be."""
    if compare == "none":
        return None
    if compare == "previous" and calendar.midnight(start) != start:
        return (InstantUs(max(0, 2 * start - end)), start) if start > 0 else None
    if compare in ("previous", "week"):
        days = calendar.days(start, end)
        days = days if compare == "previous" else -(-days // 7) * 7
        if days * _DAY_US > start:
            return None
        return calendar.moved(start, days=-days), calendar.moved(end, days=-days)
    before = calendar.years_before(start), calendar.years_before(end)
    return before if 0 <= before[0] < before[1] else None


def _before(ledger: Ledger, query: ExploreQuery, found: Explored, periods: Periods) -> Explored:
    """The same groups in the periods of another span."""
    return ledger.explore(
        replace(
            query,
            bounds=periods.bounds,
            slots=periods.slots,
            slots_most=len(periods.labels),
            groups=found.groups,
        )
    )


def _period_texts(periods: Periods, calendar: Calendar) -> dict[str, list[str]]:
    if periods.labels:
        return {"periods": list(periods.labels), "periods_end": []}
    texts = list(map(calendar.text, periods.bounds))
    return {"periods": texts[:-1], "periods_end": texts[1:]}


def _series(kind: Measure, query: ExploreQuery, found: Explored, before: Explored | None) -> dict[str, Any]:
    calls = query.columns.index("calls")
    names = [each.name for each in query.by]
    shown = []
    for place, totals in enumerate(found.totals):
        is_rest = place == len(found.groups)
        shown.append(
            {
                "key": {} if is_rest else dict(zip(names, found.groups[place], strict=True)),
                "is_rest": is_rest,
                "groups": found.rest_groups if is_rest else 1,
                "values": _values(kind, found, place),
                "total": _total(kind, found, place),
                "before": None if before is None else _total(kind, before, place),
                "calls": totals[calls],
            }
        )
    if before is not None and before.rest_groups and not found.rest_groups:
        shown.append(_only_before(kind, query, before))
    return {
        "series": shown,
        "total": {
            "values": _whole(kind, found),
            "total": _of_all(kind, found),
            "before": None if before is None else _of_all(kind, before),
            "before_values": None if before is None else _alongside(_whole(kind, before), query.slot_count),
            "calls": found.total[calls],
        },
        "groups": len(found.groups) + found.rest_groups,
    }


def _alongside(values: list[Any], periods: int) -> list[Any]:
    """Values of another span beside the periods of this one, which may have more or fewer."""
    return [*values[:periods], *[None] * (periods - len(values))]


def _only_before(kind: Measure, query: ExploreQuery, before: Explored) -> dict[str, Any]:
    """Groups that were there in the span before only; without them `before` would not add up."""
    nothing = kind.value((0,) * len(query.columns)) if kind.adds_up else None
    return {
        "key": {},
        "is_rest": True,
        "groups": before.rest_groups,
        "values": [nothing] * query.slot_count,
        "total": nothing,
        "before": _total(kind, before, len(before.groups)),
        "calls": 0,
    }


def _values(kind: Measure, found: Explored, place: int) -> list[Value]:
    if found.quantiles is not None:
        return [kind.duration(row) for row in found.quantiles[place]]
    return [kind.value(sums) for sums in found.sums[place]]


def _total(kind: Measure, found: Explored, place: int) -> Value:
    if place >= len(found.totals):  # no rest
        return kind.value((0,) * len(kind.columns)) if kind.adds_up else None
    if found.quantiles_totals is not None:
        return kind.duration(found.quantiles_totals[place])
    return kind.value(found.totals[place])


def _whole(kind: Measure, found: Explored) -> list[Value]:
    if found.quantiles_whole is not None:
        return [kind.duration(row) for row in found.quantiles_whole]
    return [kind.value(sums) for sums in found.whole]


def _of_all(kind: Measure, found: Explored) -> Value:
    if found.quantiles_total is not None:
        return kind.duration(found.quantiles_total)
    return kind.value(found.total)
