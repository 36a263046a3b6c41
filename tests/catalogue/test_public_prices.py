"""Which public price is chosen, and what is said where none fits exactly."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from bursar.catalogue import STANDARD, Catalogue, PriceContext, RateCard, rate
from bursar.catalogue.catalogue import ENTRIES_MAX, SPANS_MAX
from bursar.catalogue.public import NO_CATALOGUE
from bursar.estate.kinds import Provider
from bursar.vocab.instant import InstantUs, from_datetime, parse_instant
from bursar.vocab.usage import Usage

NOW = parse_instant("2026-11-23T09:00:00Z")
CATALOGUE = Catalogue([])


def card(provider: str, model: str, at: InstantUs = NOW, **context: str) -> RateCard:
    found = CATALOGUE.card(provider, model, PriceContext(**context), at)
    assert found is not None
    return found


def usd_per_million(one: RateCard, usage_class: str) -> float:
    return one.cost(Usage(**{usage_class: 10**6})) / 10**12


def test_sound_and_pictures_without_a_public_price_pay_that_of_text_and_say_so() -> None:
    spoken = Usage(tokens_input=10, tokens_input_audio=100, tokens_output=5)
    assert rate(card("openai", "gpt-4o-mini"), spoken).flags == ("class_price_borrowed",)
    assert rate(card("google", "gemini-2.5-flash"), spoken).flags == ()


def test_the_catalogue_is_imported_only_when_a_public_price_is_asked_for() -> None:
    script = (
        "import sys; from bursar.catalogue import Catalogue, STANDARD\n"
        "catalogue = Catalogue([])\n"
        "assert 'genai_prices' not in sys.modules\n"
        "assert catalogue.card('openai', 'gpt-4o', STANDARD, 1795426200000000)\n"
        "assert 'genai_prices' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_history_is_kept() -> None:
    before, today = (card("openai", "o3", parse_instant(at)) for at in ("2025-06-01", "2026-11-23"))
    assert usd_per_million(before, "tokens_input") == 10
    assert usd_per_million(today, "tokens_input") == 2
    assert before.ref != today.ref


def test_batch_costs_half_and_its_history_is_flagged_where_the_catalogue_has_none() -> None:
    batch = card("openai", "gpt-4.1", processing="batch")
    assert (usd_per_million(batch, "tokens_input"), batch.flags) == (1, ())
    early = card("openai", "gpt-4.1", parse_instant("2026-01-01"), processing="batch")
    assert (usd_per_million(early, "tokens_input"), early.flags) == (2, ("processing_price_unknown",))
    assert card("anthropic", "claude-opus-4-6", service_tier="batch").flags == ()


@pytest.mark.parametrize("tier", ["", "auto", "default", "standard", "on_demand"])
def test_the_standard_tier_has_many_names_and_one_price(tier: str) -> None:
    assert card("openai", "gpt-4.1", service_tier=tier).ref == card("openai", "gpt-4.1").ref


def test_a_tier_with_a_price_pays_it_and_one_without_is_flagged() -> None:
    priority = card("openai", "gpt-4.1", service_tier="priority")
    assert (usd_per_million(priority, "tokens_input"), priority.flags) == (3.5, ())
    for tier in ("flex", "ultrafast", "never-heard-of"):
        assert card("openai", "gpt-4.1", service_tier=tier).flags == ("service_tier_price_unknown",)
    gemini = CATALOGUE.card("gemini", "gemini-2.5-pro", PriceContext(service_tier="ON_DEMAND"), NOW)
    assert gemini is not None
    assert gemini.flags == ()


def test_fast_claude_pays_its_own_price_and_an_unknown_speed_is_flagged() -> None:
    assert card("anthropic", "claude-opus-4-8", speed="fast").flags == ()
    standard, fast = card("anthropic", "claude-opus-4-8"), card("anthropic", "claude-opus-4-8", speed="fast")
    assert usd_per_million(fast, "tokens_input") > usd_per_million(standard, "tokens_input")
    assert card("anthropic", "claude-haiku-4-5", speed="warp").flags == ("speed_price_unknown",)


def test_inference_in_the_united_states_costs_a_tenth_more_at_anthropic() -> None:
    standard, local = (card("anthropic", "claude-opus-4-6", inference_geo=geo) for geo in ("global", "us"))
    for usage_class in ("tokens_input", "tokens_cache_read", "tokens_cache_write_1h", "tokens_output"):
        assert usd_per_million(local, usage_class) == pytest.approx(
            1.1 * usd_per_million(standard, usage_class)
        )
    searches = Usage(web_searches=7)
    assert local.cost(searches) == standard.cost(searches) > 0
    assert local.flags == ()
    assert card("anthropic", "claude-opus-4-6", inference_geo="eu").flags == ("inference_geo_price_unknown",)
    assert card("aws", "anthropic.claude-opus-4-6-v1", inference_geo="us").flags == (
        "inference_geo_price_unknown",
    )


def test_prepaid_capacity_adds_nothing_to_the_bill_and_keeps_its_list_price() -> None:
    context = PriceContext(service_tier="PROVISIONED_THROUGHPUT")
    charged = CATALOGUE.card("google", "gemini-2.5-pro", context, NOW)
    listed = CATALOGUE.list_card("google", "gemini-2.5-pro", context, NOW)
    assert charged is not None
    assert listed is not None
    usage = Usage(tokens_input=10**6)
    assert rate(charged, usage) == (0, ("prepaid_capacity",))
    assert listed.cost(usage) == card("google", "gemini-2.5-pro").cost(usage) > 0


def test_providers_are_known_by_name_by_alias_and_by_address() -> None:
    for name in ("google", "gemini", "Vertex"):
        assert card(name, "gemini-2.5-pro").ref == card("google", "gemini-2.5-pro").ref
    catalogue = Catalogue(
        [], base_urls={"main": "https://api.openai.com/v1", "lab": "http://10.0.0.5:8000/v1"}
    )
    assert catalogue.card("main", "gpt-4o", STANDARD, NOW) is not None
    assert catalogue.card("lab", "gpt-4o", STANDARD, NOW) is None
    assert catalogue.card("my-openai-proxy", "gpt-4o", STANDARD, NOW) is None


def test_an_estate_says_whose_prices_a_provider_has() -> None:
    providers = [
        Provider(name="lab", wire="openai", base_url="http://10.0.0.5/v1", catalogue="openai"),
        Provider(name="openai", wire="openai", base_url="http://10.0.0.6/v1", catalogue=NO_CATALOGUE),
        Provider(name="cloud", wire="azure", base_url="https://acme.openai.azure.com"),
    ]
    catalogue = Catalogue.of_estate(providers, [])
    assert catalogue.card("lab", "gpt-4o", STANDARD, NOW) is not None
    assert catalogue.card("openai", "gpt-4o", STANDARD, NOW) is None
    azure = catalogue.card("cloud", "my-deployment", STANDARD, NOW, ("gpt-4o-2024-08-06",))
    assert azure is not None
    assert "/azure/gpt-4o" in azure.ref


def test_azure_falls_back_to_openais_prices_and_says_what_it_cannot_know() -> None:
    borrowed = card("azure", "gpt-5.2", processing="batch")
    assert usd_per_million(borrowed, "tokens_input") == usd_per_million(
        card("openai", "gpt-5.2"), "tokens_input"
    )
    assert borrowed.flags == ("processing_price_unknown",)


def test_long_names_of_google_models_are_understood() -> None:
    short = card("google", "gemini-2.5-pro")
    assert card("google", "publishers/google/models/gemini-2.5-pro").ref == short.ref
    assert card("google", "models/gemini-2.5-pro").ref == short.ref


def test_bedrock_prices_depend_on_the_region_in_the_model_id() -> None:
    regional = card("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    everywhere = card("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert usd_per_million(regional, "tokens_input") == pytest.approx(
        1.1 * usd_per_million(everywhere, "tokens_input")
    )


def test_a_price_by_the_hour_of_the_day_changes_at_the_hour() -> None:
    def at(hour: int, minute: int, second: int = 0, microsecond: int = 0) -> float:
        moment = datetime(2026, 11, 23, hour, minute, second, microsecond, tzinfo=UTC)
        return usd_per_million(card("deepseek", "deepseek-v4-pro", from_datetime(moment)), "tokens_output")

    low, peak = at(12, 0), at(2, 0)
    assert peak == 2 * low
    assert at(0, 59, 59, 999_999) == low
    assert at(1, 0) == at(3, 59, 59, 999_999) == peak
    assert at(4, 0) == at(5, 59) == low
    assert at(6, 0) == at(9, 59) == peak
    assert at(10, 0) == low


def test_a_remembered_answer_is_the_same_card() -> None:
    first = card("openai", "gpt-4o")
    assert card("openai", "gpt-4o") is first
    assert card("openai", "gpt-4o", InstantUs(NOW + 1)) is first


def test_memory_of_look_ups_is_bounded() -> None:
    catalogue = Catalogue([])
    for day in range(10):
        moment = InstantUs(NOW + day * 86_400_000_000 + 2 * 3_600_000_000)
        assert catalogue.card("deepseek", "deepseek-v4-pro", STANDARD, moment) is not None
    assert max(map(len, catalogue._spans.values())) == SPANS_MAX
    catalogue = Catalogue([], {"x": NO_CATALOGUE})
    for number in range(ENTRIES_MAX + 10):
        assert catalogue.card("x", f"model-{number}", STANDARD, NOW) is None
    assert len(catalogue._spans) <= ENTRIES_MAX


def test_an_unknown_model_or_provider_is_unpriced() -> None:
    assert CATALOGUE.card("openai", "gpt-99-turbo-max", STANDARD, NOW) is None
    assert CATALOGUE.card("nobody", "gpt-4o", STANDARD, NOW) is None
    assert CATALOGUE.card("openai", "", STANDARD, NOW) is None


def test_transcription_is_priced_by_time() -> None:
    assert card("openai", "whisper-1").cost(Usage(audio_ms=60_000)) == 6 * 10**9
    groq = card("groq", "whisper-large-v3")
    assert groq.cost(Usage(audio_ms=1)) == groq.cost(Usage(audio_ms=10_000)) > 0


def test_a_route_that_the_catalogue_knows_is_priced_and_others_are_standard() -> None:
    standard = card("openrouter", "mistralai/mistral-large-4-0")
    assert card("openrouter", "mistralai/mistral-large-4-0", route="Mistral").ref == standard.ref
    european = card("openrouter", "mistralai/mistral-large-4-0", route="mistral/eu")
    assert usd_per_million(european, "tokens_input") == 0.77
