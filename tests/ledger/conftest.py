"""A ledger of one's own, and a worker that delivers to it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from ledger_data import Feed, open_ledger

from bursar.ledger.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger that rolls only when told to."""
    ledger = open_ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def feed(ledger: Ledger) -> Feed:
    """A worker that delivers to `ledger`."""
    return Feed(ledger)
