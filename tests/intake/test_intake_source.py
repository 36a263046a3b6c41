"""A source numbers its events, sends what the ledger lacks, and may be read again from the start."""

from collections.abc import Iterator

import pytest

from bursar.intake import GROUP_EVENTS, Source
from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import Batch, Event, decode_events


def events(first: int, count: int) -> list[Event]:
    return [
        Event(call_id=f"call-{number}", started_at_us=number, finished_at_us=number)
        for number in range(first, first + count)
    ]


def ids(batch: Batch | None) -> Iterator[str]:
    assert batch is not None
    return (each.call_id for group in batch.groups for each in decode_events(group))


def test_batches_follow_each_other() -> None:
    source = Source("history")
    first = source.batch(events(0, GROUP_EVENTS + 1), {})
    second = source.batch(events(GROUP_EVENTS + 1, 2), {})
    assert first is not None
    assert second is not None
    assert (first.worker, first.seq_first, first.seq_last) == ("history", 1, GROUP_EVENTS + 1)
    assert [len(decode_events(group)) for group in first.groups] == [GROUP_EVENTS, 1]
    assert (second.seq_first, second.seq_last) == (GROUP_EVENTS + 2, GROUP_EVENTS + 3)
    assert [*ids(first), *ids(second)] == [f"call-{number}" for number in range(GROUP_EVENTS + 3)]


def test_what_the_ledger_has_is_numbered_and_not_sent() -> None:
    source = Source("history")
    source.confirm(5)
    assert source.batch(events(0, 3), {}) is None
    assert source.batch(events(3, 2), {}) is None
    assert source.batch([], {}) is None
    straddling = source.batch(events(5, 2), {})
    assert straddling is not None
    assert straddling.seq_first == 6


def test_a_batch_that_the_ledger_has_in_part_is_sent_whole() -> None:
    source = Source("history")
    source.confirm(2)
    batch = source.batch(events(0, 3), {})
    assert list(ids(batch)) == ["call-0", "call-1", "call-2"]


def test_each_rate_card_goes_with_the_first_batch_that_is_sent_after_it_came() -> None:
    source = Source("history")
    source.confirm(1)
    assert source.batch(events(0, 1), {"a": b"1"}) is None
    sent = [source.batch(events(n, 1), cards) for n, cards in ((1, {"a": b"1"}), (2, {"a": b"1", "b": b"2"}))]
    assert [batch.cards if batch else None for batch in sent] == [{"a": b"1"}, {"b": b"2"}]


def test_a_source_has_a_name() -> None:
    with pytest.raises(InvalidInput):
        Source("")
