"""Workers that share limits never admit more than the limit together, whatever happens to them."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.pool import StaticPool

from bursar.estate.limits import Limit
from bursar.estate.scope import Facts
from bursar.limits.accounts import Grant
from bursar.limits.index import LimitIndex
from bursar.limits.limiter import Full, Limiter
from bursar.limits.shares import DEAD_US, LEASE_US, Held, Renewed, Report, Watch, fair_share
from bursar.limits.shares import given as give
from bursar.limits.store import ShareStore
from bursar.limits.tables import LIMIT_SHARES
from bursar.limits.window import WINDOW_US
from bursar.store.state import METADATA, reading

SECOND = 1_000_000
SIZE = 10
PLACES = 3
FACTS = Facts("search", "answers", "chat", "production", "small", "openai", "key_1", (), {})


def memory_store() -> Engine:
    """SQLite in memory, with this room's tables: the real statements, without a disk to wait for."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    return engine


class OneWorker:
    """A worker as the gateway has it, with a clock of its own and one beat under way at most."""

    def __init__(self, engine: Engine, name: str, index: LimitIndex, ahead_us: int = 0) -> None:
        self.name = name
        self.limiter = Limiter(shared=True)
        self.store = ShareStore(engine, name)
        self.index = index
        self.ahead_us = ahead_us
        self.grants: list[Grant] = []
        self.under_way: tuple[Renewed, int] | None = None
        self.restored = False

    def begin_beat(self, now_us: int) -> None:
        at_us = now_us + self.ahead_us
        reports = self.limiter.report(at_us) if self.restored else []
        self.under_way = self.store.renew(reports, at_us), at_us

    def end_beat(self, now_us: int) -> bool:
        """Whether a share was lowered."""
        assert self.under_way is not None
        (answer, begun_us), self.under_way = self.under_way, None
        if not self.restored:
            self.limiter.restore(answer.found, self.index, now_us + self.ahead_us)
            self.restored = True
        lowered = self.limiter.renewed(answer, now_us + self.ahead_us)
        self.limiter.lease_ends_us = begun_us + LEASE_US
        return lowered

    def beat(self, now_us: int) -> None:
        self.begin_beat(now_us)
        while self.end_beat(now_us):
            self.begin_beat(now_us)

    def admit(self, now_us: int) -> bool:
        found = self.found(now_us)
        if isinstance(found, Grant):
            self.grants.append(found)
        return isinstance(found, Grant)

    def found(self, now_us: int) -> Grant | Full:
        accounts = self.limiter.accounts(self.index.of(FACTS))
        return self.limiter.admit(accounts, 0, now_us + self.ahead_us)

    def end_one(self) -> None:
        if self.grants:
            self.grants.pop(0).end(0)


class Workers(RuleBasedStateMachine):
    """Calls, beats whose answers are late or lost, pauses, deaths, workers that join, clocks that differ."""

    @initialize()
    def begin(self) -> None:
        self.engine = memory_store()
        self.index = LimitIndex(
            [Limit(name="rate", requests_per_minute=SIZE), Limit(name="places", concurrent=PLACES)]
        )
        self.now_us = 1_000 * SECOND
        self.workers: list[OneWorker] = []
        self.born = 0
        self.admitted: list[int] = []
        for _ in range(2):
            self.join(0)

    @rule(ahead_s=st.integers(-500, 500))
    def join(self, ahead_s: int) -> None:
        if len(self.workers) < 4:
            self.born += 1
            worker = OneWorker(self.engine, f"w{self.born}", self.index, ahead_s * SECOND)
            self.workers.append(worker)
            worker.beat(self.now_us)

    @rule(pick=st.integers(0, 3), count=st.integers(1, 12), lasts=st.booleans())
    def call(self, pick: int, count: int, lasts: bool = False) -> None:
        worker = self.workers[pick % len(self.workers)]
        for _ in range(count):
            if worker.admit(self.now_us):
                self.admitted.append(self.now_us)
                if not lasts:
                    worker.grants.pop().end(0)

    @rule(pick=st.integers(0, 3), count=st.integers(1, 3))
    def calls_end(self, pick: int, count: int) -> None:
        for _ in range(count):
            self.workers[pick % len(self.workers)].end_one()

    @rule(pick=st.integers(0, 3))
    def whole_beat(self, pick: int) -> None:
        worker = self.workers[pick % len(self.workers)]
        if worker.under_way is None:
            worker.beat(self.now_us)

    @rule(pick=st.integers(0, 3))
    def beat_begins(self, pick: int) -> None:
        worker = self.workers[pick % len(self.workers)]
        if worker.under_way is None:
            worker.begin_beat(self.now_us)

    @rule(pick=st.integers(0, 3), lost=st.booleans())
    def beat_ends(self, pick: int, lost: bool) -> None:
        worker = self.workers[pick % len(self.workers)]
        if worker.under_way is not None:
            if lost:
                worker.under_way = None
            else:
                worker.end_beat(self.now_us)

    @rule(ms=st.sampled_from([1, 300, 1000, 4000, 6000, 20_000, 61_000, 80_000]))
    def time_passes(self, ms: int) -> None:
        self.now_us += ms * 1000

    @rule()
    def everybody_beats_for_a_minute_and_a_half(self) -> None:
        for _ in range(30):
            self.now_us += 3 * SECOND
            for worker in self.workers:
                if worker.under_way is None:
                    worker.beat(self.now_us)

    @precondition(lambda self: len(self.workers) > 1)
    @rule(pick=st.integers(0, 3))
    def one_dies(self, pick: int) -> None:
        self.workers.pop(pick % len(self.workers))

    @invariant()
    def no_60_seconds_hold_more_than_the_limit(self) -> None:
        recent = [at for at in getattr(self, "admitted", ()) if self.now_us - at < WINDOW_US]
        assert len(recent) <= SIZE

    @invariant()
    def shares_never_sum_above_the_limit(self) -> None:
        if hasattr(self, "engine"):
            total = select(LIMIT_SHARES.c.pool, func.sum(LIMIT_SHARES.c.share)).group_by(LIMIT_SHARES.c.pool)
            with reading(self.engine) as connection:
                for pool, shares in connection.execute(total):
                    assert shares <= (SIZE if pool.startswith("rate") else PLACES)


Workers.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestWorkers = Workers.TestCase


def test_the_law_bites_when_the_dead_are_buried_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bursar.limits.shares.DEAD_US", LEASE_US // 2)
    machine = Workers()
    machine.begin()
    machine.one_dies(1)
    machine.everybody_beats_for_a_minute_and_a_half()
    for _ in range(3):
        machine.call(0, SIZE)
        machine.whole_beat(0)
    machine.join(0)
    machine.time_passes(4000)
    for _ in range(3):
        machine.call(1, SIZE)
        machine.whole_beat(1)
    with pytest.raises(AssertionError):
        machine.no_60_seconds_hold_more_than_the_limit()


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
