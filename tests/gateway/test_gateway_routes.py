"""Calls of a route through a running gateway: what makes it go on, and what is kept of each attempt."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from running import SECRET, RunningGateway, estate, key, running_gateway
from sdks import anthropic_client, gemini_client, openai_client
from upstream import read_request, serving, talking

from bursar import simulate
from bursar.estate.kinds import Model, Price, Provider, Timeouts
from bursar.estate.routes import ModelRoute, RouteTarget
from bursar.gateway.journal import Journal
from bursar.gateway.outbox import Outbox, OutboxReader
from bursar.gateway.recovery import recover
from bursar.http1 import Request
from bursar.simulate import Running
from bursar.vocab.event import ERROR, INTERRUPTED, Event, decode_events
from bursar.vocab.options import SimulateOptions

BEARER = {"authorization": f"Bearer {SECRET}"}
GONE = "http://127.0.0.1:9"


def routed(first: str, second: str, **route: Any) -> Any:
    """Model one at the first upstream, two at the second, and the route `fast` to both in this order."""
    known = {"name": "fast", "targets": [RouteTarget(model="one"), RouteTarget(model="two")]}
    timeouts = Timeouts(connect_s=1, first_byte_s=0.3, idle_s=0.3)
    return estate(
        first,
        providers=(
            Provider(name="p1", wire="openai", base_url=first, credential="literal:k1", timeouts=timeouts),
            Provider(name="p2", wire="openai", base_url=second, credential="literal:k2"),
        ),
        models=(
            Model(name="one", provider="p1", upstream_model="up-1"),
            Model(name="two", provider="p2", upstream_model="up-2"),
        ),
        prices=tuple(
            Price(
                name=name,
                provider=provider,
                model=name,
                valid_from="2020-01-01",
                per_million_tokens={"input": rate, "output": rate},
            )
            for name, provider, rate in (("one", "p1", "1"), ("two", "p2", "2"))
        ),
        routes=(ModelRoute(**{**known, **route}),),
    )


def ask(gateway: RunningGateway, model: str = "fast", **fields: Any) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "hello"}], **fields}
    return httpx.post(
        f"{gateway.url}/v1/chat/completions", json=body, headers=BEARER, trust_env=False, timeout=20
    )


def answering(status: int, body: bytes = b'{"error":{"message":"no"}}', *headers: tuple[bytes, bytes]) -> Any:
    async def handle(request: Request, reply: Any) -> None:
        reply.send(status, [(b"content-type", b"application/json"), *headers], body)

    return serving(handle)


async def silent(request: Request, reply: Any) -> None:
    await asyncio.sleep(30)


def closes(connection: socket.socket) -> None:
    read_request(connection)


def breaks_in_the_body(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")


def breaks_before_the_first_piece(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n")


def failing() -> Any:
    return contextlib.nullcontext(GONE)


def simulated_faults() -> Any:
    @contextlib.contextmanager
    def faulty() -> Iterator[str]:
        with simulate.running(SimulateOptions(port=0, error_rate=1.0, error_kinds=("503",))) as running:
            yield running.url

    return faulty()


# what the first target does, the cause, and (status, http status) of the attempt's own event if it has one
FAILURES: list[tuple[Callable[[], Any], str, tuple[str, int] | None]] = [
    (lambda: answering(429), "rate_limited", ("error", 429)),
    (lambda: answering(500), "server_error", ("error", 500)),
    (lambda: answering(529, b"<html>busy</html>"), "server_error", ("error", 529)),
    (simulated_faults, "server_error", ("error", 503)),
    (lambda: serving(silent), "timeout", ("partial", 502)),
    (failing, "connection", None),
    (lambda: talking(closes), "connection", ("partial", 502)),
    (lambda: talking(breaks_in_the_body), "connection", ("partial", 200)),
]


@pytest.mark.parametrize(("first", "cause", "attempt"), FAILURES)
@pytest.mark.parametrize("stream", [False, True])
def test_each_cause_makes_a_call_go_on_and_leaves_its_own_event(
    provider: Running, tmp_path: Path, first: Any, cause: str, attempt: Any, stream: bool
) -> None:
    with first() as upstream, running_gateway(tmp_path, routed(upstream, provider.url)) as gateway:
        reply = ask(gateway, stream=stream)
        events = gateway.events()
        taken = gateway.gateway._journal.taken
    assert reply.status_code == 200, reply.text
    served = events[-1]
    assert served.call_id == reply.headers["x-bursar-call-id"]
    assert (served.model_requested, served.model, served.provider) == ("fast", "two", "p2")
    assert (served.status, served.usage_source, served.linked_call_id) == ("complete", "provider", "")
    assert {"fallback", f"fallback_on_{cause}"} <= set(served.flags)
    tokens = served.usage.tokens_input + served.usage.tokens_output
    assert served.cost_pico == tokens * 2_000_000
    advice = reply.headers["x-bursar-advice"]
    assert advice.startswith("route fast: one at p1 ")
    assert advice.endswith("so two at p2 was asked")
    assert taken == 0
    if attempt is None:
        assert len(events) == 1
        return
    (failed,) = events[:-1]
    assert (failed.status, failed.http_status) == attempt
    assert (failed.model, failed.provider, failed.team) == ("one", "p1", "search")
    assert failed.linked_call_id == served.call_id != failed.call_id
    assert "attempt_failed" in failed.flags
    assert failed.cost_pico == (0 if failed.status == "error" else failed.usage.tokens_input * 1_000_000)


def test_a_stream_that_breaks_before_its_first_piece_goes_on(provider: Running, tmp_path: Path) -> None:
    with (
        talking(breaks_before_the_first_piece) as upstream,
        running_gateway(tmp_path, routed(upstream, provider.url)) as gateway,
        openai_client(gateway) as client,
    ):
        pieces = list(
            client.chat.completions.create(
                model="fast", messages=[{"role": "user", "content": "x"}], stream=True
            )
        )
        failed, served = gateway.events()
    assert pieces
    assert (failed.status, failed.linked_call_id) == ("partial", served.call_id)
    assert (served.provider, served.streamed) == ("p2", True)


def test_a_stream_whose_first_bytes_went_out_never_goes_on(provider: Running, tmp_path: Path) -> None:
    def begins(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 999\r\n\r\n"
            b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
        )

    with talking(begins) as upstream, running_gateway(tmp_path, routed(upstream, provider.url)) as gateway:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(gateway, stream=True)
        event = gateway.only_event()
    assert (event.provider, event.status) == ("p1", "partial")
    assert "fallback" not in event.flags


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_reply_that_would_be_the_same_anywhere_passes_as_it_is(
    provider: Running, tmp_path: Path, status: int
) -> None:
    with (
        answering(status) as upstream,
        running_gateway(tmp_path, routed(upstream, provider.url)) as gateway,
    ):
        reply = ask(gateway)
        event = gateway.only_event()
    assert (reply.status_code, reply.json()) == (status, {"error": {"message": "no"}})
    assert (event.provider, event.status) == ("p1", "error")


def test_a_cause_that_the_route_does_not_name_passes_as_it_is(provider: Running, tmp_path: Path) -> None:
    snapshot = routed(GONE, provider.url, fallback_on=["rate_limited"])
    with running_gateway(tmp_path, snapshot) as gateway:
        assert ask(gateway).json()["error"]["code"] == "upstream_unreachable"
    with (
        answering(500) as upstream,
        running_gateway(tmp_path, routed(upstream, provider.url, fallback_on=["timeout"])) as gateway,
    ):
        assert ask(gateway).status_code == 500


def test_when_no_target_serves_the_last_one_has_the_last_word(tmp_path: Path) -> None:
    last = b'{"error":{"message":"the last"}}'
    with (
        answering(500) as first,
        answering(503, last, (b"retry-after", b"7")) as second,
        running_gateway(tmp_path, routed(first, second)) as gateway,
    ):
        reply = ask(gateway)
        failed, served = gateway.events()
    assert (reply.status_code, reply.content, reply.headers["retry-after"]) == (503, last, "7")
    assert served.call_id == reply.headers["x-bursar-call-id"] == failed.linked_call_id
    assert (served.status, served.http_status, served.provider) == ("error", 503, "p2")
    assert served.cost_pico == failed.cost_pico == 0


def test_one_attempt_means_no_second_one(provider: Running, tmp_path: Path) -> None:
    with running_gateway(tmp_path, routed(GONE, provider.url, attempts_max=1)) as gateway:
        assert ask(gateway).status_code == 502


def test_a_target_that_failed_is_not_asked_again_in_its_cooldown(provider: Running, tmp_path: Path) -> None:
    asked: list[str] = []

    async def handle(request: Request, reply: Any) -> None:
        asked.append(request.path)
        reply.send(500, [(b"content-type", b"application/json")], b"{}")

    with serving(handle) as first:
        with running_gateway(tmp_path, routed(first, provider.url)) as gateway:
            replies = [ask(gateway) for _ in range(3)]
        assert (len(asked), [reply.status_code for reply in replies]) == (1, [200, 200, 200])
        assert ["x-bursar-advice" in reply.headers for reply in replies] == [True, False, False]
        with running_gateway(tmp_path, routed(first, provider.url, cooldown="0s")) as gateway:
            for _ in range(3):
                ask(gateway)
    assert len(asked) == 4


def test_weights_spread_calls_and_all_are_priced_as_what_served(provider: Running, tmp_path: Path) -> None:
    targets = [RouteTarget(model="one", weight=3), RouteTarget(model="two")]
    snapshot = routed(provider.url, provider.url, targets=targets, order="by_weight")
    with running_gateway(tmp_path, snapshot, durability="process") as gateway:
        for _ in range(60):
            assert ask(gateway).status_code == 200
        events = gateway.events()
    share = sum(event.model == "one" for event in events) / len(events)
    assert 0.5 < share < 0.95
    rates = {"one": 1_000_000, "two": 2_000_000}
    for event in events:
        assert event.cost_pico == rates[event.model] * (event.usage.tokens_input + event.usage.tokens_output)


def test_each_target_gets_its_own_model_name_and_credential(tmp_path: Path) -> None:
    got: list[tuple[bytes | None, Any]] = []

    def keeping(status: int) -> Any:
        async def handle(request: Request, reply: Any) -> None:
            got.append((request.header(b"authorization"), msgspec.json.decode(request.body)["model"]))
            reply.send(status, [(b"content-type", b"application/json")], b"{}")

        return serving(handle)

    with (
        keeping(500) as first,
        keeping(200) as second,
        running_gateway(tmp_path, routed(first, second)) as gateway,
    ):
        ask(gateway)
    assert got == [(b"Bearer k1", "up-1"), (b"Bearer k2", "up-2")]


def test_routes_are_listed_as_models_to_keys_that_may_use_them(provider: Running, tmp_path: Path) -> None:
    snapshot = routed(provider.url, provider.url)
    with running_gateway(tmp_path, snapshot) as gateway:
        with openai_client(gateway) as client:
            assert "fast" in [model.id for model in client.models.list()]
            assert client.models.retrieve("fast").owned_by == "p1"
        with anthropic_client(gateway) as claude:
            assert "fast" not in [model.id for model in claude.models.list()]
        gateway.use(msgspec.structs.replace(snapshot, keys=(key(models=("one",)),)))
        with openai_client(gateway) as client:
            assert [model.id for model in client.models.list()] == ["one"]
        assert ask(gateway).json()["error"]["code"] == "model_not_allowed"
        gateway.use(msgspec.structs.replace(snapshot, keys=(key(models=("fast",)),)))
        assert ask(gateway).status_code == 200


def test_a_route_on_another_wire_is_refused_as_its_targets_are(provider: Running, tmp_path: Path) -> None:
    with running_gateway(tmp_path, routed(provider.url, provider.url)) as gateway:
        body = {"model": "fast", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
        reply = httpx.post(f"{gateway.url}/v1/messages", json=body, headers=BEARER, trust_env=False)
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "model_on_other_wire")
        assert "Did you mean fast" in ask(gateway, "fasst").json()["error"]["message"]


@pytest.mark.parametrize("wire", ["anthropic", "gemini"])
def test_routes_serve_the_other_wires_too(provider: Running, tmp_path: Path, wire: str) -> None:
    snapshot = msgspec.structs.replace(
        routed(GONE, provider.url),
        providers=tuple(
            Provider(name=name, wire=wire, base_url=url, credential="literal:x")
            for name, url in (("p1", GONE), ("p2", provider.url))
        ),
    )
    with running_gateway(tmp_path, snapshot) as gateway:
        if wire == "anthropic":
            with anthropic_client(gateway) as claude:
                messages = [{"role": "user", "content": "x"}]
                assert claude.messages.create(model="fast", max_tokens=9, messages=messages).content
        else:
            with gemini_client(gateway) as gemini:
                assert gemini.models.generate_content(model="fast", contents="x").text
        event = gateway.only_event()
    assert (event.model, event.provider) == ("two", "p2")
    assert "fallback" in event.flags


def test_an_attempt_that_was_left_is_found_as_it_ended_when_the_process_dies(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "gateway-0.journal")
    event = Event(call_id="the-call", started_at_us=1, finished_at_us=1, model="one")
    slot = journal.open(event)
    left = msgspec.structs.replace(event, call_id="attempt", linked_call_id="the-call", status=ERROR)
    journal.rewrite(slot, left)
    journal.open(msgspec.structs.replace(event, model="two"))
    journal.close()
    again = Journal(tmp_path / "gateway-0.journal")
    outbox = Outbox(tmp_path / "gateway-0.sqlite", worker="w", durability="process", journal=again)
    assert recover(outbox, again, lambda event: []) == 2
    stored = [
        event for group in OutboxReader(outbox.path).all_groups() for event in decode_events(group.body)
    ]
    assert [(event.call_id, event.status, event.model) for event in stored] == [
        ("attempt", ERROR, "one"),
        ("the-call", INTERRUPTED, "two"),
    ]
    outbox.close()
    again.close()
