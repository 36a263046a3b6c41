"""Every price of the public catalogue, compiled to integers, gives what genai-prices' own Decimals give."""

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec
from genai_prices import types
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.catalogue.card import Band, RateCard
from bursar.catalogue.context import PriceContext
from bursar.catalogue.public import PublicPrices
from bursar.vocab.instant import from_datetime
from bursar.vocab.money import to_usd
from bursar.vocab.usage import USAGE_CLASSES, Usage, tokens_input_total, tokens_output_total

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PICODOLLAR = Decimal("1e-12")
PUBLIC = PublicPrices()
MODELS = [(provider, model) for provider in get_snapshot().providers for model in provider.models]
WRITES = ("", "_5m", "_30m", "_1h", "_12h")


def reported(usage: Usage) -> types.Usage:
    """Our classes in the words of genai-prices, written out by hand as the judge of our own mapping."""
    writes = sum(getattr(usage, f"tokens_cache_write{ttl}") for ttl in WRITES)
    modes = {
        f"{kind}_{mode}": getattr(usage, f"tokens_{kind}_{mode}")
        for kind, mode in itertools.product(("input", "cache_read", "output"), ("audio", "image", "video"))
    }
    reads = usage.tokens_cache_read + sum(modes[f"cache_read_{mode}"] for mode in ("audio", "image", "video"))
    values: dict[str, int | Decimal] = {
        "input_tokens": tokens_input_total(usage),
        "output_tokens": tokens_output_total(usage),
        "cache_read_tokens": reads,
        "cache_write_tokens": writes,
        "cache_write_5m_tokens": usage.tokens_cache_write_5m,
        "cache_write_1h_tokens": usage.tokens_cache_write_1h,
        "output_reasoning_tokens": usage.tokens_reasoning,
        "output_citation_tokens": 0,
        "input_tool_tokens": 0,
        "web_searches": usage.web_searches,
        "storage_searches": usage.file_searches,
        "code_executions": usage.code_executions,
        "audio_seconds": Decimal(usage.audio_ms) / 1000,
        "input_audio_seconds": Decimal(usage.audio_ms) / 1000,
        "input_characters": usage.characters_input,
        "input_document_pages": usage.pages,
        "input_annotated_document_pages": 0,
    }
    for mode in ("audio", "image", "video"):
        values[f"input_{mode}_tokens"] = modes[f"input_{mode}"] + modes[f"cache_read_{mode}"]
        values[f"cache_{mode}_read_tokens"] = modes[f"cache_read_{mode}"]
        values[f"output_{mode}_tokens"] = modes[f"output_{mode}"]
    return types.Usage(**values)


def judged(
    provider: types.Provider, model: types.ModelInfo, when: dict[str, str], at: datetime, usage: Usage
) -> Decimal:
    price = model.calc_price(
        reported(usage), provider, genai_request_timestamp=at, price_context=when or None
    ).total_price
    return price.quantize(PICODOLLAR, rounding=ROUND_HALF_EVEN)


def compiled(
    provider: types.Provider, model: types.ModelInfo, when: dict[str, str], at: datetime
) -> RateCard | None:
    content = PUBLIC.quote_of(provider, model, PriceContext(**when), from_datetime(at)).content
    return RateCard.of(content) if content is not None else None


def constraints(model: types.ModelInfo) -> Iterator[object]:
    if isinstance(model.prices, list):
        yield from (one.constraint for one in model.prices)
    yield from (variant.constraint for variant in model.price_variants or ())


def moments(model: types.ModelInfo) -> set[datetime]:
    """Now, and both sides of every instant at which a price of the model begins or ends."""
    found = {NOW}
    for constraint in constraints(model):
        if isinstance(constraint, types.StartDateConstraint):
            edges = [datetime.combine(constraint.start_date, datetime.min.time(), UTC)]
        elif isinstance(constraint, types.TimeOfDateConstraint):
            edges = [
                datetime.combine(NOW.date(), edge).astimezone(UTC)
                for edge in (constraint.start_time, constraint.end_time)
            ]
        else:
            edges = []
        found.update(at for edge in edges for at in (edge, edge - timedelta(microseconds=1)))
    return found


def contexts(model: types.ModelInfo) -> list[dict[str, str]]:
    single = [variant.when for variant in model.price_variants or ()]
    both: dict[str, str] = {}
    for when in single:
        both = {**when, **both}
    return [{}, *{tuple(sorted(when.items())): when for when in [*single, both]}.values()]


def thresholds(card: RateCard) -> list[int]:
    return [band.input_over for band in card.content.bands if band.input_over >= 0]


def a_usage(rng: random.Random, total: int | None = None) -> Usage:
    """Some of every class; the input tokens sum to `total` if one is given."""
    usage = Usage(**{name: rng.randrange(1, 5000) for name in USAGE_CLASSES})
    if total is not None:
        for name in USAGE_CLASSES[:13]:
            setattr(usage, name, 1)
        usage.tokens_input = total - 12
    return usage


def differences(provider: types.Provider, model: types.ModelInfo, rng: random.Random) -> Iterator[str]:
    for when, at in itertools.product(contexts(model), moments(model)):
        card = compiled(provider, model, when, at)
        usages = [a_usage(rng)]
        for edge in thresholds(card) if card is not None else ():
            usages += [a_usage(rng, edge), a_usage(rng, edge + 1)]
        for usage in usages:
            ours = to_usd(card.cost(usage)) if card is not None else Decimal(0)
            theirs = judged(provider, model, when, at, usage)
            if ours != theirs:
                yield f"{provider.id}/{model.id} {when} {at}: {ours} instead of {theirs} for {usage}"


def test_every_model_context_date_and_tier_costs_what_the_catalogue_says(
    record_property: Callable[[str, object], None],
) -> None:
    rng = random.Random(20261123)
    found = [line for provider, model in MODELS for line in differences(provider, model, rng)]
    assert not found, f"{len(found)} differences, such as {found[:3]}"
    record_property("report", f"rating: {len(MODELS)} models of {len(PUBLIC.providers)} providers agree")
    assert len(MODELS) > 2000


@settings(max_examples=150, deadline=None)
@given(
    index=st.integers(0, len(MODELS) - 1),
    counts=st.lists(st.integers(0, 10**7), min_size=len(USAGE_CLASSES), max_size=len(USAGE_CLASSES)),
    minutes=st.integers(0, 4 * 366 * 24 * 60),
)
def test_any_usage_at_any_time_costs_what_the_catalogue_says(
    index: int, counts: list[int], minutes: int
) -> None:
    provider, model = MODELS[index]
    at = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    usage = Usage(**dict(zip(USAGE_CLASSES, counts, strict=True)))
    for when in contexts(model):
        card = compiled(provider, model, when, at)
        ours = to_usd(card.cost(usage)) if card is not None else Decimal(0)
        assert ours == judged(provider, model, when, at, usage)


def test_a_span_of_time_promises_no_more_than_the_catalogue_keeps() -> None:
    rng = random.Random(7)
    dated = [(provider, model) for provider, model in MODELS if len(moments(model)) > 1]
    assert len(dated) > 200
    for provider, model in dated:
        at = NOW - timedelta(minutes=rng.randrange(60 * 24 * 900))
        quote = PUBLIC.quote_of(provider, model, PriceContext(), from_datetime(at))
        for edge in (max(quote.valid_from_us, 0), min(quote.valid_to_us, from_datetime(NOW) + 10**12) - 1):
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=edge)
            assert model.get_prices(moment) == model.get_prices(at), (provider.id, model.id, at, moment)


def spoilt(card: RateCard, name: str) -> RateCard:
    """The same card with the rate of one class a millionth of a dollar per million higher."""
    first, *rest = card.content.bands
    rate = first.rates[name]
    dearer = msgspec.structs.replace(rate, usd=str(Decimal(rate.usd) + Decimal("0.000001")))
    bands = [Band(first.input_over, {**first.rates, name: dearer}), *rest]
    return RateCard.of(msgspec.structs.replace(card.content, bands=bands))


def test_a_planted_wrong_rate_is_found() -> None:
    (found,) = [one for one in MODELS if (one[0].id, one[1].id) == ("openai", "gpt-4o-mini")]
    card = compiled(*found, {}, NOW)
    assert card is not None
    for name in card.content.bands[0].rates:
        usage = Usage(**{name: 7})
        theirs = judged(*found, {}, NOW, usage)
        assert to_usd(card.cost(usage)) == theirs
        assert to_usd(spoilt(card, name).cost(usage)) != theirs
        assert spoilt(card, name).ref != card.ref


def test_a_planted_shifted_tier_is_found() -> None:
    tiered = [one for one in MODELS if (one[0].id, one[1].id) == ("google", "gemini-2.5-pro")]
    card = compiled(*tiered[0], {}, NOW)
    assert card is not None
    (edge,) = thresholds(card)
    first, longer = card.content.bands
    shifted = RateCard.of(
        msgspec.structs.replace(
            card.content, bands=[first, msgspec.structs.replace(longer, input_over=edge + 1)]
        )
    )
    usage = Usage(tokens_input=edge + 1)
    assert to_usd(card.cost(usage)) == judged(*tiered[0], {}, NOW, usage)
    assert to_usd(shifted.cost(usage)) != judged(*tiered[0], {}, NOW, usage)
