"""Control planes on real stores."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from alert_worlds import Plane
from ledger_data import open_ledger
from sqlalchemy import Engine

from bursar.ledger.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    ledger = open_ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def plane(state: Engine, ledger: Ledger) -> Plane:
    """A control plane whose clock stands at noon of the 20th of November."""
    return Plane(state, ledger)
