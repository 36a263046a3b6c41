"""The catalogue: which rate card holds for a model, a way of serving it, and an instant."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bursar.catalogue.book import PriceBook
from bursar.catalogue.card import CardContent, RateCard
from bursar.catalogue.context import FLAG_PREPAID, PriceContext
from bursar.catalogue.dearest import dearest
from bursar.catalogue.public import NO_CATALOGUE, PublicPrices, prepaid
from bursar.catalogue.quote import ALWAYS_FROM, ALWAYS_TO, Quote
from bursar.estate.kinds import Price, Provider
from bursar.vocab.instant import InstantUs

ENTRIES_MAX: Final = 10_000
"""Look-ups remembered; more (callers invent model names) start the memory afresh."""

SPANS_MAX: Final = 4
"""Spans of time remembered for each look-up, so that a price by the hour of the day stays quick."""

_Key = tuple[str, str, tuple[str, ...], PriceContext]
Cards = tuple["RateCard | None", "RateCard | None"]
"""What a call is charged at, and its public price."""

Span = tuple[int, int]
"""From an instant to before another, in microseconds."""

_Span = tuple[int, int, Cards]


class Catalogue:
    """Finds rate cards: the own price book first, then the public catalogue.

    `catalogue_ids` maps our provider names to the public catalogue's ids ("none" for no public price);
    `base_urls` maps them to where they are, which tells the public provider if the name does not.
    """

    def __init__(
        self,
        prices: Sequence[Price],
        catalogue_ids: Mapping[str, str] | None = None,
        base_urls: Mapping[str, str] | None = None,
        *,
        public: PublicPrices | None = None,
    ) -> None:
        self._book = PriceBook(prices)
        self._ids = dict(catalogue_ids or {})
        self._base_urls = dict(base_urls or {})
        self._public = public or PublicPrices()
        self._spans: dict[_Key, list[_Span]] = {}
        self._dearest: dict[tuple[str, PriceContext], tuple[int, int, RateCard | None]] = {}

    @classmethod
    def of_estate(cls, providers: Sequence[Provider], prices: Sequence[Price]) -> "Catalogue":
        """The catalogue of declared providers and prices."""
        return cls(
            prices,
            {one.name: one.catalogue for one in providers if one.catalogue},
            {one.name: one.base_url for one in providers},
        )

    def cards(
        self,
        provider: str,
        model: str,
        context: PriceContext,
        at: InstantUs,
        also: tuple[str, ...] = (),
    ) -> Cards:
        """What a call is charged at (None: unpriced), and the public price of the same (None: there is none).

        `model` and then `also` are the names of the same model to try, best first: as served, as sent
        upstream, as requested.
        """
        key = (provider, model, also, context)
        spans = self._spans.get(key)
        if spans is not None:
            for valid_from, valid_to, cards in spans:
                if valid_from <= at < valid_to:
                    return cards
        return self._remember(key, at)

    def card(
        self,
        provider: str,
        model: str,
        context: PriceContext,
        at: InstantUs,
        also: tuple[str, ...] = (),
    ) -> RateCard | None:
        """What a call is charged at; None means unpriced."""
        return self.cards(provider, model, context, at, also)[0]

    def list_card(
        self,
        provider: str,
        model: str,
        context: PriceContext,
        at: InstantUs,
        also: tuple[str, ...] = (),
    ) -> RateCard | None:
        """The public price of the same call, whatever the own book says; None where there is none."""
        return self.cards(provider, model, context, at, also)[1]

    def span(self, provider: str, names: tuple[str, ...], context: PriceContext, at: InstantUs) -> Span:
        """From when to before when the cards of a model stay what they are at `at`."""
        self.cards(provider, names[0], context, at, names[1:])
        spans = self._spans[provider, names[0], names[1:], context]
        return next((start, end) for start, end, _ in spans if start <= at < end)

    def dearest_card(self, provider: str, context: PriceContext, at: InstantUs) -> RateCard | None:
        """The dearest rates of all models that a provider sells, as one card; None where none has a price.

        What is held for a model of which only the reply will tell what it is.
        """
        known = self._dearest.get((provider, context))
        if known is not None and known[0] <= at < known[1]:
            return known[2]
        quotes = self._quotes_of_all(provider, context, at)
        card = self._compiled(dearest(provider, [one.content for one in quotes if one.content is not None]))
        start = max((one.valid_from_us for one in quotes), default=ALWAYS_FROM)
        end = min((one.valid_to_us for one in quotes), default=ALWAYS_TO)
        if len(self._dearest) >= ENTRIES_MAX:
            self._dearest.clear()
        self._dearest[provider, context] = (start, end, card)
        return card

    def _quotes_of_all(self, provider: str, context: PriceContext, at: InstantUs) -> list[Quote]:
        own = [self._book.quote(provider, (name,), context, at) for name in self._book.models(provider)]
        provider_id = self._provider_id(provider)
        if provider_id is None:
            return own
        return own + [self._public.quote_of(*one, context, at) for one in self._public.sold(provider_id)]

    def tiers(self, provider: str, names: Iterable[str] | None) -> set[str]:
        """The service tiers that a price speaks of: of the models of these names, or of all of a provider."""
        own = self._book.models(provider) if names is None else names
        found = {tier for name in own for tier in self._book.tiers(provider, name)}
        provider_id = self._provider_id(provider)
        if provider_id is None:
            return found
        if names is None:
            return found | self._public.tiers_sold(provider_id)
        return found.union(*(self._public.tiers(provider_id, name) for name in names))

    def window(self, provider: str, names: Iterable[str]) -> int | None:
        """How many tokens the model of these names can read in one go; None where nobody says."""
        provider_id = self._provider_id(provider)
        if provider_id is None:
            return None
        found = (self._public.window(provider_id, name) for name in names)
        return next((window for window in found if window is not None), None)

    def warm(self) -> None:
        """Load the public price list now, so that no call waits for it."""
        self._public.provider_id("openai", "")

    def knows(self, provider: str, model: str) -> bool | None:
        """Whether the public catalogue lists a provider's model; None where it does not list the provider."""
        provider_id = self._provider_id(provider)
        return None if provider_id is None else self._public.lists(provider_id, model)

    def models(self, provider: str) -> list[str]:
        """The model names that the public catalogue lists for a provider; none where it does not list it."""
        provider_id = self._provider_id(provider)
        return [] if provider_id is None else self._public.model_names(provider_id)

    def _provider_id(self, provider: str) -> str | None:
        provider_id = self._ids.get(provider) or self._public.provider_id(
            provider, self._base_urls.get(provider, "")
        )
        return None if provider_id == NO_CATALOGUE else provider_id

    def _remember(self, key: _Key, at: InstantUs) -> Cards:
        public = self._public_quote(key, at)
        charged = self._charged_quote(key, at, public)
        listed = self._compiled(public.content)
        same = charged.content is public.content
        cards = (listed if same else self._compiled(charged.content), listed)
        if len(self._spans) >= ENTRIES_MAX:
            self._spans.clear()
        spans = self._spans.setdefault(key, [])
        valid_from = max(charged.valid_from_us, public.valid_from_us)
        spans.insert(0, (valid_from, min(charged.valid_to_us, public.valid_to_us), cards))
        del spans[SPANS_MAX:]
        return cards

    def _charged_quote(self, key: _Key, at: InstantUs, public: Quote) -> Quote:
        provider, model, also, context = key
        own = self._book.quote(provider, (model, *also), context, at)
        if own.content is not None:
            return own
        content = public.content
        if content is not None and FLAG_PREPAID in content.flags:
            content = prepaid(content)
        return Quote(
            content,
            max(own.valid_from_us, public.valid_from_us),
            min(own.valid_to_us, public.valid_to_us),
        )

    def _public_quote(self, key: _Key, at: InstantUs) -> Quote:
        provider, model, also, context = key
        provider_id = self._provider_id(provider)
        if provider_id is None:
            return Quote(None)
        return self._public.quote(provider_id, (model, *also), context, at)

    def _compiled(self, content: CardContent | None) -> RateCard | None:
        return RateCard.of(content) if content is not None else None
