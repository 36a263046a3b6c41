"""The budget store on SQLite and PostgreSQL: the protocol's rows survive, and the carried amounts add up."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from bursar.budgets.protocol import Entry, Opening, Report, Request
from bursar.budgets.store import BudgetStore
from bursar.vocab.errors import Conflict
from bursar.vocab.instant import InstantUs

HUGE = 25_000_000 * 10**12  # 25 million dollars do not fit into 64 bits of picodollars


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.us = 1_000_000

    def __call__(self) -> InstantUs:
        return InstantUs(self.us)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(state: Engine, clock: Clock) -> BudgetStore:
    return BudgetStore(state, now=clock, silent_us=5_000_000)


def opening(account: str = "a", amount: int = HUGE, **more: object) -> Opening:
    values: dict[str, object] = {
        "id": account,
        "budget": "company",
        "value": "",
        "owner": "alice",
        "unit": "usd",
        "hard": True,
        "begins_at_us": 0,
        "ends_at_us": 10**12,
        "amount": amount,
        "revision": 1,
        **more,
    }
    return Opening(**values)  # type: ignore[arg-type]


def ask(purse: str, epoch: int, number: int, needed: int, **more: object) -> Report:
    return Report(
        purse,
        epoch,
        number,
        0,
        [Entry("a", 0, 0, 0)],
        [Request(1, {"a": needed})],
        [opening(**more)],  # type: ignore[arg-type]
    )


def test_amounts_beyond_64_bits_are_kept_exactly(store: BudgetStore) -> None:
    epoch = store.start_life("w1", {}, after_seq=0, seq=0)
    answer = store.report(ask("w1", epoch, 1, HUGE - 1))
    assert answer.granted == [1]
    state = store.accounts()[0]
    assert (state.limit, state.held, state.left) == (HUGE, HUGE - 1, 1)
    refused = store.report(
        Report("w1", epoch, 2, 0, [Entry("a", 0, HUGE - 1, 0)], [Request(2, {"a": 2})], [])
    )
    assert refused.refused == {2: "a"}


def test_what_a_dead_worker_had_posted_is_taken_over_once(store: BudgetStore) -> None:
    epoch = store.start_life("w1", {}, after_seq=0, seq=0)
    store.report(ask("w1", epoch, 1, 500))
    assert store.start_life("w1", {"a": 120, "unknown": 7}, after_seq=0, seq=9) == epoch + 1
    with pytest.raises(Conflict):
        store.start_life("w1", {"a": 120}, after_seq=0, seq=9)
    state = store.accounts()[0]
    assert (state.spent, state.held, state.leased) == (120, 0, 0)
    assert store.seq_of("w1") == 9


def test_a_report_that_comes_twice_posts_once(store: BudgetStore) -> None:
    epoch = store.start_life("w1", {}, after_seq=0, seq=0)
    store.report(ask("w1", epoch, 1, 500))
    report = Report("w1", epoch, 2, 3, [Entry("a", 200, 0, 0)], [], [])
    store.report(report)
    store.report(report)
    assert store.accounts()[0].spent == 200


def test_workers_at_once_are_granted_no_more_than_there_is(store: BudgetStore) -> None:
    workers = [f"w{number}" for number in range(6)]
    epochs = {name: store.start_life(name, {}, after_seq=0, seq=0) for name in workers}
    granted: list[int] = []

    def work(name: str) -> None:
        held = 0
        for number in range(1, 30):
            report = Report(
                name,
                epochs[name],
                number,
                0,
                [Entry("a", 0, held, 0)],
                [Request(number, {"a": 10})],
                [opening(amount=500)],
            )
            if store.report(report).granted:
                held += 10
        granted.append(held)

    threads = [threading.Thread(target=work, args=(name,)) for name in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 500


def test_a_rolling_budget_counts_what_the_days_before_spent(store: BudgetStore) -> None:
    epoch = store.start_life("w1", {}, after_seq=0, seq=0)
    first = opening("day-1", 100, rolling=True)
    second = opening("day-2", 100, rolling=True, before=("day-1",))
    store.report(Report("w1", epoch, 1, 0, [Entry("day-1", 0, 0, 0)], [Request(1, {"day-1": 70})], [first]))
    store.report(Report("w1", epoch, 2, 1, [Entry("day-1", 65, 0, 0)], [], []))
    entry = [Entry("day-1", 65, 0, 0), Entry("day-2", 0, 0, 0)]
    answer = store.report(Report("w1", epoch, 3, 1, entry, [Request(2, {"day-2": 36})], [second]))
    assert answer.refused == {2: "day-2"}
    assert store.report(Report("w1", epoch, 4, 1, entry, [Request(3, {"day-2": 35})], [])).granted == [3]


def test_what_is_left_rolls_over(store: BudgetStore) -> None:
    epoch = store.start_life("w1", {}, after_seq=0, seq=0)
    store.report(
        Report("w1", epoch, 1, 0, [Entry("may", 0, 0, 0)], [Request(1, {"may": 40})], [opening("may", 100)])
    )
    store.report(Report("w1", epoch, 2, 1, [Entry("may", 40, 0, 0)], [], []))
    june = opening("june", 100, roll_over=True, before=("may",))
    answer = store.report(
        Report("w1", epoch, 3, 1, [Entry("june", 0, 0, 0)], [Request(2, {"june": 160})], [june])
    )
    assert answer.granted == [2]
    assert [state.rolled_over for state in store.accounts() if state.id == "june"] == [60]


def test_an_older_estate_does_not_change_an_amount(store: BudgetStore) -> None:
    epoch = store.start_life("w1", {}, after_seq=0, seq=0)
    send: Callable[[int, int, int], object] = lambda number, amount, revision: store.report(  # noqa: E731
        Report("w1", epoch, number, 0, [Entry("a", 0, 0, 0)], [], [opening(amount=amount, revision=revision)])
    )
    send(1, 100, 5)
    send(2, 50, 4)
    assert store.accounts()[0].limit == 100
    send(3, 70, 6)
    assert store.accounts()[0].limit == 70


def test_a_silent_worker_keeps_what_it_has_and_is_named_in_doubt(store: BudgetStore, clock: Clock) -> None:
    first = store.start_life("w1", {}, after_seq=0, seq=0)
    second = store.start_life("w2", {}, after_seq=0, seq=0)
    store.report(ask("w1", first, 1, 80, amount=100))
    clock.us += 6_000_000
    answer = store.report(ask("w2", second, 1, 30, amount=100))
    assert answer.refused == {1: "a"}
    assert answer.standings[0].in_doubt == 80
