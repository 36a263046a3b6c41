"""A provider that is a real HTTP server: it speaks the wires and answers with the token counts asked for."""

from bursar.simulate.directive import write_directive
from bursar.simulate.server import Running, running, serve

__all__ = ["Running", "running", "serve", "write_directive"]
