"""What a rate card promises."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.catalogue import RateCard, rate
from bursar.catalogue.card import Band, CardContent, Rate
from bursar.vocab.errors import InvalidInput
from bursar.vocab.money import from_usd, round_to_picodollars
from bursar.vocab.usage import USAGE_CLASSES, Usage


def card(**rates: str) -> RateCard:
    bands = [Band(-1, {name: Rate(usd, 1_000_000, name) for name, usd in rates.items()})]
    return RateCard.of(CardContent(name="test/model", bands=bands))


CHAT = card(tokens_input="0.15", tokens_cache_read="0.075", tokens_output="0.60", tokens_reasoning="0.60")
USAGE = Usage(tokens_input=86, tokens_cache_read=1920, tokens_output=180, tokens_reasoning=120)


def test_the_azure_trace_costs_what_its_sums_say() -> None:
    """8,819 requests at $2.50 and $10 per million tokens cost exactly $47.608895."""
    trace = card(tokens_input="2.50", tokens_output="10")
    assert trace.cost(Usage(tokens_input=18_059_974, tokens_output=245_896)) == from_usd(Decimal("47.608895"))


def test_cost_is_exact_to_the_picodollar() -> None:
    assert CHAT.cost(USAGE) == from_usd(Decimal("0.0003369"))
    assert CHAT.cost(Usage()) == 0


def test_prices_finer_than_a_picodollar_round_once_ties_to_even() -> None:
    fine = card(tokens_input="0.0000005", tokens_output="0.000000000000000001")
    assert fine.cost(Usage(tokens_input=1)) == 0
    assert fine.cost(Usage(tokens_input=3)) == 2
    assert fine.cost(Usage(tokens_input=1, tokens_output=1)) == 1


def test_the_same_content_has_the_same_reference_and_survives_storage() -> None:
    again = RateCard.from_json(CHAT.to_json())
    assert (again.ref, again.to_json()) == (CHAT.ref, CHAT.to_json())
    assert again.cost(USAGE) == CHAT.cost(USAGE)
    assert CHAT.ref.startswith("test/model#")
    assert len(CHAT.ref.partition("#")[2]) == 12
    assert card(tokens_input="0.15").ref != CHAT.ref


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"name":"x","bands":[]}', b'{"name":"x","bands":[{}]}']
)
def test_bytes_that_are_no_card_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a rate card"):
        RateCard.from_json(data)


def test_lines_show_the_arithmetic_class_by_class() -> None:
    first, *_, last = CHAT.lines(USAGE)
    assert (first.usage_class, first.quantity, first.rate_usd, first.per) == (
        "tokens_input",
        86,
        "0.15",
        1_000_000,
    )
    assert first.amount_usd == "0.0000129"
    assert (last.usage_class, last.priced_as, last.amount_usd) == (
        "tokens_reasoning",
        "tokens_reasoning",
        "0.000072",
    )


RATES = st.decimals(min_value=0, max_value=1000, places=18).map(lambda one: f"{one:f}")


@given(
    rates=st.dictionaries(
        st.sampled_from(USAGE_CLASSES), st.tuples(RATES, st.sampled_from([1, 1000, 3_600_000]))
    ),
    counts=st.dictionaries(st.sampled_from(USAGE_CLASSES), st.integers(0, 10**7)),
    per_call=RATES,
)
def test_the_lines_sum_to_the_cost(
    rates: dict[str, tuple[str, int]], counts: dict[str, int], per_call: str
) -> None:
    priced = {name: Rate(usd, per, name) for name, (usd, per) in rates.items()}
    one = RateCard.of(
        CardContent(name="x", bands=[Band(-1, {**priced, "calls": Rate(per_call, 1, "per_call")})])
    )
    usage = Usage(**counts)
    total = sum((Decimal(line.amount_usd) for line in one.lines(usage)), Decimal(0))
    exact = sum(
        (Decimal(usd) * counts.get(name, 0) / per for name, (usd, per) in rates.items()), Decimal(per_call)
    )
    assert abs(total - exact) < Decimal("1e-18")
    numerator, denominator = (total * 10**12).as_integer_ratio()
    assert abs(one.cost(usage) - round_to_picodollars(numerator, denominator)) <= (0 if total == exact else 1)


def test_a_longer_input_pays_another_rate_for_all_its_tokens() -> None:
    bands = [
        Band(
            -1, {"tokens_input": Rate("1", 1_000_000, "base"), "tokens_output": Rate("4", 1_000_000, "base")}
        ),
        Band(
            200_000,
            {"tokens_input": Rate("2", 1_000_000, "long"), "tokens_output": Rate("6", 1_000_000, "long")},
        ),
    ]
    tiered = RateCard.of(CardContent(name="x", bands=bands))
    edge = Usage(tokens_input=100_000, tokens_cache_write_1h=100_000, tokens_output=10)
    over = Usage(tokens_input=100_001, tokens_cache_write_1h=100_000, tokens_output=10)
    assert tiered.cost(edge) == 100_000 * 10**6 + 10 * 4 * 10**6
    assert tiered.cost(over) == 100_001 * 2 * 10**6 + 10 * 6 * 10**6
    assert [line.priced_as for line in tiered.lines(over) if line.rate_usd] == ["long", "long"]


def test_what_has_no_rate_is_named_and_never_silently_free() -> None:
    usage = Usage(tokens_input=5, web_searches=2, web_fetches=9)
    assert CHAT.unpriced(usage) == ("web_searches",)
    assert rate(CHAT, usage) == (5 * 150_000, ("partly_unpriced",))
    unpriced = next(line for line in CHAT.lines(usage) if line.usage_class == "web_searches")
    assert (unpriced.rate_usd, unpriced.amount_usd) == ("", "0")
    free = next(line for line in CHAT.lines(usage) if line.usage_class == "web_fetches")
    assert (free.rate_usd, free.priced_as, free.amount_usd) == ("0", "free", "0")


def paying(**keys: str) -> RateCard:
    bands = [Band(-1, {name: Rate("1", 1_000_000, key) for name, key in keys.items()})]
    return RateCard.of(CardContent(name="test/model", bands=bands))


def test_sound_at_the_price_of_text_is_flagged_and_shown() -> None:
    text = {"tokens_input": "input_mtok", "tokens_cache_read": "cache_mtok", "tokens_output": "output_mtok"}
    borrowing = paying(**text, tokens_input_audio="input_mtok", tokens_cache_read_audio="cache_mtok")
    usage = Usage(tokens_input=5, tokens_input_audio=7, tokens_cache_read_audio=1, tokens_output=2)
    assert borrowing.borrowed(usage) == ("tokens_input_audio", "tokens_cache_read_audio")
    assert rate(borrowing, usage) == (15 * 10**6, ("class_price_borrowed",))
    assert [line.borrowed for line in borrowing.lines(usage)] == [False, True, True, False]
    own = paying(**text, tokens_input_audio="audio_mtok", tokens_cache_read_audio="audio_mtok")
    assert rate(own, usage) == (15 * 10**6, ())
    searched = Usage(tokens_input_audio=7, web_searches=1)
    assert rate(borrowing, searched).flags == ("partly_unpriced", "class_price_borrowed")


def test_what_another_price_includes_is_not_borrowed() -> None:
    by_call = paying(tokens_input="included", tokens_input_image="included", calls="per_call")
    assert rate(by_call, Usage(tokens_input=5, tokens_input_image=9)).flags == ()


def test_text_alone_never_reads_the_classes_one_by_one() -> None:
    borrowing = paying(tokens_input="i", tokens_cache_read="i", tokens_output="o", tokens_output_audio="o")
    assert borrowing.is_usual(msgspec.structs.astuple(Usage(tokens_input=1, tokens_cache_read=2)))
    assert not borrowing.is_usual(msgspec.structs.astuple(Usage(tokens_output_audio=1)))
    assert not borrowing.is_usual(msgspec.structs.astuple(Usage(pages=1)))


def test_a_length_with_a_price_of_its_own_borrows_nothing() -> None:
    text = {"tokens_input": Rate("1", 1_000_000, "input")}
    bands = [
        Band(-1, {**text, "tokens_input_audio": text["tokens_input"]}),
        Band(100, {**text, "tokens_input_audio": Rate("3", 1_000_000, "audio")}),
    ]
    tiered = RateCard.of(CardContent(name="x", bands=bands))
    assert rate(tiered, Usage(tokens_input_audio=100)).flags == ("class_price_borrowed",)
    assert rate(tiered, Usage(tokens_input_audio=101)).flags == ()


def test_no_card_or_no_rate_at_all_is_unpriced_and_not_zero() -> None:
    assert rate(None, USAGE) == (None, ("unpriced",))
    assert rate(CHAT, Usage(audio_ms=500)) == (None, ("unpriced",))
    assert rate(CHAT, USAGE) == (CHAT.cost(USAGE), ())
    assert rate(CHAT, Usage()) == (0, ())


def test_a_cost_that_cannot_be_stored_is_unpriced_and_flagged() -> None:
    absurd = card(tokens_input="1000000")
    assert rate(absurd, Usage(tokens_input=10**9)) == (None, ("unpriced", "cost_implausible"))


def test_a_least_length_of_audio_is_charged() -> None:
    content = CardContent(
        name="x",
        bands=[Band(-1, {"audio_ms": Rate("0.111", 3_600_000, "audio_hours")})],
        audio_ms_least=10_000,
    )
    groq = RateCard.of(content)
    assert groq.cost(Usage(audio_ms=1)) == groq.cost(Usage(audio_ms=10_000))
    assert groq.cost(Usage()) == 0
    assert groq.lines(Usage(audio_ms=1))[0].quantity == 10_000


def test_a_card_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        CHAT.ref = "other"  # type: ignore[misc]
    assert msgspec.json.decode(CHAT.to_json())["name"] == "test/model"
