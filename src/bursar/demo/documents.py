"""The demo's YAML documents, with what only a start knows written in: addresses, and days counted from it."""

import re
from importlib.resources import files
from typing import Final, NamedTuple

from bursar.vocab.instant import InstantUs, format_instant

COMPANY: Final = "estate.yaml"
GOVERNANCE: Final = "governance.yaml"
PROPOSAL: Final = "proposal.yaml"
_DAY_US: Final = 86_400_000_000
_DAY: Final = re.compile(r"@DAY\+([0-9]{1,4})@")


class Start(NamedTuple):
    """What is known when the demo starts: where the simulated provider and the inbox answer, and when."""

    upstream_url: str
    inbox_url: str
    at: InstantUs


def document_text(name: str, start: Start) -> str:
    """One of the files. Whenever the demo is started, the days in it lie ahead."""
    text = files("bursar.demo").joinpath(name).read_text("utf-8")
    text = text.replace("@UPSTREAM@", start.upstream_url).replace("@INBOX@", start.inbox_url)
    return _DAY.sub(lambda found: _day(start.at, int(found[1])), text)


def _day(at: InstantUs, days: int) -> str:
    return format_instant(InstantUs(at + days * _DAY_US))[:10]
