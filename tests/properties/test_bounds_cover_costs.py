"""What is held for a call is at least what it costs, for every model of the catalogue."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from bursar.catalogue import STANDARD, Catalogue
from bursar.catalogue.ceiling import Most, ceiling_of
from bursar.catalogue.public import PublicPrices
from bursar.gateway.bound import Habits, Rates
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


@given(st.data())
def test_a_usage_within_its_bound_costs_no_more_than_was_held(data: st.DataObject) -> None:
    provider, model = data.draw(st.sampled_from(models()))
    unasked = data.draw(st.booleans())
    most, usage = data.draw(st.one_of(text_within(unasked), anything_within()))
    card = CATALOGUE.card(provider, model, STANDARD, AT)
    if card is None:
        return
    assert card.cost(usage) <= ceiling_of(card, writes_unasked=unasked).cost(most)


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
    before = rates.guessed()
    assert before is not None
    assert card.cost(usage) <= before.cost(most)
    habits.served |= {served}
    after = rates.guessed()
    assert after is not None
    assert card.cost(usage) <= after.cost(most) <= before.cost(most)


def test_the_dearest_of_all_is_a_real_model_s_rate() -> None:
    """So that the bound is no wild guess: of OpenAI it is what o1-pro costs."""
    found = rates_of("openai", "house-model-of-nobody").guessed()
    assert found is not None
    assert found.cost(Most(1000, 1000)) == 1000 * 150_000_000 + 1000 * 600_000_000
