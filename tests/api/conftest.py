"""A control plane on real stores, and a worker that delivers to it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from fastapi.testclient import TestClient
from ledger_data import NOON, Feed, open_ledger
from sqlalchemy import Engine

from bursar.api.app import create_app
from bursar.api.guard import Tokens
from bursar.ledger.ledger import Ledger
from bursar.store.state import open_state
from bursar.vocab.instant import InstantUs

NOW = InstantUs(NOON + 86_400_000_000)


@pytest.fixture
def api_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The ledger behind `api`."""
    ledger = open_ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def api_engine(tmp_path: Path) -> Iterator[Engine]:
    """The state store behind `api`."""
    engine = open_state(f"sqlite:///{tmp_path}/state.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def api(api_ledger: Ledger, api_engine: Engine) -> Iterator[TestClient]:
    """The control plane as the administrator sees it, a day after NOON."""
    app = create_app(
        ledger=api_ledger,
        engine=api_engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=lambda: NOW,
        body_limit_bytes=1 << 20,
    )
    with TestClient(app, headers={"authorization": "Bearer admin-secret"}) as client:
        yield client


@pytest.fixture
def api_feed(api_ledger: Ledger) -> Feed:
    """A worker that delivers to the ledger behind `api`."""
    return Feed(api_ledger)
