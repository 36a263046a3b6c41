"""Control planes on real stores."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from alert_worlds import Plane
from ledger_data import open_ledger
from sqlalchemy import Engine

from bursar.alerts import services
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


@pytest.fixture(scope="session", autouse=True)
def _services() -> None:
    """Load Apprise's services once; one of them imports a module that Python will drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        services.warm()
