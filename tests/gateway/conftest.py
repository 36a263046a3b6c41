"""A simulated provider for the whole module, and a real gateway in front of it for each test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bursar import simulate
from bursar.simulate import Running

sys.path.insert(0, str(Path(__file__).parent))

from running import RunningGateway, estate, running_gateway


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with simulate.running() as running:
        yield running


@pytest.fixture
def gateway(provider: Running, tmp_path: Path) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path, estate(provider.url)) as running:
        yield running
