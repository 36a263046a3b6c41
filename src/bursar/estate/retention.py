"""Retention: how long what is over and done with is kept."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from bursar.estate.document import Document

NAME: Final = "default"
Days = Annotated[int, Meta(ge=1, le=3650)]


class Retention(Document, kw_only=True, frozen=True, tag_field="kind", tag="retention"):
    """How many days things are kept after they ended. Events, prices and the audit are kept for good."""

    KIND = "retention"

    messages_days: Annotated[Days, Meta(description="Messages that were delivered or given up.")] = 90
    sessions_days: Annotated[Days, Meta(description="Sessions that ended.")] = 30
    links_days: Annotated[Days, Meta(description="Sign-in links that were used or are over.")] = 7
    tokens_days: Annotated[Days, Meta(description="API tokens that were revoked or are over.")] = 90


def check_retention(plain: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """There is one: what a record of plain values demands beyond the types of its fields."""
    if plain["name"] != NAME:
        yield "name", f"there is one retention for everything: name it {NAME}"


def in_force(retention: Iterable[Retention]) -> Retention:
    """What was declared, or the defaults."""
    return next(iter(retention), msgspec.convert({"kind": "retention", "name": NAME}, Retention))
