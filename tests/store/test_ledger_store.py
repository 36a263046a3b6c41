"""The ledger's file: opened once, bounded, migrated step by step."""

import subprocess
import sys
from pathlib import Path

import pytest

from bursar.store.ledger import EngineLimits, open_store, path_of
from bursar.vocab.errors import InvalidInput, Unavailable

FIRST = "CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1);"
SECOND = "CREATE TABLE two (b INTEGER);"


def test_each_migration_runs_once(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "ledger.duckdb"
    open_store(path, [FIRST]).close()
    open_store(path, [FIRST]).close()
    connection = open_store(path, [FIRST, SECOND])
    assert connection.execute("SELECT count(*) FROM one").fetchall() == [(1,)]
    assert connection.execute("SELECT number FROM schema_migrations ORDER BY 1").fetchall() == [(1,), (2,)]
    connection.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with pytest.raises(Exception, match="no_such_table"):
        open_store(path, [FIRST, "CREATE TABLE half (a INTEGER); SELECT * FROM no_such_table;"])
    connection = open_store(path, [FIRST, SECOND])
    tables = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    assert tables == {"one", "two", "schema_migrations"}
    connection.close()


def test_the_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    open_store(path, [FIRST, SECOND]).close()
    with pytest.raises(InvalidInput, match="newer version"):
        open_store(path, [FIRST])
    open_store(path, [FIRST, SECOND]).close()


def test_limits_reach_the_engine(tmp_path: Path) -> None:
    limits = EngineLimits(memory_mb=300, threads=1, wal_checkpoint_mb=7)
    connection = open_store(tmp_path / "ledger.duckdb", [], limits)
    rows = connection.execute(
        "SELECT current_setting('memory_limit'), current_setting('threads'),"
        " current_setting('checkpoint_threshold'), current_setting('TimeZone'),"
        " current_setting('temp_directory'), current_setting('autoinstall_known_extensions')"
    ).fetchall()
    memory, threads, checkpoint, zone, spill, autoinstall = rows[0]
    assert memory.startswith("286.1")  # MiB
    assert (threads, zone, autoinstall) == (1, "UTC", False)
    assert checkpoint.startswith("6.6")
    assert spill == str(tmp_path / "ledger.spill")
    connection.close()


def test_a_file_that_another_process_has_is_not_available(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    connection = open_store(path, [FIRST])
    other = "from pathlib import Path; from bursar.store.ledger import open_store; import sys;"
    other += "open_store(Path(sys.argv[1]), [])"
    ended = subprocess.run(
        [sys.executable, "-c", other, str(path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert "Unavailable" in ended.stderr
    connection.close()


def test_something_else_in_the_files_place_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    path.write_bytes(b"this is not a database" * 1000)
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_store(path, [FIRST])


def test_an_address_names_a_file() -> None:
    assert path_of("duckdb:////var/lib/bursar/ledger.duckdb") == Path("/var/lib/bursar/ledger.duckdb")
    assert path_of("duckdb:///ledger.duckdb") == Path("ledger.duckdb")
    for url in ("duckdb:///", "sqlite:///x", "ledger.duckdb"):
        with pytest.raises(InvalidInput, match="duckdb:///PATH"):
            path_of(url)
