"""Query parameters that a route does not have are refused: a misspelt one would answer another question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request

from bursar.vocab.errors import InvalidInput, near_names

API_PREFIX: Final = "/api/v1"
_SHOWN_CHARACTERS: Final = 100


@dataclass(frozen=True)
class QueryParameters:
    """What the OpenAPI document says of one route's query."""

    names: tuple[str, ...]
    repeatable: frozenset[str]

    @classmethod
    def of(cls, operation: Mapping[str, Any]) -> "QueryParameters":
        """Those of an operation of the document."""
        queries = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
        return cls(
            tuple(sorted(each["name"] for each in queries)),
            frozenset(each["name"] for each in queries if each["schema"].get("type") == "array"),
        )

    def check(self, given: Iterable[str]) -> None:
        """InvalidInput that lists what is allowed for a name that is unknown, or may not come twice."""
        seen: set[str] = set()
        for name in given:
            if name not in self.names:
                raise self._unknown(name)
            if name in seen and name not in self.repeatable:
                raise InvalidInput(
                    f"the parameter {name!r} is given more than once: leave one", parameter=name
                )
            seen.add(name)

    def _unknown(self, name: str) -> InvalidInput:
        shown = name[:_SHOWN_CHARACTERS]
        near = near_names(shown, self.names)
        hint = f"; did you mean {' or '.join(near)}" if near else ""
        allowed = f"Allowed: {', '.join(self.names)}" if self.names else "This address takes none"
        return InvalidInput(
            f"{shown!r} is not a query parameter here{hint}. {allowed}", allowed=self.names, near=near
        )


async def check_query(request: Request) -> None:
    """A dependency of all of /api/v1: a query is held against the document that describes the route."""
    known: dict[tuple[str, str], QueryParameters] = request.app.state.query_parameters
    if not known:
        known |= {
            (path, method.upper()): QueryParameters.of(operation)
            for path, operations in request.app.openapi()["paths"].items()
            for method, operation in operations.items()
        }
    # A route knows its path within its router only.
    expected = known[API_PREFIX + request.scope["route"].path, request.method]
    expected.check(name for name, _ in request.query_params.multi_items())
