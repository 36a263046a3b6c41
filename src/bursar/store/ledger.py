"""Opens the embedded analytical store (DuckDB), bounds what it may use, and migrates it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from bursar.vocab.errors import InvalidInput, Unavailable

URL_SCHEME: Final = "duckdb:///"


@dataclass(frozen=True, kw_only=True)
class EngineLimits:
    """What the engine may take of the machine it shares with the gateway."""

    memory_mb: int = 1024
    threads: int = 2
    wal_checkpoint_mb: int = 64  # how much log a restart after a kill replays at most


DEFAULT_LIMITS: Final = EngineLimits()


def path_of(url: str) -> Path:
    """The file of a `duckdb:///PATH` URL."""
    if not url.startswith(URL_SCHEME) or url == URL_SCHEME:
        raise InvalidInput(f"{url!r} is not a ledger address: write duckdb:///PATH")
    return Path(url.removeprefix(URL_SCHEME))


def open_store(
    path: Path, migrations: Sequence[str], limits: EngineLimits = DEFAULT_LIMITS
) -> duckdb.DuckDBPyConnection:
    """Open or make the database at `path` and bring its schema to the end of `migrations`.

    Each migration is SQL text that runs once, in order, with its number recorded in the same transaction.
    Unavailable if another process has the file open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{limits.memory_mb}MB",
        "threads": limits.threads,
        "temp_directory": str(path.with_suffix(".spill")),
        "checkpoint_threshold": f"{limits.wal_checkpoint_mb}MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": True,
    }
    try:
        connection = duckdb.connect(str(path), config=settings)
    except duckdb.IOException as error:
        raise Unavailable(f"the ledger {path} cannot be opened: {error}") from error
    connection.execute("SET TimeZone = 'UTC'")
    _migrate(connection, migrations)
    return connection


def _migrate(connection: duckdb.DuckDBPyConnection, migrations: Sequence[str]) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY)")
    found = connection.execute("SELECT coalesce(max(number), 0) FROM schema_migrations").fetchall()
    done = int(found[0][0])
    if done > len(migrations):
        raise InvalidInput(
            f"the ledger was written by a newer version (schema {done}, this one knows {len(migrations)})"
        )
    for number, statements in enumerate(migrations[done:], start=done + 1):
        connection.execute("BEGIN")
        connection.execute(statements)
        connection.execute("INSERT INTO schema_migrations VALUES (?)", [number])
        connection.execute("COMMIT")
