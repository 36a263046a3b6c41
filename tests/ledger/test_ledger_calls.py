"""Single calls and pages of them: newest first, none left out, none twice, whatever comes in meanwhile."""

from typing import Any

import pytest
from ledger_data import NOON, Feed, event

from bursar.ledger.calls import CallsQuery, Position
from bursar.ledger.dimensions import dimension
from bursar.ledger.ledger import Ledger
from bursar.vocab.event import INTERRUPTED
from bursar.vocab.instant import InstantUs

ALWAYS = {"start": InstantUs(0), "end": InstantUs(2**52)}


def all_pages(ledger: Ledger, limit: int) -> list[list[str]]:
    pages = []
    after: Position | None = None
    while True:
        page = ledger.calls(CallsQuery(**ALWAYS, limit=limit, after=after))
        pages.append([stored.event.call_id for stored in page.calls])
        after = page.after
        if after is None:
            return pages


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 100])
def test_pages_hold_every_call_once_newest_first(ledger: Ledger, feed: Feed, limit: int) -> None:
    # Two of them began in the same microsecond.
    events = [event(number, started_at_us=NOON + number // 2) for number in range(7)]
    feed.send(*events)
    pages = all_pages(ledger, limit)
    assert all(len(page) <= limit for page in pages)
    wanted = sorted(events, key=lambda each: (each.started_at_us, each.call_id), reverse=True)
    assert [call for page in pages for call in page] == [each.call_id for each in wanted]


def test_calls_that_come_in_meanwhile_move_nothing(ledger: Ledger, feed: Feed) -> None:
    feed.send(*(event(number * 10) for number in range(6)))
    first = ledger.calls(CallsQuery(**ALWAYS, limit=3))
    feed.send(event(100), event(45), event(5))
    rest = ledger.calls(CallsQuery(**ALWAYS, limit=100, after=first.after))
    assert [stored.event.call_id for stored in rest.calls] == [event(n).call_id for n in (20, 10, 5, 0)]


def test_pages_keep_to_the_span_and_the_filters(ledger: Ledger, feed: Feed) -> None:
    feed.send(*(event(number, team=f"team-{number % 2}", tags={"run": "7"}) for number in range(6)))
    query = CallsQuery(
        start=InstantUs(NOON + 1_000_000),
        end=InstantUs(NOON + 5_000_000),
        filters={dimension("team"): ("team-1",), dimension("tag:run"): ("7",)},
        limit=1,
    )
    page = ledger.calls(query)
    assert [stored.event.call_id for stored in page.calls] == [event(3).call_id]
    page = ledger.calls(CallsQuery(start=query.start, end=query.end, filters=query.filters, after=page.after))
    assert [stored.event.call_id for stored in page.calls] == [event(1).call_id]
    assert page.after is None


def test_an_interruption_that_was_replaced_is_not_listed(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1, status=INTERRUPTED), event(2, status=INTERRUPTED), event(1))
    pages = all_pages(ledger, 1)
    assert [call for page in pages for call in page] == [event(2).call_id, event(1).call_id]


def test_a_call_that_is_not_known_is_none(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1))
    assert ledger.call("nothing like it") is None
    assert ledger.calls(CallsQuery(start=InstantUs(0), end=InstantUs(1))).calls == []


def test_a_rate_card_is_kept_as_it_first_came(ledger: Ledger, feed: Feed) -> None:
    feed.send(event(1), cards={"card#1": b"one", "card#2": b"two"})
    feed.send(event(2), cards={"card#1": b"other"})
    assert ledger.rate_card("card#1") == b"one"
    assert ledger.rate_card("card#2") == b"two"
    assert ledger.rate_card("card#3") is None


def test_calls_are_found_by_words_and_flags(ledger: Ledger, feed: Feed) -> None:
    events = [
        event(1, flags=["unpriced", "usage_injected"], tags={"shard": "blue", "url": "a:b"}, team="reds"),
        event(2, flags=["unpriced"], provider_call_id="chatcmpl-7", model="m-large", product="shop"),
        event(3, key_id="key-9"),
    ]
    feed.send(*events)

    def found(**asked: Any) -> list[str]:
        query = CallsQuery(start=InstantUs(0), end=InstantUs(2**52), **asked)
        return [call.event.call_id for call in ledger.calls(query).calls]

    first, second, third = (each.call_id for each in events)
    assert found(words=first) == [first]
    assert found(words="blue") == [first]
    assert found(words="chatcmpl-7") == [second]
    assert found(words="a label", keys=("key-9",)) == [third]
    assert found(words="usage_injected") == [first]
    assert found(flags=("unpriced",)) == [second, first]
    assert found(flags=("unpriced", "usage_injected")) == [first]
    assert found(words="shard:blue") == found(words="url:a:b") == found(words="reds") == [first]
    assert found(words="m-large") == found(words="shop") == [second]
    assert found(words="shard:") == found(words=":blue") == found(words="shard:red") == found(words=":") == []
    assert found(words="%") == []
