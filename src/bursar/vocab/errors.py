"""The root of all errors that Bursar raises on purpose, and the check that always runs."""

import difflib
from collections.abc import Iterable


class BursarError(Exception):
    """Something a person can act on: `str(error)` says what happened and what to do.

    `code` is a stable snake_case word that doors map to statuses and exit codes; `facts` are what a program
    may want to read of it, such as the values that would have been accepted.
    """

    code = "failed"

    def __init__(self, sentence: str = "", **facts: object) -> None:
        super().__init__(sentence)
        self.facts = facts


class InvalidInput(BursarError):
    """The caller gave something that cannot be used; nothing was changed."""

    code = "invalid_input"


class NotFound(BursarError):
    """What was asked for does not exist."""

    code = "not_found"


class Conflict(BursarError):
    """The same id came with other content, or the state moved on meanwhile."""

    code = "conflict"


class Unavailable(BursarError):
    """A part that is needed does not answer now; trying again later is right."""

    code = "unavailable"


class InvariantBroken(BursarError):
    """A law of the system does not hold: a defect, never the caller's fault."""

    code = "invariant_broken"


def check(holds: bool, sentence: str) -> None:
    """Raise InvariantBroken with `sentence` unless `holds`; unlike `assert` it is never compiled away."""
    if not holds:
        raise InvariantBroken(sentence)


def near_names(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Up to `count` known names that look like `name`, best first, for error sentences."""
    return difflib.get_close_matches(name, sorted(known), n=count, cutoff=0.5)
