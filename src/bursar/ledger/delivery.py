"""A batch made ready for the writer: all that needs no database, in the thread of the one who delivers."""

from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from bursar.ledger.cells import KeyWithTags, tags_of
from bursar.ledger.collector import collector_paused
from bursar.ledger.columns import arrow_table, transposed
from bursar.ledger.decode import DeadLetter, Row, read_rows, set_aside
from bursar.ledger.dimensions import ROLLUP_COLUMNS
from bursar.vocab.event import Batch

# What Arrow says of values that no column can hold, though decoding let them through.
_POISON: Final = (pa.ArrowException, OverflowError, UnicodeError, TypeError)


@dataclass(frozen=True)
class Prepared:
    """A batch, its readable events as rows and as columns (parallel), and what could not be read."""

    batch: Batch
    rows: list[Row] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    keys: list[KeyWithTags] = field(default_factory=list)
    table: pa.Table | None = None  # the columns of INCOMING but `cell`; None if there is no row
    dead: list[DeadLetter] = field(default_factory=list)


def prepare(batch: Batch) -> Prepared:
    """Read a batch; nothing in it makes this fail, what cannot be read becomes a dead letter."""
    with collector_paused():
        delivery = read_rows(batch)
        if not delivery.rows:
            return Prepared(batch, dead=delivery.dead)
        fields = transposed(delivery.rows)
        try:
            table = arrow_table(fields, batch.worker, delivery.seqs)
        except _POISON as error:
            return prepare_set_aside(batch, f"no column can hold it: {error}")
        tags = map(tags_of, fields["tags"])
        keys = list(zip(*(fields[name] for name in ROLLUP_COLUMNS), tags, strict=True))
        return Prepared(batch, delivery.rows, delivery.seqs, keys, table, delivery.dead)


def prepare_set_aside(batch: Batch, reason: str) -> Prepared:
    """The batch as one dead letter."""
    return Prepared(batch, dead=[set_aside(batch, reason)])
