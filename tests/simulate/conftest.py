"""A simulated provider for each test module, on a free port."""

from collections.abc import Iterator

import pytest

from bursar import simulate
from bursar.simulate import Running


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with simulate.running() as running:
        yield running
