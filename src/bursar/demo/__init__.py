"""A company to try Bursar on: its estate, thirty days of its past, and its calls from now on."""

from bursar.demo.options import DemoOptions
from bursar.demo.run import run
from bursar.demo.state import DemoState, KeyPair, read_state

__all__ = ["DemoOptions", "DemoState", "KeyPair", "read_state", "run"]
