"""What cannot be read is kept and counted; what is older or newer than we are is read."""

from typing import Any

import msgspec
import pyarrow as pa
import pytest
import zstandard
from ledger_data import NOON, Feed, event, packed

from bursar.ledger.columns import integers, money_column
from bursar.ledger.decode import BatchTooLarge, BatchUnreadable, decompress, read_batch, read_rows
from bursar.ledger.ledger import Ledger
from bursar.ledger.usage import UsageQuery
from bursar.vocab.event import Batch, Event, encode_events
from bursar.vocab.instant import InstantUs

ALWAYS = UsageQuery(start=InstantUs(0), end=InstantUs(2**52))


def raw(one: Event) -> list[Any]:
    """An event as plain lists, to be spoiled."""
    values: list[Any] = msgspec.msgpack.decode(msgspec.msgpack.encode(one))
    return values


def spoiled(field: str, value: object) -> list[Any]:
    values = raw(event(1))
    values[Event.__struct_fields__.index(field)] = value
    return values


def batch_of(*events: object, worker: str = "worker-0") -> Batch:
    group = msgspec.msgpack.encode([raw(each) if isinstance(each, Event) else each for each in events])
    return Batch(worker=worker, seq_first=1, seq_last=len(events), groups=[group])


def dead_letters(ledger: Ledger) -> list[tuple[Any, ...]]:
    return ledger._writer.run(
        lambda connection: connection.execute(
            "SELECT worker, seq_first, seq_last, reason, body FROM dead_letters ORDER BY seq_first"
        ).fetchall()
    ).result(10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("call_id", ""),
        ("call_id", 7),
        ("started_at_us", -1),
        ("started_at_us", 2**62),
        ("latency_us", "fast"),
        ("status", "exploded"),
        ("usage_source", "guess"),
        ("cost_pico", 2**63),
        ("cost_pico", 0.5),
        ("team", None),
        ("tags", {"key": 1}),
        ("flags", "flag"),
        ("usage", [-1] * 26),
        ("usage", "lots"),
    ],
)
def test_one_event_that_cannot_be_read_is_kept_and_the_others_are_stored(
    ledger: Ledger, feed: Feed, field: str, value: object
) -> None:
    bad = spoiled(field, value)
    receipt = feed.deliver(batch_of(event(2), bad, event(3)))
    assert (receipt.high_water, receipt.stored, receipt.dead_letters) == (3, 2, 1)
    assert ledger.usage(ALWAYS).total.figures["calls"] == 2
    ((worker, first, last, reason, body),) = dead_letters(ledger)
    assert (worker, first, last) == ("worker-0", 2, 2)
    assert reason
    assert msgspec.msgpack.decode(body) == bad
    feed.seq = 3
    assert feed.send(event(4)).stored == 1
    states = {fact.name: fact.state for fact in ledger.checks()}
    assert states.pop("no_dead_letters") == "attention"
    assert set(states.values()) == {"ok"}


@pytest.mark.parametrize(
    "groups",
    [
        [b"\xc1 is never used by msgpack"],
        [b""],
        [msgspec.msgpack.encode("text")],
        [encode_events([event(1)])],
        [],
    ],
)
def test_a_batch_whose_events_cannot_be_told_apart_is_kept_whole(
    ledger: Ledger, feed: Feed, groups: list[bytes]
) -> None:
    batch = Batch(worker="worker-0", seq_first=1, seq_last=5, groups=groups)
    receipt = feed.deliver(batch)
    assert (receipt.high_water, receipt.stored, receipt.dead_letters) == (5, 0, 1)
    ((_, first, last, _, body),) = dead_letters(ledger)
    assert (first, last) == (1, 5)
    assert msgspec.msgpack.decode(body, type=Batch) == batch
    assert feed.deliver(batch).dead_letters == 0, "what is kept is not kept twice"
    assert len(dead_letters(ledger)) == 1


def test_an_event_of_an_older_version_takes_the_defaults() -> None:
    late = Event.__struct_fields__.index("budgets")
    short = raw(event(1))[:late]
    shorter_usage = raw(event(2))
    place = Event.__struct_fields__.index("usage")
    shorter_usage[place] = shorter_usage[place][:-2]
    delivery = read_rows(batch_of(short, shorter_usage))
    assert not delivery.dead
    assert delivery.rows[0][late:] == ("", None, None)
    assert len(delivery.rows[1][place]) == 26


def test_an_event_of_a_newer_version_is_read_without_what_is_new() -> None:
    delivery = read_rows(batch_of([*raw(event(1)), "new field"], event(2)))
    assert not delivery.dead
    assert [row[0] for row in delivery.rows] == [event(1).call_id, event(2).call_id]


def test_every_field_comes_back_as_it_was_sent(ledger: Ledger, feed: Feed) -> None:
    odd = event(
        1,
        team="größe \x00 \U0001f600",
        tags={"cost-centre": "4711", "": "empty", "ü": ""},
        flags=["client_disconnected", "usage_injected"],
        cost_pico=2**63 - 1,
        cost_list_pico=-(2**63),
        first_token_us=0,
        streamed=True,
        http_status=599,
    )
    feed.send(odd, event(2, cost_pico=None, cost_list_pico=None, first_token_us=None))
    for sent in (odd, event(2, cost_pico=None, cost_list_pico=None, first_token_us=None)):
        stored = ledger.call(sent.call_id)
        assert stored is not None
        assert stored.event == sent
    assert (stored.worker, stored.seq, stored.received_at) == ("worker-0", 2, NOON)


def test_money_goes_in_and_comes_out_to_the_picodollar() -> None:
    amounts = [0, 1, -1, 2**63 - 1, -(2**63), 123_456_789_012_345_678]
    column = money_column(amounts)
    assert str(column.type) == "decimal128(38, 12)"
    assert str(column[1].as_py()) == "1E-12"
    assert integers(pa.chunked_array([column, column.slice(2)])) == [*amounts, *amounts[2:]]
    wide = pa.array([2**63 - 1, -(2**70)], pa.decimal128(38, 0))
    assert integers(pa.chunked_array([wide])) == [2**63 - 1, -(2**70)]


def test_the_envelope_is_read_or_refused() -> None:
    batch = batch_of(event(1))
    assert read_batch(decompress(packed(batch))) == batch
    for content in (b"", b"\x80", msgspec.msgpack.encode([1, 2]), msgspec.msgpack.encode({"worker": "w"})):
        with pytest.raises(BatchUnreadable):
            read_batch(content)
    for first, last, worker in ((0, 1, "w"), (2, 1, "w"), (1, 1, ""), (1, 1, "w" * 300)):
        content = msgspec.msgpack.encode(Batch(worker=worker, seq_first=first, seq_last=last, groups=[]))
        with pytest.raises(BatchUnreadable, match="seq_first"):
            read_batch(content)


def test_a_bomb_is_stopped_at_the_limit() -> None:
    bomb = zstandard.compress(bytes(50 << 20))
    assert len(bomb) < 10_000
    with pytest.raises(BatchTooLarge, match="fewer events"):
        decompress(bomb, limit_bytes=1 << 20)
    assert len(decompress(bomb, limit_bytes=50 << 20)) == 50 << 20


def test_a_frame_that_wants_too_much_memory_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    greedy = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    frame = greedy.compress(b"x" * (1 << 20)) + greedy.flush()
    with pytest.raises(BatchUnreadable):
        decompress(frame)


@pytest.mark.parametrize("body", [b"", b"hello", packed(batch_of(event(1)))[:-3]])
def test_what_is_no_zstd_frame_is_refused(body: bytes) -> None:
    with pytest.raises(BatchUnreadable):
        read_batch(decompress(body))


def test_values_that_no_column_can_hold_are_set_aside(
    ledger: Ledger, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoding lets a value through that no column can hold; the batch must not come back for ever."""
    monkeypatch.setattr(
        "bursar.ledger.decode._decode_rows", msgspec.msgpack.Decoder(list[tuple[Any, ...]]).decode
    )
    receipt = feed.deliver(batch_of(spoiled("latency_us", "fast")))
    assert (receipt.high_water, receipt.stored, receipt.dead_letters) == (1, 0, 1)
    assert "no column can hold it" in dead_letters(ledger)[0][3]
    feed.seq = 1
    assert feed.send(event(2)).stored == 1


def test_values_that_only_the_engine_refuses_are_set_aside_too(ledger: Ledger, feed: Feed) -> None:
    """A column is made too narrow: the engine refuses the row in the middle of the transaction."""
    narrow = "ALTER TABLE events ALTER bytes_request SET DATA TYPE TINYINT"
    ledger._writer.run(lambda connection: connection.execute(narrow)).result(10)
    receipt = feed.send(event(1, bytes_request=1000))
    assert (receipt.high_water, receipt.stored, receipt.dead_letters) == (1, 0, 1)
    assert "the engine cannot take it" in dead_letters(ledger)[0][3]
    assert feed.send(event(2, bytes_request=7)).stored == 1
