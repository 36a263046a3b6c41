"""The state store opens on both databases, migrates itself once, and keeps transactions whole."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

import bursar.access.tables
import bursar.alerts.tables
import bursar.budgets.tables
import bursar.directory.tables
import bursar.directory.views
import bursar.jobs.tables
import bursar.limits.tables
from bursar.store.state import HEAD, METADATA, open_state, reading, writing
from bursar.vocab.errors import InvalidInput, Unavailable


def _value(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT value FROM revision")).scalar_one())


def test_the_migrations_make_exactly_the_tables_that_the_rooms_declare(state: Engine) -> None:
    assert bursar.directory.tables.KEYS.metadata is bursar.budgets.tables.ACCOUNTS.metadata is METADATA
    assert bursar.directory.tables.KEYS.metadata is METADATA
    assert bursar.limits.tables.LIMIT_SHARES.metadata is METADATA
    for room in (bursar.directory.tables.KEYS, bursar.alerts.tables.ALERTS, bursar.jobs.tables.LEADERS):
        assert room.metadata is METADATA
    with state.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_known_head_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", "bursar.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_second_opening_finds_everything_in_place(state: Engine, state_url: str) -> None:
    with writing(state) as connection:
        connection.execute(text("UPDATE revision SET value = 7"))
    again = open_state(state_url)
    assert _value(again) == 7
    again.dispose()


def test_processes_that_open_a_new_store_at_once_all_find_it_migrated(state_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(lambda _: open_state(state_url), range(4)))
    for engine in engines:
        assert _value(engine) == 0
        engine.dispose()


def test_a_writing_that_raises_leaves_nothing(state: Engine) -> None:
    def change_and_fail() -> None:
        with writing(state) as connection:
            connection.execute(text("UPDATE revision SET value = 5"))
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        change_and_fail()
    assert _value(state) == 0


def test_what_is_written_in_a_reading_is_not_kept(state: Engine) -> None:
    with reading(state) as connection:
        connection.execute(text("UPDATE revision SET value = 5"))
    assert _value(state) == 0


def test_a_reading_sees_one_moment_while_others_write(state: Engine) -> None:
    with reading(state) as before:
        first = before.execute(text("SELECT value FROM revision")).scalar_one()
        with writing(state) as connection:
            connection.execute(text("UPDATE revision SET value = value + 1"))
        assert before.execute(text("SELECT value FROM revision")).scalar_one() == first
    assert _value(state) == first + 1


def test_writers_at_once_wait_for_each_other_and_none_is_lost(state: Engine) -> None:
    start = threading.Barrier(8)

    def bump(_: int) -> None:
        start.wait()
        for _ in range(10):
            with writing(state) as connection:
                at = connection.execute(text(f"SELECT value FROM revision {_lock(state)}")).scalar_one()
                connection.execute(text("UPDATE revision SET value = :v"), {"v": at + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bump, range(8)))
    assert _value(state) == 80


def _lock(engine: Engine) -> str:
    return "FOR UPDATE" if engine.dialect.name == "postgresql" else ""


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_history_cannot_be_rewritten_by_anyone_who_has_the_store(state: Engine, statement: str) -> None:
    row = (
        "INSERT INTO audit (revision, made_at_us, actor, action, subject, detail) "
        "VALUES (1, 1, 'a', 'b', 'c', '{}')"
    )
    with writing(state) as connection:
        connection.execute(text(row))
    with pytest.raises(DBAPIError, match="append-only"), state.begin() as connection:
        connection.execute(text(statement))


def test_there_is_one_revision_and_never_a_second(state: Engine) -> None:
    with pytest.raises(DBAPIError), state.begin() as connection:
        connection.execute(text("INSERT INTO revision (id, value) VALUES (2, 0)"))


def test_a_sqlite_store_is_private_and_in_wal_mode(tmp_path: Path) -> None:
    engine = open_state(f"sqlite:///{tmp_path}/state.sqlite")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert "keys" in inspect(connection).get_table_names()
    engine.dispose()
    assert stat.S_IMODE((tmp_path / "state.sqlite").stat().st_mode) == 0o600


def test_a_store_of_a_newer_bursar_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state.sqlite"
    engine = open_state(url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(InvalidInput, match="newer bursar"):
        open_state(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://h/d", "cannot be mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:////nowhere/at/all/state.sqlite", "cannot be written: No such file"),
    ],
)
def test_a_url_that_cannot_be_used_says_what_to_write(url: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        open_state(url)


def test_a_store_that_does_not_answer_is_unavailable_and_its_password_stays_hidden() -> None:
    with pytest.raises(Unavailable, match="does not answer") as caught:
        open_state("postgresql://u:hunter2@127.0.0.1:1/d")
    assert "hunter2" not in str(caught.value)
