"""What is held for a call is at least what it costs, for every model of the catalogue."""

from functools import cache

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.catalogue import STANDARD, Catalogue, PriceContext
from bursar.catalogue.ceiling import Most, ceiling_of
from bursar.catalogue.public import PublicPrices
from bursar.gateway.ask import read_ask
from bursar.gateway.bound import Rates
from bursar.gateway.habits import Habits
from bursar.gateway.rounds import FOUND_TOKENS, tokens_read
from bursar.vocab.instant import parse_instant
from bursar.vocab.usage import INPUT_TOKEN_CLASSES, OUTPUT_TOKEN_CLASSES, Usage

PUBLIC = PublicPrices()
CATALOGUE = Catalogue([], public=PUBLIC)
AT = parse_instant("2026-11-02")
PROVIDERS = ("openai", "azure", "anthropic", "google", "mistral", "deepseek", "x-ai", "groq", "aws")
TEXT = ("tokens_input", "tokens_cache_read")
WRITTEN = (*TEXT, "tokens_cache_write", "tokens_cache_write_30m")


@cache
def models() -> list[tuple[str, str]]:
    return [(one, model) for one in PROVIDERS for model in CATALOGUE.models(one)]


def rates_of(provider: str, *names: str, habits: Habits | None = None, unasked: bool = False) -> Rates:
    return Rates(CATALOGUE, provider, names, at=AT, habits=habits or Habits(), writes_unasked=unasked)


@st.composite
def parts(draw: st.DrawFn, total: int, names: tuple[str, ...]) -> dict[str, int]:
    """Up to `total` units over some classes."""
    left, found = total, {}
    for name in draw(st.permutations(names)):
        found[name] = draw(st.integers(0, left))
        left -= found[name]
    return found


@st.composite
def text_within(draw: st.DrawFn, unasked: bool) -> tuple[Most, Usage]:
    """A bound of text, and a usage that keeps to it."""
    most = Most(draw(st.integers(1, 600_000)), draw(st.integers(0, 150_000)))
    read = draw(parts(most.tokens_input, WRITTEN if unasked else TEXT))
    return most, Usage(**read, **draw(parts(most.tokens_output, ("tokens_output", "tokens_reasoning"))))


@st.composite
def anything_within(draw: st.DrawFn) -> tuple[Most, Usage]:
    """A bound of a call that is more than text, and a usage that keeps to it."""
    most = Most(
        draw(st.integers(1, 600_000)),
        draw(st.integers(0, 150_000)),
        plain=False,
        images=draw(st.integers(0, 4)),
        audio_ms=draw(st.integers(0, 60_000)),
        searches=draw(st.integers(0, 10)),
    )
    read = draw(parts(most.tokens_input, INPUT_TOKEN_CLASSES))
    written = draw(parts(most.tokens_output, OUTPUT_TOKEN_CLASSES))
    searches = draw(parts(most.searches, ("web_searches", "file_searches", "code_executions")))
    audio_ms = draw(st.integers(0, most.audio_ms))
    return most, Usage(**read, **written, **searches, images=most.images, audio_ms=audio_ms)


@settings(deadline=None)
@given(st.data())
def test_a_usage_within_its_bound_costs_no_more_than_was_held(data: st.DataObject) -> None:
    provider, model = data.draw(st.sampled_from(models()))
    unasked = data.draw(st.booleans())
    most, usage = data.draw(st.one_of(text_within(unasked), anything_within()))
    card = CATALOGUE.card(provider, model, STANDARD, AT)
    if card is None:
        return
    assert card.cost(usage) <= ceiling_of(card, writes_unasked=unasked).cost(most)


@settings(deadline=None)
@given(st.data())
def test_whatever_model_of_its_provider_serves_an_unknown_name_as_much_was_held(data: st.DataObject) -> None:
    """Before a reply has named it, and from the next call on."""
    provider, served = data.draw(st.sampled_from(models()))
    most, usage = data.draw(text_within(unasked=True))
    card = CATALOGUE.card(provider, served, STANDARD, AT)
    if card is None or "tokens_input" not in card.content.bands[0].rates:
        return
    habits = Habits()
    rates = rates_of(provider, "house-model-of-nobody", habits=habits, unasked=True)
    assert rates.own is None
    before = rates.of(STANDARD)
    assert before is not None
    assert card.cost(usage) <= before.cost(most)
    habits.take_name(served)
    after = rates.of(STANDARD)
    assert after is not None
    assert card.cost(usage) <= after.cost(most) <= before.cost(most)


WORDS = ("", "auto", "default", "flex", "priority", "fast", "batch", "nonsense")


@settings(deadline=None)
@given(st.data())
def test_however_a_request_that_names_its_way_is_served_as_much_was_held(data: st.DataObject) -> None:
    provider, model = data.draw(st.sampled_from(models()))
    most, usage = data.draw(text_within(unasked=True))
    named = PriceContext(
        service_tier=data.draw(st.sampled_from(WORDS)),
        speed=data.draw(st.sampled_from(("", "fast", "standard"))),
        inference_geo=data.draw(st.sampled_from(("", "us", "global"))),
    )
    tiers = CATALOGUE.tiers(provider, (model,)) if named.service_tier == "auto" else {named.service_tier}
    served = PriceContext(
        service_tier=data.draw(st.sampled_from(("", *sorted(tiers)))),
        speed=data.draw(st.sampled_from(("", named.speed))),
        inference_geo=data.draw(st.sampled_from(("", named.inference_geo))),
    )
    card = CATALOGUE.card(provider, model, served, AT)
    ceiling = rates_of(provider, model, unasked=True).of(named)
    if card is None or ceiling is None:
        assert card is None
        return
    assert card.cost(usage) <= ceiling.cost(most)


@settings(deadline=None)
@given(st.sampled_from(WORDS), st.sampled_from(("", "us")))
def test_a_way_of_serving_is_named_in_the_words_of_its_wire(tier: str, geo: str) -> None:
    body = {"model": "m", "serviceTier": tier, "inference_geo": geo, "speed": 1.25, "messages": []}
    way = read_ask(msgspec.json.encode(body), None).way
    assert way == PriceContext(service_tier=tier, inference_geo=geo)
    assert (way is STANDARD) == (way == STANDARD)


def test_priority_and_auto_are_dearer_than_the_standard_way_and_flex_is_not() -> None:
    """The words bite: of a model that the list sells in several tiers."""
    rates, most = rates_of("openai", "gpt-5.5"), Most(1000, 1000)
    cost = {
        word: ceiling.cost(most)
        for word in WORDS
        if (ceiling := rates.of(PriceContext(service_tier=word))) is not None
    }
    assert cost["priority"] > cost[""]
    assert cost["auto"] == max(cost.values())
    assert cost["flex"] == cost["default"] == cost["nonsense"] == cost[""]


def test_fast_answers_in_the_united_states_are_held_for_both() -> None:
    rates, most = rates_of("anthropic", "claude-opus-4-8"), Most(1000, 1000)
    plain, both = rates.of(STANDARD), rates.of(PriceContext(speed="fast", inference_geo="us"))
    fast = rates.of(PriceContext(speed="fast"))
    assert plain is not None
    assert fast is not None
    assert both is not None
    assert plain.cost(most) < fast.cost(most) < both.cost(most)
    assert both.cost(most) * 10 == fast.cost(most) * 11


def test_the_dearest_of_all_is_a_real_model_s_rate() -> None:
    """So that the bound is no wild guess: of OpenAI it is what o1-pro costs."""
    found = rates_of("openai", "house-model-of-nobody").of(STANDARD)
    assert found is not None
    assert found.cost(Most(1000, 1000)) == 1000 * 150_000_000 + 1000 * 600_000_000


@settings(deadline=None)
@given(st.integers(1, 2_000_000), st.integers(0, 200), st.integers(1, 1_100_000), st.data())
def test_rounds_that_read_no_more_than_was_found_fit_into_what_is_held(
    first: int, calls: int, window: int, data: st.DataObject
) -> None:
    """The sum at once is the sum round by round, each of them cut at what the model can read."""
    longest = [min(max(first, window), first + FOUND_TOKENS * place) for place in range(calls + 1)]
    assert tokens_read(first, calls, window) == sum(longest)
    rounds = data.draw(st.integers(0, calls))
    assert tokens_read(first, rounds, window) <= tokens_read(first, calls, window)
