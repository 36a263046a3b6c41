"""POST /internal/v1/events: what a worker hears, and that what was acknowledged is seen at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest
import zstandard
from fastapi.testclient import TestClient
from ledger_data import Feed, event, packed

from bursar.vocab.event import Batch

INTERNAL = {"authorization": "Bearer internal-secret", "content-encoding": "zstd"}


def post(api: TestClient, body: bytes) -> httpx.Response:
    return api.post("/internal/v1/events", content=body, headers=INTERNAL)


def calls(api: TestClient) -> int:
    total: dict[str, Any] = api.get("/api/v1/usage").json()["total"]
    return int(total["calls"])


def test_what_is_acknowledged_is_visible_at_once(api: TestClient, api_feed: Feed) -> None:
    for number in range(5):
        reply = post(api, packed(api_feed.batch([event(number)])))
        assert reply.status_code == 200
        assert reply.json() == {"high_water": number + 1, "stored": 1, "skipped": 0, "dead_letters": 0}
        assert calls(api) == number + 1


def test_a_batch_that_comes_again_is_acknowledged_again(api: TestClient, api_feed: Feed) -> None:
    body = packed(api_feed.batch([event(1), event(2)]))
    post(api, body)
    assert post(api, body).json() == {"high_water": 2, "stored": 0, "skipped": 2, "dead_letters": 0}
    assert calls(api) == 2


def test_a_gap_names_the_number_to_send(api: TestClient, api_feed: Feed) -> None:
    api_feed.seq = 4
    reply = post(api, packed(api_feed.batch([event(1)])))
    assert reply.status_code == 409
    assert (reply.json()["code"], reply.json()["expected"]) == ("sequence_gap", 1)


def test_numbers_that_were_used_for_other_calls_are_a_conflict(api: TestClient, api_feed: Feed) -> None:
    post(api, packed(api_feed.batch([event(1)])))
    api_feed.seq = 0
    reply = post(api, packed(api_feed.batch([event(2)])))
    assert reply.status_code == 409
    assert reply.json()["code"] == "sequence_reused"
    assert "expected" not in reply.json()


@pytest.mark.parametrize(
    "body",
    [b"", b"not zstd", zstandard.compress(b"not msgpack"), zstandard.compress(msgspec.msgpack.encode({}))],
)
def test_an_envelope_that_cannot_be_read_takes_nothing(api: TestClient, body: bytes) -> None:
    reply = post(api, body)
    assert (reply.status_code, reply.json()["code"]) == (400, "batch_unreadable")
    assert api.get("/api/v1/ledger/workers").json() == {"workers": []}


def test_events_that_cannot_be_read_are_taken_over_and_counted(api: TestClient) -> None:
    batch = Batch(worker="w", seq_first=1, seq_last=2, groups=[msgspec.msgpack.encode([[1], "event"])])
    reply = post(api, packed(batch))
    assert reply.json() == {"high_water": 2, "stored": 0, "skipped": 0, "dead_letters": 2}
    facts = {fact["name"]: fact for fact in api.get("/api/v1/doctor").json()["facts"]}
    assert facts["no_dead_letters"]["state"] == "attention"
    assert facts["no_dead_letters"]["found"]["count"] == 2


def test_a_bomb_does_not_go_off(api: TestClient) -> None:
    reply = post(api, zstandard.compress(bytes(65 << 20)))
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


def test_workers_that_send_at_once_are_all_heard(api: TestClient, api_feed: Feed) -> None:
    feeds = [Feed(api_feed.ledger, f"worker-{number}") for number in range(8)]
    bodies = [
        packed(feed.batch([event(number * 100 + n) for n in range(20)])) for number, feed in enumerate(feeds)
    ]
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda body: post(api, body), bodies))
    assert [reply.json()["stored"] for reply in replies] == [20] * 8
    assert calls(api) == 160


def test_the_ledgers_numbers_are_there_for_prometheus(api: TestClient, api_feed: Feed) -> None:
    api_feed.worker = 'odd "worker"\n\\'
    post(api, packed(api_feed.batch([event(1), event(2)])))
    reply = api.get("/metrics")
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = reply.text.splitlines()
    assert "bursar_ledger_events_total 2.0" in lines
    assert 'bursar_ledger_high_water{worker="odd \\"worker\\"\\n\\\\"} 2' in lines
    named = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(named) == len(set(named)) >= 10
