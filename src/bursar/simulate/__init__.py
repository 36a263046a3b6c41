"""A provider that is a real HTTP server: it speaks the wires and answers with the token counts asked for."""

from bursar.simulate.options import SimulateOptions
from bursar.simulate.server import running, serve

__all__ = ["SimulateOptions", "running", "serve"]
