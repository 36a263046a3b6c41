"""What goes wrong on either side: clients that leave, providers that break, refuse, or are not there."""

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import openai
import pytest
from google import genai
from running import SECRET, RunningGateway, estate, running_gateway
from sdks import anthropic_client, gemini_client, openai_client
from upstream import read_request, serving, talking

from bursar.estate.kinds import Model, Price, Provider, Timeouts
from bursar.estate.snapshot import Snapshot
from bursar.simulate import Running, write_directive

BEARER = {"authorization": f"Bearer {SECRET}"}
GONE = "http://127.0.0.1:9"  # the discard port: nobody listens


def chat(text: str = "hello", **fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **fields}


def estate_of(upstream: str, **timeouts: float) -> Snapshot:
    limits = Timeouts(**timeouts)
    wires = (("mock", "openai"), ("claude", "anthropic"), ("goog", "gemini"), ("blue", "azure"))
    names = {
        "mock": "gpt-4o-mini",
        "claude": "claude-haiku-4-5",
        "goog": "gemini-2.5-pro",
        "blue": "deployed",
    }
    return estate(
        upstream,
        providers=tuple(
            Provider(name=name, wire=wire, base_url=upstream, credential="literal:up", timeouts=limits)
            for name, wire in wires
        ),
        models=tuple(Model(name=model, provider=name) for name, model in names.items()),
        prices=tuple(
            Price(
                name=f"{name}-{model}",
                provider=name,
                model=model,
                valid_from="2020-01-01",
                per_million_tokens={"input": "1", "output": "2"},
            )
            for name, model in names.items()
        ),
    )


@pytest.fixture
def gateway(provider: Running, tmp_path: Any) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path, estate_of(provider.url)) as running:
        yield running


def leave_after_first_piece(gateway: RunningGateway, body: dict[str, Any]) -> str:
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("POST", f"{gateway.url}/v1/chat/completions", json=body, headers=BEARER) as reply,
    ):
        next(reply.iter_raw())
        return reply.headers["x-bursar-call-id"]


# -- clients that leave ------------------------------------------------------------------------------------


def test_a_stream_whose_client_left_is_read_on_to_the_providers_usage(gateway):
    wish = write_directive(input=40, output=30, chunks=8, chunk_ms=40)
    call_id = leave_after_first_piece(gateway, chat(wish, stream=True))
    event = gateway.event(call_id)
    assert (event.status, event.usage_source) == ("complete", "provider")
    assert "client_disconnected" in event.flags
    assert (event.usage.tokens_input, event.usage.tokens_output) == (40, 30)
    assert event.cost_pico == 40 * 1_000_000 + 30 * 2_000_000


def test_a_stream_that_goes_on_too_long_after_its_client_left_is_partial_with_an_estimate(provider, tmp_path):
    wish = write_directive(input=40, output=3000, chunks=300, chunk_ms=20)
    with running_gateway(tmp_path, estate_of(provider.url), disconnect_read_s=0.3) as gateway:
        begun = time.monotonic()
        call_id = leave_after_first_piece(gateway, chat(wish, stream=True))
        event = gateway.event(call_id)
        assert time.monotonic() - begun < 3
    assert (event.status, event.usage_source) == ("partial", "estimated")
    assert "client_disconnected" in event.flags
    assert event.usage.tokens_input > 0
    assert 0 < event.usage.tokens_output < 3000
    assert event.cost_pico > 0


def test_a_call_whose_client_left_before_the_reply_is_metered_whole(gateway):
    wish = write_directive(input=40, output=30, latency_ms=300)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{gateway.url}/v1/chat/completions",
            json=chat(wish),
            headers=BEARER,
            timeout=0.1,
            trust_env=False,
        )
    event = gateway.only_event()
    assert (event.status, event.usage_source, event.usage.tokens_output) == ("complete", "provider", 30)


# -- providers that break ----------------------------------------------------------------------------------


def test_a_stream_that_breaks_upstream_breaks_visibly_and_is_partial(gateway):
    wish = write_directive(input=40, output=50, chunks=10, error="disconnect")
    with (
        openai_client(gateway) as client,
        client.chat.completions.create(**chat(wish), stream=True) as stream,
        pytest.raises(openai.APIConnectionError),
    ):
        list(stream)
    event = gateway.only_event()
    assert (event.status, event.usage_source) == ("partial", "estimated")
    assert "upstream_broken" in event.flags
    assert event.usage.tokens_output > 0


def test_a_whole_reply_that_breaks_upstream_is_a_502_and_partial(gateway):
    wish = write_directive(input=40, output=50, error="disconnect")
    with openai_client(gateway) as client, pytest.raises(openai.InternalServerError, match="may bill"):
        client.chat.completions.create(**chat(wish))
    event = gateway.only_event()
    assert (event.status, event.usage_source) == ("partial", "estimated")
    assert "upstream_broken" in event.flags


def test_a_provider_that_closes_without_a_reply_is_a_502_and_partial(tmp_path):
    with (
        talking(lambda connection: read_request(connection) and None) as upstream,
        running_gateway(tmp_path, estate_of(upstream)) as gateway,
    ):
        reply = httpx.post(f"{gateway.url}/v1/chat/completions", json=chat(), headers=BEARER, trust_env=False)
        event = gateway.event(reply.headers["x-bursar-call-id"])
    assert reply.status_code == 502
    assert (event.status, event.usage_source, event.http_status) == ("partial", "estimated", 502)
    assert "upstream_broken" in event.flags


@pytest.mark.parametrize(
    "said",
    [b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", b"\x00" * 100],
    ids=["another protocol", "a bad length", "zeros"],
)
def test_a_provider_that_speaks_no_http_is_a_502(tmp_path, said):
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)

    with talking(talk) as upstream, running_gateway(tmp_path, estate_of(upstream)) as gateway:
        reply = httpx.post(f"{gateway.url}/v1/chat/completions", json=chat(), headers=BEARER, trust_env=False)
    assert reply.status_code == 502
    assert reply.json()["error"]["code"] == "upstream_broken"


@pytest.mark.parametrize("wish", ["first_byte_s", "idle_s"])
def test_a_provider_that_falls_silent_is_given_up_after_its_time(provider, tmp_path, wish):
    text = write_directive(
        output=50, chunks=3, latency_ms=5000 if wish == "first_byte_s" else 0, chunk_ms=5000
    )
    with running_gateway(tmp_path, estate_of(provider.url, **{wish: 0.3})) as gateway:
        begun = time.monotonic()
        try:
            reply = httpx.post(
                f"{gateway.url}/v1/chat/completions",
                json=chat(text, stream=True),
                headers=BEARER,
                trust_env=False,
            )
        except httpx.RemoteProtocolError:
            assert wish == "idle_s"
        else:
            assert (reply.status_code, wish) == (502, "first_byte_s")
        assert time.monotonic() - begun < 3
        event = gateway.only_event()
    assert (event.status, event.usage_source) == ("partial", "estimated")
    assert "upstream_broken" in event.flags


# -- what a provider refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 404, 408, 429, 500, 503, 529])
def test_errors_of_the_provider_pass_unchanged_and_cost_nothing(gateway, provider, status):
    asked = chat(write_directive(error=status), stream=status == 429)
    path = "/v1/chat/completions"
    direct = httpx.post(provider.url + path, json=asked, trust_env=False)
    came = httpx.post(gateway.url + path, json=asked, headers=BEARER, trust_env=False)
    assert (came.status_code, came.content) == (direct.status_code, direct.content)
    assert came.headers.get("retry-after") == direct.headers.get("retry-after")
    assert came.headers["x-bursar-cost-usd"] == "0"
    event = gateway.event(came.headers["x-bursar-call-id"])
    assert (event.status, event.http_status, event.cost_pico) == ("error", status, 0)
    assert event.usage_source == "none"


def test_each_sdk_raises_its_own_class_for_a_providers_rate_limit(gateway):
    wish = write_directive(error=429)
    with openai_client(gateway) as client, pytest.raises(openai.RateLimitError) as refused:
        client.chat.completions.create(**chat(wish))
    assert refused.value.response.headers["retry-after"] == "1"
    with anthropic_client(gateway) as claude, pytest.raises(anthropic.RateLimitError):
        claude.messages.create(
            model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": wish}]
        )
    with gemini_client(gateway) as gemini, pytest.raises(genai.errors.ClientError) as limited:
        gemini.models.generate_content(model="gemini-2.5-pro", contents=wish)
    assert limited.value.status == "RESOURCE_EXHAUSTED"


def test_an_error_that_bills_says_so_and_is_charged(tmp_path):
    async def handle(request, reply):
        body = b'{"error":{"message":"content filter"},"usage":{"prompt_tokens":11,"completion_tokens":2}}'
        reply.send(400, [(b"content-type", b"application/json")], body)

    with serving(handle) as upstream, running_gateway(tmp_path, estate_of(upstream)) as gateway:
        reply = httpx.post(f"{gateway.url}/v1/chat/completions", json=chat(), headers=BEARER, trust_env=False)
        event = gateway.only_event()
    assert (event.status, event.usage_source) == ("error", "provider")
    assert event.cost_pico == 11 * 1_000_000 + 2 * 2_000_000
    assert reply.headers["x-bursar-cost-usd"] == "0.000015"


# -- providers that are not there --------------------------------------------------------------------------


def test_no_upstream_is_a_502_that_each_sdk_understands(tmp_path):
    with running_gateway(tmp_path, estate_of(GONE)) as gateway:
        with openai_client(gateway) as client, pytest.raises(openai.InternalServerError) as plain:
            client.chat.completions.create(**chat())
        with anthropic_client(gateway) as claude, pytest.raises(anthropic.InternalServerError) as of_claude:
            claude.messages.create(
                model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": "x"}]
            )
        with gemini_client(gateway) as gemini, pytest.raises(genai.errors.ServerError) as of_gemini:
            gemini.models.generate_content(model="gemini-2.5-pro", contents="x")
        events = gateway.events()
    for error in (plain.value, of_claude.value, of_gemini.value):
        assert "cannot be reached" in str(error)
        assert "Nothing was sent" in str(error)
    assert plain.value.status_code == of_claude.value.status_code == of_gemini.value.code == 502
    assert of_claude.value.body["type"] == "error"
    assert of_gemini.value.status == "UNAVAILABLE"
    assert [(e.status, e.cost_pico, e.http_status) for e in events] == [("error", 0, 502)] * 3


def test_a_provider_whose_name_has_several_addresses_is_reached_at_the_one_that_answers(provider, tmp_path):
    url = provider.url.replace("127.0.0.1", "localhost")
    with running_gateway(tmp_path, estate_of(url)) as gateway, openai_client(gateway) as client:
        assert client.chat.completions.create(**chat())


# -- retries -----------------------------------------------------------------------------------------------


def test_retries_of_an_sdk_are_calls_of_their_own(gateway):
    with openai_client(gateway, max_retries=2) as client, pytest.raises(openai.InternalServerError):
        client.chat.completions.create(**chat(write_directive(error=500)))
    events = gateway.events()
    assert len({event.call_id for event in events}) == 3
    assert {event.status for event in events} == {"error"}


def test_a_repeated_idempotency_key_is_linked_to_the_first_call(gateway):
    ids = []
    with openai_client(gateway) as client:
        for idempotency_key in ("one", "one", "two", "one"):
            raw = client.chat.completions.with_raw_response.create(
                **chat(), extra_headers={"idempotency-key": idempotency_key}
            )
            ids.append(raw.headers["x-bursar-call-id"])
    events = [gateway.event(call_id) for call_id in ids]
    assert [event.linked_call_id for event in events] == ["", ids[0], "", ids[0]]
    assert len({event.idempotency_hash for event in events}) == 2


# -- replies that say little, or more than expected --------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_without_usage_is_estimated(gateway, stream):
    asked = chat("word " * 400 + write_directive(output=40, usage="no"), stream=stream)
    reply = httpx.post(f"{gateway.url}/v1/chat/completions", json=asked, headers=BEARER, trust_env=False)
    event = gateway.event(reply.headers["x-bursar-call-id"])
    assert (event.status, event.usage_source) == ("complete", "estimated")
    assert 400 < event.usage.tokens_input < 700
    assert 20 <= event.usage.tokens_output <= 60
    assert event.cost_pico > 0


def test_unknown_fields_of_a_reply_never_break_a_call(tmp_path):
    odd = (
        b'{"id":7,"choices":{"a":[null]},"model":["x"],"usage":{"prompt_tokens":5,"completion_tokens":2,'
        b'"new_tokens":{"deep":[1,{"x":1e300}]},"prompt_tokens_details":{"cached_tokens":2,"quantum":"yes"}},'
        b'"service_tier":null,"later":{"a":{"b":[]}},"n":123456789012345678901234567890}'
    )
    stream = b'data: {"later":[],"choices":[{"delta":{"content":"hi","mood":{}},"finish_reason":null}]}\n\n'
    stream += b"event: new\nid: 4\nretry: 7\n: comment\ndata: {\ndata: }\n\ndata: not json\n\n"
    stream += b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

    async def handle(request, reply):
        if b'"stream":true' in request.body:
            reply.start(200, [(b"content-type", b"text/event-stream")])
            for at in range(0, len(stream), 5):
                reply.write(stream[at : at + 5])
                await asyncio.sleep(0)
            reply.finish()
        else:
            reply.send(200, [(b"content-type", b"application/json")], odd)

    url = "/v1/chat/completions"
    with serving(handle) as upstream, running_gateway(tmp_path, estate_of(upstream)) as gateway:
        whole = httpx.post(gateway.url + url, json=chat(), headers=BEARER, trust_env=False)
        streamed = httpx.post(gateway.url + url, json=chat(stream=True), headers=BEARER, trust_env=False)
        first, second = gateway.events()
    assert (whole.status_code, whole.content) == (200, odd)
    assert (streamed.status_code, streamed.content) == (200, stream)
    assert (first.usage.tokens_input, first.usage.tokens_cache_read, first.usage.tokens_output) == (3, 2, 2)
    assert (second.status, second.usage_source) == ("complete", "estimated")


def test_a_model_name_cannot_write_headers(tmp_path):
    async def handle(request, reply):
        reply.send(200, [(b"content-type", b"application/json")], b"{}")

    with serving(handle) as upstream:
        only = Provider(name="mock", wire="openai", base_url=upstream, credential="none", catalogue="none")
        with running_gateway(tmp_path, estate(upstream, providers=(only,), models=())) as gateway:
            asked = chat() | {"model": "a\r\nset-cookie: stolen=1\r\n\u20ac"}
            url = f"{gateway.url}/v1/chat/completions"
            reply = httpx.post(url, json=asked, headers=BEARER, trust_env=False)
    assert reply.status_code == 200
    assert "set-cookie" not in reply.headers
    assert "unpriced" in reply.headers["x-bursar-advice"]


def test_a_cost_that_lacks_a_rate_says_so_in_the_reply(tmp_path):
    usage = b'{"prompt_tokens": 10, "completion_tokens": 2}'

    async def handle(request, reply):
        reply.send(200, [(b"content-type", b"application/json")], b'{"usage": %b}' % usage)

    price = Price(
        name="input-only",
        provider="mock",
        model="gpt-4o-mini",
        valid_from="2020-01-01",
        per_million_tokens={"input": "1"},
    )
    with (
        serving(handle) as upstream,
        running_gateway(tmp_path, estate(upstream, prices=(price,))) as gateway,
    ):
        url = f"{gateway.url}/v1/chat/completions"
        reply = httpx.post(url, json=chat(), headers=BEARER, trust_env=False)
        (event,) = gateway.events()
    assert reply.headers["x-bursar-cost-usd"] == "0.00001"
    assert reply.headers["x-bursar-advice"].startswith("partly unpriced: some of what was used has no rate")
    assert event.call_id in reply.headers["x-bursar-advice"]
    assert "partly_unpriced" in event.flags
