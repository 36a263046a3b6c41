"""A company to try Bursar on: its estate, thirty days of its past, and its calls from now on."""

from bursar.demo.documents import PROPOSAL
from bursar.demo.options import DemoOptions
from bursar.demo.run import FOLDER, run
from bursar.demo.state import DemoState, KeyPair, read_state

__all__ = ["FOLDER", "PROPOSAL", "DemoOptions", "DemoState", "KeyPair", "read_state", "run"]
