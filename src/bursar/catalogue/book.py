"""The own price book: dated `kind: price` documents, which win over the public catalogue."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from bursar.catalogue.card import CALLS, INCLUDED, Band, CardContent, Rate
from bursar.catalogue.classes import PARENTS, priced_as
from bursar.catalogue.context import PriceContext, flags_for, tier_of, wanted
from bursar.catalogue.quote import Quote, span_around
from bursar.estate.kinds import Price, PriceClass
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, parse_instant

USD_MAX: Final = Decimal(1_000_000)
"""No single rate is higher; it catches a price in the wrong unit before it is charged."""

OWN: Final = "book/"
"""How the name of a card begins that an own document made."""

_PER_MILLION: Final = 1_000_000
_INCLUDED: Final = Rate("0", 1, INCLUDED)


class _Entry(NamedTuple):
    price: Price
    valid_from_us: InstantUs
    tier: str | None  # None: any
    content: CardContent


class PriceBook:
    """Answers from the documents of one estate; InvalidInput if one of them cannot be used."""

    def __init__(self, prices: Sequence[Price]) -> None:
        check_prices(prices)
        self._entries: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
        for price in prices:
            self._entries[price.provider, price.model].append(_entry(price))

    def quote(self, provider: str, names: Iterable[str], context: PriceContext, at: InstantUs) -> Quote:
        """The price of the first of `names` that has one in force at `at`."""
        selectors = wanted(context)
        edges: set[int] = set()
        for name in names:
            entries = self._entries.get((provider, name), ())
            fitting = [entry for entry in entries if _fits(entry, selectors, context)]
            edges.update(entry.valid_from_us for entry in fitting)
            in_force = [entry for entry in fitting if entry.valid_from_us <= at]
            if in_force:
                chosen = max(in_force, key=_precedence)
                return Quote(_flagged(chosen, selectors), *span_around(at, edges))
        return Quote(None, *span_around(at, edges))

    def tiers(self, provider: str, model: str) -> set[str]:
        """The service tiers that have a price of ours, at whatever time."""
        return {entry.tier for entry in self._entries.get((provider, model), ()) if entry.tier}

    def models(self, provider: str) -> list[str]:
        """The models of a provider that have a price of ours, at whatever time."""
        return [model for owner, model in self._entries if owner == provider]


def check_prices(prices: Iterable[Price]) -> None:
    """Raise InvalidInput where a document cannot be used, or two say different things of the same call."""
    seen: dict[tuple[str, ...], str] = {}
    for price in prices:
        check_price(price)
        since = str(parse_instant(price.valid_from))
        same = (price.provider, price.model, since, price.service_tier, price.processing, price.region)
        if same in seen:
            raise InvalidInput(
                f"prices {seen[same]!r} and {price.name!r} are for the same calls from the same day: "
                "change valid_from, service_tier, processing or region of one, or remove it"
            )
        seen[same] = price.name


def check_price(price: Price) -> None:
    """Raise InvalidInput with a sentence that says what to change, where the types alone cannot tell."""
    try:
        parse_instant(price.valid_from)
    except InvalidInput as error:
        raise InvalidInput(f"price {price.name!r}: valid_from: {error}") from error
    amounts = _amounts(price)
    for where, text in amounts.items():
        if Decimal(text) > USD_MAX:
            raise InvalidInput(
                f"price {price.name!r}: {where} is {text} USD, more than any price: check its unit"
            )
    if not price.per_million_tokens and not any(Decimal(text) for text in amounts.values()):
        raise InvalidInput(
            f"price {price.name!r} says no price at all: for a model that is free of charge "
            'write per_million_tokens: {input: "0", output: "0"}'
        )
    _check_tiers(price)


def _check_tiers(price: Price) -> None:
    if price.tiers and not price.per_million_tokens:
        raise InvalidInput(
            f"price {price.name!r} has tiers but no per_million_tokens for shorter inputs: add them"
        )
    thresholds = [tier.input_over for tier in price.tiers]
    if len(set(thresholds)) != len(thresholds):
        raise InvalidInput(f"price {price.name!r} has two tiers with the same input_over: merge them")
    for tier in price.tiers:
        if not tier.per_million_tokens:
            raise InvalidInput(
                f"price {price.name!r}: the tier over {tier.input_over} has no rates: add or remove"
            )


def _amounts(price: Price) -> dict[str, str]:
    """Every amount of a document by where it stands."""
    amounts = {f"per_million_tokens.{name}": text for name, text in price.per_million_tokens.items()}
    amounts |= {f"per_thousand.{name}": text for name, text in price.per_thousand.items()}
    amounts |= {"per_call": price.per_call, "per_image": price.per_image, "per_second": price.per_second}
    for tier in price.tiers:
        amounts |= {f"tiers.{tier.input_over}.{name}": text for name, text in tier.per_million_tokens.items()}
    return amounts


def _entry(price: Price) -> _Entry:
    tier = tier_of(PriceContext(service_tier=price.service_tier)) if price.service_tier else None
    return _Entry(price, parse_instant(price.valid_from), tier, _content(price))


def _content(price: Price) -> CardContent:
    fixed = _fixed_rates(price)
    base = dict(price.per_million_tokens)
    bands = [Band(-1, {**_token_rates(base), **fixed})]
    for tier in sorted(price.tiers, key=lambda one: one.input_over):
        base |= tier.per_million_tokens
        bands.append(Band(tier.input_over, {**_token_rates(base), **fixed}))
    return CardContent(name=f"{OWN}{price.name}@{price.valid_from}", bands=bands)


def _token_rates(per_million: dict[PriceClass, str]) -> dict[str, Rate]:
    """Rates of all token classes; without any token price, tokens are included in the other prices."""
    if not per_million:
        return dict.fromkeys(PARENTS, _INCLUDED)
    given = {f"tokens_{name}": text for name, text in per_million.items()}
    rates = {}
    for usage_class in PARENTS:
        key = priced_as(usage_class, given)
        if key is not None:
            rates[usage_class] = Rate(given[key], _PER_MILLION, key)
    return rates


def _fixed_rates(price: Price) -> dict[str, Rate]:
    rates = {str(name): Rate(text, 1000, "per_thousand") for name, text in price.per_thousand.items()}
    for usage_class, text, per, key in (
        (CALLS, price.per_call, 1, "per_call"),
        ("images", price.per_image, 1, "per_image"),
        ("audio_ms", price.per_second, 1000, "per_second"),
    ):
        if Decimal(text):
            rates[usage_class] = Rate(text, per, key)
    return rates


def _fits(entry: _Entry, selectors: dict[str, str], context: PriceContext) -> bool:
    price = entry.price
    return (
        (entry.tier is None or entry.tier == selectors.get("service_tier", ""))
        and (not price.processing or price.processing == selectors.get("processing"))
        and (not price.region or price.region == context.region)
    )


def _precedence(entry: _Entry) -> tuple[bool, bool, bool, bool, int, str]:
    """Batch goes before a tier, a tier before a region, what is named before what is not, then the newest."""
    price = entry.price
    return (
        bool(price.processing),
        bool(entry.tier),
        bool(price.region),
        entry.tier is not None,
        entry.valid_from_us,
        price.name,
    )


def _flagged(entry: _Entry, selectors: dict[str, str]) -> CardContent:
    """The content, with a flag for each way of serving that the document says nothing about."""
    unsaid = set(selectors)
    if entry.tier is not None:
        unsaid.discard("service_tier")
    if entry.price.processing:
        unsaid.discard("processing")
    if not unsaid:
        return entry.content
    return CardContent(name=entry.content.name, bands=entry.content.bands, flags=flags_for(unsaid))
