"""What the simulator served: counts by model and token class, to be compared with a ledger."""

from typing import Any, Final

import msgspec

from bursar.simulate.answer import Answer

# The classes of vocab.usage.Usage that a simulated reply can hold.
CLASSES: Final = (
    "tokens_input",
    "tokens_cache_read",
    "tokens_cache_write",
    "tokens_cache_write_5m",
    "tokens_cache_write_1h",
    "tokens_output",
    "tokens_reasoning",
)


class Row(msgspec.Struct):
    """Totals of one wire, operation and model. `calls` counts every answer, errors too."""

    wire: str
    operation: str
    model: str
    calls: int = 0
    errors: int = 0  # answered with an error status
    cut: int = 0  # broken off by the simulator
    left: int = 0  # broken off by the client
    tokens_input: int = 0
    tokens_cache_read: int = 0
    tokens_cache_write: int = 0
    tokens_cache_write_5m: int = 0
    tokens_cache_write_1h: int = 0
    tokens_output: int = 0
    tokens_reasoning: int = 0


_ADDED: Final = Row.__struct_fields__[3:]


class Tally:
    """Running totals. A reply that breaks off counts in full, as a provider bills it."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], Row] = {}

    def add(self, answer: Answer) -> Row:
        """Count one answer; the row is given back for what may still become of it."""
        row = self._row(answer.wire, answer.operation, answer.model)
        row.calls += 1
        if answer.status >= 400:
            row.errors += 1
            return row
        usage = answer.usage
        row.tokens_input += usage.tokens_input
        row.tokens_cache_read += usage.tokens_cache_read
        row.tokens_cache_write += usage.tokens_cache_write
        row.tokens_cache_write_5m += usage.tokens_cache_write_5m
        row.tokens_cache_write_1h += usage.tokens_cache_write_1h
        row.tokens_output += usage.tokens_output
        row.tokens_reasoning += usage.tokens_reasoning
        return row

    def include(self, rows: list[Row]) -> None:
        """Add another worker's rows."""
        for other in rows:
            row = self._row(other.wire, other.operation, other.model)
            for name in _ADDED:
                setattr(row, name, getattr(row, name) + getattr(other, name))

    def clear(self) -> None:
        self._rows.clear()

    @property
    def rows(self) -> list[Row]:
        return sorted(self._rows.values(), key=lambda row: (row.wire, row.operation, row.model))

    def report(self) -> dict[str, Any]:
        """`{calls, errors, cut, left, usage: {class: count}, models: [row, ...]}`, ready for JSON."""
        rows = self.rows
        totals = {name: sum([getattr(row, name) for row in rows]) for name in _ADDED}
        return {
            "calls": totals["calls"],
            "errors": totals["errors"],
            "cut": totals["cut"],
            "left": totals["left"],
            "usage": {name: totals[name] for name in CLASSES},
            "models": rows,
        }

    def _row(self, wire: str, operation: str, model: str) -> Row:
        key = (wire, operation, model)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = Row(*key)
        return row
