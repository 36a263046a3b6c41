"""Windows hold no more than they may in any 60 seconds; a call finds exactly the limits that speak of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.estate.limits import Limit
from bursar.estate.scope import Facts, Scope, fits
from bursar.limits.accounts import Grant
from bursar.limits.index import LimitIndex
from bursar.limits.limiter import Full, Limiter
from bursar.limits.window import WINDOW_US, Window

SECOND = 1_000_000
FACTS = Facts("search", "answers", "chat", "production", "small", "openai", "key_1", (), {"squad": "red"})


def limiter_of(**fields: Any) -> tuple[Limiter, Any]:
    index = LimitIndex([Limit(name="l", **fields)])
    return Limiter(), index.of(FACTS)


def admit(limiter: Limiter, matches: Any, tokens: int, now_us: int) -> Grant | Full:
    return limiter.admit(limiter.accounts(matches), tokens, now_us)


steps = st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(1, 9)), max_size=60)


@given(steps=steps, limit=st.integers(1, 20))
def test_no_60_seconds_ever_hold_more_than_the_limit(steps: list[tuple[int, int]], limit: int) -> None:
    window, now_us = Window(), 0
    admitted: list[tuple[int, int]] = []
    for pause_us, amount in steps:
        now_us += pause_us
        fits_now = window.used(now_us) + amount <= limit
        assert fits_now == (window.room_us(amount, limit, now_us) == 0)
        if fits_now:
            window.take(amount, now_us)
            admitted.append((now_us, amount))
    for begin_us, _ in admitted:
        inside = [amount for at_us, amount in admitted if begin_us <= at_us < begin_us + WINDOW_US]
        assert sum(inside) <= limit


@given(steps=steps, limit=st.integers(9, 20))
def test_what_is_said_of_when_there_is_room_is_the_first_instant_at_which_there_is(
    steps: list[tuple[int, int]], limit: int
) -> None:
    window, now_us = Window(), 0
    for pause_us, amount in steps:
        now_us += pause_us
        wait_us = window.room_us(amount, limit, now_us)
        assert wait_us is not None
        if wait_us:
            assert window.used(now_us + wait_us - 1) + amount > limit
            now_us += wait_us
        assert window.used(now_us) + amount <= limit
        window.take(amount, now_us)


@given(bursts=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 700)), max_size=12))
def test_a_window_that_joins_its_entries_still_never_holds_too_much(bursts: list[tuple[int, int]]) -> None:
    window, now_us, limit = Window(), 0, 2500
    admitted: list[int] = []
    for pause_ms, count in bursts:
        now_us += pause_ms * 1000
        for _ in range(count):
            now_us += 37
            if window.used(now_us) + 1 <= limit:
                window.take(1, now_us)
                admitted.append(now_us)
    for place, begin_us in enumerate(admitted):
        if place + limit < len(admitted):
            assert admitted[place + limit] - begin_us >= WINDOW_US
    assert len(window._entries) <= 1000 + (now_us // 10_000) + 1


def test_a_window_under_a_load_without_a_pause_lets_go_of_what_is_old() -> None:
    window = Window()
    for now_us in range(0, 130 * SECOND, 5000):
        window.take(1, now_us)
    assert 11_999 <= window.used(130 * SECOND) <= 12_003


def test_what_was_estimated_is_corrected_while_it_counts_and_forgotten_after() -> None:
    window = Window()
    entry = window.take(100, 0)
    window.correct(entry, -60)
    assert window.used(1) == 40
    window.correct(entry, 500)
    assert window.used(1) == 540
    assert window.used(WINDOW_US) == 0
    window.correct(entry, 77)
    assert window.used(WINDOW_US) == 0


# -- one worker ------------------------------------------------------------------------------------


def test_requests_are_admitted_up_to_the_limit_and_again_when_the_first_is_60_seconds_old() -> None:
    limiter, matches = limiter_of(requests_per_minute=3)
    assert all(isinstance(admit(limiter, matches, 0, at), Grant) for at in (0, 10, 20))
    full = admit(limiter, matches, 0, 30)
    assert isinstance(full, Full)
    assert (full.used, full.wait_us, full.short, full.lost) == (3, WINDOW_US - 30, False, False)
    assert isinstance(admit(limiter, matches, 0, WINDOW_US - 1), Full)
    assert isinstance(admit(limiter, matches, 0, WINDOW_US), Grant)


def test_tokens_are_taken_as_estimated_and_counted_as_used() -> None:
    limiter, matches = limiter_of(tokens_per_minute=1000)
    grant = admit(limiter, matches, 800, 0)
    assert isinstance(grant, Grant)
    assert isinstance(admit(limiter, matches, 300, 1), Full)
    grant.end(100)
    grant.end(100)
    assert isinstance(admit(limiter, matches, 900, 2), Grant)
    assert isinstance(admit(limiter, matches, 1, 3), Full)


def test_a_call_that_may_use_more_than_a_whole_limit_needs_all_of_it() -> None:
    limiter, matches = limiter_of(tokens_per_minute=1000)
    assert isinstance(admit(limiter, matches, 50_000, 0), Grant)
    full = admit(limiter, matches, 1, 1)
    assert isinstance(full, Full)
    assert full.wait_us == WINDOW_US - 1


def test_places_are_free_again_when_a_call_ends() -> None:
    limiter, matches = limiter_of(concurrent=2)
    grants = [admit(limiter, matches, 0, 0) for _ in range(2)]
    assert isinstance(admit(limiter, matches, 0, 1), Full)
    assert isinstance(grants[0], Grant)
    grants[0].end(0)
    assert isinstance(admit(limiter, matches, 0, 2), Grant)
    assert isinstance(admit(limiter, matches, 0, 3), Full)


def test_a_call_that_one_limit_refuses_takes_nothing_of_the_others() -> None:
    index = LimitIndex(
        [
            Limit(name="a", requests_per_minute=5, concurrent=5),
            Limit(name="b", scope=Scope(team="search"), concurrent=1),
        ]
    )
    limiter, matches = Limiter(), index.of(FACTS)
    assert isinstance(admit(limiter, matches, 0, 0), Grant)
    for at in range(1, 20):
        full = admit(limiter, matches, 0, at)
        assert isinstance(full, Full)
        assert full.limit.name == "b"
    assert [(one.pool, one.used) for one in limiter.report(20)] == [
        ("a|requests|", 1),
        ("a|concurrent|", 1),
        ("b|concurrent|", 1),
    ]


def test_each_value_has_an_account_of_its_own_and_idle_ones_are_forgotten() -> None:
    index = LimitIndex([Limit(name="l", each="team", requests_per_minute=1)])
    limiter = Limiter()
    teams = [Facts(team, *list_of(FACTS)[1:]) for team in ("a", "b")]
    assert all(isinstance(admit(limiter, index.of(facts), 0, 0), Grant) for facts in teams)
    assert all(isinstance(admit(limiter, index.of(facts), 0, 1), Full) for facts in teams)
    limiter.report(2)
    limiter.report(2 + WINDOW_US)
    assert limiter._accounts == {}


def test_a_limit_that_is_changed_goes_on_with_what_was_used() -> None:
    limiter, matches = limiter_of(requests_per_minute=2)
    assert isinstance(admit(limiter, matches, 0, 0), Grant)
    more = LimitIndex([Limit(name="l", requests_per_minute=3)]).of(FACTS)
    assert [type(admit(limiter, more, 0, at)) for at in (1, 2, 3)] == [Grant, Grant, Full]
    less = LimitIndex([Limit(name="l", requests_per_minute=1)]).of(FACTS)
    assert isinstance(admit(limiter, less, 0, 4), Full)


# -- which limits ----------------------------------------------------------------------------------

scopes = st.builds(
    Scope,
    team=st.sampled_from(["", "search", "ads", "s*", ["search", "ads"]]),
    model=st.sampled_from(["", "small", "large", "*"]),
    key=st.sampled_from(["", "key_1", "key_2"]),
    tags=st.sampled_from([{}, {"squad": "red"}, {"squad": "r?d"}, {"other": "x"}]),
)
facts = st.builds(
    Facts,
    st.sampled_from(["search", "ads", "unknown"]),
    st.just("answers"),
    st.just("chat"),
    st.just("production"),
    st.sampled_from(["small", "large"]),
    st.just("openai"),
    st.sampled_from(["key_1", "key_2", "key_3"]),
    st.just(()),
    st.sampled_from([{}, {"squad": "red"}, {"squad": "blue", "other": "x"}]),
)


@given(scopes=st.lists(scopes, max_size=12), calls=st.lists(facts, max_size=6))
def test_the_index_finds_what_looking_at_every_limit_finds(scopes: list[Scope], calls: list[Facts]) -> None:
    limits = [
        Limit(name=f"l{place:02}", scope=scope, concurrent=1, each="team" if place % 2 else "")
        for place, scope in enumerate(scopes)
    ]
    index = LimitIndex(limits)
    for call in [*calls, *calls]:
        wanted = [(one.name, call.team if one.each else "") for one in limits if fits(one.scope, call)]
        assert [(match.limit.name, match.value) for match in index.of(call)] == wanted


@pytest.mark.parametrize(("each", "value"), [("tag:squad", "red"), ("tag:none", "unknown"), ("key", "key_1")])
def test_a_tag_that_a_call_does_not_have_is_unknown(each: str, value: str) -> None:
    (match,) = LimitIndex([Limit(name="l", each=each, concurrent=1)]).of(FACTS)
    assert match.value == value


def list_of(facts: Facts) -> list[Any]:
    return [getattr(facts, name) for name in facts.__struct_fields__]
