"""Scopes: which calls a document speaks of, as a conjunction over who is calling and what for."""

from fnmatch import fnmatchcase
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from bursar.estate.document import Values, listed

DIMENSIONS: Final = ("team", "product", "use_case", "environment", "model", "provider", "tier", "key")
"""What a scope can name beside further tags; the order is the one in which people read it."""


class Scope(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Calls for which every written line fits: a value, or a list of which one fits; with `*` and `?`."""

    team: Annotated[Values, Meta(description="Who pays.")] = ""
    product: Annotated[Values, Meta(description="What it is for.")] = ""
    use_case: Annotated[Values, Meta(description="The purpose inside a product.")] = ""
    environment: Annotated[Values, Meta(description="production, staging, ...")] = ""
    model: Annotated[Values, Meta(description="The model, by the name that the estate knows.")] = ""
    provider: Annotated[Values, Meta(description="The provider document that answers.")] = ""
    tier: Annotated[Values, Meta(description="A tier that the model belongs to.")] = ""
    key: Annotated[Values, Meta(description="The id of a key.")] = ""
    tags: Annotated[dict[str, Values], Meta(description="Any further tag, by its name.")] = {}


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a scope is held against: one call. `tiers` are all tiers that its model belongs to."""

    team: str
    product: str
    use_case: str
    environment: str
    model: str
    provider: str
    key: str
    tiers: tuple[str, ...]
    tags: dict[str, str]

    def values(self, dimension: str) -> tuple[str, ...]:
        """The call's values of a dimension, or of `tag:<name>`; several only for tiers, none if unknown."""
        if dimension == "tier":
            return self.tiers
        if dimension.startswith("tag:"):
            value = self.tags.get(dimension[4:])
            return () if value is None else (value,)
        return (str(getattr(self, dimension)),)


def terms(scope: Scope) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The written lines of a scope: (dimension or `tag:<name>`, allowed values)."""
    found = [(name, listed(value)) for name in DIMENSIONS if (value := getattr(scope, name))]
    found += [(f"tag:{name}", listed(value)) for name, value in sorted(scope.tags.items())]
    return tuple(found)


def fits(scope: Scope, facts: Facts) -> bool:
    """Whether a call is one of those that the scope speaks of; the empty scope speaks of all."""
    return all(any_fits(allowed, facts.values(dimension)) for dimension, allowed in terms(scope))


def any_fits(allowed: tuple[str, ...], values: tuple[str, ...]) -> bool:
    """Whether a value is among the allowed ones, wildcards included."""
    return any(
        value == one or (is_glob(one) and fnmatchcase(value, one)) for one in allowed for value in values
    )


def is_glob(text: str) -> bool:
    """Whether a value stands for many."""
    return "*" in text or "?" in text


def words(scope: Scope) -> str:
    """The scope as people read it: `team search and environment production`, or `all calls`."""
    parts = [
        f"{dimension.replace('tag:', 'tag ').replace('_', ' ')} {' or '.join(allowed)}"
        for dimension, allowed in terms(scope)
    ]
    return " and ".join(parts) or "all calls"
