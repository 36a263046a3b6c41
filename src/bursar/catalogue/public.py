"""The public price list: genai-prices (pinned), behind an adapter that compiles its prices to rate cards.

Importing genai-prices takes a third of a second, so it happens when the first public price is asked for.
Which price holds at an instant is asked of the package itself; the arithmetic is ours.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from bursar.catalogue.card import CALLS, Band, CardContent, Rate
from bursar.catalogue.context import FLAG_PREPAID, PREPAID_TIERS, PriceContext, flags_for, tier_of, wanted
from bursar.catalogue.quote import Quote, span_around
from bursar.vocab.instant import InstantUs, from_date, from_datetime, to_datetime
from bursar.vocab.usage import TOKEN_CLASSES

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

NO_CATALOGUE: Final = "none"
"""As a provider's `catalogue`: nothing of it has a public price."""

ALIASES: Final = {
    "gemini": "google",
    "vertex": "google",
    "vertexai": "google",
    "vertex-ai": "google",
    "bedrock": "aws",
    "amazon": "aws",
    "amazon-bedrock": "aws",
    "azure-openai": "azure",
    "xai": "x-ai",
    "grok": "x-ai",
    "moonshot": "moonshotai",
    "together-ai": "together",
    "voyage": "voyageai",
}
"""Names by which people call providers, where the catalogue knows them by another."""

_TOKENS_IN = {"family": "tokens", "direction": "input"}
_TOKENS_OUT = {"family": "tokens", "direction": "output"}
_READ = {**_TOKENS_IN, "token_type": "cache_read"}
_WRITE = {**_TOKENS_IN, "token_type": "cache_write", "modality": "text"}

DIMENSIONS: Final[dict[str, dict[str, str]]] = {
    "tokens_input": {**_TOKENS_IN, "modality": "text"},
    "tokens_cache_read": {**_READ, "modality": "text"},
    "tokens_cache_write": _WRITE,
    "tokens_cache_write_5m": {**_WRITE, "cache_ttl": "5m"},
    "tokens_cache_write_30m": {**_WRITE, "cache_ttl": "30m"},
    "tokens_cache_write_1h": {**_WRITE, "cache_ttl": "1h"},
    "tokens_cache_write_12h": {**_WRITE, "cache_ttl": "12h"},
    "tokens_input_audio": {**_TOKENS_IN, "modality": "audio"},
    "tokens_input_image": {**_TOKENS_IN, "modality": "image"},
    "tokens_input_video": {**_TOKENS_IN, "modality": "video"},
    "tokens_cache_read_audio": {**_READ, "modality": "audio"},
    "tokens_cache_read_image": {**_READ, "modality": "image"},
    "tokens_cache_read_video": {**_READ, "modality": "video"},
    "tokens_output": {**_TOKENS_OUT, "modality": "text"},
    "tokens_reasoning": {**_TOKENS_OUT, "modality": "text", "token_type": "reasoning"},
    "tokens_output_audio": {**_TOKENS_OUT, "modality": "audio"},
    "tokens_output_image": {**_TOKENS_OUT, "modality": "image"},
    "tokens_output_video": {**_TOKENS_OUT, "modality": "video"},
    "web_searches": {"family": "tool_calls", "tool_type": "web_search"},
    "file_searches": {"family": "tool_calls", "tool_type": "storage_search"},
    "code_executions": {"family": "tool_calls", "tool_type": "code_execution"},
    "audio_ms": {"family": "durations", "direction": "input", "modality": "audio"},
    "characters_input": {"family": "characters", "direction": "input"},
    "pages": {"family": "document_pages", "direction": "input"},
    CALLS: {"family": "requests"},
}
"""Our classes in the catalogue's own dimensions: a class pays the most specific price that contains it."""

_UNITS_PER_CATALOGUE_UNIT = {"audio_ms": 1000}  # the catalogue counts seconds

GEO_US_FACTOR: Final = Decimal("1.1")
"""Anthropic charges 1.1 times all token prices where `inference_geo` is `us`; genai-prices does not know it.
Sources: "Data residency" in the Claude documentation and in AWS's Claude Platform user guide."""

GROQ_WHISPER: Final = frozenset(("whisper-large-v3", "whisper-large-v3-turbo"))
GROQ_AUDIO_MS_LEAST: Final = 10_000
"""Groq bills at least 10 seconds of audio; genai-prices has this rule in code, not in its prices."""


class PublicPrices:
    """Looks prices up in genai-prices."""

    @cached_property
    def source(self) -> str:
        """Name and version of the price list."""
        import genai_prices

        return f"genai-prices@{genai_prices.__version__}"

    @cached_property
    def providers(self) -> "dict[str, Provider]":
        """The catalogue's providers by id."""
        from genai_prices.data_snapshot import get_snapshot

        return {provider.id: provider for provider in get_snapshot().providers}

    @cached_property
    def _units(self) -> dict[str, tuple[int, dict[str, str]]]:
        """Price key -> (units that one price is for, dimensions)."""
        from genai_prices.data_units import unit_data

        return {
            unit.get("price_key", key): (unit["per"], unit.get("dimensions", {}))
            for key, unit in unit_data.items()
        }

    def provider_id(self, name: str, base_url: str) -> str | None:
        """The catalogue's provider for one of ours: by its name, else by where it is; None for none."""
        known = name.lower()
        known = ALIASES.get(known, known)
        if known in self.providers:
            return known
        for provider in self.providers.values():
            if base_url and re.match(provider.api_pattern, base_url):
                return provider.id
        return None

    def lists(self, provider_id: str, name: str) -> bool | None:
        """Whether the catalogue has a provider's own model by this name; None for an unknown provider."""
        provider = self.providers.get(provider_id)
        if provider is None:
            return None
        return any(model.is_match(name.lower()) for model in provider.models)

    def model_names(self, provider_id: str) -> list[str]:
        """The names of a provider's own models, without those that are deprecated."""
        provider = self.providers.get(provider_id)
        return [] if provider is None else [model.id for model in provider.models if not model.deprecated]

    def sold(self, provider_id: str) -> "list[tuple[Provider, ModelInfo]]":
        """Every model that a provider's replies may name: its own, and those of vendors whose it resells."""
        provider = self.providers.get(provider_id)
        if provider is None:
            return []
        vendors = [self.providers[one] for one in provider.fallback_model_providers or ()]
        return [(provider, model) for one in (provider, *vendors) for model in one.models]

    def tiers(self, provider_id: str, name: str) -> set[str]:
        """The service tiers in which the model of a name has a price of its own."""
        provider = self.providers.get(provider_id)
        model = self._model(provider, name) if provider is not None else None
        return set() if model is None else _tiers_of(model)

    def tiers_sold(self, provider_id: str) -> set[str]:
        """The service tiers of any model that a provider sells."""
        return {tier for _, model in self.sold(provider_id) for tier in _tiers_of(model)}

    def window(self, provider_id: str, name: str) -> int | None:
        """How many tokens the model of a name can read in one go; None where nothing is said."""
        provider = self.providers.get(provider_id)
        model = self._model(provider, name) if provider is not None else None
        return None if model is None else model.context_window

    def quote(self, provider_id: str, names: Iterable[str], context: PriceContext, at: InstantUs) -> Quote:
        """The public price of the first of `names` that the catalogue knows."""
        provider = self.providers.get(provider_id)
        if provider is None:
            return Quote(None)
        for name in names:
            model = self._model(provider, name)
            if model is not None:
                return self.quote_of(provider, model, context, at)
        return Quote(None)

    def _model(self, provider: "Provider", name: str) -> "ModelInfo | None":
        short = name.rpartition("models/")[2]  # Gemini and Vertex AI write publishers/google/models/...
        return provider.find_model(short, all_providers=list(self.providers.values())) if short else None

    def quote_of(
        self, provider: "Provider", model: "ModelInfo", context: PriceContext, at: InstantUs
    ) -> Quote:
        """The price of one model of the catalogue, and the span of time in which it holds."""
        moment = to_datetime(at)
        selectors = _selectors(context)
        owned = any(model is one for one in provider.models)  # another provider's model has no variants here
        active = _active_variants(model, moment) if owned else []
        chosen, unknown = _choose(selectors, active)
        prices = model.get_prices(moment, chosen)
        valid_from, valid_to = span_around(at, _boundaries(model, moment))
        content = self._content(provider, model, prices)
        if content is not None:
            content = _adjusted(content, provider.id, context, unknown)
        return Quote(content, valid_from, valid_to)

    def _content(self, provider: "Provider", model: "ModelInfo", prices: "ModelPrice") -> CardContent | None:
        """The card of a set of prices; None where it prices nothing that we meter."""
        given = {
            key: value for key, value in vars(prices).items() if value is not None and key in self._units
        }
        keys = {name: key for name in DIMENSIONS if (key := self._most_specific(DIMENSIONS[name], given))}
        if not keys:
            return None
        least = GROQ_AUDIO_MS_LEAST if provider.id == "groq" and model.id in GROQ_WHISPER else 0
        return CardContent(
            name=f"{self.source}/{provider.id}/{model.id}",
            bands=[
                self._band(over, keys, given) for over in _thresholds(given[key] for key in keys.values())
            ],
            audio_ms_least=least,
        )

    def _most_specific(self, dimensions: Mapping[str, str], given: Mapping[str, Any]) -> str | None:
        containing = [key for key in given if self._units[key][1].items() <= dimensions.items()]
        return max(containing, key=lambda key: len(self._units[key][1]), default=None)

    def _band(self, over: int, keys: Mapping[str, str], given: Mapping[str, Any]) -> Band:
        rates = {}
        for name, key in keys.items():
            per = self._units[key][0] * _UNITS_PER_CATALOGUE_UNIT.get(name, 1)
            rates[name] = Rate(f"{_price_over(given[key], over):f}", per, key)
        return Band(over, rates)


def _thresholds(prices: Iterable[Any]) -> list[int]:
    starts = {tier.start for price in prices if not isinstance(price, Decimal) for tier in price.tiers}
    return [-1, *sorted(starts)]


def _price_over(price: Any, over: int) -> Decimal:
    """The price for inputs just longer than `over` tokens."""
    if isinstance(price, Decimal):
        return price
    amount: Decimal = price.base
    for tier in price.tiers:
        if tier.start <= over:
            amount = tier.price
    return amount


def _selectors(context: PriceContext) -> dict[str, str]:
    """What to ask of the catalogue's variants."""
    selectors = wanted(context)
    if context.route:
        selectors["route"] = context.route
    if context.search_type:
        selectors["search_type"] = context.search_type
    return selectors


def _tiers_of(model: "ModelInfo") -> set[str]:
    return {tier for variant in model.price_variants or () if (tier := variant.when.get("service_tier"))}


def _active_variants(model: "ModelInfo", moment: datetime) -> list[dict[str, str]]:
    return [
        variant.when
        for variant in model.price_variants or ()
        if variant.constraint is None or variant.constraint.active(moment)
    ]


def _choose(selectors: dict[str, str], active: list[dict[str, str]]) -> tuple[dict[str, str], set[str]]:
    """(the selectors that some active variant answers to, those that none does)."""
    answering = [when for when in active if when.items() <= selectors.items()]
    chosen = {key: value for key, value in selectors.items() if any(key in when for when in answering)}
    return chosen, selectors.keys() - chosen.keys()


def _adjusted(
    content: CardContent, provider_id: str, context: PriceContext, unknown: set[str]
) -> CardContent:
    """The content with what genai-prices cannot say: United States inference, and what nobody knows."""
    if "inference_geo" in unknown and provider_id == "anthropic" and context.inference_geo.lower() == "us":
        unknown = unknown - {"inference_geo"}
        content = _scaled(content, GEO_US_FACTOR)
    prepaid = tier_of(context) in PREPAID_TIERS.get(provider_id, ())
    if prepaid:
        unknown = unknown - {"service_tier"}
    flags = flags_for(unknown) + ([FLAG_PREPAID] if prepaid else [])
    return CardContent(
        name=content.name, bands=content.bands, flags=flags, audio_ms_least=content.audio_ms_least
    )


def _scaled(content: CardContent, factor: Decimal) -> CardContent:
    """All token rates times `factor`."""
    bands = [
        Band(
            band.input_over,
            {
                name: Rate(f"{Decimal(rate.usd) * factor:f}", rate.per, f"{rate.key} x {factor}")
                if name in TOKEN_CLASSES
                else rate
                for name, rate in band.rates.items()
            },
        )
        for band in content.bands
    ]
    return CardContent(name=content.name, bands=bands, audio_ms_least=content.audio_ms_least)


def prepaid(content: CardContent) -> CardContent:
    """What a call in prepaid capacity adds to the bill: nothing; its list price is `content`."""
    bands = [
        Band(band.input_over, {name: Rate("0", rate.per, FLAG_PREPAID) for name, rate in band.rates.items()})
        for band in content.bands[:1]
    ]
    return CardContent(name=content.name, bands=bands, flags=content.flags)


def _boundaries(model: "ModelInfo", moment: datetime) -> set[int]:
    """Every instant near `moment` at which some price of the model may begin or end."""
    return {edge for constraint in _constraints(model) for edge in _edges(constraint, moment)}


def _constraints(model: "ModelInfo") -> Iterator[Any]:
    if isinstance(model.prices, list):
        yield from (one.constraint for one in model.prices)
    yield from (variant.constraint for variant in model.price_variants or ())


def _edges(constraint: Any, moment: datetime) -> Iterator[int]:
    """The instants at which a constraint turns on or off, for a day around `moment`."""
    if constraint is None:
        return
    start_date = getattr(constraint, "start_date", None)
    if start_date is not None:
        yield from_date(start_date)
        return
    for edge in (constraint.start_time, constraint.end_time):
        for days in (-2, -1, 0, 1, 2):
            yield _on_day(moment + timedelta(days=days), edge)


def _on_day(day: datetime, edge: time) -> int:
    moment = datetime.combine(day.date(), edge)
    return from_datetime(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
