"""Whole stories against running processes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bursar import simulate
from bursar.simulate import Running

sys.path.insert(0, str(Path(__file__).parent))

from installation import Installation, installed


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with simulate.running() as running:
        yield running


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path) as one:
        yield one
