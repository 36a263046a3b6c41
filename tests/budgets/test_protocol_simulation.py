"""The protocol of budgets, simulated: never overspent, nothing stranded, whatever is lost, late or killed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import simulation
from budgets.simulation import World
from bursar.budgets import book
from bursar.budgets.pot import Pot

LIMITS = {"company": 300, "teams": 260, "search": 120, "answers": 200}
EARLIER = {"company": 140, "answers": 199}


def run(world: World, choose: simulation.Choose, steps: int) -> None:
    for _ in range(steps):
        simulation.step(world, choose)
        world.check()


def finish(world: World) -> None:
    """All calls end; then the counters are the sums of their events and every lease is home."""
    for machine in world.machines:
        machine.paused = False
        machine.waiting.clear()
        for call in list(machine.calls):
            usd, tokens, calls = call.amounts
            machine.end(call, (usd // 2, tokens // 2, calls // 2))
    world.settle()
    world.check()
    world.check_quiet()


@pytest.mark.parametrize("seed", range(150))
def test_a_seeded_run_overspends_nothing_and_strands_nothing(seed: int) -> None:
    choices = random.Random(seed)
    world = World(1 + seed % 5, LIMITS)
    run(world, lambda below: choices.randrange(below), 400)
    finish(world)


@pytest.mark.parametrize("seed", range(80))
def test_what_is_counted_late_is_not_lent_before(seed: int) -> None:
    choices = random.Random(seed)
    world = World(1 + seed % 5, LIMITS, EARLIER)
    run(world, lambda below: choices.randrange(below), 400)
    finish(world)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), workers=st.integers(1, 4))
def test_hypothesis_finds_no_order_of_events_that_overspends(data: st.DataObject, workers: int) -> None:
    world = World(workers, {"company": 60, "search": 25})
    numbers = data.draw(st.lists(st.integers(0, 1 << 16), min_size=0, max_size=600))
    left = iter(numbers)
    for _ in range(120):
        simulation.step(world, lambda below: next(left, 0) % below)
        world.check()
    finish(world)


@pytest.mark.parametrize("seed", range(60))
def test_a_call_that_fits_is_admitted_after_quiet(seed: int) -> None:
    choices = random.Random(seed)
    world = World(2 + seed % 4, LIMITS, EARLIER if seed % 2 else None)
    run(world, lambda below: choices.randrange(below), 300)
    for machine in world.machines:
        machine.waiting.clear()
    world.settle()
    names = tuple(sorted(LIMITS))
    rest = {name: LIMITS[name] - world.used(name) for name in names}
    left = (min(rest["company"], rest["teams"]), rest["search"], rest["answers"])
    if min(left) < 1:
        return
    machine = world.machines[seed % len(world.machines)]
    before = len(machine.calls)
    if not machine.begin(names, left):  # the very last unit of every budget
        world.settle()
    assert len(machine.calls) == before + 1, "money was left and the call was not admitted"
    world.check()


def test_what_does_not_fit_is_refused_and_not_kept_waiting() -> None:
    world = World(3, {"company": 100})
    assert not world.machines[0].begin(("company",), (101, 0, 0))
    world.settle()
    assert world.machines[0].refused == [(("company",), (101, 0, 0))]


def test_a_paused_worker_may_not_spend_after_its_lease_has_ended() -> None:
    world = World(2, {"company": 100})
    first = world.machines[0]
    first.begin(("company",), (10, 0, 0))
    world.settle()
    first.paused = True
    world.pass_time(simulation.LEASE_US + 1)
    first.paused = False
    assert not first.begin(("company",), (1, 0, 0)), "a lease was used after its end"


def test_an_earlier_life_is_fenced_off() -> None:
    world = World(2, {"company": 100})
    machine = world.machines[0]
    machine.begin(("company",), (10, 0, 0))
    stale = machine.report()
    old = machine.purse
    machine.crash()
    answer = world.store.report(stale, world.now_us)
    assert answer.fenced
    old.apply(stale, answer)
    assert old.usable_until_us == 0
    world.check()


def test_a_hold_whose_call_never_ends_expires() -> None:
    world = World(1, {"company": 100})
    machine = world.machines[0]
    machine.begin(("company",), (60, 0, 0))
    world.settle()
    (call,) = machine.calls
    call.hold.expires_at_us = 5
    assert machine.purse.expire(now_us=4) == []
    assert machine.purse.expire(now_us=5) == [call.hold]
    assert machine.purse.expire(now_us=6) == []
    world.exchange(0)
    assert world.store.leases["company", machine.name].held == 0
    machine.end(call, (50, 0, 0))  # it ended after all: what it cost is owed
    world.settle()
    assert world.store.accounts["company"].spent == 50


def test_a_limit_that_is_lowered_takes_back_what_is_free() -> None:
    world = World(1, {"company": 100})
    machine = world.machines[0]
    machine.begin(("company",), (10, 0, 0))
    world.exchange(0)
    world.exchange(0)
    assert machine.purse.wallets["company"].free == 90, "the only worker has all there is"
    world.store.accounts["company"].limit = 30
    world.exchange(0)
    wallet = machine.purse.wallets["company"]
    assert wallet.held + wallet.free == 30
    world.store.accounts["company"].external = 25
    world.exchange(0)
    assert not machine.begin(("company",), (0, 0, 0)), "more was used than there is, so nothing passes"
    assert world.store.accounts["company"].spent == 0


def test_an_account_waits_until_it_is_counted_and_then_lends() -> None:
    world = World(2, {"company": 100}, {"company": 70})
    first = world.machines[0]
    assert not first.begin(("company",), (20, 0, 0))
    assert not first.begin(("company",), (40, 0, 0))
    world.exchange(0)
    assert not first.calls
    assert not first.refused, "what may fit waits"
    assert not first.begin(("company",), (0, 0, 0)), "not even a call that holds nothing passes uncounted"
    world.settle()
    assert [call.amounts for call in first.calls] == [(20, 0, 0), (0, 0, 0)]
    assert first.refused == [(("company",), (40, 0, 0))]


def test_that_another_account_is_used_up_is_said_before_the_count() -> None:
    world = World(2, {"company": 100, "search": 10}, {"company": 70})
    first = world.machines[0]
    first.begin(("company", "search"), (20, 11, 0))
    world.exchange(0)
    assert first.refused == [(("company", "search"), (20, 11, 0))]


def test_a_store_that_lends_before_the_count_is_noticed() -> None:
    choices = random.Random(1)
    world = World(3, LIMITS, EARLIER)
    world.store.uncounted.clear()  # the count is late, and
    for account in world.store.accounts.values():
        account.uncounted = False  # an account begins as if nothing had been spent
    with pytest.raises(AssertionError, match="overspent"):
        run(world, lambda below: choices.randrange(below), 2000)


def test_one_that_was_written_off_and_lives_goes_on_with_its_calls() -> None:
    world = World(2, {"company": 100})
    first, second = world.machines
    first.begin(("company",), (40, 0, 0))
    world.settle()
    (call,) = first.calls
    world.write_off(0, delivered=0)
    world.check()
    assert not second.begin(("company",), (61, 0, 0))
    world.settle()
    assert second.refused, "its call is in flight, so what it holds is nobody else's"
    assert world.store.leases["company", first.name].held == 40
    first.end(call, (35, 0, 0))
    world.settle()
    assert world.store.accounts["company"].spent == 35
    world.check_quiet()


def test_what_is_counted_twice_after_a_write_off_is_noticed() -> None:
    choices = random.Random(1)
    world = World(3, LIMITS)
    world.store.charged = Forgetful()
    with pytest.raises(AssertionError):
        run_to_the_end(world, lambda below: choices.randrange(below))


def run_to_the_end(world: World, choose: simulation.Choose) -> None:
    run(world, choose, 400)
    finish(world)


class Forgetful(dict[str, dict[str, int]]):
    """Write-offs that are not taken back when the worker tells what it spent."""

    def pop(self, *_: object) -> dict[str, int]:  # type: ignore[override]
        return {}


@pytest.mark.parametrize("names", [("company",), ("company", "search")], ids=["its own pot", "another pot"])
def test_what_a_call_cost_beyond_its_hold_is_missed_at_once(names: tuple[str, ...]) -> None:
    world = World(1, {"company": 100, "search": 100})
    machine = world.machines[0]
    for payers in (("company",), ("company", "search")):
        machine.begin(payers, (1, 1, 0))
    world.exchange(0)
    world.exchange(0)
    first = machine.calls[0]
    machine.end(first, (90, 0, 0))
    assert not machine.begin(names, (20, 1, 0)), "ninety of a hundred are used and one is held"
    assert machine.begin(names, (9, 1, 0))


def test_a_pot_that_sets_aside_what_stays_free_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def set_aside(self: Pot, amounts: tuple[int, ...]) -> None:
        self.taken = [taken + amount for taken, amount in zip(self.taken, amounts, strict=True)]
        self.free[:] = [free + amount for free, amount in zip(self.free, amounts, strict=True)]

    monkeypatch.setattr(Pot, "set_aside", set_aside)
    choices = random.Random(1)
    with pytest.raises(AssertionError):
        run(World(3, LIMITS), lambda below: choices.randrange(below), 2000)


def test_a_planted_fault_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that lends what is leased already: the simulation must bite."""
    monkeypatch.setattr(book.Book, "leased", lambda self, account: 0)
    choices = random.Random(1)
    with pytest.raises(AssertionError):
        run(World(3, LIMITS), lambda below: choices.randrange(below), 2000)
