"""GET /api/v1/explore/export: all groups of a question as a file, a row for each period."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import APIRouter, Query
from starlette.responses import Response

from bursar.access import Principal
from bursar.api.explore import By, MeasureName, question
from bursar.api.measures import Measure
from bursar.api.periods import Grain
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.questions import FilterQuery, FromQuery, ToQuery
from bursar.api.services import WithServices
from bursar.api.times import read_span
from bursar.api.zones import Calendar, ZoneQuery
from bursar.ledger.explore import Explored
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import format_instant

ReadsUsage = Annotated[Principal, need("usage.read")]

router: Final = APIRouter(tags=["usage"])

ROWS_MOST: Final = 500_000
_GROUPS_MOST: Final = 100_000
_MONEY: Final = pa.decimal128(38, 12)
# A spreadsheet takes such a cell for a formula, and would run what a team's name says.
_FORMULA: Final = re.compile(r"^[=+\-@\t\r]")
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}

_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in _TYPES.values()},
    }
}


@router.get("/explore/export", response_class=Response, responses={**responses(400, 503), **_FILE})
def export_explore(
    who: ReadsUsage,
    services: WithServices,
    start: FromQuery = "30d",
    end: ToQuery = "now",
    by: By = "",
    grain: Annotated[Grain, Query(description="Weeks begin on Monday.")] = "day",
    measure: MeasureName = "cost",
    filters: Annotated[FilterQuery, Query(alias="filter")] = [],  # noqa: B006 - never changed
    zone: ZoneQuery = "UTC",
    form: Annotated[Literal["csv", "parquet"], Query(alias="format")] = "csv",
) -> Response:
    """All groups over time as CSV or Parquet; the CSV ends with the totals."""
    calendar = Calendar(zone)
    first, after = read_span(start, end, now=services.now())
    kind, periods, query = question(
        who,
        (first, after),
        by=by,
        grain=grain,
        measure=measure,
        filters=filters,
        top=_GROUPS_MOST,
        zone=calendar,
    )
    found = services.ledger.explore(query)
    if len(found.groups) * query.slot_count > ROWS_MOST:
        raise InvalidInput(f"these are more than {ROWS_MOST} rows: ask for a coarser grain, or filter")
    names = [each.name for each in query.by]
    starts = list(periods.labels) or [calendar.text(at) for at in periods.bounds[:-1]]
    content = (_csv if form == "csv" else _parquet)(kind, found, names, starts, measure)
    name = f"bursar-{measure}-{format_instant(first)[:10]}-{format_instant(after)[:10]}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=_TYPES[form], headers=headers)


def _rows(kind: Measure, found: Explored, starts: list[str]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    for place, group in enumerate(found.groups):
        for slot, start in enumerate(starts):
            if found.quantiles is not None:
                yield group, start, kind.duration(found.quantiles[place][slot])
            else:
                yield group, start, kind.value(found.sums[place][slot])


def _csv(kind: Measure, found: Explored, names: list[str], starts: list[str], measure: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["period", *names, f"{measure} ({kind.unit})"])
    for group, start, value in _rows(kind, found, starts):
        writer.writerow([start, *map(_cell, group), "" if value is None else value])
    whole = found.quantiles_total
    total = kind.value(found.total) if whole is None else kind.duration(whole)
    writer.writerow(["total", *([""] * len(names)), "" if total is None else total])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(name: str) -> str:
    return f"'{name}" if _FORMULA.match(name) else name


def _parquet(kind: Measure, found: Explored, names: list[str], starts: list[str], measure: str) -> bytes:
    rows = list(_rows(kind, found, starts))
    is_money = kind.unit.startswith("usd")
    values = [None if value is None else Decimal(value) if is_money else float(value) for _, _, value in rows]
    columns: dict[str, Any] = {"period": pa.array([start for _, start, _ in rows], pa.string())}
    for place, name in enumerate(names):
        columns[name] = pa.array([group[place] for group, _, _ in rows], pa.string())
    columns[measure] = pa.array(values, _MONEY if is_money else pa.float64())
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()
