"""Workers that share limits never admit more than the limit together, whatever happens to them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine, func, select

sys.path.insert(0, str(Path(__file__).parent))

from shared_workers import SECOND, OneWorker, Workers, memory_store, story

from bursar.estate.limits import Limit
from bursar.limits.accounts import Grant
from bursar.limits.index import LimitIndex
from bursar.limits.limiter import Full, Limiter
from bursar.limits.shares import DEAD_US, LEASE_US, Given, Held, Renewed, Report, Watch, fair_share
from bursar.limits.shares import given as give
from bursar.limits.tables import LIMIT_SHARES
from bursar.limits.window import WINDOW_US
from bursar.store.state import reading

picks = st.integers(0, 3)


class AnyStory(RuleBasedStateMachine):
    """What hypothesis can think of; it finds the shortest story that breaks a law."""

    def __init__(self) -> None:
        super().__init__()
        self.all = Workers()

    @rule(ahead_s=st.integers(-500, 500))
    def join(self, ahead_s: int) -> None:
        self.all.join(ahead_s * SECOND)

    @rule(pick=picks, count=st.integers(1, 12), lasts=st.booleans())
    def call(self, pick: int, count: int, lasts: bool) -> None:
        self.all.call(pick, count, lasts=lasts)

    @rule(pick=picks)
    def call_ends(self, pick: int) -> None:
        self.all.pick(pick).end_one()

    @rule(pick=picks)
    def whole_beat(self, pick: int) -> None:
        self.all.beat(pick)

    @rule(pick=picks)
    def beat_begins(self, pick: int) -> None:
        self.all.begin_beat(pick)

    @rule(pick=picks, lost=st.booleans())
    def beat_ends(self, pick: int, lost: bool) -> None:
        self.all.end_beat(pick, lost=lost)

    @rule(ms=st.sampled_from([1, 300, 1000, 4000, 6000, 20_000, 61_000, 80_000]))
    def time_passes(self, ms: int) -> None:
        self.all.now_us += ms * 1000

    @rule(pick=picks)
    def one_dies(self, pick: int) -> None:
        self.all.die(pick)

    @invariant()
    def the_laws_hold(self) -> None:
        self.all.check()

    def teardown(self) -> None:
        self.all.engine.dispose()


AnyStory.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestAnyStory = AnyStory.TestCase

SEEDS = range(60)


def test_no_story_lets_more_through_than_the_limit() -> None:
    for seed in SEEDS:
        story(seed, Workers())


# -- planted faults: each must break a law in one of the same stories ------------------------------


class _ForgetsItsWindow(Limiter):
    """Comes down to what is fair, though it may have used more in this minute."""

    def renewed(self, answer: Renewed, now_us: int) -> bool:
        lowered = super().renewed(answer, now_us)
        for meter in self._meters():
            found = answer.shares.get(meter.pool)
            if found is not None and found.goal < meter.share:
                meter.share, lowered = found.goal, True
        return lowered


def _fair_whatever_was_used(report: Report, worker: str, others: Any, workers: int) -> Given:
    return give(report._replace(used=0), worker, others, workers)


def _lowers_in_the_store_first(*arguments: Any) -> Given:
    found = give(*arguments)
    return found._replace(share=min(found.share, found.goal))


def _gives_what_is_not_free(report: Report, worker: str, others: Any, workers: int) -> Given:
    found = give(report, worker, others, workers)
    return found._replace(share=max(found.share, found.goal))


FAULTS: list[tuple[str, dict[str, Any], Callable[[], Workers]]] = [
    ("a lease without an end", {}, lambda: Workers(lease_us=10**12)),
    (
        "a window that is forgotten",
        {"bursar.limits.store.given": _fair_whatever_was_used},
        lambda: Workers(limiter=lambda: _ForgetsItsWindow(shared=True)),
    ),
    ("the dead buried early", {"bursar.limits.shares.DEAD_US": LEASE_US + 5 * SECOND}, Workers),
    ("lowered in the store first", {"bursar.limits.store.given": _lowers_in_the_store_first}, Workers),
    ("given though not free", {"bursar.limits.store.given": _gives_what_is_not_free}, Workers),
]


@pytest.mark.parametrize(("patches", "make"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS])
def test_the_stories_bite(
    monkeypatch: pytest.MonkeyPatch, patches: dict[str, Any], make: Callable[[], Workers]
) -> None:
    for name, value in patches.items():
        monkeypatch.setattr(name, value)
    assert any(_breaks(seed, make()) for seed in SEEDS)


def _breaks(seed: int, workers: Workers) -> bool:
    try:
        story(seed, workers)
    except AssertionError:
        return True
    return False


# -- what is fair ----------------------------------------------------------------------------------

wants = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 300), min_size=1)


@given(size=st.integers(1, 200), wants=wants, idle=st.integers(0, 5))
def test_fair_shares_never_sum_above_the_limit_and_every_want_that_fits_is_met(
    size: int, wants: dict[str, int], idle: int
) -> None:
    shares = {name: fair_share(size, name, wants, len(wants) + idle) for name in wants}
    assert sum(shares.values()) <= size
    if sum(wants.values()) <= size:
        assert all(shares[name] >= want for name, want in wants.items())
    else:
        assert sum(shares.values()) == size
        equal = size // len(wants)
        assert all(shares[name] >= min(want, equal) for name, want in wants.items())


def test_a_worker_alone_has_the_whole_limit() -> None:
    assert give(Report("p", 100, 0, 0, 1), "a", {}, 1).share == 100


def test_a_worker_goes_up_only_as_far_as_something_is_free() -> None:
    others = {"b": Held(share=95, want=95, used=90)}
    assert give(Report("p", 100, 0, 0, 50), "a", others, 2) == (5, 50, 10)


def test_a_worker_is_told_to_come_down_but_never_below_what_it_uses() -> None:
    others = {"b": Held(share=0, want=60, used=0)}
    assert give(Report("p", 100, 100, 80, 80), "a", others, 2) == (100, 80, 20)


@given(beats=st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30))
def test_a_worker_is_gone_only_after_its_beat_was_seen_to_stand_still_for_long_enough(
    beats: list[tuple[int, bool]],
) -> None:
    watch, now_us, beat, still_since = Watch(), 0, 0, 0
    for number, (pause_s, moves) in enumerate(beats):
        now_us += pause_s * SECOND
        if moves or number == 0:
            beat, still_since = beat + 1, now_us
        assert (watch.gone({"w": beat}, now_us) == {"w"}) == (now_us - still_since >= DEAD_US)


# -- stories ---------------------------------------------------------------------------------------


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = memory_store()
    yield engine
    engine.dispose()


def rate(**fields: Any) -> LimitIndex:
    return LimitIndex([Limit(name="rate", requests_per_minute=100, **fields)])


def test_after_quiet_one_busy_worker_gets_the_whole_limit_in_a_few_beats(engine: Engine) -> None:
    workers = [OneWorker(engine, name, rate()) for name in "abcd"]
    now_us = 0
    for worker in workers:
        worker.beat(now_us)
        for _ in range(25):
            worker.admit(now_us)
            worker.beat(now_us)
    now_us += WINDOW_US
    admitted = 0
    for _ in range(4):
        now_us += SECOND
        while workers[3].admit(now_us):
            admitted += 1
        for _ in range(200):
            workers[3].admit(now_us)
        for worker in workers:
            worker.beat(now_us)
    while workers[3].admit(now_us):
        admitted += 1
    assert admitted == 100


def test_a_burst_finds_what_nobody_holds_after_one_question(engine: Engine) -> None:
    workers = [OneWorker(engine, name, rate()) for name in "ab"]
    for worker in workers:
        worker.beat(0)
    for _ in range(45):
        workers[0].admit(SECOND)
    workers[0].beat(SECOND)
    assert sum(workers[0].admit(SECOND) for _ in range(45)) == 45


def test_a_worker_that_slept_past_its_lease_admits_nothing_before_it_has_asked(engine: Engine) -> None:
    sleeper, other = OneWorker(engine, "a", rate()), OneWorker(engine, "b", rate())
    sleeper.beat(0)
    sleeper.admit(0)
    sleeper.beat(0)
    assert sleeper.admit(LEASE_US - 1)
    found = sleeper.found(LEASE_US)
    assert isinstance(found, Full)
    assert (found.lost, found.short) == (True, True)
    now_us = 0
    while now_us < DEAD_US + SECOND:
        other.beat(now_us)
        now_us += SECOND
    admitted = other.admit(now_us)
    other.beat(now_us)
    assert admitted + sum(other.admit(now_us) for _ in range(200)) == 100
    sleeper.beat(now_us)
    assert not sleeper.admit(now_us)


def test_a_worker_that_comes_back_from_the_dead_is_not_taken_for_one_that_stands_still(
    engine: Engine,
) -> None:
    one, sleeper = OneWorker(engine, "a", rate()), OneWorker(engine, "b", rate())
    for _ in range(3):
        sleeper.beat(0)
    one.beat(0)
    one.beat(DEAD_US)  # strikes the sleeper off
    for _ in range(3):
        sleeper.admit(DEAD_US)
        sleeper.beat(DEAD_US)
    admitted = sum(sleeper.admit(DEAD_US) for _ in range(200))
    assert admitted
    for _ in range(3):
        one.admit(DEAD_US)
        one.beat(DEAD_US)
    assert admitted + sum(one.admit(DEAD_US) for _ in range(200)) <= 100


def test_where_the_limit_says_so_calls_pass_and_are_marked_when_the_lease_is_over(engine: Engine) -> None:
    worker = OneWorker(engine, "a", rate(on_store_loss="allow_and_flag"))
    assert not worker.admit(0)  # nothing was ever agreed: ask first
    worker.beat(0)
    found = worker.found(LEASE_US)
    assert isinstance(found, Grant)
    assert found.unchecked


def test_a_worker_that_is_started_again_goes_on_where_it_stood(engine: Engine) -> None:
    before = OneWorker(engine, "a", rate())
    before.beat(0)
    before.admit(0)
    before.beat(0)
    for _ in range(59):
        before.admit(0)
    before.beat(0)
    after = OneWorker(engine, "a", rate())
    after.beat(SECOND)
    assert sum(after.admit(SECOND) for _ in range(100)) == 41


def test_a_worker_that_resigns_leaves_the_rest_to_others_at_once(engine: Engine) -> None:
    one, other = OneWorker(engine, "a", rate()), OneWorker(engine, "b", rate())
    one.beat(0)
    one.admit(0)
    one.beat(0)
    for _ in range(10):
        one.admit(0)
    one.limiter.resign(0)
    one.begin_beat(0)
    other.beat(0)
    for _ in range(200):
        other.admit(0)
    other.beat(0)
    assert sum(other.admit(0) for _ in range(200)) == 90


def test_when_nobody_has_room_the_wait_is_that_of_the_window_and_otherwise_short(engine: Engine) -> None:
    one, other = OneWorker(engine, "a", rate()), OneWorker(engine, "b", rate())
    for worker in (one, other):
        worker.beat(0)
    for now_us in range(0, 6 * SECOND, SECOND):
        for worker in (one, other):
            for _ in range(60):
                worker.admit(now_us)
            worker.beat(now_us)
    found = one.found(6 * SECOND)
    assert isinstance(found, Full)
    assert found.wait_us > 50 * SECOND
    free = OneWorker(engine, "c", rate())
    free.beat(0)
    found = free.found(0)
    assert isinstance(found, Full)
    assert found.wait_us == SECOND


def test_rows_of_limits_that_are_gone_are_given_back(engine: Engine) -> None:
    before = OneWorker(engine, "a", rate())
    before.beat(0)
    before.admit(0)
    before.beat(0)
    OneWorker(engine, "a", LimitIndex(())).beat(0)
    again = OneWorker(engine, "a", LimitIndex(()))
    again.begin_beat(0)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(LIMIT_SHARES)).scalar_one() <= 1
