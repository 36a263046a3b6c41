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


class ReplayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded trace, and how it is to be sent through the running gateway again."""

    file: Path  # CSV, CSV.gz, JSONL or JSONL.gz
    model: str
    key: str  # the secret of a Bursar key
    home: Path  # where run.json tells the gateway's address, unless gateway_url does
    gateway_url: str = ""
    wire: str = "openai"  # openai | anthropic | gemini
    stream: bool = False
    columns: str = ""  # "time=..,input=..,output=..,cached=.."; found by their names if empty
    speed: float | None = None  # 60.0 sends an hour in a minute; None sends as fast as it goes
    concurrency: int = 64  # most calls in flight
    limit: int | None = None  # only so many rows
    rates: str = ""  # "input=2.50,output=10": USD per million tokens, for costs that no header tells
    headers: tuple[str, ...] = ()  # further "name: value" headers on each call, such as tags
    calls_out: Path | None = None  # one JSON line for each completed call
    as_json: bool = False
    patience_s: float = 300.0  # how long to wait for a gateway that is away
