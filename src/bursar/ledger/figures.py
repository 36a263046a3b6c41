"""The figures of usage and how events add to them: one definition for rollups, checks and queries."""

from typing import Any

import ibis

from bursar.catalogue import FLAG_PARTLY_UNPRICED
from bursar.ledger.tables import BUCKET_COUNTS, FIGURES, MEASURES
from bursar.vocab.event import ERROR, INTERRUPTED, PARTIAL, SOURCE_ESTIMATED
from bursar.vocab.usage import USAGE_CLASSES


def figures_of_events(events: ibis.Table) -> dict[str, Any]:
    """What each row of events adds to every figure; a row that takes an earlier one back counts -1."""
    calls = events["calls"].cast("int64")

    def counted(condition: Any) -> Any:
        return condition.ifelse(calls, 0)

    return {
        "calls": calls,
        "unpriced_calls": counted(events["cost"].isnull()),
        "partly_unpriced_calls": counted(events["flags"].contains(FLAG_PARTLY_UNPRICED)),
        "list_unpriced_calls": counted(events["cost_list"].isnull()),
        "estimated_calls": counted(events["usage_source"] == SOURCE_ESTIMATED),
        "partial_calls": counted(events["status"] == PARTIAL),
        "interrupted_calls": counted(events["status"] == INTERRUPTED),
        "errors": counted(events["status"] == ERROR),
        "cost": events["cost"].fill_null(0),
        "cost_list": events["cost_list"].fill_null(0),
        **{name: events[name] for name in USAGE_CLASSES},
    }


def sums(table: ibis.Table) -> dict[str, Any]:
    """Every figure added up."""
    return {name: table[name].sum() for name in FIGURES}


def buckets_of_events(events: ibis.Table, keys: list[str]) -> ibis.Table:
    """Rows of keys, bucket and BUCKET_COUNTS: what each event adds to the histograms, a row a measure."""
    # Only these columns: the engine keeps what both halves of the union read.
    narrow = events.select(*keys, "calls", *(f"{measure}_bucket" for measure in MEASURES))
    parts = []
    for measure in MEASURES:
        rows = narrow.filter(narrow[f"{measure}_bucket"].notnull())
        calls = rows["calls"].cast("int64")
        counts = {name: calls if name == f"{measure}_calls" else ibis.literal(0) for name in BUCKET_COUNTS}
        counts = {name: count.cast("int64") for name, count in counts.items()}
        parts.append(rows.select(*keys, bucket=rows[f"{measure}_bucket"], **counts))
    return ibis.union(*parts)


def buckets_of_lists(table: ibis.Table, keys: list[str]) -> ibis.Table:
    """The same rows from a table of histograms, whose `buckets` are lists."""
    rows = table.select(*keys, entry=table["buckets"].unnest())
    return rows.select(*keys, **{name: rows["entry"][name] for name in ("bucket", *BUCKET_COUNTS)})


def bucket_sums(rows: ibis.Table) -> dict[str, Any]:
    """Both counts of bucket rows added up."""
    return {name: rows[name].sum() for name in BUCKET_COUNTS}


def lists_of_buckets(rows: ibis.Table, keys: list[str]) -> ibis.Table:
    """Keys and their `buckets` as a list, added up from bucket rows: the shape of the histogram tables."""
    summed = rows.group_by([*keys, "bucket"]).aggregate(**bucket_sums(rows))
    # The engine's sums have 128 bits. Ibis takes them for 64 and leaves out a plain cast to that.
    counts = {name: summed[name].cast("decimal(38, 0)").cast("int64") for name in BUCKET_COUNTS}
    entry = ibis.struct({"bucket": summed["bucket"], **counts})
    return summed.group_by(keys).aggregate(buckets=entry.collect())
