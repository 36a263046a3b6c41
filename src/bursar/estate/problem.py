"""What is wrong with an estate, and where: the place a person has to look at and what to write there."""

from collections.abc import Sequence

import msgspec

from bursar.vocab.errors import InvalidInput


class Problem(msgspec.Struct, kw_only=True, frozen=True, order=True):
    """One mistake. `line` counts from 1; 0 means that the source has no lines (a document sent as JSON)."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class BadEstate(InvalidInput):
    """An estate that cannot be applied; `problems` holds every mistake found, in the order of the files."""

    code = "invalid_estate"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join(str(problem) for problem in self.problems), errors=msgspec.to_builtins(self.problems)
        )
