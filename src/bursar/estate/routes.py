"""Routes: a name that callers ask for like a model, and the models that answer for it in turn."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from bursar.estate.budgets import Span
from bursar.estate.document import Document, Name

Cause = Literal["rate_limited", "server_error", "timeout", "connection", "budget", "policy"]
CAUSES: Final[tuple[Cause, ...]] = (
    "rate_limited",
    "server_error",
    "timeout",
    "connection",
    "budget",
    "policy",
)
"""Why a call may move on to the next target."""

TARGETS_MAX: Final = 32


class RouteTarget(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A model that may answer, and how much of the calls it gets first where `order` is by_weight."""

    model: Annotated[Name, Meta(description="A model document, or PROVIDER/MODEL as the provider calls it.")]
    weight: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Its part of the calls: weight of the sum of weights.")
    ] = 1


class ModelRoute(Document, kw_only=True, frozen=True, tag_field="kind", tag="route"):
    """A name that callers ask for like a model; the targets answer in turn when one of them cannot."""

    KIND = "route"

    targets: Annotated[
        list[RouteTarget],
        Meta(min_length=1, max_length=TARGETS_MAX, description="The models that may answer, best first."),
    ]
    order: Annotated[
        Literal["in_order", "by_weight"],
        Meta(description="`in_order` asks the first one first; `by_weight` spreads the calls."),
    ] = "in_order"
    fallback_on: Annotated[
        list[Cause],
        Meta(
            description="When the next target is asked: rate_limited (429), server_error (5xx), timeout, "
            "connection (refused or lost), budget, policy; the first four if not written."
        ),
    ] = msgspec.field(default_factory=lambda: list(CAUSES[:4]))
    cooldown: Annotated[
        Span, Meta(description="How long a target that failed comes last, such as 30s or 5m; 0s: not at all.")
    ] = "30s"
    attempts_max: Annotated[
        int, Meta(ge=1, le=32, description="How many targets one call may try at most.")
    ] = 3
