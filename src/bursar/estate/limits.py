"""Limits: how fast, and how many at once, the calls of a scope may be."""

from typing import Annotated, Literal

from msgspec import Meta

from bursar.estate.document import Document, Text
from bursar.estate.scope import Scope

_MOST = 1_000_000_000_000


class Limit(Document, kw_only=True, frozen=True, tag_field="kind", tag="limit"):
    """How many calls and tokens a minute, and how many calls at once, a scope may have. 0: not limited."""

    KIND = "limit"

    scope: Annotated[Scope, Meta(description="The calls that share it; all if not written.")] = Scope()
    each: Annotated[
        str,
        Meta(
            pattern=r"^(|team|product|use_case|environment|model|provider|key|tag:[a-z0-9][a-z0-9_.-]{0,63})$",
            description="One limit of this size for every value of a dimension: team, product, use_case, "
            "environment, model, provider, key or tag:NAME.",
        ),
    ] = ""
    requests_per_minute: Annotated[int, Meta(ge=1, le=_MOST, description="Calls in any 60 seconds.")] = 0
    tokens_per_minute: Annotated[
        int,
        Meta(ge=1, le=_MOST, description="Tokens, read and written, of the calls begun in any 60 seconds."),
    ] = 0
    concurrent: Annotated[int, Meta(ge=1, le=1_000_000, description="Calls at the same time.")] = 0
    owner: Annotated[Text, Meta(description="Who answers for it; refusals name them.")] = ""
    reason: Annotated[Text, Meta(description="Why it is there; refusals say it.")] = ""
    on_store_loss: Annotated[
        Literal["refuse", "allow_and_flag"],
        Meta(description="What a worker does that cannot reach the state store until its share ends."),
    ] = "refuse"
