"""Rows of events turned into Arrow columns, exactly: no amount of money passes through a float."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bursar.ledger.decode import ROW_FIELDS, Row
from bursar.ledger.histogram import buckets_of
from bursar.ledger.tables import MEASURES
from bursar.vocab.event import COMPLETE, PARTIAL
from bursar.vocab.usage import USAGE_CLASSES

_TEXT: Final = pa.string()
_INSTANT: Final = pa.timestamp("us")
_MONEY: Final = pa.decimal128(38, 12)
_SPECIAL: Final[dict[str, tuple[str, pa.DataType]]] = {
    "started_at_us": ("started_at", _INSTANT),
    "finished_at_us": ("finished_at", _INSTANT),
    "http_status": ("http_status", pa.int32()),
    "streamed": ("streamed", pa.bool_()),
    "latency_us": ("latency_us", pa.int64()),
    "first_token_us": ("first_token_us", pa.int64()),
    "bytes_request": ("bytes_request", pa.int64()),
    "bytes_reply": ("bytes_reply", pa.int64()),
    "flags": ("flags", pa.list_(_TEXT)),
    "held_pico": ("held_pico", pa.int64()),
    "output_tokens_asked": ("output_tokens_asked", pa.int64()),
}
# How long an error or a broken process took says nothing of how fast a model answers.
_ANSWERED: Final = frozenset((COMPLETE, PARTIAL))
_AMOUNTS: Final = {"cost_list_pico": "cost_list", "cost_pico": "cost"}


def transposed(rows: Sequence[Row]) -> dict[str, tuple[Any, ...]]:
    """The values of each field, by its name, for one or more rows."""
    return dict(zip(ROW_FIELDS, zip(*rows, strict=True), strict=True))


def arrow_table(fields: Mapping[str, Sequence[Any]], worker: str, seqs: Sequence[int]) -> pa.Table:
    """The columns of INCOMING (tables.py) but `cell`, for events of one worker; sequences are parallel."""
    columns: dict[str, pa.Array] = {
        "worker": pa.repeat(pa.scalar(worker, _TEXT), len(seqs)),
        "seq": pa.array(seqs, pa.int64()),
    }
    for name, values in fields.items():
        if name == "usage":
            for part, counts in zip(USAGE_CLASSES, zip(*values, strict=True), strict=True):
                columns[part] = _column(counts, pa.int64())
        elif name in _AMOUNTS:
            columns[_AMOUNTS[name]] = money_column(values)
        elif name == "tags":
            columns[name] = _tags_column(values)
        else:
            target, kind = _SPECIAL.get(name, (name, _TEXT))
            columns[target] = _column(values, kind)
    answered = [status in _ANSWERED for status in fields["status"]]
    for measure in MEASURES:
        columns[f"{measure}_bucket"] = _bucket_column(fields[f"{measure}_us"], answered)
    return pa.table(columns)


def _bucket_column(durations_us: Sequence[int | None], answered: Sequence[bool]) -> pa.Array:
    """The buckets of durations; none for one that is not known, or not of a call that was answered."""
    known = [
        duration is not None and answers for duration, answers in zip(durations_us, answered, strict=True)
    ]
    if not any(known):
        return pa.nulls(len(known), pa.uint8())
    durations = np.array([duration or 0 for duration in durations_us], dtype=np.int64)
    return pa.array(buckets_of(durations), mask=~np.array(known))


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """An Arrow array; one value that repeats (most usage classes are zero) is spread by Arrow itself."""
    first = values[0]
    if values.count(first) == len(values):
        return pa.repeat(pa.scalar(first, kind), len(values))
    return pa.array(values, kind)


def money_column(picodollars: Sequence[int | None]) -> pa.Array:
    """DECIMAL(38, 12) dollars: the integers as they are, read with twelve places after the point."""
    whole = pa.array(picodollars, pa.int64()).cast(pa.decimal128(38, 0))
    return pa.Array.from_buffers(_MONEY, len(whole), whole.buffers(), whole.null_count, whole.offset)


def _tags_column(values: Sequence[dict[str, str]]) -> pa.Array:
    return pa.array([list(tags.items()) for tags in values], pa.map_(_TEXT, _TEXT))


def integers(column: pa.ChunkedArray) -> list[int]:
    """The integers of a sum: DECIMAL(38, 12) as picodollars, any other as it is; null (of no rows) is 0."""
    column = column.fill_null(0)
    if not pa.types.is_decimal(column.type):
        return [int(value) for value in column.to_pylist()]
    found: list[int] = []
    for chunk in column.chunks:
        low, high = _halves(chunk)
        if np.array_equal(high, low >> 63):  # it fits in 64 bits
            found += low.tolist()
        else:
            pairs = zip(high.tolist(), low.view(np.uint64).tolist(), strict=True)
            found += [(upper << 64) | lower for upper, lower in pairs]
    return found


def _halves(chunk: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The low and the high 64 bits of 128-bit integers."""
    halves = np.frombuffer(chunk.buffers()[1], dtype=np.int64).reshape(-1, 2)
    halves = halves[chunk.offset : chunk.offset + len(chunk)]
    return halves[:, 0], halves[:, 1]
