"""Compiles Ibis expressions to the engine's SQL once, with named parameters left open."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql.compilers import DuckDBCompiler
from sqlglot import expressions as sge

from bursar.vocab.errors import InvariantBroken

warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)

_MARK: Final = "bursar_parameter"
_STREAM_ROWS: Final = 8192  # while these are worked on, the engine makes the next


def _placeholder(kind: str) -> Any:
    """A function that Ibis believes the engine has: it marks the place of a parameter of type `kind`."""

    def named(name: str) -> Any:
        """Never called: Ibis reads its name."""

    return ibis.udf.scalar.builtin(named, name=_MARK, signature=(("string",), kind))


_PARAMETERS: Final = {kind: _placeholder(kind) for kind in ("timestamp", "int64", "string")}


def parameter(name: str, kind: str) -> Any:
    """A value that is given when the statement runs; `kind` is timestamp, int64 or string."""
    return _PARAMETERS[kind](name).name(name)  # named, because Ibis cannot name a function of a literal


def _map_extract_value(tags: Any, name: Any) -> Any:
    """Never called: the engine's own function. What Ibis writes for `get` takes three times as long."""


map_value: Final = ibis.udf.scalar.builtin(
    _map_extract_value, name="map_extract_value", signature=(("map<string, string>", "string"), "string")
)
"""The value of a key, or null. Ibis writes a list and an element of it for the same: eight times as slow."""


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """`table` as a table of the engine, for statements that name it.

    After a failure the engine takes no order but a rollback; the next table of this name takes its place.
    """
    connection.register(name, table)
    yield
    connection.unregister(name)


@dataclass(frozen=True)
class Statement:
    """SQL text, its tree, and the names of the parameters that it leaves open."""

    sql: str
    names: frozenset[str]
    tree: sge.Expression = field(repr=False, compare=False)

    def run(
        self, connection: duckdb.DuckDBPyConnection, values: Mapping[str, Any]
    ) -> duckdb.DuckDBPyConnection:
        """Execute with those of `values` that the statement names."""
        return connection.execute(self.sql, self._given(values))

    def arrow(self, connection: duckdb.DuckDBPyConnection, values: Mapping[str, Any]) -> pa.Table:
        """The result as an Arrow table."""
        # Not by `sql`, which plans a statement twice: once to know its columns, once to run it. For our small
        # results the copy that the engine warns of costs less.
        return self.run(connection, values).to_arrow_table()

    def stream(
        self, connection: duckdb.DuckDBPyConnection, values: Mapping[str, Any]
    ) -> Iterable[pa.RecordBatch]:
        """The result in batches, as the engine makes them."""
        batches: Iterable[pa.RecordBatch] = connection.sql(
            self.sql, params=self._given(values)
        ).to_arrow_reader(_STREAM_ROWS)
        return batches

    def with_suffix(self, suffix: str, names: Iterable[str]) -> "Statement":
        """The same statement, with `suffix` behind those of its parameters that `names` holds."""
        suffixed = set(names)

        def rename(node: sge.Expression) -> sge.Expression:
            if isinstance(node, sge.Parameter) and node.name in suffixed:
                return _parameter_node(node.name + suffix)
            return node

        return _statement(self.tree.transform(rename))

    def limited(self, rows: int) -> "Statement":
        """The same statement with at most `rows` rows."""
        return Statement(f"{self.sql} LIMIT {int(rows)}", self.names, self.tree)

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: values[name] for name in self.names}


def _parameter_node(name: str) -> sge.Parameter:
    return sge.Parameter(this=sge.Var(this=name))


def _statement(tree: sge.Expression, before: str = "") -> Statement:
    names = frozenset(node.name for node in tree.find_all(sge.Parameter))
    return Statement(f"{before} {tree.sql(dialect='duckdb')}".strip(), names, tree)


def compile_statement(expression: ir.Table, *, before: str = "") -> Statement:
    """The SQL of `expression`, behind `before` (such as INSERT INTO ...), parameters as `$name`."""

    def open_parameter(node: sge.Expression) -> sge.Expression:
        if isinstance(node, sge.Anonymous) and node.name.lower() == _MARK:
            return _parameter_node(node.expressions[0].name)
        return node

    tree = DuckDBCompiler().to_sqlglot(expression).transform(open_parameter)
    return _statement(tree, before)


def over_union(outer: Statement, name: str, parts: Sequence[Statement], *, before: str = "") -> Statement:
    """`outer`, whose table `name` is all rows of all `parts`, behind `before` (such as CREATE TABLE ...)."""
    union = reduce(
        lambda left, right: sge.Union(this=left, expression=right, distinct=False),
        (part.tree.copy() for part in parts),
    )
    tree = outer.tree.copy()
    if not isinstance(tree, sge.Select):
        raise InvariantBroken("only a SELECT can be put over a union")
    return _statement(tree.with_(name, as_=union, copy=False), before)
