"""Cells: one small number for each combination of the five dimensions, given out as they first appear."""

from collections.abc import Sequence
from typing import Final

import duckdb

from bursar.ledger.dimensions import ROLLUP_DIMENSIONS

CellKey = tuple[str, ...]  # values of ROLLUP_DIMENSIONS

_SELECT: Final = f"SELECT {', '.join(ROLLUP_DIMENSIONS)} FROM cells ORDER BY cell"  # noqa: S608 - our own names
_PLACES: Final = ", ".join("?" * (1 + len(ROLLUP_DIMENSIONS)))


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
        return [
            self._add(connection, key) if number is None else number
            for key, number in zip(keys, numbers, strict=True)
        ]

    def _add(self, connection: duckdb.DuckDBPyConnection, key: CellKey) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            # ROLLUP_DIMENSIONS and the columns of the table are in the same order.
            connection.execute(f"INSERT INTO cells VALUES ({_PLACES})", [number, *key])  # noqa: S608
        return number
