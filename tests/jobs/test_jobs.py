"""One control plane leads; a paused one writes nothing; a job that fails or hangs holds up no other."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from bursar.clock import now_us
from bursar.jobs import Deposed, Job, Leader, Runner, Turn
from bursar.store.state import writing
from bursar.vocab.instant import InstantUs

SECOND_US = 1_000_000


def at(seconds: float) -> InstantUs:
    return InstantUs(int(seconds * SECOND_US))


def test_the_first_one_leads_and_the_second_only_when_the_lease_is_over(state: Engine) -> None:
    first, second = Leader(state, "jobs", "a"), Leader(state, "jobs", "b")
    assert first.renew(at(100))
    assert not second.renew(at(105))
    assert first.renew(at(109))
    assert not second.renew(at(118))
    assert second.renew(at(119))
    assert not first.renew(at(120))
    assert (first.leads(at(120)), second.leads(at(120))) == (False, True)


def test_of_many_that_begin_at_once_one_leads(state: Engine) -> None:
    leaders = [Leader(state, "jobs", str(number)) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(lambda leader: leader.renew(at(100)), leaders))
    assert won.count(True) == 1


def test_a_leader_that_was_paused_beyond_its_lease_fails_at_the_fence(state: Engine) -> None:
    paused, second = Leader(state, "jobs", "a"), Leader(state, "jobs", "b")
    paused.renew(at(100))
    with writing(state) as connection:
        paused.fence(connection)
    assert second.renew(at(111))
    with pytest.raises(Deposed):
        _write_fenced(state, paused)
    with writing(state) as connection:
        second.fence(connection)
        assert connection.execute(text("SELECT value FROM revision")).scalar_one() == 0


def test_a_lease_that_is_given_back_is_free_at_once(state: Engine) -> None:
    first, second = Leader(state, "jobs", "a"), Leader(state, "jobs", "b")
    first.renew(at(100))
    second.give_back(at(101))  # it has none to give
    assert not second.renew(at(101))
    first.give_back(at(102))
    assert second.renew(at(102))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 15)), max_size=40))
def test_at_any_time_at_most_one_passes_the_fence(state: Engine, steps: list[tuple[int, int]]) -> None:
    with writing(state) as connection:
        connection.execute(text("DELETE FROM leaders"))
    leaders = [Leader(state, "jobs", str(number)) for number in range(3)]
    now = 0
    for which, pause in steps:
        now += pause
        leaders[which].renew(at(now))
        passed = [leader for leader in leaders if _passes(state, leader)]
        assert len(passed) == 1
        believing = [leader for leader in leaders if leader.leads(at(now))]
        assert all(leader in passed for leader in believing)


def _write_fenced(state: Engine, leader: Leader) -> None:
    with writing(state) as connection:
        connection.execute(text("UPDATE revision SET value = 99"))
        leader.fence(connection)


def _passes(state: Engine, leader: Leader) -> bool:
    try:
        with writing(state) as connection:
            leader.fence(connection)
    except Deposed:
        return False
    return True


def test_a_job_that_fails_is_logged_once_and_runs_again_and_one_that_hangs_holds_up_no_other(
    state: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    release, runs, good = threading.Event(), [0], [0]

    def fails(_turn: Turn) -> None:
        runs[0] += 1
        if runs[0] < 4:
            raise RuntimeError("the other side is away")

    def counts(_turn: Turn) -> None:
        good[0] += 1

    jobs = (
        Job(name="fails", period_s=0.01, run=fails),
        Job(name="hangs", period_s=0.01, run=lambda _turn: release.wait(30) and None),
        Job(name="counts", period_s=0.01, run=counts),
    )
    runner = Runner(jobs, Leader(state, "jobs", "a"), now=now_us)
    runner.start()
    _until(lambda: runs[0] > 5 and good[0] > 5)
    release.set()
    runner.stop()
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == [
        "the job fails failed and will be tried again: the other side is away",
        "the job fails works again",
    ]


def test_only_the_leaders_jobs_run_and_another_takes_over_when_it_stops(state: Engine) -> None:
    counts = {"a": 0, "b": 0}

    def runner(name: str) -> Runner:
        def count(_turn: Turn) -> None:
            counts[name] += 1

        job = Job(name="count", period_s=0.01, run=count)
        return Runner((job,), Leader(state, "jobs", name), now=now_us, renew_s=0.05)

    first, second = runner("a"), runner("b")
    first.start()
    _until(lambda: counts["a"] > 0)
    second.start()
    time.sleep(0.2)
    assert counts["b"] == 0
    first.stop()
    stopped_at = counts["a"]
    _until(lambda: counts["b"] > 0)
    second.stop()
    assert counts["a"] == stopped_at


def test_a_job_can_be_woken_before_its_time(state: Engine) -> None:
    ran = threading.Event()
    job = Job(name="rare", period_s=60.0, run=lambda _turn: ran.set())
    leader = Leader(state, "jobs", "a")
    leader.renew(now_us())
    runner = Runner((job,), leader, now=now_us)
    runner.start()
    runner.wake("rare")
    assert ran.wait(5)
    runner.stop()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
