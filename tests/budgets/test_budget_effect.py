"""What budgets would have meant for the past, by hours that the engine adds up."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from ledger_data import NOON, Feed, event, open_ledger

from bursar.budgets.effect import run_outs
from bursar.estate.budgets import Budget, Period
from bursar.estate.scope import Scope
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
DOLLAR = 10**12
END = InstantUs(NOON + 3 * DAY_US)
START = InstantUs(NOON - 30 * DAY_US)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Three dollars a day at noon for three days: two of search, one of ads."""
    ledger = open_ledger(tmp_path)
    feed = Feed(ledger)
    for day in range(3):
        at = NOON + day * DAY_US
        for number, team in enumerate(("search", "search", "ads")):
            feed.send(event(day * 10 + number, started_at_us=at + number, team=team, cost_pico=DOLLAR))
    yield ledger
    ledger.close()


def found(ledger: Ledger, budget: Budget) -> list[tuple[str, int, int]]:
    outs, _ = run_outs(ledger, [budget], {}, start=START, end=END)
    return [(one.value, (one.at - NOON) // HOUR_US, one.used // DOLLAR) for one in outs]


def test_a_budget_runs_out_in_the_hour_that_goes_over(ledger: Ledger) -> None:
    once = Period(from_="2020-01-01", to="2100-01-01")
    assert found(ledger, Budget(name="b", amount="9", period=once)) == []
    assert found(ledger, Budget(name="b", amount="8", period=once)) == [("", 48, 9)]
    assert found(ledger, Budget(name="b", amount="3", period=once)) == [("", 24, 9)]


def test_each_value_runs_out_by_itself(ledger: Ledger) -> None:
    daily = Budget(name="b", amount="1", each="team", period="day")
    assert found(ledger, daily) == [("search", 0, 2), ("search", 24, 2), ("search", 48, 2)]


def test_a_scope_counts_only_its_calls(ledger: Ledger) -> None:
    once = Period(from_="2020-01-01", to="2100-01-01")
    assert found(ledger, Budget(name="b", amount="2", period=once, scope=Scope(team="a*"))) == [("", 48, 3)]


def test_a_rolling_budget_looks_at_the_last_days(ledger: Ledger) -> None:
    assert found(ledger, Budget(name="b", amount="5", period=Period(rolling_days=1))) == []
    assert found(ledger, Budget(name="b", amount="5", period=Period(rolling_days=2))) == [("", 24, 6)]


def test_what_the_ledger_cannot_tell_is_named(ledger: Ledger) -> None:
    budget = Budget(name="b", amount="1", scope=Scope(tier="frontier"))
    assert run_outs(ledger, [budget], {}, start=START, end=END) == ([], ["b"])
