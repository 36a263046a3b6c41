"""The live stream on the product's own server: who is told what, when, and how it goes on and ends."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from ledger_data import Feed as Worker
from ledger_data import event
from principals import limited, with_people
from serving import Stream, following, served, until
from sqlalchemy import Engine

from bursar import directory
from bursar.access import Principal
from bursar.api import feed as feeds
from bursar.api.app import create_app
from bursar.api.feed import Feed
from bursar.api.guard import Tokens
from bursar.api.live import live_json, live_router
from bursar.clock import now_us
from bursar.estate.parse import Source, parse
from bursar.ledger.ledger import Ledger

ADMIN = {"authorization": "Bearer admin-secret"}
SEARCH = limited("viewer", teams=("search",))
BOTS = limited("viewer", products=("bots",))


@dataclass
class Live:
    url: str
    feed: Feed
    over: set[str]  # actors whose session is over

    def follow(
        self, who: Principal | None = None, path: str = "/api/v1/live", **headers: str
    ) -> Iterator[Stream]:
        named = {"x-who": who.actor} if who else {}
        return following(self.url, {**ADMIN, **named, **headers}, path)  # type: ignore[return-value]


@pytest.fixture
def live(api_ledger: Ledger, api_engine: Engine) -> Iterator[Live]:
    over: set[str] = set()
    feed = Feed(
        api_ledger,
        api_engine,
        now=now_us,
        to_json=live_json,
        may_still=lambda who: None if who.actor in over else who,
    )
    app = create_app(
        ledger=api_ledger,
        engine=api_engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=now_us,
        routers=(live_router(feed),),
    )
    with served(with_people(app, SEARCH, BOTS), feed.close) as url:
        yield Live(url, feed, over)


def now_event(number: int, **changes: object) -> object:
    at = now_us()
    return event(number, started_at_us=at, finished_at_us=at, **changes)


def test_a_call_is_told_as_calls_shows_it_within_a_second(live: Live, api_feed: Worker) -> None:
    with live.follow() as stream:
        stored = time.monotonic()
        api_feed.send(now_event(1, team="search"))
        until(stream.calls)
        assert next(each[3] - stored for each in stream.events if each[0] == "calls") < 1.0
        (call,) = stream.calls()
        (shown,) = httpx.get(f"{live.url}/api/v1/calls", headers=ADMIN).json()["calls"]
        assert call == shown
        (hello,) = stream.data("hello")
        assert set(hello) == {"revision", "now", "time_zone"}


def test_each_is_told_only_what_they_may_see(live: Live, api_feed: Worker) -> None:
    with live.follow(SEARCH) as search, live.follow(BOTS) as bots, live.follow() as everyone:
        api_feed.send(
            now_event(1, team="search", product="answers", cost_pico=10**12),
            now_event(2, team="ads", product="bots", cost_pico=2 * 10**12),
            now_event(3, team="ads", product="answers", cost_pico=4 * 10**12),
        )
        until(lambda: len(everyone.calls()) == 3)
        until(lambda: search.calls() and bots.calls())
        for stream, cost in ((search, "1"), (bots, "2"), (everyone, "7")):
            until(lambda s=stream, c=cost: s.data("rate") and s.data("rate")[-1]["today_cost"] == c)
            assert stream.data("rate")[-1]["calls_per_minute"] == len(stream.calls())
        assert {call["team"] for call in search.calls()} == {"search"}
        assert {call["product"] for call in bots.calls()} == {"bots"}
        assert all(data["more"] == 0 for data in (*search.data("calls"), *bots.data("calls")))


def test_a_stream_goes_on_behind_the_last_event_that_came(live: Live, api_feed: Worker) -> None:
    with live.follow() as stream:
        api_feed.send(now_event(1))
        until(stream.calls)
        last = stream.last_id()
    api_feed.send(now_event(2), now_event(3))
    api_feed.send(now_event(4))
    with live.follow(**{"last-event-id": last}) as again:
        until(lambda: len(again.calls()) == 3)
        api_feed.send(now_event(5))
        until(lambda: len(again.calls()) == 4)
        ids = [call["call_id"] for call in again.calls()]
        assert len(set(ids)) == 4
        assert stream.calls()[0]["call_id"] not in ids


@pytest.mark.parametrize("nonsense", ["", "x", "99999999999999999999", "-1", "1e9"])
def test_an_id_that_is_none_begins_now(live: Live, api_feed: Worker, nonsense: str) -> None:
    api_feed.send(now_event(1))
    with live.follow(**{"last-event-id": nonsense}) as stream:
        api_feed.send(now_event(2))
        until(stream.calls)
        assert len(stream.calls()) == 1


def test_more_calls_than_anyone_reads_are_counted(live: Live, api_feed: Worker) -> None:
    with live.follow(SEARCH) as stream:
        api_feed.send(*(now_event(number, team="search") for number in range(500)))
        until(lambda: sum(len(each["calls"]) + each["more"] for each in stream.data("calls")) == 500)
        assert len(stream.calls()) <= feeds.WAITING_MOST


def test_whoever_does_not_read_costs_no_more_than_a_bounded_wait(live: Live, api_feed: Worker) -> None:
    parts = urlsplit(live.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer admin-secret\r\n\r\n")
        until(lambda: len(live.feed) == 1)
        with live.follow() as stream:
            for round_ in range(8):
                api_feed.send(*(now_event(round_ * 200 + number) for number in range(200)))
                until(
                    lambda seen=round_: (
                        sum(len(e["calls"]) + e["more"] for e in stream.data("calls")) >= 200 * seen
                    )
                )
            waiting = [len(each._calls) for each in live.feed._listeners]
            assert max(waiting) <= feeds.WAITING_MOST
    until(lambda: len(live.feed) == 0)


def test_a_session_that_is_over_ends_its_stream_and_no_other(live: Live) -> None:
    with live.follow(SEARCH) as search, live.follow(BOTS) as bots:
        live.over.add(SEARCH.actor)
        until(lambda: search.is_over)
        assert search.data("end") == [{"why": "the session is over"}]
        assert not bots.is_over


def test_whoever_leaves_is_forgotten(live: Live) -> None:
    with live.follow(), live.follow():
        assert len(live.feed) == 2
    until(lambda: len(live.feed) == 0)


def test_too_many_listeners_of_one_person_are_turned_away(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LISTENERS_OF_ONE", 2)
    with live.follow(), live.follow():
        refused = httpx.get(f"{live.url}/api/v1/live", headers=ADMIN)
        assert refused.status_code == 503
        assert "close some" in refused.json()["detail"]
        with live.follow(SEARCH) as other:
            assert other.data("hello")


def test_changes_are_told_to_those_who_may_read_them(live: Live, api_engine: Engine) -> None:
    with live.follow(SEARCH) as stream:
        until(lambda: stream.data("rate"))
        documents = parse([Source(path="e.yaml", text="kind: team\nname: fresh")]).documents
        directory.apply(api_engine, documents, actor="test", now=now_us())
        until(lambda: any("estate" in each["what"] for each in stream.data("changed")))


def test_a_zone_that_is_none_is_refused(live: Live) -> None:
    reply = httpx.get(f"{live.url}/api/v1/live?tz=Europe/Berln", headers=ADMIN)
    assert reply.status_code == 400
    assert "Europe/Berlin" in reply.json()["detail"]


def test_streams_end_when_the_server_stops(api_ledger: Ledger, api_engine: Engine) -> None:
    feed = Feed(api_ledger, api_engine, now=now_us, to_json=live_json)
    app = create_app(
        ledger=api_ledger,
        engine=api_engine,
        tokens=Tokens(admin="admin-secret", internal="internal-secret"),
        now=now_us,
        routers=(live_router(feed),),
    )
    with served(app, feed.close) as url:
        follow = following(url, ADMIN)
        stream = follow.__enter__()
        begun = time.monotonic()
    assert time.monotonic() - begun < 3.0
    until(lambda: stream.is_over)
    assert stream.data("end") == [{"why": "the server stops"}]
    follow.__exit__(None, None, None)
