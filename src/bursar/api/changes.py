"""GET /api/v1/changes: what moved the cost, and why; GET /api/v1/values: what there is to pick."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bursar.access import Principal
from bursar.api.explore import compared_span
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FilterQuery, FromQuery, ToQuery, read_filters
from bursar.api.services import WithServices
from bursar.api.times import KnownSince, known_in_part, read_span
from bursar.api.zones import Calendar, ZoneQuery
from bursar.ledger.dimensions import DIMENSION_PATTERN, Dimension, dimension
from bursar.ledger.explore import GROUPS_LIMIT, Explored, ExploreQuery
from bursar.ledger.ledger import Ledger
from bursar.ledger.variance import Amount, Group, Part, decompose, together
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.money import Picodollars, usd_text
from bursar.vocab.sight import Sight
from bursar.vocab.usage import TOKEN_CLASSES

ReadsUsage = Annotated[Principal, need("usage.read")]

router: Final = APIRouter(tags=["usage"])

_COLUMNS: Final = ("cost", "calls", *TOKEN_CLASSES)
ComparedWith = Literal["previous", "week", "year"]

_PARTS_MOST: Final = 200

DimensionName = Annotated[str, Query(json_schema_extra={"pattern": rf"^{DIMENSION_PATTERN}$"})]


class ChangedPart(BaseModel):
    """Price + volume + mix = delta, exactly. Amounts are decimal text in USD."""

    value: str | None = Field(description="Of the dimension; null for the rest.")
    groups: int
    before: str
    after: str
    delta: str
    price: str = Field(description="Because a unit costs another price than before.")
    volume: str = Field(description="Because all together was used more or less.")
    mix: str = Field(description="Because it grew more or less than all together; all of what is new.")
    calls_before: int
    calls_after: int
    tokens_before: int
    tokens_after: int


class ChangesAnswer(BaseModel):
    """Why the cost moved; the parts with the largest difference first."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    before_from: str
    before_to: str
    before_known_since: KnownSince
    by: str
    total: ChangedPart
    parts: list[ChangedPart]


class PickValue(BaseModel):
    """A value of a dimension, and what it stands for in the span."""

    value: str
    calls: int
    cost_usd: str


class ValuesAnswer(BaseModel):
    """Values that hold the text, the costliest first."""

    values: list[PickValue]
    more: int = Field(description="How many others hold the text.")


@router.get("/changes", response_model=ChangesAnswer, responses=responses(400, 503))
def get_changes(
    who: ReadsUsage,
    services: WithServices,
    start: FromQuery = "7d",
    end: ToQuery = "now",
    by: DimensionName = "team",
    filters: Annotated[FilterQuery, Query(alias="filter")] = [],  # noqa: B006 - never changed
    zone: ZoneQuery = "UTC",
    compare: Annotated[ComparedWith, Query(description="As for /explore.")] = "previous",
    top: Annotated[int, Query(ge=1, le=_PARTS_MOST, description="How many parts are told apart.")] = 50,
) -> Any:
    """Why it costs more or less than before: price, volume and mix, by one dimension."""
    span = read_span(start, end, now=services.now())
    before = compared_span(compare, *span, Calendar(zone))
    if before is None:
        raise InvalidInput("there is no time before that span to compare it with")
    sight = who.sight("usage.read")
    return changes(services.ledger, span, before, by=dimension(by), filters=filters, sight=sight, top=top)


def changes(
    ledger: Ledger,
    span: tuple[InstantUs, InstantUs],
    before: tuple[InstantUs, InstantUs],
    *,
    by: Dimension,
    sight: Sight,
    filters: list[str] | None = None,
    top: int = 50,
) -> dict[str, Any]:
    """The answer of /changes for two spans."""
    old, new = (
        _amounts(
            ledger.explore(
                ExploreQuery(
                    bounds=each,
                    by=(by,),
                    filters=read_filters(filters or []),
                    columns=_COLUMNS,
                    rank=("cost",),
                    top=GROUPS_LIMIT,
                    sight=sight,
                )
            )
        )
        for each in (before, span)
    )
    parts, whole = decompose(old, new)
    ranked = sorted(parts.items(), key=lambda item: (-abs(item[1].delta), item[0]))
    shown = [_part(group[0], 1, part) for group, part in ranked[:top]]
    if rest := [part for _, part in ranked[top:]]:
        shown.append(_part(None, len(rest), together(rest)))
    return {
        "from": format_instant(span[0]),
        "to": format_instant(span[1]),
        "before_from": format_instant(before[0]),
        "before_to": format_instant(before[1]),
        "before_known_since": known_in_part(ledger.known_since(), before[0]),
        "by": by.name,
        "total": _part(None, len(parts), whole),
        "parts": shown,
    }


def _amounts(found: Explored) -> dict[Group, Amount]:
    return {
        group: Amount(cost=sums[0], calls=sums[1], tokens=sum(sums[2:]))
        for group, sums in zip(found.groups, found.totals, strict=True)
    }


def _part(value: str | None, groups: int, part: Part) -> dict[str, Any]:
    amounts = {
        "before": part.before.cost,
        "after": part.after.cost,
        "delta": part.delta,
        "price": part.price,
        "volume": part.volume,
        "mix": part.mix,
    }
    return {
        "value": value,
        "groups": groups,
        **{name: usd_text(Picodollars(amount)) for name, amount in amounts.items()},
        "calls_before": part.before.calls,
        "calls_after": part.after.calls,
        "tokens_before": part.before.tokens,
        "tokens_after": part.after.tokens,
    }


@router.get("/values", responses=responses(400, 503))
def get_values(
    who: ReadsUsage,
    services: WithServices,
    name: Annotated[
        str, Query(alias="dimension", json_schema_extra={"pattern": rf"^{DIMENSION_PATTERN}$"})
    ] = "team",
    text: Annotated[str, Query(alias="q", max_length=200, description="Part of the value.")] = "",
    start: FromQuery = "30d",
    end: ToQuery = "now",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> ValuesAnswer:
    """The values of a dimension that have calls in the span."""
    span = read_span(start, end, now=services.now())
    query = ExploreQuery(
        bounds=span,
        by=(dimension(name),),
        columns=("cost", "calls"),
        rank=("cost",),
        top=GROUPS_LIMIT,
        sight=who.sight("usage.read"),
    )
    found = services.ledger.explore(query)
    wanted = text.casefold()
    fitting = [
        (group, sums)
        for (group,), sums in zip(found.groups, found.totals, strict=True)
        if wanted in group.casefold()
    ]
    values = [
        PickValue(value=value, calls=calls, cost_usd=usd_text(Picodollars(cost)))
        for value, (cost, calls) in fitting[:limit]
    ]
    return ValuesAnswer(values=values, more=max(0, len(fitting) - limit))
