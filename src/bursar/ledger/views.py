"""The same shape over events and over rollups, so that one query expression reads either.

`figures_events`, `figures_hour`, `figures_day`: an instant `moment`, the cell, every figure.
`buckets_events`, `buckets_hour`, `buckets_day`: an instant `moment`, the cell, and what there is of buckets:
of events a row for each, with calls by measure; of the rollups a list of them.
The views of events have every other dimension too, and the commit.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import duckdb
import ibis

from bursar.ledger.dimensions import EVENT_DIMENSIONS, ROLLUP_COLUMNS
from bursar.ledger.figures import buckets_of_events, buckets_of_lists, figures_of_events
from bursar.ledger.statement import compile_statement
from bursar.ledger.tables import (
    AMOUNTS,
    BUCKET_COUNTS,
    BUCKETS_KIND,
    EVENTS,
    FIGURES,
    histogram_table,
    rollup_table,
)

ROLLUP_GRAINS: Final = ("hour", "day")
SOURCES: Final = ("events", *ROLLUP_GRAINS)
_EVENT_KEYS: Final = [
    "moment",
    "cell",
    *ROLLUP_COLUMNS,
    *EVENT_DIMENSIONS.values(),
    "tags",
    "commit_no",
]


def _definitions() -> Iterator[tuple[str, ibis.Table]]:
    events = EVENTS.mutate(moment=EVENTS["started_at"], http_status=EVENTS["http_status"].cast("string"))
    yield "figures_events", events.select(*_EVENT_KEYS, **figures_of_events(events))
    yield "buckets_events", buckets_of_events(events, _EVENT_KEYS)
    for grain in ROLLUP_GRAINS:
        yield f"figures_{grain}", rollup_table(grain).rename(moment="period")
        yield f"buckets_{grain}", histogram_table(grain).rename(moment="period")


@cache
def _statements() -> tuple[str, ...]:
    return tuple(
        compile_statement(definition, before=f"CREATE OR REPLACE VIEW {name} AS").sql
        for name, definition in _definitions()
    )


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views as this version defines them."""
    for statement in _statements():
        connection.execute(statement)


def _keys(source: str) -> dict[str, str]:
    keys = {"moment": "timestamp(6)", "cell": "int32"}
    if source == "events":
        keys |= dict.fromkeys((*ROLLUP_COLUMNS, *EVENT_DIMENSIONS.values()), "string")
        keys |= {"tags": "map<string, string>", "commit_no": "int64"}
    return keys


def figures_view(source: str) -> ibis.Table:
    """`figures_<source>` for one of SOURCES."""
    kinds = {name: "decimal(38, 12)" if name in AMOUNTS else "int64" for name in FIGURES}
    return ibis.table({**_keys(source), **kinds}, name=f"figures_{source}")


def bucket_rows(source: str) -> ibis.Table:
    """`buckets_<source>` for one of SOURCES with a row for each bucket."""
    if source != "events":
        return buckets_of_lists(bucket_lists(source), ["moment", "cell"])
    columns = {"bucket": "uint8", **dict.fromkeys(BUCKET_COUNTS, "int64")}
    return ibis.table({**_keys(source), **columns}, name=f"buckets_{source}")


def bucket_lists(grain: str) -> ibis.Table:
    """`buckets_<grain>` of a rollup, as it is stored."""
    return ibis.table({**_keys(grain), "buckets": BUCKETS_KIND}, name=f"buckets_{grain}")
