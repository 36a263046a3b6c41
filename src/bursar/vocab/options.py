"""What a person may ask of the simulated provider and of a replay: the command line says it, they do it."""

from pathlib import Path
from typing import Final

import msgspec

# How a simulated call can fail: an HTTP status, or a connection that breaks in the middle of the reply.
FAULT_KINDS: Final = ("500", "503", "429", "disconnect")


class SimulateOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the simulated provider behaves where a request says nothing of its own. Times in milliseconds."""

    host: str = "127.0.0.1"
    port: int = 9001  # 0 lets the system choose
    seed: int = 0
    latency_ms: float = 0.0  # before the first byte
    latency_spread: float = 0.0  # sigma of a log-normal around latency_ms; 0 makes it fixed
    chunk_ms: float = 0.0  # between the pieces of a stream
    chunks: int = 16  # most pieces of text in a stream
    error_rate: float = 0.0  # share of calls that fail, 0..1
    error_kinds: tuple[str, ...] = FAULT_KINDS  # a failing call draws one of these
    workers: int = 1
    log: Path | None = None  # one JSON line for each call is appended here
    key: str = ""  # the only upstream key that is let in; empty lets in everyone
    created: int | None = None  # Unix seconds that replies carry; from the seed if None
