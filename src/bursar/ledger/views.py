"""The same shape over events and over rollups, so that one query expression reads either.

`figures_events`, `figures_hour`, `figures_day`: an instant `at`, the dimensions, every figure.
`buckets_events`, `buckets_hour`, `buckets_day`: an instant `at`, the dimensions, measure, bucket, calls.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import duckdb
import ibis

from bursar.ledger.dimensions import EVENT_DIMENSIONS, ROLLUP_DIMENSIONS
from bursar.ledger.figures import buckets_of_events, figures_of_events
from bursar.ledger.statement import compile_statement
from bursar.ledger.tables import AMOUNTS, CELLS, EVENTS, FIGURES, histogram_table, rollup_table

ROLLUP_GRAINS: Final = ("hour", "day")
SOURCES: Final = ("events", *ROLLUP_GRAINS)
_EVENT_KEYS: Final = [*ROLLUP_DIMENSIONS, *EVENT_DIMENSIONS.values(), "tags", "commit_no"]


def _keys_of_events() -> ibis.Table:
    return EVENTS.mutate(at=EVENTS["started_at"], http_status=EVENTS["http_status"].cast("string"))


def _definitions() -> Iterator[tuple[str, ibis.Table]]:
    events = _keys_of_events()
    keys = ["at", *_EVENT_KEYS]
    yield "figures_events", events.select(*keys, **figures_of_events(events))
    yield "buckets_events", buckets_of_events(events, keys)
    for grain in ROLLUP_GRAINS:
        figures = rollup_table(grain).join(CELLS, "cell")
        yield f"figures_{grain}", figures.select(*ROLLUP_DIMENSIONS, *FIGURES, at=figures["period"])
        buckets = histogram_table(grain).join(CELLS, "cell")
        columns = [*ROLLUP_DIMENSIONS, "measure", "bucket", "calls"]
        yield f"buckets_{grain}", buckets.select(*columns, at=buckets["period"])


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
    keys = {"at": "timestamp(6)", **dict.fromkeys(ROLLUP_DIMENSIONS, "string")}
    if source == "events":
        keys |= dict.fromkeys(EVENT_DIMENSIONS.values(), "string")
        keys |= {"tags": "map<string, string>", "commit_no": "int64"}
    return keys


def figures_view(source: str) -> ibis.Table:
    """`figures_<source>` for one of SOURCES."""
    kinds = {name: "decimal(38, 12)" if name in AMOUNTS else "int64" for name in FIGURES}
    return ibis.table({**_keys(source), **kinds}, name=f"figures_{source}")


def buckets_view(source: str) -> ibis.Table:
    """`buckets_<source>` for one of SOURCES."""
    columns = {"measure": "string", "bucket": "uint8", "calls": "int64"}
    return ibis.table({**_keys(source), **columns}, name=f"buckets_{source}")
