"""Fixtures of the command line: a running control plane, and the command with its home or without one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from control_plane import Bursar, Plane

from bursar.config import Home


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[Plane]:
    """A running control plane with an empty home."""
    home = Home(tmp_path / "home")
    home.create(lambda: os.urandom(16).hex())
    plane = Plane(home)
    plane.start()
    yield plane
    plane.stop()


@pytest.fixture
def bursar(plane: Plane) -> Bursar:
    """The command line with the home of the running control plane."""
    return Bursar(plane.home.path)


@pytest.fixture
def alone(tmp_path: Path) -> Bursar:
    """The command line with a home where nothing ever ran."""
    return Bursar(tmp_path / "no-home")
