"""What the command line starts but must not know: the parts that `app` builds, as a record of functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bursar.config import Config
from bursar.vocab.options import ReplayOptions, SimulateOptions


class OutboxState(msgspec.Struct, kw_only=True, frozen=True):
    """What one outbox file says of itself; `fault` is why it could not be read, empty if it could."""

    path: str
    worker: str = ""
    seq_last: int = 0  # the newest event ever written to it; 0: none
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Starters:
    """Each starter runs until it is done or stopped, and returns the exit code."""

    up: Callable[[Config, bool], int]  # the second argument: with the demo
    gateway: Callable[[Config], int]
    control: Callable[[Config], int]
    simulate: Callable[[SimulateOptions], int]
    replay: Callable[[ReplayOptions], int]
    outboxes: Callable[[Path], Sequence[OutboxState]]  # of the folder home/outbox
