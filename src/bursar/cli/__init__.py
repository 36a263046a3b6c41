"""The door for people: the `bursar` command."""

from bursar.cli.main import make_cli
from bursar.cli.starters import OutboxState, Starters

__all__ = ["OutboxState", "Starters", "make_cli"]
