"""The official SDKs as clients, whole and streamed, sync and async: what they get, and what is metered."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from running import SECRET, RunningGateway, estate, key, running_gateway
from sdks import (
    anthropic_async_client,
    anthropic_client,
    azure_client,
    gemini_client,
    openai_async_client,
    openai_client,
)
from upstream import serving

from bursar.estate.kinds import Model, Price, Provider
from bursar.estate.snapshot import Snapshot
from bursar.simulate import Running, write_directive
from bursar.vocab.event import Event
from bursar.vocab.usage import Usage

WISH = write_directive(input=4808, output=30, cached=100, reasoning=12, chunks=4)
MESSAGES: Any = [{"role": "user", "content": f"Count this. {WISH}"}]
SERVED = {"tokens_input": 4708, "tokens_cache_read": 100, "tokens_output": 18, "tokens_reasoning": 12}
CLAUDE_WISH = write_directive(input=50, output=10, cached=5, cache_write=7, cache_write_1h=3, reasoning=4)
CLAUDE_MESSAGES: Any = [{"role": "user", "content": CLAUDE_WISH}]
CLAUDE_SERVED = {
    "tokens_input": 35,
    "tokens_cache_read": 5,
    "tokens_cache_write_5m": 7,
    "tokens_cache_write_1h": 3,
    "tokens_output": 6,
    "tokens_reasoning": 4,
}
RATES = {"input": "3", "cache_read": "0.3", "cache_write_5m": "3.75", "cache_write_1h": "6", "output": "15"}
PICO = {"input": 3_000_000, "cache_read": 300_000, "5m": 3_750_000, "1h": 6_000_000, "output": 15_000_000}
COST = 4708 * PICO["input"] + 100 * PICO["cache_read"] + 30 * PICO["output"]
CLAUDE_COST = (
    35 * PICO["input"] + 5 * PICO["cache_read"] + 7 * PICO["5m"] + 3 * PICO["1h"] + 10 * PICO["output"]
)


def priced(provider: str, model: str) -> Price:
    return Price(
        name=f"{provider}-{model}",
        provider=provider,
        model=model,
        valid_from="2020-01-01",
        per_million_tokens=RATES,
    )


def world_of(upstream: str) -> Snapshot:
    """A model of every wire, each at the same prices of our own."""
    providers = (
        Provider(name="mock", wire="openai", base_url=upstream, credential="literal:up"),
        Provider(name="claude", wire="anthropic", base_url=upstream, credential="literal:up"),
        Provider(name="goog", wire="gemini", base_url=upstream, credential="literal:up"),
        Provider(name="blue", wire="azure", base_url=upstream, credential="literal:up"),
    )
    names = (("gpt-4o-mini", "mock"), ("embed", "mock"), ("claude-haiku-4-5", "claude"))
    names += (("gemini-2.5-pro", "goog"), ("deployed", "blue"))
    return estate(
        upstream,
        providers=providers,
        models=tuple(Model(name=name, provider=provider) for name, provider in names),
        prices=tuple(priced(provider, name) for name, provider in names),
    )


@pytest.fixture(scope="module")
def shared(provider: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), world_of(provider.url)) as running:
        yield running


@pytest.fixture
def gateway(shared: RunningGateway, provider: Running) -> RunningGateway:
    """The module's gateway; the simulator's tally begins anew for each test."""
    provider.provider.tally.clear()
    return shared


def check(event: Event, provider: Running, calls: int = 1, cost: int = COST, **served: int) -> None:
    """One event says what the simulator served, by its own tally, and what that costs to the picodollar."""
    served = served or SERVED
    assert event.usage == Usage(**served)
    assert (event.status, event.usage_source, event.http_status) == ("complete", "provider", 200)
    assert (event.team, event.product, event.use_case) == ("search", "answers", "chat")
    assert event.cost_pico == cost
    tally = provider.tally()
    assert tally["calls"] == calls
    told = {name: count for name, count in tally["usage"].items() if count}
    assert told == {name: count * calls for name, count in served.items()}


# -- OpenAI ------------------------------------------------------------------------------------------------


def test_openai_chat_is_metered_as_served_and_priced_exactly(gateway, provider):
    with openai_client(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=MESSAGES)
    reply = raw.parse()
    event = gateway.event(raw.headers["x-bursar-call-id"])
    check(event, provider)
    assert raw.headers["x-bursar-cost-usd"] == "0.014604"
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (4808, 30)
    assert event.provider_call_id == reply.id
    assert (event.operation, event.wire, event.streamed) == ("chat", "openai", False)


def test_openai_chat_streams_give_the_usage_chunk_only_to_those_who_ask(gateway, provider):
    with openai_client(gateway) as client:
        for asked in (False, True):
            provider.provider.tally.clear()
            options = {"stream_options": {"include_usage": True}} if asked else {}
            with client.chat.completions.create(
                model="gpt-4o-mini", messages=MESSAGES, stream=True, **options
            ) as stream:
                call_id = stream.response.headers["x-bursar-call-id"]
                assert "x-bursar-cost-usd" not in stream.response.headers
                chunks = list(stream)
            event = gateway.event(call_id)
            check(event, provider)
            assert ("usage_injected" in event.flags) is not asked
            assert [not chunk.choices for chunk in chunks].count(True) == asked
            assert event.first_token_us is not None
            assert event.first_token_us <= event.latency_us


def test_openai_streams_are_the_providers_own_bytes(gateway, provider):
    for asked in (False, True):
        body = {"model": "gpt-4o-mini", "messages": MESSAGES, "stream": True}
        own = {**body, "stream_options": {"include_usage": True}}
        if asked:
            body = own
        path = "/v1/chat/completions"
        direct = httpx.post(provider.url + path, json=own, trust_env=False)
        came = httpx.post(gateway.url + path, json=body, headers=bearer(), trust_env=False)
        if asked:
            assert came.content == direct.content
        else:
            events = direct.content.split(b"\n\n")
            assert came.content.split(b"\n\n") == [e for e in events if b'"choices":[]' not in e]


def bearer() -> dict[str, str]:
    return {"authorization": f"Bearer {SECRET}"}


def test_openai_responses_whole_and_streamed(gateway, provider):
    with openai_client(gateway) as client:
        raw = client.responses.with_raw_response.create(model="gpt-4o-mini", input=f"Count. {WISH}")
        event = gateway.event(raw.headers["x-bursar-call-id"])
        check(event, provider)
        assert raw.headers["x-bursar-cost-usd"] == "0.014604"
        with client.responses.stream(model="gpt-4o-mini", input=f"Count. {WISH}") as stream:
            types = [event.type for event in stream]
            final = stream.get_final_response()
    assert (types[0], types[-1]) == ("response.created", "response.completed")
    assert final.usage.total_tokens == 4838
    events = [event for event in gateway.events() if event.provider_call_id == final.id and event.streamed]
    check(events[-1], provider, calls=2)


def test_openai_embeddings_and_legacy_completions(gateway, provider):
    with openai_client(gateway) as client:
        raw = client.embeddings.with_raw_response.create(model="embed", input=f"x {write_directive(input=7)}")
        assert raw.parse().usage.prompt_tokens == 7
        embedded = gateway.event(raw.headers["x-bursar-call-id"])
        check(embedded, provider, cost=7 * PICO["input"], tokens_input=7)
        for stream in (False, True):
            provider.provider.tally.clear()
            prompt = f"Once {write_directive(input=11, output=6)}"
            made = client.completions.create(model="gpt-4o-mini", prompt=prompt, max_tokens=50, stream=stream)
            chunks = list(made) if stream else [made]
            assert all(chunk.choices for chunk in chunks)
            event = gateway.events()[-1]
            cost = 11 * PICO["input"] + 6 * PICO["output"]
            check(event, provider, cost=cost, tokens_input=11, tokens_output=6)
            assert (event.operation, event.streamed) == ("completions", stream)


def test_openai_asynchronously_many_at_once(gateway, provider):
    async def story() -> list[str]:
        async with openai_async_client(gateway) as client:

            async def whole() -> str:
                raw = await client.chat.completions.with_raw_response.create(
                    model="gpt-4o-mini", messages=MESSAGES
                )
                return raw.headers["x-bursar-call-id"]

            async def streamed() -> str:
                stream = await client.chat.completions.create(
                    model="gpt-4o-mini", messages=MESSAGES, stream=True
                )
                async for _ in stream:
                    pass
                return stream.response.headers["x-bursar-call-id"]

            return await asyncio.gather(*(one() for one in [whole, streamed] * 10))

    ids = asyncio.run(story())
    assert len(set(ids)) == 20
    for call_id in ids:
        check(gateway.event(call_id), provider, calls=20)


def test_azure_deployments_whole_and_streamed(gateway, provider):
    with azure_client(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(model="deployed", messages=MESSAGES)
        event = gateway.event(raw.headers["x-bursar-call-id"])
        check(event, provider)
        assert (event.wire, event.provider, event.model) == ("azure", "blue", "deployed")
        with client.chat.completions.create(model="deployed", messages=MESSAGES, stream=True) as stream:
            chunks = list(stream)
            call_id = stream.response.headers["x-bursar-call-id"]
    check(gateway.event(call_id), provider, calls=2)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_an_azure_caller_may_be_served_by_an_openai_provider_and_the_other_way_round(gateway, provider):
    with azure_client(gateway) as azure, openai_client(gateway) as plain:
        for client, model, provider_name in ((azure, "gpt-4o-mini", "mock"), (plain, "deployed", "blue")):
            provider.provider.tally.clear()
            raw = client.chat.completions.with_raw_response.create(model=model, messages=MESSAGES)
            event = gateway.event(raw.headers["x-bursar-call-id"])
            check(event, provider)
            assert (event.provider, event.model_served) == (provider_name, model)


# -- Anthropic ---------------------------------------------------------------------------------------------


def claude_checked(event: Event, provider: Running, calls: int = 1) -> None:
    check(event, provider, calls, CLAUDE_COST, **CLAUDE_SERVED)


def test_anthropic_messages_whole_and_streamed(gateway, provider):
    asked: Any = {"model": "claude-haiku-4-5", "max_tokens": 99, "messages": CLAUDE_MESSAGES}
    with anthropic_client(gateway) as client:
        raw = client.messages.with_raw_response.create(**asked)
        claude_checked(gateway.event(raw.headers["x-bursar-call-id"]), provider)
        assert raw.headers["x-bursar-cost-usd"] == "0.00030075"
        with client.messages.stream(**asked) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
            call_id = stream.response.headers["x-bursar-call-id"]
    assert text == raw.parse().content[1].text
    assert (final.usage.input_tokens, final.usage.output_tokens) == (35, 10)
    event = gateway.event(call_id)
    claude_checked(event, provider, calls=2)
    assert event.streamed
    assert event.provider_call_id == final.id


def test_anthropic_asynchronously(gateway, provider):
    asked: Any = {"model": "claude-haiku-4-5", "max_tokens": 99, "messages": CLAUDE_MESSAGES}

    async def story() -> list[str]:
        async with anthropic_async_client(gateway) as client:
            raw = await client.messages.with_raw_response.create(**asked)
            async with client.messages.stream(**asked) as stream:
                await stream.get_final_message()
                return [r.headers["x-bursar-call-id"] for r in (raw, stream.response)]

    for call_id in asyncio.run(story()):
        claude_checked(gateway.event(call_id), provider, calls=2)


# -- Gemini ------------------------------------------------------------------------------------------------


def test_gemini_whole_and_streamed(gateway, provider):
    with gemini_client(gateway) as client:
        reply = client.models.generate_content(model="gemini-2.5-pro", contents=WISH)
        headers = reply.sdk_http_response.headers
        check(gateway.event(headers["x-bursar-call-id"]), provider)
        assert headers["x-bursar-cost-usd"] == "0.014604"
        chunks = list(client.models.generate_content_stream(model="gemini-2.5-pro", contents=WISH))
    assert "".join(chunk.text for chunk in chunks) == reply.text
    assert chunks[-1].usage_metadata.total_token_count == 4838
    event = gateway.event(chunks[0].sdk_http_response.headers["x-bursar-call-id"])
    check(event, provider, calls=2)
    assert event.streamed
    assert (event.operation, event.wire) == ("generate_content", "gemini")


def test_gemini_asynchronously(gateway, provider):
    async def story() -> list[Any]:
        async with gemini_client(gateway).aio as client:
            reply = await client.models.generate_content(model="gemini-2.5-pro", contents=WISH)
            stream = await client.models.generate_content_stream(model="gemini-2.5-pro", contents=WISH)
            chunks = [chunk async for chunk in stream]
            return [reply, chunks[0]]

    for reply in asyncio.run(story()):
        check(gateway.event(reply.sdk_http_response.headers["x-bursar-call-id"]), provider, calls=2)


def test_gemini_streams_without_sse_come_piece_by_piece_and_are_metered(gateway, provider):
    asked = {
        "contents": [
            {"role": "user", "parts": [{"text": write_directive(input=9, output=8, chunks=4, chunk_ms=60)}]}
        ]
    }
    url = f"{gateway.url}/v1beta/models/gemini-2.5-pro:streamGenerateContent"
    with httpx.stream("POST", url, params={"key": SECRET}, json=asked, trust_env=False) as reply:
        pieces = list(reply.iter_raw())
        call_id = reply.headers["x-bursar-call-id"]
    assert len(pieces) >= 3
    event = gateway.event(call_id)
    assert event.streamed
    check(event, provider, cost=9 * PICO["input"] + 8 * PICO["output"], tokens_input=9, tokens_output=8)


# -- keys, tags, lists -------------------------------------------------------------------------------------


def asked_of(url: str) -> dict[str, tuple[str, Any]]:
    return {
        "openai": (f"{url}/v1/chat/completions", {"model": "gpt-4o-mini", "messages": MESSAGES}),
        "anthropic": (
            f"{url}/v1/messages",
            {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": CLAUDE_MESSAGES},
        ),
        "azure": (f"{url}/openai/deployments/deployed/chat/completions", {"messages": MESSAGES}),
        "gemini": (
            f"{url}/v1beta/models/gemini-2.5-pro:generateContent",
            {"contents": [{"role": "user", "parts": [{"text": WISH}]}]},
        ),
    }


@pytest.mark.parametrize("wire", ["openai", "anthropic", "azure", "gemini"])
@pytest.mark.parametrize(
    "place",
    [
        {"authorization": f"Bearer {SECRET}"},
        {"authorization": f"bearer  {SECRET}"},
        {"x-api-key": SECRET},
        {"x-goog-api-key": SECRET},
        {"api-key": SECRET},
        {"x-api-key": "", "authorization": f"Bearer {SECRET}"},
    ],
    ids=lambda place: "+".join(place),
)
def test_a_key_is_found_wherever_an_sdk_puts_it(gateway, wire, place):
    url, body = asked_of(gateway.url)[wire]
    reply = httpx.post(url, json=body, headers=place, trust_env=False)
    assert reply.status_code == 200, reply.text


def test_sdks_that_carry_a_token_in_place_of_a_key_are_known_too(gateway):
    with anthropic_client(gateway, api_key=None, auth_token=SECRET) as claude:
        assert claude.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=CLAUDE_MESSAGES)
    with azure_client(gateway, api_key=None, azure_ad_token=SECRET) as azure:
        assert azure.chat.completions.create(model="deployed", messages=MESSAGES)


def test_the_callers_key_never_reaches_the_provider(provider, tmp_path):
    seen: list[Any] = []

    async def handle(request, reply):
        seen.append((request.path, request.query, request.headers))
        reply.send(200, [(b"content-type", b"application/json")], b"{}")

    with serving(handle) as upstream, running_gateway(tmp_path, world_of(upstream)) as gateway:
        for url, body in asked_of(gateway.url).values():
            headers = {"x-api-key": SECRET, "authorization": f"Bearer {SECRET}", "x-custom": "kept"}
            headers |= {"x-goog-api-key": SECRET, "api-key": SECRET, "cookie": "secret=1"}
            httpx.post(url, params={"key": SECRET}, json=body, headers=headers, trust_env=False)
    assert len(seen) == 4
    for path, query, headers in seen:
        flat = dict(headers)
        if "gemini" in path:
            assert SECRET not in query
        assert SECRET.encode() not in b"".join(value for _, value in headers)
        assert b"cookie" not in flat
        assert flat[b"x-custom"] == b"kept"
        assert not any(name.startswith(b"x-bursar") for name in flat)


def test_tags_are_set_by_default_headers_of_every_sdk(provider, tmp_path):
    tags = {"x-bursar-team": "ads", "x-bursar-use-case": "ranking", "x-bursar-tag-ticket": "T-1"}
    may = key(may_set=("team", "use_case", "tag:*"), tags={"squad": "blue"})
    snapshot = world_of(provider.url)
    snapshot = msgspec.structs.replace(snapshot, keys=(may,))
    with running_gateway(tmp_path, snapshot) as gateway:
        with openai_client(gateway, default_headers=tags) as client:
            client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
        with azure_client(gateway, default_headers=tags) as client:
            client.chat.completions.create(model="deployed", messages=MESSAGES)
        with anthropic_client(gateway, default_headers=tags) as claude:
            claude.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=CLAUDE_MESSAGES)
        with gemini_client(gateway, headers=tags) as gemini:
            gemini.models.generate_content(model="gemini-2.5-pro", contents=WISH)
        events = gateway.events()
    assert len(events) == 4
    for event in events:
        assert (event.team, event.product, event.use_case) == ("ads", "answers", "ranking")
        assert event.tags == {"squad": "blue", "ticket": "T-1"}


def test_each_sdk_lists_the_models_of_its_wire(gateway):
    with openai_client(gateway) as client:
        assert {m.id for m in client.models.list()} == {"gpt-4o-mini", "embed", "deployed"}
        assert client.models.retrieve("gpt-4o-mini").owned_by == "mock"
    with anthropic_client(gateway) as claude:
        assert {m.id for m in claude.models.list()} == {"claude-haiku-4-5"}
        assert claude.models.retrieve("claude-haiku-4-5").id == "claude-haiku-4-5"
    with gemini_client(gateway) as gemini:
        assert {m.name for m in gemini.models.list()} == {"models/gemini-2.5-pro"}
        assert gemini.models.get(model="gemini-2.5-pro").display_name == "gemini-2.5-pro"


def test_a_key_of_some_models_lists_and_calls_only_those(provider, tmp_path):
    snapshot = world_of(provider.url)
    some = key(models=("gpt-*",))
    snapshot = msgspec.structs.replace(snapshot, keys=(some,))
    with running_gateway(tmp_path, snapshot) as gateway, openai_client(gateway) as client:
        assert [m.id for m in client.models.list()] == ["gpt-4o-mini"]
        assert client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
        refused = httpx.post(
            f"{gateway.url}/v1/embeddings",
            json={"model": "embed", "input": "x"},
            headers=bearer(),
            trust_env=False,
        )
    assert refused.status_code == 403
    assert "only gpt-*" in refused.json()["error"]["message"]


def test_a_model_may_be_renamed_and_everything_else_of_the_body_stays(tmp_path):
    got: list[bytes] = []

    async def handle(request, reply):
        got.append(request.body)
        reply.send(200, [(b"content-type", b"application/json")], b"{}")

    with serving(handle) as upstream:
        provider = Provider(name="mock", wire="openai", base_url=upstream, credential="none")
        models = (Model(name="fast", provider="mock", upstream_model="gpt-4o-mini"),)
        snapshot = estate(upstream, providers=(provider,), models=models)
        with running_gateway(tmp_path, snapshot) as gateway:
            sent = b'{ "top_p" : 1.0e0, "model":"fast" ,"messages":[ {"role": "user"} ], "x": 12345678901}'
            url = f"{gateway.url}/v1/chat/completions"
            httpx.post(url, content=sent, headers=bearer(), trust_env=False)
            httpx.post(
                url, content=sent.replace(b"fast", b"mock/gpt-4o-mini"), headers=bearer(), trust_env=False
            )
            form = {"file": ("a.wav", b"RIFF\r\n\r\nmodel", "audio/wav")}
            httpx.post(
                f"{gateway.url}/v1/audio/transcriptions",
                data={"model": "fast"},
                files=form,
                headers=bearer(),
                trust_env=False,
            )
            first, second, third = gateway.events()
    want = b'{"top_p":1.0e0,"model":"gpt-4o-mini","messages":[ {"role": "user"} ],"x":12345678901}'
    assert got[:2] == [want, want]
    assert b'name="model"\r\n\r\ngpt-4o-mini\r\n' in got[2]
    assert b"RIFF\r\n\r\nmodel" in got[2]
    assert [first.model, second.model, third.model] == ["fast", "gpt-4o-mini", "fast"]
    assert second.model_requested == "mock/gpt-4o-mini"


def test_counting_tokens_is_passed_on_and_costs_nothing(tmp_path):
    async def handle(request, reply):
        body = b'{"totalTokens":7}' if "countTokens" in request.path else b'{"input_tokens":7}'
        reply.send(200, [(b"content-type", b"application/json")], body)

    with serving(handle) as upstream, running_gateway(tmp_path, world_of(upstream)) as gateway:
        with anthropic_client(gateway) as claude:
            counted = claude.messages.count_tokens(model="claude-haiku-4-5", messages=CLAUDE_MESSAGES)
        with gemini_client(gateway) as gemini:
            told = gemini.models.count_tokens(model="gemini-2.5-pro", contents="hello")
        events = gateway.events()
    assert (counted.input_tokens, told.total_tokens) == (7, 7)
    assert [(event.cost_pico, event.usage_source) for event in events] == [(0, "none")] * 2


def test_the_azure_responses_path_of_the_sdk_is_served(tmp_path):
    seen: list[str] = []

    async def handle(request, reply):
        seen.append(f"{request.path}?{request.query}")
        usage = b'{"input_tokens":3,"output_tokens":2,"total_tokens":5}'
        body = b'{"id":"resp_1","object":"response","status":"completed","output":[],"usage":%b}' % usage
        reply.send(200, [(b"content-type", b"application/json")], body)

    with serving(handle) as upstream, running_gateway(tmp_path, world_of(upstream)) as gateway:
        with azure_client(gateway, api_version="2025-04-01-preview") as client:
            client.responses.create(model="deployed", input="hello")
        with openai_client(gateway) as client:
            client.responses.create(model="deployed", input="hello")
        events = gateway.events()
    assert seen == ["/openai/responses?api-version=2025-04-01-preview", "/openai/v1/responses?"]
    assert [event.usage.tokens_input for event in events] == [3, 3]
