"""Rollups come forward by themselves, are merged, can be made anew, and never change an answer."""

import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ledger_data import DAY_US, HOUR_US, NOON, Feed, event, open_ledger

from bursar.ledger import rollups
from bursar.ledger.dimensions import dimension
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery, UsageRow
from bursar.vocab.instant import InstantUs


def scalar(ledger: Ledger, question: str) -> Any:
    return ledger._writer.run(lambda connection: connection.execute(question).fetchall()[0][0]).result(10)


def answer(ledger: Ledger) -> tuple[list[UsageRow], UsageRow]:
    by = (dimension("team"), dimension("model"))
    found = ledger.usage(UsageQuery(start=InstantUs(0), end=InstantUs(2**52), by=by, grain="hour"))
    return found.rows, found.total


def test_enough_events_are_rolled_by_themselves(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, roll_after_events=5)
    feed = Feed(ledger)
    feed.send(event(1), event(2))
    assert scalar(ledger, "SELECT count(*) FROM rollup_hour") == 0
    feed.send(event(3), event(4), event(5))
    assert scalar(ledger, "SELECT sum(calls)::INT FROM rollup_hour") == 5
    assert scalar(ledger, "SELECT sum(calls)::INT FROM rollup_day") == 5
    ledger.close()


def test_few_events_are_rolled_after_a_while(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, roll_after_s=0.05)
    Feed(ledger).send(event(1))
    deadline = time.monotonic() + 10
    while ledger.counters.rolls == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert scalar(ledger, "SELECT count(*) FROM rollup_day") == 1
    ledger.close()


def test_merging_changes_no_answer(ledger: Ledger, feed: Feed) -> None:
    for round_ in range(4):
        feed.send(*(event(round_ * 10 + n, first_token_us=1000 * n) for n in range(6)))
        ledger.roll(now=NOON)
    feed.send(event(100, started_at_us=NOON + DAY_US))
    ledger.roll(now=NOON)
    before = answer(ledger)
    rows = scalar(ledger, "SELECT count(*) FROM rollup_hour")
    assert ledger.compact_rollups() == 2, "one hour and one day were scattered"
    assert scalar(ledger, "SELECT count(*) FROM rollup_hour") < rows
    assert scalar(ledger, "SELECT count(*) FROM histogram_hour") == scalar(
        ledger, "SELECT count(*) FROM rollup_hour"
    )
    assert answer(ledger) == before
    assert ledger.compact_rollups() == 0
    assert {fact.state for fact in ledger.checks()} == {"ok"}


def test_merging_comes_by_itself_after_many_rolls(
    ledger: Ledger, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bursar.ledger.writer._COMPACT_EVERY_ROLLS", 3)
    for number in range(3):
        feed.send(event(number, team="one", model="m", use_case="u"))
        ledger.roll(now=NOON)
    assert scalar(ledger, "SELECT count(*) FROM rollup_day") == 1


def test_a_rebuild_gives_the_same_answers(ledger: Ledger, feed: Feed) -> None:
    feed.send(*(event(n, started_at_us=NOON + n * HOUR_US) for n in range(40)))
    ledger.roll(now=NOON)
    feed.send(*(event(n + 50, started_at_us=NOON + n * HOUR_US) for n in range(5)))
    before = answer(ledger)
    ledger.rebuild_rollups(now=NOON)
    assert answer(ledger) == before
    assert scalar(ledger, "SELECT commit_last - commit_rolled FROM ledger_state") == 0


def test_a_roll_that_fails_keeps_nobody_from_storing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(tmp_path, roll_after_events=1)
    feed = Feed(ledger)

    def fails(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("no memory for the rollups")

    monkeypatch.setattr(rollups, "roll", fails)
    assert feed.send(event(1)).stored == 1
    assert feed.send(event(2)).stored == 1
    assert answer(ledger)[1].figures["calls"] == 2
    assert ledger.counters.maintenance_failures == 1, "it is not tried again at once"
    assert ledger.broken is None
    monkeypatch.undo()
    ledger.roll(now=NOON)
    assert {fact.state for fact in ledger.checks()} == {"ok"}
    ledger.close()
