"""Percentiles of groups, from the bucket rows that the engine streams."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bursar.ledger.histogram import BUCKET_LAST, VALUES_US, quantiles_us
from bursar.ledger.tables import BUCKET_COUNTS

Integers = npt.NDArray[np.int64]

_WIDTH: Final = BUCKET_LAST + 1


class Percentiles(NamedTuple):
    """Microseconds; within `histogram.RELATIVE_ERROR` of the true value."""

    p50: int
    p95: int
    p99: int


@dataclass(frozen=True)
class Places:
    """Where the row of a (period, number) is in the answer: a table from periods x numbers to rows."""

    table: npt.NDArray[np.int32]  # shape (periods, numbers); -1 where there is no row
    periods: Integers  # the table's first index, by whole units since the first period
    first_us: int
    unit_us: int
    rows: int

    @classmethod
    def of(cls, periods_us: Integers, numbers: Integers, *, unit_us: int, number_count: int) -> "Places":
        """For an answer whose rows have these periods (zeros if there are none) and numbers."""
        distinct, codes = np.unique(periods_us, return_inverse=True)
        first_us = int(distinct[0]) if len(distinct) else 0
        units = (distinct - first_us) // unit_us
        periods = np.zeros(int(units[-1]) + 1 if len(units) else 1, dtype=np.int64)
        periods[units] = np.arange(len(distinct))
        table = np.full((max(1, len(distinct)), max(1, number_count)), -1, dtype=np.int32)
        table[codes, numbers] = np.arange(len(numbers))
        return cls(table, periods, first_us, unit_us, len(numbers))

    def find(self, periods_us: Integers, numbers: npt.NDArray[np.int32]) -> Integers:
        """The rows of many (period, number) pairs that all are in the answer, or -1."""
        units = (periods_us - self.first_us) // self.unit_us
        return self.table[self.periods[units], numbers].astype(np.int64)


class Histograms:
    """Calls by row and bucket, for every measure."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._counts = [np.zeros((places.rows, _WIDTH), dtype=np.int64) for _ in BUCKET_COUNTS]
        self._lowest, self._highest = BUCKET_LAST, 0

    def add(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Take in rows of period (if there is one), number and `buckets`, a list of bucket and counts."""
        for batch in batches:
            rows = self._places.find(_periods_us(batch), batch["number"].to_numpy())
            lengths = batch["buckets"].value_lengths().to_numpy()
            self._add(np.repeat(rows, lengths), batch["buckets"].flatten())

    def _add(self, rows: Integers, entries: pa.StructArray) -> None:
        """Row by row the calls of one bucket each."""
        if not len(rows):
            return
        buckets = entries.field("bucket").to_numpy()
        self._lowest = min(self._lowest, int(buckets.min()))
        self._highest = max(self._highest, int(buckets.max()))
        slots = rows * _WIDTH + buckets
        # A group whose rows were all taken back again has no row in the answer.
        shown = rows >= 0 if rows.min() < 0 else slice(None)
        for counts, name in zip(self._counts, BUCKET_COUNTS, strict=True):
            np.add.at(counts.reshape(-1), slots[shown], entries.field(name).to_numpy()[shown])

    def counts(self, measure: int) -> tuple[Integers, Integers]:
        """Calls of one of tables.MEASURES by row and used bucket, and the microseconds of these buckets."""
        used = slice(self._lowest, self._highest + 1)
        return self._counts[measure][:, used], VALUES_US[used]

    def percentiles(self) -> list[tuple[Integers, Percentiles | None]]:
        """For each measure: of every row, shape (rows, 3), -1 without calls; and of all rows together."""
        used = slice(self._lowest, self._highest + 1)
        values = VALUES_US[used]
        found = []
        for counts in self._counts:
            (together,) = as_percentiles(quantiles_us(counts[:, used].sum(axis=0, keepdims=True), values))
            found.append((quantiles_us(counts[:, used], values), together))
        return found


def as_percentiles(found: Integers) -> list[Percentiles | None]:
    """Rows of `Histograms.percentiles` as values."""
    return [Percentiles._make(row) if row[0] >= 0 else None for row in found.tolist()]


def _periods_us(batch: pa.RecordBatch) -> Integers:
    if "period" not in batch.schema.names:
        return np.zeros(len(batch), dtype=np.int64)
    periods: Integers = batch["period"].cast(pa.int64()).to_numpy()
    return periods
