"""What the demo needs to know of the installation that it runs in."""

from pathlib import Path

import msgspec


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of the running parts, and how much of a demo it is to be."""

    home: Path
    gateway_url: str
    console_url: str
    upstream_url: str  # the simulated provider
    seed: int = 7
    days: int = 30  # of history
    calls_per_s: float = 3.0  # on top of the usual traffic just after the start, fading within the hour
