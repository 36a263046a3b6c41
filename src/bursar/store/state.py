"""Opens the state store, SQLite or PostgreSQL, brings its tables up to date, and frames transactions."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, MetaData, Row, Select, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from bursar.vocab.errors import InvalidInput, Unavailable

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Where the rooms declare their tables; the migrations make exactly these (a test compares)."""

HEAD: Final = "0010"
"""The newest migration. Known here so that a process that finds it in place need not import Alembic."""

T = TypeVar("T")

_ROWS_AT_ONCE: Final = 200
_BUSY_TIMEOUT_MS: Final = 10_000
_CONNECT_TIMEOUT_S: Final = 10
_MIGRATION_LOCK: Final = 0x6275_7273_6172  # "bursar" in ASCII: the advisory lock that migrations take


def open_state(url: str) -> Engine:
    """An engine on the store at `sqlite:///PATH` or `postgresql://...`, its tables at the newest version.

    InvalidInput for a URL that cannot be used, Unavailable if the store does not answer.
    """
    parsed = _parse(url)
    engine = _open_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _open_postgresql(parsed)
    if _version(engine) != HEAD:
        _migrate(engine)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the store; nothing that is written in it is kept."""
    with _answering(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin() as transaction:
            yield connection
            transaction.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """All or nothing: kept when the block ends, undone when it raises.

    SQLite takes its write lock at the start, so that a transaction never fails half-way for being second;
    on PostgreSQL the rooms lock the rows they decide on.
    """
    with _answering(engine), engine.connect() as connection:
        connection = connection.execution_options(bursar_writes=True)
        with connection.begin():
            yield connection


def insert_or_nothing(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Add a row unless one with the same key is there; whether it was added.

    Of several transactions that try at once, one gets True; the others wait for it to end.
    """
    first = next(iter(table.primary_key))
    if connection.dialect.name == "postgresql":
        added = postgresql.insert(table).values(row).on_conflict_do_nothing().returning(first)
        return connection.execute(added).first() is not None
    quietly = sqlite.insert(table).values(row).on_conflict_do_nothing().returning(first)
    return connection.execute(quietly).first() is not None


def first_seen(
    connection: Connection,
    query: Select[Any],
    read: Callable[[Row[Any]], T],
    *,
    limit: int,
    is_seen: Callable[[T], bool] | None,
) -> list[T]:
    """The first `limit` rows of a query, as `read` makes them, of which `is_seen` holds; None: of all."""
    if is_seen is None:
        return [read(row) for row in connection.execute(query.limit(limit))]
    # Who sees a row is not in its columns: as many are read as it takes, a few at a time.
    with connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query) as rows:
        return list(islice(filter(is_seen, map(read, rows)), limit))


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    """Turns a store that does not answer into Unavailable; never shows the URL, which may hold a password."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(
            f"the state store ({engine.dialect.name}) does not answer: {_first_line(error)}"
        ) from error


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).splitlines()
    return lines[0] if lines else type(error.orig).__name__


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(
            "the state URL cannot be read: write sqlite:///PATH or postgresql://..."
        ) from error
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise InvalidInput(
            f"the state store cannot be {parsed.drivername}: write sqlite:///PATH or postgresql://..."
        )
    if parsed.drivername == "sqlite" and not parsed.database:
        raise InvalidInput("the state URL sqlite:// names no file: write sqlite:///PATH")
    return parsed


def _open_sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        path.touch(mode=0o600)  # provider credentials may lie in it
    except OSError as error:
        raise InvalidInput(f"the state store {path} cannot be written: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions begin only at the first write, and then a reader who goes on to write
    # fails at once instead of waiting. Here every transaction begins explicitly, see _begin_sqlite.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("bursar_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        connect_args={"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "bursar"},
    )


def _version(engine: Engine) -> str | None:
    """The migration that the store stands at; None for an empty store."""
    with _answering(engine), engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return str(found) if found else None


def _migrate(engine: Engine) -> None:
    """Bring the tables to HEAD; of several processes that start at once, one does it and the others wait."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "bursar.store:migrations")
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise InvalidInput(
                f"a newer bursar has opened this state store ({error}): update bursar, or use another home"
            ) from error
