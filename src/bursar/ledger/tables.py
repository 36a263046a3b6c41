"""The ledger's tables as Ibis sees them, and the migrations that make them."""

from pathlib import Path
from typing import Final

import ibis

from bursar.vocab.usage import USAGE_CLASSES

_MONEY: Final = "decimal(38, 12)"

EVENT_COLUMNS: Final[dict[str, str]] = {
    "commit_no": "int64",
    "calls": "int8",
    "worker": "string",
    "seq": "int64",
    "received_at": "timestamp(6)",
    "cell": "int32",
    "call_id": "string",
    "started_at": "timestamp(6)",
    "finished_at": "timestamp(6)",
    "team": "string",
    "product": "string",
    "use_case": "string",
    "environment": "string",
    "model": "string",
    "tags": "map<string, string>",
    "key_id": "string",
    "provider": "string",
    "wire": "string",
    "operation": "string",
    "model_requested": "string",
    "model_served": "string",
    "region": "string",
    "service_tier": "string",
    "processing": "string",
    "speed": "string",
    "inference_geo": "string",
    "status": "string",
    "http_status": "int32",
    "usage_source": "string",
    "flags": "array<string>",
    "streamed": "boolean",
    "latency_us": "int64",
    "first_token_us": "int64",
    "latency_bucket": "uint8",
    "first_token_bucket": "uint8",
    "cost_list": _MONEY,
    "cost": _MONEY,
    "price_ref": "string",
    "fingerprint_request": "string",
    "fingerprint_prefix": "string",
    "bytes_request": "int64",
    "bytes_reply": "int64",
    "idempotency_hash": "string",
    "linked_call_id": "string",
    "provider_call_id": "string",
    **dict.fromkeys(USAGE_CLASSES, "int64"),
    "source": "string",
    "budgets": "string",
    "held_pico": "int64",
    "output_tokens_asked": "int64",
}

# What the writer adds to a delivered event by itself.
COLUMNS_OF_WRITER: Final = ("commit_no", "calls", "received_at")

CALL_COUNTS: Final = (
    "calls",
    "unpriced_calls",
    "partly_unpriced_calls",
    "list_unpriced_calls",
    "estimated_calls",
    "partial_calls",
    "interrupted_calls",
    "errors",
)
AMOUNTS: Final = ("cost", "cost_list")
FIGURES: Final = (*CALL_COUNTS, *AMOUNTS, *USAGE_CLASSES)
MEASURES: Final = ("latency", "first_token")
BUCKET_COUNTS: Final = tuple(f"{measure}_calls" for measure in MEASURES)
BUCKETS_KIND: Final = f"array<struct<bucket: uint8, {', '.join(f'{name}: int64' for name in BUCKET_COUNTS)}>>"

EVENTS: Final = ibis.table(EVENT_COLUMNS, name="events")
INCOMING: Final = ibis.table(
    {name: kind for name, kind in EVENT_COLUMNS.items() if name not in COLUMNS_OF_WRITER}, name="incoming"
)


def rollup_table(grain: str) -> ibis.Table:
    """`rollup_hour` or `rollup_day`."""
    counts = dict.fromkeys((*CALL_COUNTS, *USAGE_CLASSES), "int64")
    amounts = dict.fromkeys(AMOUNTS, "" + _MONEY)
    return ibis.table(
        {"period": "timestamp(6)", "cell": "int32", **counts, **amounts}, name=f"rollup_{grain}"
    ).select("period", "cell", *FIGURES)


def histogram_table(grain: str) -> ibis.Table:
    """`histogram_hour` or `histogram_day`."""
    columns = {
        "period": "timestamp(6)",
        "cell": "int32",
        "buckets": BUCKETS_KIND,
    }
    return ibis.table(columns, name=f"histogram_{grain}")


def migrations() -> tuple[str, ...]:
    """The texts of the migrations, in order; a file once released is never edited."""
    folder = Path(__file__).parent / "migrations"
    return tuple(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))
