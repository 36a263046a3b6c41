"""Fills a ledger with events made inside the engine: deterministic, skewed, 20 million in minutes."""

from pathlib import Path
from typing import Final

import duckdb

from bursar.ledger.histogram import GROWTH, LOWEST_US
from bursar.ledger.ledger import Ledger
from bursar.ledger.tables import EVENT_COLUMNS, migrations
from bursar.store.ledger import EngineLimits, open_store
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import USAGE_CLASSES

START_US: Final = InstantUs(1_793_491_200_000_000)  # 2026-11-01T00:00:00Z
DAYS: Final = 30
LIMITS: Final = EngineLimits(memory_mb=4096, threads=2)
_CHUNK: Final = 1_000_000

_ZERO: Final = dict.fromkeys(USAGE_CLASSES, "0")

# Each use case belongs to a product and a team, and uses three models in three environments.
_USE_CASES: Final = 97
_TEAM: Final = "'team-' || (use // 8)"
_PRODUCT: Final = "'product-' || (use // 3)"
_USE_CASE: Final = "'use-case-' || use"
_MODEL: Final = "'model-' || (use % 5 + spread)"
_PROVIDER: Final = "['openai', 'anthropic', 'gemini'][1 + use % 3]"
_KEY: Final = "'key-' || use"
_TAGS: Final = "MAP {'cost-centre': 'cc-' || (use % 7)}"
_ENVIRONMENT: Final = "['production', 'staging', 'development'][1 + place]"


def _uniform(salt: int) -> str:
    """A number in [0, 1) that depends on the row and the salt only."""
    return f"(hash(i, {salt}) % 1000003) / 1000003.0"


def _normal(salt: int, other_salt: int) -> str:
    """A number drawn from the normal distribution (Box and Muller)."""
    return f"(sqrt(-2 * ln({_uniform(salt)} + 1e-9)) * cos(6.2832 * {_uniform(other_salt)}))"


def _bucket(duration_us: str) -> str:
    return f"ceil(ln(greatest({duration_us}, {LOWEST_US}) / {LOWEST_US}) / ln({GROWTH}))::UTINYINT"


def _columns() -> dict[str, str]:
    """SQL for every column of events, from the row's number `i` and the drawn numbers of the inner query."""
    text = dict.fromkeys((name for name, kind in EVENT_COLUMNS.items() if kind == "string"), "''")
    return {
        **text,
        **_ZERO,
        "commit_no": "i // 20000 + 1",
        "cell": "use * 9 + spread * 3 + place",
        "calls": "1",
        "worker": "'bench-' || (i % 2)",
        "seq": "i // 2 + 1",
        "received_at": "make_timestamp(at_us + 2000000)",
        "call_id": "substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-7' || substr(id, 13, 3) || '-8'"
        " || substr(id, 16, 3) || '-' || substr(id, 19, 12)",
        "started_at": "make_timestamp(at_us)",
        "finished_at": "make_timestamp(at_us + latency)",
        "team": _TEAM,
        "product": _PRODUCT,
        "use_case": _USE_CASE,
        "environment": _ENVIRONMENT,
        "model": _MODEL,
        "tags": _TAGS,
        "key_id": _KEY,
        "provider": _PROVIDER,
        "wire": "'openai'",
        "operation": "'chat'",
        "model_requested": "'model-' || (use % 5)",
        "model_served": "'model-' || (use % 5) || '-2026-08-01'",
        "status": "CASE WHEN fate < 0.98 THEN 'complete' WHEN fate < 0.99 THEN 'error' ELSE 'partial' END",
        "http_status": "CASE WHEN fate < 0.98 OR fate >= 0.99 THEN 200 ELSE 500 END",
        "usage_source": "CASE WHEN fate < 0.99 THEN 'provider' ELSE 'estimated' END",
        "flags": "[]::VARCHAR[]",
        "streamed": "i % 2 = 0",
        "latency_us": "latency",
        "first_token_us": "CASE WHEN i % 2 = 0 THEN latency // 5 END",
        "latency_bucket": _bucket("latency"),
        "first_token_bucket": f"CASE WHEN i % 2 = 0 THEN {_bucket('latency // 5')} END",
        "cost_list": "cost",
        "cost": "CASE WHEN hash(i, 9) % 200 <> 0 THEN cost END",
        "fingerprint_request": "substr(id, 3, 16)",
        "fingerprint_prefix": "md5(use::VARCHAR)[:16]",
        "bytes_request": "800 + hash(i, 7) % 4000",
        "bytes_reply": "400 + hash(i, 8) % 4000",
        "provider_call_id": "'chatcmpl-' || substr(id, 10, 20)",
        "tokens_input": "tokens_in",
        "tokens_cache_read": "tokens_in // 3",
        "tokens_output": "tokens_out",
        "source": "'gateway'",
    }


def _insert(first: int, last: int, total: int, start_us: int) -> str:
    """Rows first..last-1 of `total`: instants rise over DAYS, a third of the use cases makes most calls."""
    span_us = DAYS * 86_400_000_000
    selected = ", ".join(f"{sql} AS {name}" for name, sql in _columns().items())
    return f"""
        INSERT INTO events BY NAME
        SELECT {selected} FROM (
            SELECT *, printf('%012x', at_us // 1000) || md5(i::VARCHAR)[:18] AS id,
                (tokens_in * 150 + tokens_out * 600)::DECIMAL(38, 12) / 1000000000 AS cost
            FROM (
                SELECT i,
                    {start_us} + (i::DOUBLE / {total} * {span_us})::BIGINT AS at_us,
                    ({_USE_CASES - 1} * pow({_uniform(1)}, 2))::INTEGER AS use,
                    exp(13.2 + 0.8 * {_normal(2, 3)})::BIGINT AS latency,
                    (exp(6.5 + {_uniform(4)} * 2))::BIGINT AS tokens_in,
                    (exp(4 + {_uniform(10)} * 2.5))::BIGINT AS tokens_out,
                    (hash(i, 6) % 3)::INTEGER AS spread,
                    greatest(0, (hash(i, 5) % 4)::INTEGER - 1) AS place,
                    {_uniform(11)} AS fate
                FROM range({first}, {last}) AS rows(i)
            )
        )
    """


def generate(path: Path, events: int, start_us: InstantUs = START_US) -> Ledger:
    """The ledger at `path` with `events` events in DAYS from `start_us`, and its rollups.

    Made if it is not there in that size yet.
    """
    connection = open_store(path, migrations(), LIMITS)
    found = connection.execute("SELECT count(*) FROM events").fetchall()[0][0]
    if found != events:
        _fill(connection, events, start_us)
    connection.close()
    ledger = Ledger.open(path, limits=LIMITS)
    if found != events:
        ledger.rebuild_rollups(now=start_us)
    ledger.roll(now=start_us)  # one of an older schema may have been left without rollups by its migration
    return ledger


def _fill(connection: duckdb.DuckDBPyConnection, events: int, start_us: int) -> None:
    connection.execute("DELETE FROM events")
    connection.execute("DELETE FROM workers")
    connection.execute("DELETE FROM cells")
    connection.execute(
        f"INSERT INTO cells SELECT cell, {_TEAM}, {_PRODUCT}, {_USE_CASE}, {_MODEL}, {_ENVIRONMENT},"
        f" {_PROVIDER}, {_KEY}, {_TAGS} FROM ("
        " SELECT cell, cell // 9 AS use, cell // 3 % 3 AS spread, cell % 3 AS place"
        f" FROM range({_USE_CASES * 9}) AS rows(cell))"
    )
    for first in range(0, events, _CHUNK):
        connection.execute(_insert(first, min(first + _CHUNK, events), events, start_us))
    connection.execute(
        "INSERT INTO workers SELECT worker, max(seq), min(received_at), max(received_at)"
        " FROM events GROUP BY worker"
    )
    connection.execute("UPDATE ledger_state SET commit_last = (SELECT max(commit_no) FROM events)")
    connection.execute("CHECKPOINT")
