"""Cells: one small number for each combination of what the rollups know, given out as they first appear.

A cell has the values of ROLLUP_DIMENSIONS, and the tags of its calls. Tags are anybody's to invent: where
more than TAG_SETS_MAX sets of them occur with the same values, calls with further sets share a cell that does
not know them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, cast

import duckdb
import pyarrow as pa

from bursar.ledger.dimensions import ROLLUP_DIMENSIONS
from bursar.ledger.statement import registered

TAG_SETS_MAX: Final = 8

Tags = tuple[tuple[str, str], ...]  # pairs, sorted by key
CellKey = tuple[str, ...]  # values of ROLLUP_DIMENSIONS
KeyWithTags = tuple[str | Tags | None, ...]  # the same and what tags there are; None where they are not known

_DIMENSIONS: Final = ", ".join(ROLLUP_DIMENSIONS)
_SELECT: Final = f"SELECT {_DIMENSIONS} FROM cells ORDER BY cell"  # noqa: S608 - our own names
_SELECT_TAGS: Final = "SELECT tags FROM cells ORDER BY cell"


def read_cells(connection: duckdb.DuckDBPyConnection) -> list[CellKey]:
    """Every cell's values, by its number: cells are numbered from 0 without gaps."""
    return connection.execute(_SELECT).fetchall()


def read_tags(connection: duckdb.DuckDBPyConnection) -> list[dict[str, str] | None]:
    """The tags of every cell's calls, by its number; None where calls with several sets of tags share it."""
    return [tags for (tags,) in connection.execute(_SELECT_TAGS).fetchall()]


def tags_of(tags: dict[str, str]) -> Tags:
    """What a cell's key has of an event's tags: the same whatever order they came in."""
    return tuple(sorted(tags.items())) if tags else ()


class Cells:
    """The numbers that were given out, in memory; belongs to the one who writes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        pairs = zip(read_cells(connection), read_tags(connection), strict=True)
        keys = [(*values, None if tags is None else tags_of(tags)) for values, tags in pairs]
        self._numbers: dict[KeyWithTags, int] = {key: number for number, key in enumerate(keys)}
        self._sets = Counter(key[:-1] for key in keys if key[-1] is not None)

    def numbers(self, connection: duckdb.DuckDBPyConnection, keys: Sequence[KeyWithTags]) -> Sequence[int]:
        """The number of each key; new ones are added in the caller's transaction.

        If that transaction fails, this object must be made anew.
        """
        numbers = list(map(self._numbers.get, keys))  # one look-up a call: nearly all are known
        if None in numbers:
            self._add(connection, [key for key in dict.fromkeys(keys) if key not in self._numbers])
            return [self._number(key) for key in keys]
        return cast(list[int], numbers)

    def _number(self, key: KeyWithTags) -> int:
        number = self._numbers.get(key)
        return self._numbers[_shared(key)] if number is None else number

    def _add(self, connection: duckdb.DuckDBPyConnection, keys: Sequence[KeyWithTags]) -> None:
        first = len(self._numbers)
        new: list[KeyWithTags] = []
        for key in keys:
            if self._sets[key[:-1]] < TAG_SETS_MAX:
                self._sets[key[:-1]] += 1
            elif (key := _shared(key)) in self._numbers:
                continue
            self._numbers[key] = first + len(new)
            new.append(key)
        if not new:
            return
        *values, tags = zip(*new, strict=True)
        columns = [pa.array(range(first, first + len(new)), pa.int32())]
        columns += [pa.array(each, pa.string()) for each in values]
        columns.append(pa.array(tags, pa.map_(pa.string(), pa.string())))
        table = pa.table(columns, ["cell", *ROLLUP_DIMENSIONS, "tags"])
        with registered(connection, "new_cells", table):
            connection.execute("INSERT INTO cells BY NAME SELECT * FROM new_cells")


def _shared(key: KeyWithTags) -> KeyWithTags:
    """The key of the cell for all further sets of tags."""
    return (*key[:-1], None)
