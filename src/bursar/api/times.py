"""Instants in query parameters: ISO 8601, or relative to now such as `7d`."""

import re
from typing import Annotated, Final

from pydantic import Field

from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, format_instant, parse_instant

_RELATIVE: Final = re.compile(r"([0-9]{1,6})([smhdw])")
_UNIT_US: Final = {
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
_LAST_US: Final = 253_402_300_799_999_999  # the end of year 9999
ALLOWED: Final = (
    "ISO 8601 such as 2026-11-23 or 2026-11-23T09:00:00Z, `now`, or a span back from now such as 7d"
)


def read_instant(text: str, *, now: InstantUs) -> InstantUs:
    """The instant that `text` names, not before 1970; InvalidInput that says what is allowed."""
    if text == "now":
        return now
    relative = _RELATIVE.fullmatch(text)
    if relative:
        back_us = int(relative[1]) * _UNIT_US[relative[2]]
        return InstantUs(max(0, now - back_us))
    try:
        instant = parse_instant(text)
    except (InvalidInput, OverflowError) as error:
        raise InvalidInput(f"{text!r} is not a time. Allowed: {ALLOWED}", allowed=ALLOWED) from error
    return InstantUs(min(max(0, instant), _LAST_US))


def read_span(start: str, end: str, *, now: InstantUs) -> tuple[InstantUs, InstantUs]:
    """The instants of the parameters `from` and `to`; InvalidInput unless the first is before the other."""
    first, after = read_instant(start, now=now), read_instant(end, now=now)
    if first >= after:
        raise InvalidInput(
            f"`from` is {format_instant(first)}, which is not before `to`, {format_instant(after)}:"
            " no call can be in between"
        )
    return first, after


KnownSince = Annotated[
    str | None,
    Field(
        description="The first call that the ledger has, to the hour, where that is after the span's "
        "beginning: of the span it knows a part. Null where it knows all of it."
    ),
]


def known_in_part(since: InstantUs | None, start: InstantUs) -> str | None:
    """Since when a span is known that begins at `start`; None where all of it is, or nothing ever was."""
    return None if since is None or since <= start else format_instant(since)
