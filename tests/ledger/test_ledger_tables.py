"""The tables hold what an event has, and Ibis sees them as they are."""

from pathlib import Path

import duckdb
import pytest
from ledger_data import NOON, Feed, event, open_ledger

from bursar.ledger.calls import _RENAMED
from bursar.ledger.decode import ROW_FIELDS, type_of_row
from bursar.ledger.dimensions import EVENT_DIMENSIONS, ROLLUP_COLUMNS, dimension
from bursar.ledger.ledger import Ledger
from bursar.ledger.tables import EVENT_COLUMNS, EVENTS, FIGURES, histogram_table, rollup_table
from bursar.ledger.usage import UsageQuery
from bursar.ledger.views import bucket_lists, bucket_rows, figures_view
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import TOKEN_CLASSES, USAGE_CLASSES

KINDS = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "TINYINT": "int8",
    "UTINYINT": "uint8",
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp(6)",
    "DECIMAL(38,12)": "decimal(38, 12)",
    "VARCHAR[]": "array<string>",
    "MAP(VARCHAR, VARCHAR)": "map<string, string>",
    "STRUCT(bucket UTINYINT, latency_calls BIGINT, first_token_calls BIGINT)[]": (
        "array<struct<bucket: uint8, latency_calls: int64, first_token_calls: int64>>"
    ),
}


def test_every_field_of_an_event_has_a_column() -> None:
    columns = {_RENAMED.get(name, name) for name in Event.__struct_fields__ if name != "usage"}
    assert columns | set(USAGE_CLASSES) <= set(EVENT_COLUMNS)
    added = set(EVENT_COLUMNS) - columns - set(USAGE_CLASSES)
    assert added == {
        "commit_no",
        "calls",
        "worker",
        "seq",
        "received_at",
        "cell",
        "latency_bucket",
        "first_token_bucket",
    }
    assert len(type_of_row.__args__) == len(ROW_FIELDS)


TABLES = {
    "events": EVENTS,
    **{f"rollup_{grain}": rollup_table(grain) for grain in ("hour", "day")},
    **{f"histogram_{grain}": histogram_table(grain) for grain in ("hour", "day")},
    **{f"figures_{source}": figures_view(source) for source in ("events", "hour", "day")},
    **{f"buckets_{grain}": bucket_lists(grain) for grain in ("hour", "day")},
    "buckets_events": bucket_rows("events"),
}


@pytest.mark.parametrize("name", TABLES)
def test_ibis_sees_the_columns_that_are_there(ledger: Ledger, name: str) -> None:
    rows = ledger._writer.run(
        lambda connection: connection.execute(
            f"SELECT column_name, column_type FROM (DESCRIBE {name})"
        ).fetchall()
    ).result(10)
    found = {column: KINDS[kind] for column, kind in rows}
    expected = {column: str(kind) for column, kind in TABLES[name].schema().items()}
    assert found == expected


def test_rollups_made_before_partly_unpriced_calls_were_counted_count_them_after(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    feed = Feed(ledger)
    feed.send(*(event(number, flags=["partly_unpriced"] if number % 2 else []) for number in range(10)))
    ledger.roll(now=NOON)
    feed.send(event(11, flags=["partly_unpriced"]))
    ledger.close()
    with duckdb.connect(str(tmp_path / "ledger.duckdb")) as connection:
        connection.execute("DELETE FROM schema_migrations WHERE number >= 2")
        connection.execute("DROP VIEW IF EXISTS figures_events; DROP VIEW IF EXISTS buckets_events")
        for name in ("budgets", "held_pico", "output_tokens_asked"):
            connection.execute(f"ALTER TABLE events DROP COLUMN {name}")
        for grain in ("hour", "day"):
            connection.execute(f"ALTER TABLE rollup_{grain} DROP COLUMN partly_unpriced_calls")
    ledger = open_ledger(tmp_path)
    asked = UsageQuery(start=InstantUs(0), end=InstantUs(2**52), by=(dimension("team"),))
    figures = ledger.usage(asked).total.figures
    assert (figures["calls"], figures["partly_unpriced_calls"]) == (11, 6)
    assert {fact.state for fact in ledger.checks()} == {"ok"}
    ledger.close()


def test_cells_made_before_they_knew_provider_key_and_tags_know_them_after(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    providers = ("openai", "azure")
    shapes = [{"run": "1", "stage": "a"}, {"stage": "a", "run": "1"}, {"run": "2"}, {}]
    events = [
        event(
            number,
            team="search",
            product="answers",
            use_case="chat",
            model="small",
            environment="production",
            provider=providers[number % 2],
            key_id=f"key-{number % 3}",
            tags={"run": str(number)} if number % 3 == 2 else shapes[number % 4],
        )
        for number in range(60)
    ]
    Feed(ledger).send(*events)
    ledger.roll(now=NOON)
    every = {"start": InstantUs(0), "end": InstantUs(2**52)}
    asked = UsageQuery(**every, by=(dimension("provider"), dimension("key")))
    tagged = UsageQuery(**every, by=(dimension("tag:run"),), filters={dimension("key"): ("key-0",)})
    free = UsageQuery(**every, by=(dimension("tag:run"),))
    before = [ledger.usage(each).rows for each in (asked, tagged, free)]
    ledger.close()
    with duckdb.connect(str(tmp_path / "ledger.duckdb")) as connection:
        connection.execute("DELETE FROM schema_migrations WHERE number >= 5")
        connection.execute("DROP VIEW IF EXISTS figures_events; DROP VIEW IF EXISTS buckets_events")
        five = "team, product, use_case, model, environment"
        connection.execute(
            f"CREATE TABLE old AS SELECT (row_number() OVER () - 1)::INTEGER AS cell, *"
            f" FROM (SELECT DISTINCT {five} FROM events)"
        )
        same = " AND ".join(f"events.{name} = old.{name}" for name in five.split(", "))
        connection.execute(f"UPDATE events SET cell = old.cell FROM old WHERE {same}")
        connection.execute("DROP TABLE cells; ALTER TABLE old RENAME TO cells")
    ledger = open_ledger(tmp_path)
    assert [ledger.usage(each).rows for each in (asked, tagged, free)] == before, "from the events"
    ledger.roll(now=NOON)
    assert [ledger.usage(each).rows for each in (asked, tagged, free)] == before, "from the rollups"
    assert [len(rows) for rows in before] == [6, 3, 22]
    assert {fact.state for fact in ledger.checks()} == {"ok"}
    Feed(ledger, worker="later").send(event(80, team="search", provider="azure", key_id="key-9"))
    assert len(ledger.usage(asked).rows) == 7
    ledger.close()
    with duckdb.connect(str(tmp_path / "ledger.duckdb")) as connection:
        counted = connection.execute("SELECT key, count(*), count(tags) FROM cells GROUP BY key ORDER BY key")
        found = counted.fetchall()
    assert found == [("key-0", 4, 4), ("key-1", 4, 4), ("key-2", 18, 16), ("key-9", 1, 1)]


def test_dimensions_are_columns_of_events() -> None:
    assert {*ROLLUP_COLUMNS, *EVENT_DIMENSIONS.values()} <= set(EVENT_COLUMNS)


def test_usage_classes_come_last_among_the_figures_and_tokens_first_among_them() -> None:
    assert FIGURES[-len(USAGE_CLASSES) :] == USAGE_CLASSES
    assert USAGE_CLASSES[: len(TOKEN_CLASSES)] == TOKEN_CLASSES
