"""What is learned of a model: once seen it is held for, and after long good behaviour it is forgotten."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bursar.catalogue import STANDARD, Catalogue
from bursar.catalogue.ceiling import Ceiling, Most, ceiling_of
from bursar.estate.kinds import Price
from bursar.gateway.habits import (
    CALLS_LEAST,
    DAY_US,
    NAMES_MAX,
    WEEK_US,
    Bound,
    Habits,
    Kept,
    Memory,
)
from bursar.vocab.event import SOURCE_PROVIDER, Event
from bursar.vocab.instant import InstantUs, parse_instant
from bursar.vocab.usage import Usage

BEGIN = parse_instant("2026-11-02")
HOUR_US = DAY_US // 24


def ceiling() -> Ceiling:
    price = Price(
        name="p",
        provider="mock",
        model="m",
        valid_from="2020-01-01",
        per_million_tokens={"input": "0.15", "cache_write": "0.19", "output": "0.61"},
    )
    card = Catalogue([price]).card("mock", "m", STANDARD, BEGIN)
    assert card is not None
    return ceiling_of(card)


class Rates:
    """The rates of a model, and what a call is held for by its habits: as a bill has them."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.ceiling = ceiling()

    def by_rates(self, most: Most) -> int:
        return self.ceiling.cost(most)

    def held(self, most: Most) -> int:
        return -(-self.by_rates(most) * self.habits.cost_per_1024 // 1024)


class Reply(msgspec.Struct, frozen=True):
    """What a call used and cost, how much later than the last, beside the bound of its request."""

    most: Most
    usage: Usage
    cost: int
    after_us: int


def call(rates: Rates, reply: Reply, at: int, clamp: int | None = None) -> None:
    """One call: held by the habits as they are, and learned from."""
    most = rates.habits.applied(reply.most, at)
    if clamp is not None:
        most = most._replace(tokens_output=min(most.tokens_output, clamp))
    bound = rates.habits.bound(most, rates.held(most), rates, has_price=True)
    bound.learn([event(reply, at)])


def event(reply: Reply, at: int) -> Event:
    made = Event(call_id="c", started_at_us=InstantUs(at), finished_at_us=InstantUs(at), wire="openai")
    made.usage, made.usage_source, made.cost_pico = reply.usage, SOURCE_PROVIDER, reply.cost
    return made


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    """Well-behaved and not: tokens and money up to some thousand times of what the request tells."""
    most = Most(draw(st.integers(1, 50_000)), draw(st.integers(1, 20_000)), plain=draw(st.booleans()))
    usage = Usage(
        tokens_input=draw(st.integers(0, 100_000)),
        tokens_cache_read=draw(st.integers(0, 1000)),
        tokens_cache_write=draw(st.integers(0, 1000)),
        tokens_output=draw(st.integers(0, 40_000)),
        tokens_reasoning=draw(st.integers(0, 1000)),
    )
    cost = draw(st.one_of(st.integers(0, 10**6), st.integers(0, 10**12)))
    return Reply(most, usage, cost, draw(st.sampled_from((0, 1000, HOUR_US, DAY_US, 8 * DAY_US, -HOUR_US))))


def good(most: Most) -> Reply:
    return Reply(most, Usage(tokens_input=most.tokens_input), 0, 0)


def is_covered(rates: Rates, reply: Reply, at: int) -> bool:
    """Whether the same call would be held for what it used and cost."""
    most = rates.habits.applied(reply.most, at)
    usage = reply.usage
    return (
        usage.tokens_input + usage.tokens_cache_read + usage.tokens_cache_write <= most.tokens_input
        and usage.tokens_output + usage.tokens_reasoning <= most.tokens_output
        and reply.cost <= rates.held(most)
    )


@given(st.lists(replies(), min_size=1, max_size=12), st.integers(1, 30_000) | st.none())
def test_once_seen_the_same_call_is_held_for_it(history: list[Reply], clamp: int | None) -> None:
    rates, at = Rates(Habits()), int(BEGIN)
    for reply in history:
        at += reply.after_us
        call(rates, reply, at, clamp)
        assert is_covered(rates, reply, at)


@given(st.lists(replies(), min_size=1, max_size=8), st.integers(1, 1000))
def test_what_was_seen_within_a_day_is_held_for_whatever_came_between(
    history: list[Reply], quiet: int
) -> None:
    rates, at = Rates(Habits()), int(BEGIN)
    for reply in history:
        call(rates, reply, at)
        at += DAY_US // 20
        for _ in range(quiet % 50):
            call(rates, good(reply.most), at)
    assert all(is_covered(rates, reply, at) for reply in history)


@given(st.lists(replies(), max_size=8))
def test_a_model_that_does_it_every_day_is_never_forgotten(history: list[Reply]) -> None:
    rates, at = Rates(Habits()), int(BEGIN)
    for _ in range(20):
        for reply in history:
            call(rates, reply, at)
        for _ in range(2 * CALLS_LEAST):
            call(rates, good(Most(10, 10)), at)
        at += DAY_US
        assert all(is_covered(rates, reply, at) for reply in history)


@given(st.lists(replies(), max_size=8))
def test_after_long_good_behaviour_it_is_as_before(history: list[Reply]) -> None:
    rates, at = Rates(Habits()), int(BEGIN)
    for reply in history:
        call(rates, reply, at)
    for _ in range(60):
        at += DAY_US
        for _ in range(CALLS_LEAST):
            call(rates, good(Most(10, 10)), at)
    assert rates.habits.are_usual
    assert rates.habits.applied(Most(10, 10), at) == Most(10, 10)


@given(replies())
def test_with_few_calls_it_fades_by_weeks_and_with_none_too(reply: Reply) -> None:
    rates, at = Rates(Habits()), int(BEGIN)
    call(rates, reply, at)
    learned = rates.habits.kept("mock", "m").levels
    at += DAY_US + 1
    call(rates, good(reply.most), at)
    assert rates.habits.kept("mock", "m").levels == learned
    for _ in range(60):  # every call of it is refused, so that none is learned from
        at += WEEK_US
        rates.habits.applied(reply.most, at)
    assert rates.habits.are_usual


@given(st.lists(replies(), max_size=6))
def test_what_is_kept_makes_the_same_habits_anew(history: list[Reply]) -> None:
    rates, at = Rates(Habits()), int(BEGIN)
    for reply in history:
        at += reply.after_us
        call(rates, reply, at)
    kept = rates.habits.kept("mock", "m")
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=Kept)
    assert again == kept
    assert Habits(again).kept("mock", "m") == kept
    assert Habits(again).applied(Most(999, 99), at) == rates.habits.applied(Most(999, 99), at)


def named(habits: Habits, name: str, at: int, *, cost: int | None = 0) -> None:
    """A reply by this name, of a model without a price of its own."""
    most = Most(10, 10)
    made = event(Reply(most, Usage(tokens_input=1), 0, 0), at)
    made.model_served, made.cost_pico = name, cost
    habits.bound(most, 0, Rates(habits), has_price=False).learn([made])


def test_a_name_that_no_longer_serves_is_forgotten_after_a_week_and_one_that_does_is_not() -> None:
    habits, at = Habits(), int(BEGIN)
    named(habits, "dear", at)
    named(habits, "", at, cost=None)
    for day in range(12):
        for _ in range(CALLS_LEAST):
            named(habits, "cheap", at)
        assert ("dear" in habits.served) == habits.unpriced == (day < 8), day
        at += DAY_US
    assert (habits.served, habits.unpriced) == (frozenset(("cheap",)), False)


def test_names_without_end_are_not_remembered_without_end() -> None:
    habits = Habits()
    for number in range(2 * NAMES_MAX):
        named(habits, f"model-{number}", int(BEGIN))
    named(habits, "x" * 1000, int(BEGIN))
    assert len(habits.served) == NAMES_MAX


def test_models_that_are_as_usual_are_forgotten_before_memory_fills_up() -> None:
    memory = Memory()
    odd = memory.of("mock", "odd")
    odd.take_name("dear")
    for number in range(25_000):
        memory.of("mock", f"invented-{number}")
    assert memory.of("mock", "odd") is odd
    assert [one.model for one in memory.kept()] == ["odd"]


def test_a_dearer_answer_that_is_also_longer_does_not_raise_tokens_and_rates_alike() -> None:
    """Twice the tokens cost twice the money: held twice, not four times."""
    rates = Rates(Habits())
    most = Most(1000, 10)
    cost = rates.by_rates(Most(2000, 10))
    call(rates, Reply(most, Usage(tokens_input=2000, tokens_output=10), cost, 0), int(BEGIN))
    assert rates.held(rates.habits.applied(most, BEGIN)) == cost


def test_what_a_provider_writes_to_its_cache_unasked_is_input_too() -> None:
    rates = Rates(Habits())
    reply = Reply(Most(1000, 10), Usage(tokens_input=600, tokens_cache_write=600), 0, 0)
    call(rates, reply, int(BEGIN))
    assert is_covered(rates, reply, int(BEGIN))


def test_a_shortened_answer_that_is_longer_is_found_out_also_where_more_was_learned_before() -> None:
    rates = Rates(Habits())
    most = Most(1000, 1000)
    call(rates, Reply(most, Usage(tokens_input=2000), 0, 0), int(BEGIN))
    call(rates, Reply(most, Usage(tokens_output=150), 0, 0), int(BEGIN), clamp=100)
    assert rates.habits.output_seen == 150


def test_a_bound_that_was_kept_teaches_nothing() -> None:
    rates = Rates(Habits())
    call(rates, good(Most(1000, 10)), int(BEGIN))
    assert rates.habits.are_usual
    assert rates.habits.changes == 0


def test_a_call_that_was_held_before_another_taught_something_is_judged_by_its_own_bound() -> None:
    rates = Rates(Habits())
    most = Most(1000, 10)
    early: Bound = rates.habits.bound(most, rates.held(most), rates, has_price=True)
    call(rates, Reply(most, Usage(tokens_input=3000), 0, 0), int(BEGIN))
    early.learn([event(Reply(most, Usage(tokens_input=2000), 0, 0), int(BEGIN))])
    assert rates.habits.applied(most, BEGIN).tokens_input == 3000
