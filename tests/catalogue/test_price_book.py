"""The own price book: dated documents that win over the public catalogue."""

from typing import Any

import msgspec
import pytest

from bursar.catalogue import STANDARD, Catalogue, PriceContext, RateCard, check_price, check_prices, rate
from bursar.estate.kinds import Price
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, parse_instant
from bursar.vocab.usage import Usage

NOW = parse_instant("2026-11-23T09:00:00Z")
MILLION = 1_000_000


def price(**fields: Any) -> Price:
    fields = {"name": "p", "provider": "mock", "model": "m", "valid_from": "2020-01-01", **fields}
    return msgspec.convert(fields, Price)


def found(prices: list[Price], context: PriceContext = STANDARD, at: InstantUs = NOW) -> RateCard:
    card = Catalogue(prices).card("mock", "m", context, at)
    assert card is not None
    return card


def usd_per_million(card: RateCard, **classes: int) -> float:
    return card.cost(Usage(**{name: count * MILLION for name, count in classes.items()})) / 10**12


def test_the_document_of_the_readme_prices_a_call() -> None:
    rates = {"input": "0.15", "cache_read": "0.075", "output": "0.60"}
    card = found([price(name="mock-gpt-4o-mini", per_million_tokens=rates)])
    assert card.cost(Usage(tokens_input=1000, tokens_cache_read=200, tokens_output=500)) == 465_000_000
    assert card.ref.startswith("book/mock-gpt-4o-mini@2020-01-01#")
    assert card.flags == ()


def test_a_class_without_its_own_rate_pays_its_parents() -> None:
    card = found(
        [
            price(
                per_million_tokens={
                    "input": "1", "cache_read": "0.1", "cache_write": "1.25", "cache_write_1h": "2",
                    "input_audio": "10", "output": "4",
                }
            )
        ]
    )  # fmt: skip
    for usage_class, usd in {
        "tokens_cache_write": 1.25,
        "tokens_cache_write_5m": 1.25,
        "tokens_cache_write_30m": 1.25,
        "tokens_cache_write_1h": 2,
        "tokens_input_image": 1,
        "tokens_cache_read_audio": 0.1,
        "tokens_reasoning": 4,
        "tokens_output_audio": 4,
    }.items():
        assert usd_per_million(card, **{usage_class: 1}) == usd, usage_class


def test_a_price_holds_from_its_day_until_a_newer_one() -> None:
    prices = [
        price(name="old", valid_from="2026-01-01", per_million_tokens={"input": "3"}),
        price(name="new", valid_from="2026-07-01T12:00:00+02:00", per_million_tokens={"input": "2"}),
    ]
    catalogue = Catalogue(prices)
    for at, usd in (
        ("2025-12-31T23:59:59.999999Z", None),
        ("2026-01-01", 3),
        ("2026-07-01T09:59:59.999999Z", 3),
        ("2026-07-01T10:00:00Z", 2),
        ("2026-11-23", 2),
        ("2026-01-01", 3),
    ):
        card = catalogue.card("mock", "m", STANDARD, parse_instant(at))
        assert (usd_per_million(card, tokens_input=1) if card else None) == usd, at


def test_an_own_price_wins_over_the_catalogue_and_the_list_price_stays() -> None:
    own = price(
        provider="openai", model="gpt-4o-mini", valid_from="2026-06-01", per_million_tokens={"input": "0.1"}
    )
    catalogue = Catalogue([own])
    charged = catalogue.card("openai", "gpt-4o-mini-2024-07-18", STANDARD, NOW, ("gpt-4o-mini",))
    listed = catalogue.list_card("openai", "gpt-4o-mini-2024-07-18", STANDARD, NOW, ("gpt-4o-mini",))
    assert charged is not None
    assert listed is not None
    assert usd_per_million(charged, tokens_input=1) == 0.1
    assert usd_per_million(listed, tokens_input=1) == 0.15
    before = catalogue.card("openai", "gpt-4o-mini", STANDARD, parse_instant("2026-05-31"))
    assert before is not None
    assert before.ref == listed.ref


def test_the_document_that_says_most_about_a_call_wins() -> None:
    prices = [
        price(name="any", valid_from="2026-10-01", per_million_tokens={"input": "8"}),
        price(name="flex", service_tier="flex", per_million_tokens={"input": "4"}),
        price(name="batch", processing="batch", per_million_tokens={"input": "3"}),
        price(name="eu", region="eu", per_million_tokens={"input": "9"}),
        price(name="plain", service_tier="default", per_million_tokens={"input": "7"}),
    ]
    for context, usd in (
        (STANDARD, 7),
        (PriceContext(service_tier="auto"), 7),
        (PriceContext(service_tier="ON_DEMAND_FLEX"), 4),
        (PriceContext(processing="batch", service_tier="flex"), 3),
        (PriceContext(service_tier="batch"), 3),
        (PriceContext(service_tier="priority", region="eu"), 9),
        (PriceContext(service_tier="priority"), 8),
    ):
        assert usd_per_million(found(prices, context), tokens_input=1) == usd, context


def test_a_way_of_serving_that_no_document_names_is_flagged() -> None:
    prices = [price(per_million_tokens={"input": "8"}), price(name="f", service_tier="flex", per_call="1")]
    assert found(prices).flags == ()
    assert found(prices, PriceContext(service_tier="flex")).flags == ()
    assert found(prices, PriceContext(service_tier="priority")).flags == ("service_tier_price_unknown",)
    context = PriceContext(processing="batch", speed="fast", inference_geo="us")
    assert found(prices[:1], context).flags == (
        "processing_price_unknown",
        "speed_price_unknown",
        "inference_geo_price_unknown",
    )


def test_calls_pictures_seconds_and_tools_have_prices_too() -> None:
    card = found(
        [
            price(
                per_million_tokens={"input": "1", "output": "2"},
                per_call="0.001",
                per_image="0.04",
                per_second="0.0001",
                per_thousand={"web_searches": "10", "pages": "1.5"},
            )
        ]
    )
    usage = Usage(tokens_input=MILLION, images=2, audio_ms=1500, web_searches=3, pages=4)
    assert card.cost(usage) == round((1 + 0.001 + 0.08 + 0.00015 + 0.03 + 0.006) * 10**12)
    assert [line.usage_class for line in card.lines(Usage())] == ["calls"]


def test_tokens_are_included_in_a_price_by_the_call() -> None:
    card = found([price(per_call="0.25")])
    assert rate(card, Usage(tokens_input=500, tokens_output=9)) == (25 * 10**10, ())
    assert {line.priced_as for line in card.lines(Usage(tokens_input=5))} == {"included", "per_call"}


def test_tiers_replace_rates_and_keep_those_that_they_do_not_name() -> None:
    card = found(
        [
            price(
                per_million_tokens={"input": "1", "output": "4"},
                tiers=[
                    {"input_over": 400_000, "per_million_tokens": {"output": "9"}},
                    {"input_over": 200_000, "per_million_tokens": {"input": "2"}},
                ],
            )
        ]
    )
    for tokens, usd in ((200_000, 0.2 + 4), (200_001, 0.400002 + 4), (400_001, 0.800002 + 9)):
        assert card.cost(Usage(tokens_input=tokens, tokens_output=MILLION)) == round(usd * 10**12)


def test_an_unknown_model_is_unpriced() -> None:
    assert Catalogue([price(per_call="1")]).card("mock", "other", STANDARD, NOW) is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"valid_from": "soon", "per_call": "1"}, "valid_from: 'soon' is not a time"),
        ({"valid_from": "2026-01-01T10:00:00", "per_call": "1"}, "no time zone"),
        ({}, "says no price at all"),
        ({"per_million_tokens": {"input": "2000000"}}, "per_million_tokens.input is 2000000 USD"),
        (
            {"per_call": "1", "tiers": [{"input_over": 5, "per_million_tokens": {"input": "1"}}]},
            "tiers but no",
        ),
        (
            {"per_million_tokens": {"input": "1"}, "tiers": [{"input_over": 5, "per_million_tokens": {}}]},
            "has no rates",
        ),
        (
            {
                "per_million_tokens": {"input": "1"},
                "tiers": [{"input_over": 5, "per_million_tokens": {"input": "1"}}] * 2,
            },
            "two tiers with the same input_over",
        ),
    ],
)
def test_a_document_that_cannot_be_used_says_why(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_price(price(name="bad", **fields))
    assert sentence in str(raised.value)
    assert "'bad'" in str(raised.value)


def test_a_free_model_says_so_with_zeros() -> None:
    card = found([price(per_million_tokens={"input": "0", "output": "0"})])
    assert rate(card, Usage(tokens_input=5, tokens_reasoning=5)) == (0, ())


def test_two_prices_for_the_same_calls_are_refused() -> None:
    with pytest.raises(InvalidInput, match="'a' and 'b' are for the same calls"):
        check_prices(
            [price(name="a", per_call="1"), price(name="b", per_call="2", valid_from="2020-01-01T00:00:00Z")]
        )
    check_prices([price(name="a", per_call="1"), price(name="b", per_call="2", service_tier="flex")])
