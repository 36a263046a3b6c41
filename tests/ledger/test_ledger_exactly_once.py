"""Whatever is delivered, however often and in whatever pieces: each call is stored once, or refused aloud."""

import threading
from concurrent.futures import Future, wait
from pathlib import Path

import duckdb
import pytest
from ledger_data import NOON, Feed, event, open_ledger

from bursar.ledger.calls import CallsQuery
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery, UsageRow
from bursar.ledger.writer import Receipt, SequenceGap, SequenceReused
from bursar.vocab.errors import Unavailable
from bursar.vocab.event import INTERRUPTED, Batch, Event, encode_events
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import Usage

ALWAYS = {"start": InstantUs(0), "end": InstantUs(2**52)}


def total(ledger: Ledger) -> UsageRow:
    return ledger.usage(UsageQuery(**ALWAYS)).total


def ids(ledger: Ledger) -> list[str]:
    return [stored.event.call_id for stored in ledger.calls(CallsQuery(**ALWAYS, limit=1000)).calls]


def all_ok(ledger: Ledger) -> bool:
    return all(fact.state == "ok" for fact in ledger.checks())


def test_a_batch_that_comes_again_is_answered_and_not_stored_again(ledger: Ledger, feed: Feed) -> None:
    first = feed.send(event(1), event(2))
    again = feed.deliver(feed.sent[0])
    assert (first.stored, first.skipped, first.high_water) == (2, 0, 2)
    assert (again.stored, again.skipped, again.high_water) == (0, 2, 2)
    assert total(ledger).figures["calls"] == 2


def test_of_a_batch_that_overlaps_only_the_rest_is_stored(ledger: Ledger, feed: Feed) -> None:
    events = [event(number) for number in range(5)]
    feed.send(*events[:3])
    receipt = feed.deliver(
        Batch(worker="worker-0", seq_first=2, seq_last=5, groups=[encode_events(events[1:])])
    )
    assert (receipt.stored, receipt.skipped, receipt.high_water) == (2, 2, 5)
    assert sorted(ids(ledger)) == sorted(each.call_id for each in events)
    assert all_ok(ledger)


def test_a_gap_is_refused_and_the_next_number_named(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1))
    feed.seq = 7
    with pytest.raises(SequenceGap) as refused:
        feed.send(event(2))
    assert refused.value.facts["expected"] == 2
    assert total(ledger).figures["calls"] == 1


def test_a_worker_that_is_not_known_begins_with_one(feed: Feed) -> None:
    feed.seq = 1
    with pytest.raises(SequenceGap) as refused:
        feed.send(event(1))
    assert refused.value.facts["expected"] == 1


def test_other_calls_under_numbers_that_were_used_are_refused(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1), event(2))
    impostor = Feed(ledger)
    with pytest.raises(SequenceReused, match="new worker name"):
        impostor.send(event(3), event(4), event(5))
    assert len(ids(ledger)) == 2


def test_workers_are_counted_apart(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1), event(2))
    Feed(ledger, "worker-1").send(event(3))
    marks = {worker.worker: worker.high_water for worker in ledger.workers()}
    assert marks == {"worker-0": 2, "worker-1": 1}


def test_a_call_that_two_workers_deliver_is_stored_once(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1), event(2))
    Feed(ledger, "worker-1").send(event(2), event(3))
    assert total(ledger).figures["calls"] == 3
    assert ledger.counters.dropped == 1
    assert all_ok(ledger)


def test_a_call_that_stands_twice_in_one_batch_is_stored_once(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1), event(1))
    assert len(ids(ledger)) == 1
    assert all_ok(ledger)


def interruption(number: int) -> Event:
    return event(
        number,
        status=INTERRUPTED,
        cost_pico=None,
        cost_list_pico=None,
        usage_source="none",
        usage=Usage(tokens_input=7),
        latency_us=0,
    )


def test_an_interruption_of_a_call_that_is_finished_is_dropped(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1))
    feed.send(interruption(1), interruption(2))
    figures = total(ledger).figures
    assert (figures["calls"], figures["interrupted_calls"]) == (2, 1)
    assert all_ok(ledger)


@pytest.mark.parametrize("rolled", [False, True])
def test_a_finished_record_takes_the_place_of_its_interruption(
    ledger: Ledger, feed: Feed, rolled: bool
) -> None:
    feed.send(interruption(1), interruption(2))
    assert total(ledger).figures["interrupted_calls"] == 2
    if rolled:
        ledger.roll(now=NOON)
    feed.send(event(1))
    found = total(ledger)
    assert found.figures["calls"] == 2
    assert found.figures["interrupted_calls"] == 1
    assert found.figures["unpriced_calls"] == 1
    assert found.figures["cost"] == event(1).cost_pico
    assert found.figures["tokens_input"] == event(1).usage.tokens_input + 7
    stored = ledger.call(event(1).call_id)
    assert stored is not None
    assert stored.event == event(1)
    assert len(ids(ledger)) == 2
    assert all_ok(ledger)
    ledger.rebuild_rollups(now=NOON)
    assert total(ledger) == found


def test_the_finished_record_may_follow_in_the_same_batch(ledger: Ledger, feed: Feed) -> None:
    feed.send(interruption(1), event(1), interruption(1))
    figures = total(ledger).figures
    assert (figures["calls"], figures["interrupted_calls"]) == (1, 0)
    assert len(ids(ledger)) == 1
    assert all_ok(ledger)


def test_batches_that_wait_together_become_one_commit(ledger: Ledger) -> None:
    gate = threading.Event()
    ledger._writer.run(lambda _connection: gate.wait(10))
    feeds = [Feed(ledger, f"worker-{number}") for number in range(4)]
    futures = [
        ledger.submit(feed.batch([event(number * 10 + round_)]), now=NOON)
        for round_ in range(5)
        for number, feed in enumerate(feeds)
    ]
    gate.set()
    wait(futures, timeout=30)
    assert [future.result().stored for future in futures] == [1] * 20
    assert ledger.counters.commits == 1


def test_a_batch_that_is_refused_does_not_hinder_those_it_waits_with(ledger: Ledger) -> None:
    gate = threading.Event()
    ledger._writer.run(lambda _connection: gate.wait(10))
    good, ahead = Feed(ledger, "good"), Feed(ledger, "ahead", seq=3)
    futures = [ledger.submit(feed.batch([event(n)]), now=NOON) for n, feed in enumerate((good, ahead))]
    gate.set()
    assert futures[0].result(10).stored == 1
    with pytest.raises(SequenceGap):
        futures[1].result(10)


def test_a_transaction_that_fails_fails_only_its_own_batch(ledger: Ledger) -> None:
    """A real constraint makes the engine refuse one worker's rows in the middle of a commit."""
    ledger._writer.run(
        lambda connection: connection.execute("CREATE UNIQUE INDEX one_of_a_status ON dropped (status)")
    ).result(10)
    cursed, blessed = Feed(ledger, "cursed"), Feed(ledger, "blessed")
    blessed.send(event(1), event(2))
    gate = threading.Event()
    ledger._writer.run(lambda _connection: gate.wait(10))
    # Two records that are dropped break the index; one event does not.
    futures = [
        ledger.submit(cursed.batch([event(1), event(2)]), now=NOON),
        ledger.submit(blessed.batch([event(3)]), now=NOON),
    ]
    gate.set()
    assert futures[1].result(10).high_water == 3
    with pytest.raises(Unavailable, match="could not store"):
        futures[0].result(10)
    assert total(ledger).figures["calls"] == 3


def test_a_sender_that_has_left_is_not_waited_for(ledger: Ledger, feed: Feed) -> None:
    gate = threading.Event()
    ledger._writer.run(lambda _connection: gate.wait(10))
    future: Future[Receipt] = ledger.submit(feed.batch([event(1)]), now=NOON)
    assert future.cancel()
    gate.set()
    assert feed.deliver(feed.sent[0]).stored == 1


def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    Feed(ledger).send(event(1), event(2))
    before = total(ledger)
    ledger.close()
    ledger = open_ledger(tmp_path)
    assert total(ledger) == before
    with pytest.raises(SequenceGap):
        Feed(ledger, seq=5).send(event(3))
    assert Feed(ledger, seq=2).send(event(3)).stored == 1
    ledger.close()
    with pytest.raises(Unavailable):
        ledger.submit(Batch(worker="w", seq_first=1, seq_last=1, groups=[]), now=NOON)


def test_more_than_the_queue_holds_is_refused_for_now(
    ledger: Ledger, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bursar.ledger.writer.QUEUE_LIMIT_BYTES", 100)
    with pytest.raises(Unavailable, match="send this batch again"):
        feed.send(event(1))


def test_nothing_waits_for_a_writer_that_is_gone(ledger: Ledger, feed: Feed) -> None:
    def fatal(_connection: duckdb.DuckDBPyConnection) -> None:
        raise duckdb.FatalException("the database has been invalidated")

    with pytest.raises(duckdb.FatalException):
        ledger._writer.run(fatal).result(10)
    assert ledger.broken is not None
    with pytest.raises(Unavailable, match="invalidated"):
        feed.send(event(1))
