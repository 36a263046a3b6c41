"""GET /api/v1/prices: what a model costs and did cost: own price documents, else the public catalogue."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.services import WithServices
from bursar.catalogue import STANDARD, Catalogue, RateCard
from bursar.catalogue.book import OWN
from bursar.catalogue.quote import ALWAYS_FROM, ALWAYS_TO
from bursar.estate.kinds import Provider
from bursar.vocab.instant import InstantUs, format_instant

ReadsEstate = Annotated[Principal, need("estate.read")]

_VERSIONS_MOST: Final = 40
_STEPS_MOST: Final = 200  # prices by the hour of the day change often

_Cards = tuple[RateCard | None, RateCard | None]


class RateReply(BaseModel):
    """USD as decimal text for so many units."""

    usage_class: str
    usd: str
    per: int
    input_over: int | None = Field(description="Only for prompts of more input tokens; null for all.")


class PriceVersion(BaseModel):
    """What held in a span; without rates the model had no price then."""

    valid_from: str | None = Field(description="Null: ever since.")
    valid_to: str | None = Field(description="Null: until further notice.")
    origin: str = Field(description="`own` price document, `public` catalogue, or `none`.")
    ref: str = Field(description="The rate card, by its content; calls name it as `price_ref`.")
    rates: list[RateReply]
    list_ref: str = Field(description="The public price of the same; empty where there is none.")


class PricesReply(BaseModel):
    """The prices of one model as standard calls pay them, the newest first."""

    provider: str
    model: str
    versions: list[PriceVersion]


def prices_router(*, environment_providers: Sequence[Provider] = ()) -> APIRouter:
    """The route; `environment_providers` exist without being stored."""
    router = APIRouter(tags=["estate"])

    @router.get("/prices", responses=responses(400, 503))
    def read_prices(
        who: ReadsEstate,
        services: WithServices,
        provider: Annotated[str, Query(min_length=1, max_length=256)],
        model: Annotated[str, Query(min_length=1, max_length=256)],
    ) -> PricesReply:
        """What a model costs now, and before: calls are rated at the price of their own time."""
        snapshot = directory.snapshot(services.engine, also=environment_providers)
        upstream = [one.upstream_model for one in snapshot.models if one.name == model and one.upstream_model]
        catalogue = Catalogue.of_estate(snapshot.providers, snapshot.prices)
        names = (*upstream, model)
        versions = _history(catalogue, provider, names, services.now())
        return PricesReply(provider=provider, model=model, versions=versions)

    return router


def _history(
    catalogue: Catalogue, provider: str, names: tuple[str, ...], now: InstantUs
) -> list[PriceVersion]:
    """Backwards from now; spans of one price that touch are one."""
    found: list[tuple[int, int, _Cards]] = []
    at = now
    for _ in range(_STEPS_MOST):
        cards = catalogue.cards(provider, names[0], STANDARD, at, names[1:])
        start, end = catalogue.span(provider, names, STANDARD, at)
        if found and _refs(found[-1][2]) == _refs(cards):
            found[-1] = (start, found[-1][1], cards)
        else:
            found.append((start, end, cards))
        if start <= max(ALWAYS_FROM, 0) or len(found) > _VERSIONS_MOST:
            break
        at = InstantUs(start - 1)
    return [_version(*one) for one in found[:_VERSIONS_MOST]]


def _refs(cards: _Cards) -> tuple[str, str]:
    return _ref(cards[0]), _ref(cards[1])


def _ref(card: RateCard | None) -> str:
    return "" if card is None else card.ref


def _version(start: int, end: int, cards: _Cards) -> PriceVersion:
    card, listed = cards
    ref = _ref(card)
    return PriceVersion(
        valid_from=None if start <= max(ALWAYS_FROM, 0) else format_instant(InstantUs(start)),
        valid_to=None if end >= ALWAYS_TO else format_instant(InstantUs(end)),
        origin="none" if card is None else "own" if ref.startswith(OWN) else "public",
        ref=ref,
        rates=[] if card is None else _rates(card),
        list_ref=_ref(listed),
    )


def _rates(card: RateCard) -> list[RateReply]:
    return [
        RateReply(
            usage_class=name,
            usd=rate.usd,
            per=rate.per,
            input_over=None if band.input_over < 0 else band.input_over,
        )
        for band in card.content.bands
        for name, rate in band.rates.items()
    ]
