"""What selects among the prices of one model: the words of the reply, checked and made one vocabulary."""

from collections.abc import Iterable
from itertools import product
from typing import Final

import msgspec


class PriceContext(msgspec.Struct, frozen=True, cache_hash=True):
    """How a call was served, in the provider's own words; empty means the standard way."""

    service_tier: str = ""
    processing: str = ""
    speed: str = ""
    inference_geo: str = ""
    region: str = ""
    route: str = ""
    search_type: str = ""


STANDARD: Final = PriceContext()

STANDARD_TIERS: Final = frozenset(
    (
        "",
        "auto",
        "default",
        "standard",
        "standard_only",
        "on_demand",
        "unspecified",
        "traffic_type_unspecified",
    )
)
STANDARD_SPEEDS: Final = frozenset(("", "standard"))
STANDARD_GEOS: Final = frozenset(("", "global", "not_available"))

PREPAID_TIERS: Final = {
    "anthropic": frozenset(("priority",)),
    "google": frozenset(("provisioned_throughput",)),
    "openai": frozenset(("scale",)),
    "azure": frozenset(("scale", "provisioned")),
    "aws": frozenset(("reserved",)),
}
"""Tiers that draw on capacity which was bought before, by catalogue provider: a call adds no charge.
Sources: Anthropic "Service tiers" (priority is a commitment), Vertex AI "Provisioned Throughput",
OpenAI "Scale Tier", Amazon Bedrock "Reserved tier"."""

DECIDED_LATER: Final = frozenset(("auto",))
"""Tiers by which a request leaves it to the provider, or to a project's settings, how it is served."""

FLAG_PREPAID: Final = "prepaid_capacity"
FLAG_UNKNOWN: Final = {
    "service_tier": "service_tier_price_unknown",
    "processing": "processing_price_unknown",
    "speed": "speed_price_unknown",
    "inference_geo": "inference_geo_price_unknown",
}
"""Set where a call was served in a way that no price says anything about: it is priced as standard."""


def tier_of(context: PriceContext) -> str:
    """The service tier in one vocabulary: "" for standard; `ON_DEMAND_FLEX` and `flex` are both flex."""
    tier = context.service_tier.strip().lower().removeprefix("service_tier_")
    if tier in STANDARD_TIERS:
        return ""
    return tier.removeprefix("on_demand_")


def processing_of(context: PriceContext) -> str:
    """ "batch" or what else the context says; Anthropic calls batch a service tier."""
    if tier_of(context) == "batch":
        return "batch"
    return context.processing.strip().lower()


def wanted(context: PriceContext) -> dict[str, str]:
    """What differs from the standard way of serving, by selector; empty for a standard call."""
    found = {}
    tier = tier_of(context)
    if tier and tier != "batch":
        found["service_tier"] = tier
    processing = processing_of(context)
    if processing:
        found["processing"] = processing
    if context.speed.lower() not in STANDARD_SPEEDS:
        found["speed"] = context.speed.lower()
    if context.inference_geo.lower() not in STANDARD_GEOS:
        found["inference_geo"] = context.inference_geo.lower()
    return found


def outcomes(named: PriceContext, tiers: Iterable[str]) -> tuple[PriceContext, ...]:
    """The ways in which a request that names these words may be served; `tiers` are those that have a price.

    The standard way is always one of them: where a tier has no room, a provider may serve the call without
    it. (OpenAI, reference of `service_tier`: the value of the reply may be another than that of the request.)
    """
    tier = named.service_tier.strip().lower()
    ways = product(
        {"", *(tiers if tier in DECIDED_LATER else (named.service_tier,))},
        {"", named.speed},
        {"", named.inference_geo},
    )
    return tuple(
        PriceContext(service_tier=tier, speed=speed, inference_geo=geo, region=named.region)
        for tier, speed, geo in ways
    )


def flags_for(selectors: "dict[str, str] | set[str]") -> list[str]:
    """The flags of selectors that no price speaks of."""
    return [flag for selector, flag in FLAG_UNKNOWN.items() if selector in selectors]
