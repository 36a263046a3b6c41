"""Each threshold is crossed once in its period, whatever happens in between: pure, over any history."""

from collections.abc import Sequence

import pytest
from alert_worlds import BEGINS, ENDS, NOW, USD, account, budget
from hypothesis import given
from hypothesis import strategies as st

from bursar.alerts.crossing import Crossing, CrossingKey, Known, evaluate, lifted
from bursar.budgets.account import AccountState
from bursar.estate.budgets import Budget, Notify, Stop
from bursar.estate.parse import parse
from bursar.vocab.instant import InstantUs, parse_instant

DAY_US = 86_400_000_000


def declared(*documents: dict[str, object]) -> dict[str, Budget]:
    found = [item.document for item in parse((), documents).documents]
    return {each.name: each for each in found if isinstance(each, Budget)}


def noted(crossings: Sequence[Crossing]) -> list[Known]:
    return [
        Known(alert=str(number), key=each.key, round=each.round, granted=each.granted)
        for number, each in enumerate(crossings)
    ]


def crossed(*accounts: AccountState, budgets: dict[str, Budget], known: Sequence[Known] = ()) -> list[int]:
    return [each.percent for each in evaluate(accounts, budgets, {}, known, NOW)]


def test_a_threshold_is_crossed_when_it_is_reached_to_the_picodollar() -> None:
    budgets = declared(budget())
    assert crossed(account(0, spent=80 * USD - 1), budgets=budgets) == []
    assert crossed(account(80), budgets=budgets) == [80]


def test_a_budget_of_nothing_is_reached_by_the_first_picodollar() -> None:
    budgets = declared(budget(amount="0"))
    assert crossed(account(0, amount=0, limit=0), budgets=budgets) == []
    assert crossed(account(0, amount=0, limit=0, spent=1), budgets=budgets) == [80]


def test_the_lowest_threshold_comes_first_and_one_written_twice_is_one_with_all_its_steps() -> None:
    thresholds = [{"at": 90, "steps": [{"do": "stop"}]}, {"at": 50}, {"at": 90, "steps": [{"do": "notify"}]}]
    found = evaluate([account(95)], declared(budget(thresholds=thresholds)), {}, (), NOW)
    assert [(each.percent, each.steps) for each in found] == [(50, (Notify(),)), (90, (Stop(), Notify()))]


def test_a_period_that_is_over_or_has_not_begun_crosses_nothing() -> None:
    budgets = declared(budget())
    assert crossed(account(90, ends_at_us=NOW), budgets=budgets) == []
    assert crossed(account(90, begins_at_us=InstantUs(NOW + 1)), budgets=budgets) == []


def test_a_budget_that_is_no_longer_declared_crosses_nothing() -> None:
    assert crossed(account(90), budgets={}) == []


def test_a_forecast_crosses_by_the_forecast_alone() -> None:
    budgets = declared(budget(thresholds=[{"at": 100, "on": "forecast"}]))
    spent = account(99)
    assert evaluate([spent], budgets, {}, (), NOW) == []
    (crossing,) = evaluate([spent], budgets, {spent.id: 120 * USD}, (), NOW)
    assert (crossing.measure, crossing.forecast) == ("forecast", 120 * USD)


def test_a_grant_lifts_a_forecast_only_once_there_is_a_forecast_again() -> None:
    """After a restart no rhythm is known for a moment: that says nothing of what was granted."""
    budgets = declared(budget(thresholds=[{"at": 100, "on": "forecast"}]))
    (crossing,) = evaluate([account(70)], budgets, {account(70).id: 120 * USD}, (), NOW)
    known = noted([crossing])
    granted = account(70, granted=10 * USD, limit=110 * USD)
    assert lifted([granted], budgets, {}, known, NOW) == []
    assert lifted([granted], budgets, {granted.id: 120 * USD}, known, NOW) == []
    assert lifted([granted], budgets, {granted.id: 109 * USD}, known, NOW) == known


def test_what_counts_of_a_rolling_budget_began_with_the_first_day_of_its_window() -> None:
    budgets = declared(budget(period={"rolling_days": 7, "timezone": "Europe/Berlin"}))
    today = parse_instant("2026-11-19T23:00:00Z")  # midnight in Berlin
    (crossing,) = evaluate([account(80, begins_at_us=today, ends_at_us=None)], budgets, {}, (), NOW)
    assert crossing.begins_at_us == parse_instant("2026-11-13T23:00:00Z")


def test_one_value_of_a_split_budget_has_a_scope_of_its_own_and_a_wildcard_in_it_stands_for_itself() -> None:
    budgets = declared(budget(scope={"environment": "production"}, each="tag:tenant"))
    (plain, odd) = evaluate([account(90, value="acme"), account(90, value="a*")], budgets, {}, (), NOW)
    assert (plain.scope.environment, plain.scope.tags) == ("production", {"tenant": "acme"})
    assert odd.scope.tags == {"tenant": "a[*]"}


def test_a_rolling_budget_is_crossed_once_in_each_length_of_its_period() -> None:
    budgets = declared(budget(period={"rolling_days": 7}))
    known: list[Known] = []
    counts = []
    for day in range(21):
        now = InstantUs(BEGINS + day * DAY_US)
        moving = account(90, begins_at_us=InstantUs(now - 7 * DAY_US), ends_at_us=None)
        found = evaluate([moving], budgets, {}, known, now)
        known += noted(found)
        counts.append(len(found))
    assert sum(counts) == 4  # 21 days touch four windows of 7 days that begin on Thursdays
    assert max(counts) == 1


def test_a_grant_lifts_what_it_took_below_and_the_next_crossing_is_a_new_one() -> None:
    budgets = declared(budget())
    first = evaluate([account(85)], budgets, {}, (), NOW)
    known = noted(first)
    granted = account(85, limit=150 * USD, granted=50 * USD)
    (gone,) = lifted([granted], budgets, {}, known, NOW)
    assert gone.key == first[0].key
    after = [Known(alert="0", key=gone.key, round=0, granted=0, lifted=True)]
    assert evaluate([granted], budgets, {}, after, NOW) == []
    (again,) = evaluate([account(125, limit=150 * USD, granted=50 * USD)], budgets, {}, after, NOW)
    assert (again.round, again.granted) == (1, 50 * USD)


def test_a_limit_that_moves_by_itself_lifts_nothing() -> None:
    budgets = declared(budget())
    known = noted(evaluate([account(85)], budgets, {}, (), NOW))
    assert lifted([account(85, limit=150 * USD)], budgets, {}, known, NOW) == []


@given(
    steps=st.lists(st.integers(0, 40), min_size=1, max_size=30),
    ats=st.lists(st.integers(1, 150), min_size=1, max_size=5, unique=True),
    forgets=st.sets(st.integers(0, 29)),
)
def test_each_crossing_comes_once_at_the_first_look_that_could_see_it(
    steps: list[int], ats: list[int], forgets: set[int]
) -> None:
    """The store is all that is remembered; an evaluator that restarts (`forgets`) reads it anew."""
    budgets = declared(budget(thresholds=[{"at": at} for at in ats]))
    store: dict[tuple[CrossingKey, int], Known] = {}
    known: list[Known] = []
    seen: dict[int, int] = {}
    spent = 0
    for turn, step in enumerate(steps):
        spent += step
        if turn in forgets:
            known = list(store.values())
        for crossing in evaluate([account(spent)], budgets, {}, known, NOW):
            assert (crossing.key, crossing.round) not in store
            seen[crossing.percent] = spent
            (note,) = noted([crossing])
            store[crossing.key, crossing.round] = note
            known.append(note)
    totals = [sum(steps[: n + 1]) for n in range(len(steps))]
    assert seen == {at: next(t for t in totals if t >= at) for at in ats if totals[-1] >= at}


@given(spends=st.lists(st.integers(0, 60), min_size=1, max_size=20), order=st.randoms(use_true_random=False))
def test_two_evaluators_and_an_insert_or_nothing_send_each_crossing_once(
    spends: list[int], order: object
) -> None:
    """Each looks at what it last read of the store; the unique key decides who sends."""
    budgets = declared(budget(thresholds=[{"at": at} for at in (50, 80, 100)]))
    store: dict[tuple[CrossingKey, int], Known] = {}
    views: list[list[Known]] = [[], []]
    sent: list[int] = []
    spent = 0
    for step in spends:
        spent += step
        for which in order.sample([0, 1], 2):  # type: ignore[attr-defined]
            if order.random() < 0.5:  # type: ignore[attr-defined]
                views[which] = list(store.values())
            for crossing in evaluate([account(spent)], budgets, {}, views[which], NOW):
                if (crossing.key, crossing.round) not in store:
                    store[crossing.key, crossing.round] = noted([crossing])[0]
                    sent.append(crossing.percent)
    assert sorted(sent) == [at for at in (50, 80, 100) if spent >= at]


@pytest.mark.parametrize("now", [BEGINS, InstantUs(ENDS - 1)])
def test_the_first_and_the_last_instant_belong_to_the_period(now: InstantUs) -> None:
    assert len(evaluate([account(90)], declared(budget()), {}, (), now)) == 1
