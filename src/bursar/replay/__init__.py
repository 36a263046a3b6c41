"""Sends recorded traffic through the running gateway and keeps its own account of the replies."""

from bursar.replay.run import run

__all__ = ["run"]
