"""Rate limits through a running gateway: who is refused, with what, and when there is room again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from running import SECRET, RunningGateway, estate, key, running_gateway

from bursar.clock import steady_us
from bursar.estate.kinds import Model, Provider
from bursar.estate.limits import Limit
from bursar.estate.routes import ModelRoute, RouteTarget
from bursar.estate.scope import Scope
from bursar.gateway.ask import read_ask
from bursar.gateway.limiting import Places
from bursar.limits.limiter import Limiter
from bursar.simulate import Running, write_directive


def limited(provider: Running, *limits: Limit, **fields: Any) -> Any:
    return estate(provider.url, limits=limits, **fields)


def ask(gateway: RunningGateway, text: str = "hello", secret: str = SECRET, **fields: Any) -> httpx.Response:
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **fields}
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(
        f"{gateway.url}/v1/chat/completions", json=body, headers=headers, trust_env=False, timeout=20
    )


def statuses(gateway: RunningGateway, count: int, **fields: Any) -> list[int]:
    return [ask(gateway, **fields).status_code for _ in range(count)]


def use_clock(gateway: RunningGateway, ahead_us: list[int]) -> None:
    """From now on the gateway's steady clock is ahead by what the list holds."""
    gateway.gateway.places = Places(Limiter(), lambda: steady_us() + ahead_us[0])


def test_calls_over_a_limit_are_a_429_that_says_which_whose_and_when(
    provider: Running, tmp_path: Path
) -> None:
    limit = Limit(
        name="search-fast",
        scope=Scope(team="search"),
        requests_per_minute=2,
        owner="anna",
        reason="the vendor allows us 100.",
    )
    with running_gateway(tmp_path, limited(provider, limit)) as gateway:
        assert statuses(gateway, 2) == [200, 200]
        refused = ask(gateway)
        event = gateway.event(refused.headers["x-bursar-call-id"])
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert 0 < int(refused.headers["retry-after-ms"]) <= 60_000
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limited")
    assert error["message"].startswith(
        "The limit search-fast (the vendor allows us 100) allows team search 2 requests per minute, "
        "and 2 are used. There may be room in "
    )
    assert "ask anna for more" in error["message"]
    facts = {name: error[name] for name in ("rule", "owner", "limit", "used", "left")}
    assert facts == {
        "rule": "limit/search-fast",
        "owner": "anna",
        "limit": "2 requests per minute",
        "used": "2",
        "left": "0",
    }
    assert error["resets_at"].endswith("Z")
    assert (event.status, event.http_status, event.cost_pico) == ("error", 429, 0)
    assert "refused_rate_limited" in event.flags
    assert (event.model, event.team) == ("gpt-4o-mini", "search")


def test_limits_by_tag_and_provider_find_their_calls(provider: Running, tmp_path: Path) -> None:
    snapshot = limited(
        provider,
        Limit(name="tagged", scope=Scope(tags={"squad": "r*"}, provider="mock"), requests_per_minute=1),
        keys=(key(tags={"squad": "red"}), key(id="key_2", secret="bsk_2", tags={"squad": "blue"})),
    )
    with running_gateway(tmp_path, snapshot) as gateway:
        assert statuses(gateway, 2) == [200, 429]
        assert statuses(gateway, 2, secret="bsk_2") == [200, 200]


def test_there_is_room_again_when_60_seconds_have_passed(provider: Running, tmp_path: Path) -> None:
    ahead_us = [0]
    with running_gateway(tmp_path, limited(provider, Limit(name="l", requests_per_minute=2))) as gateway:
        use_clock(gateway, ahead_us)
        assert statuses(gateway, 3) == [200, 200, 429]
        ahead_us[0] = 60_000_000
        assert statuses(gateway, 3) == [200, 200, 429]


def test_only_calls_that_the_scope_speaks_of_are_counted_and_each_value_for_itself(
    provider: Running, tmp_path: Path
) -> None:
    keys = (key(), key(id="key_ads", secret="bsk_ads", team="ads"), key(id="key_3", secret="bsk_3"))
    snapshot = limited(
        provider,
        Limit(name="each-key", each="key", requests_per_minute=2),
        Limit(name="ads", scope=Scope(team="ads"), requests_per_minute=1),
        Limit(name="other", scope=Scope(model="gpt-9*"), requests_per_minute=1),
        keys=keys,
    )
    with running_gateway(tmp_path, snapshot) as gateway:
        assert statuses(gateway, 3) == [200, 200, 429]
        assert statuses(gateway, 2, secret="bsk_ads") == [200, 429]
        assert statuses(gateway, 3, secret="bsk_3") == [200, 200, 429]
        refused = ask(gateway, secret="bsk_ads").json()["error"]
    assert refused["rule"] == "limit/ads"


def test_tokens_are_counted_as_estimated_before_and_as_used_after(provider: Running, tmp_path: Path) -> None:
    limit = Limit(name="l", tokens_per_minute=1000)
    small = write_directive(input=100, output=50)
    with running_gateway(tmp_path, limited(provider, limit)) as gateway:
        answered = [ask(gateway, small, max_tokens=400) for _ in range(6)]
        assert [reply.status_code for reply in answered] == [200] * 4 + [429] * 2
        assert answered[-1].json()["error"]["used"] == "600"
        assert "lower the output maximum" in answered[-1].json()["error"]["message"]
        assert ask(gateway, small, max_tokens=10).status_code == 200
        # Streams count too, and so does a reply that was longer than one could know.
        assert (
            ask(gateway, write_directive(input=900, output=9), max_tokens=20, stream=True).status_code == 200
        )
        assert ask(gateway, small, max_tokens=1).status_code == 429


@pytest.mark.parametrize("most", ["5", 1.5, [], {}, True, 10**30, -4])
def test_an_output_maximum_that_cannot_be_read_is_left_to_the_provider(
    provider: Running, tmp_path: Path, most: Any
) -> None:
    with running_gateway(tmp_path, limited(provider, Limit(name="l", tokens_per_minute=90_000))) as gateway:
        asked = ask(gateway, max_tokens=most)
        body = {"contents": [{"parts": [{"text": "x"}]}], "generationConfig": {"maxOutputTokens": most}}
        gemini = httpx.post(
            f"{gateway.url}/v1beta/models/gemini-2.5-pro:generateContent",
            json=body,
            headers={"x-goog-api-key": SECRET},
            trust_env=False,
        )
    for reply in (asked, gemini):
        assert "x-bursar-call-id" in reply.headers
        assert "Correct that field and try again" not in reply.text  # as the gateway's own refusal would say


def test_the_output_maximum_of_every_wire_is_counted_before_the_call(tmp_path: Path) -> None:
    bodies = [
        ("messages", {"max_tokens": 77}),
        ("chat", {"max_completion_tokens": 77}),
        ("responses", {"max_output_tokens": 77}),
        ("generate_content", {"generationConfig": {"maxOutputTokens": 77, "temperature": 1.5}}),
    ]
    asks = [(name, read_ask(msgspec.json.encode(body), b"application/json")) for name, body in bodies]
    assert [one.output_max(name) for name, one in asks] == [77, 77, 77, 77]
    assert read_ask(b"{}", None).output_max("chat") is None


def test_calls_at_once_are_bounded_and_their_places_come_back(provider: Running, tmp_path: Path) -> None:
    limit = Limit(name="l", concurrent=3)
    slow = write_directive(output=4, latency_ms=1500)
    for stream in (False, True):
        folder = tmp_path / str(stream)
        folder.mkdir()
        with (
            running_gateway(folder, limited(provider, limit)) as gateway,
            ThreadPoolExecutor(8) as pool,
        ):
            replies = list(pool.map(lambda stream: ask(gateway, slow, stream=stream), [stream] * 8))
            assert sorted(reply.status_code for reply in replies) == [200] * 3 + [429] * 5
            refused = next(reply for reply in replies if reply.status_code == 429)
            assert refused.headers["retry-after"] == "1"
            assert refused.json()["error"]["limit"] == "3 calls at the same time"
            assert statuses(gateway, 4) == [200] * 4


@pytest.mark.parametrize("wish", [{"error": "500"}, {"error": "429"}, {"error": "disconnect", "chunks": 3}])
def test_a_call_that_fails_gives_its_place_back(provider: Running, tmp_path: Path, wish: Any) -> None:
    with running_gateway(tmp_path, limited(provider, Limit(name="l", concurrent=1))) as gateway:
        for stream in (False, True):
            try:
                ask(gateway, write_directive(**wish), stream=stream)
            except httpx.RemoteProtocolError:
                assert stream
        assert ask(gateway).status_code == 200


def test_a_client_that_leaves_gives_its_place_back(provider: Running, tmp_path: Path) -> None:
    slow = write_directive(output=400, chunks=40, chunk_ms=20)
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": slow}], "stream": True}
    with running_gateway(
        tmp_path, limited(provider, Limit(name="l", concurrent=1)), disconnect_read_s=0.2
    ) as gateway:
        headers = {"authorization": f"Bearer {SECRET}"}
        url = f"{gateway.url}/v1/chat/completions"
        with httpx.stream("POST", url, json=body, headers=headers, trust_env=False) as reply:
            next(reply.iter_raw())
            assert ask(gateway).status_code == 429
            call_id = reply.headers["x-bursar-call-id"]
        gateway.event(call_id)
        assert ask(gateway).status_code == 200


def test_exactly_as_many_calls_pass_as_may_however_many_come_at_once(
    provider: Running, tmp_path: Path
) -> None:
    limit = Limit(name="l", requests_per_minute=50)
    start = threading.Barrier(20)
    with running_gateway(tmp_path, limited(provider, limit), durability="process") as gateway:

        def some(_: int) -> list[int]:
            start.wait()
            return statuses(gateway, 6)

        with ThreadPoolExecutor(20) as pool:
            found = [status for part in pool.map(some, range(20)) for status in part]
    assert found.count(200) == 50
    assert found.count(429) == 70


def test_a_limit_that_comes_into_force_or_changes_holds_at_once(provider: Running, tmp_path: Path) -> None:
    with running_gateway(tmp_path, estate(provider.url)) as gateway:
        assert statuses(gateway, 3) == [200] * 3
        gateway.use(limited(provider, Limit(name="l", requests_per_minute=1)))
        assert statuses(gateway, 2) == [200, 429]
        gateway.use(limited(provider, Limit(name="l", requests_per_minute=3)))
        assert statuses(gateway, 3) == [200, 200, 429]
        gateway.use(estate(provider.url))
        assert statuses(gateway, 3) == [200] * 3


def test_a_target_whose_limit_is_full_is_left_for_the_next_one(provider: Running, tmp_path: Path) -> None:
    snapshot = msgspec.structs.replace(
        limited(provider, Limit(name="small", scope=Scope(model="one"), requests_per_minute=1)),
        providers=(Provider(name="p", wire="openai", base_url=provider.url, credential="literal:x"),),
        models=(Model(name="one", provider="p"), Model(name="two", provider="p")),
        prices=(),
        routes=(ModelRoute(name="fast", targets=[RouteTarget(model="one"), RouteTarget(model="two")]),),
    )
    ahead_us = [0]
    with running_gateway(tmp_path, snapshot) as gateway:
        use_clock(gateway, ahead_us)
        replies = [ask(gateway, model="fast") for _ in range(2)]
        ahead_us[0] = 60_000_000  # a limit of ours is no fault of the provider: nothing cools down
        replies.append(ask(gateway, model="fast"))
        events = gateway.events()
    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert [event.model for event in events] == ["one", "two", "one"]
    assert "fallback_on_rate_limited" in events[1].flags
    assert "takes no more calls now" in replies[1].headers["x-bursar-advice"]
