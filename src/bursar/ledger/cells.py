"""Cells: one small number for each combination of what the rollups know, given out as they first appear."""

from collections.abc import Sequence
from typing import Final, cast

import duckdb
import pyarrow as pa

from bursar.ledger.dimensions import ROLLUP_DIMENSIONS
from bursar.ledger.statement import registered

CellKey = tuple[str, ...]  # values of ROLLUP_DIMENSIONS

_SELECT: Final = f"SELECT {', '.join(ROLLUP_DIMENSIONS)} FROM cells ORDER BY cell"  # noqa: S608 - our own names


def read_cells(connection: duckdb.DuckDBPyConnection) -> list[CellKey]:
    """Every cell's values, by its number: cells are numbered from 0 without gaps."""
    return connection.execute(_SELECT).fetchall()


class Cells:
    """The numbers that were given out, in memory; belongs to the one who writes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._numbers = {key: number for number, key in enumerate(read_cells(connection))}

    def numbers(self, connection: duckdb.DuckDBPyConnection, keys: Sequence[CellKey]) -> Sequence[int]:
        """The number of each key; new ones are added in the caller's transaction.

        If that transaction fails, this object must be made anew.
        """
        numbers = list(map(self._numbers.get, keys))  # one look-up a call: nearly all are known
        if None in numbers:
            self._add(connection, [key for key in dict.fromkeys(keys) if key not in self._numbers])
            return [self._numbers[key] for key in keys]
        return cast(list[int], numbers)

    def _add(self, connection: duckdb.DuckDBPyConnection, keys: Sequence[CellKey]) -> None:
        first = len(self._numbers)
        self._numbers |= {key: number for number, key in enumerate(keys, first)}
        columns = [pa.array(range(first, first + len(keys)), pa.int32())]
        columns += [pa.array(values, pa.string()) for values in zip(*keys, strict=True)]
        new = pa.table(columns, ["cell", *ROLLUP_DIMENSIONS])
        with registered(connection, "new_cells", new):
            connection.execute("INSERT INTO cells BY NAME SELECT * FROM new_cells")
