"""The official SDKs read the simulator's replies as they read the providers' own."""

import asyncio
from collections.abc import Iterator

import anthropic
import httpx
import openai
import pytest
from google import genai

from bursar.simulate import Running, write_directive

WISH = write_directive(input=4808, output=30, cached=100, reasoning=12, chunks=4)
MESSAGES = [{"role": "user", "content": f"Count this. {WISH}"}]


@pytest.fixture
def client(provider: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{provider.url}/v1", api_key="sk-any", max_retries=0) as client:
        yield client


@pytest.fixture
def claude(provider: Running) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=provider.url, api_key="sk-any", max_retries=0) as client:
        yield client


@pytest.fixture
def gemini(provider: Running) -> Iterator[genai.Client]:
    client = genai.Client(api_key="any", http_options={"base_url": provider.url})
    yield client
    client.close()


def check_chat_usage(usage):
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (4808, 30, 4838)
    assert usage.prompt_tokens_details.cached_tokens == 100
    assert usage.completion_tokens_details.reasoning_tokens == 12


def test_openai_chat_answers_with_the_tokens_asked_for(client):
    reply = client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
    check_chat_usage(reply.usage)
    assert reply.model == "gpt-4o-mini"
    assert reply.choices[0].finish_reason == "stop"
    assert len(reply.choices[0].message.content) == 4 * 18


def test_openai_chat_streams_with_usage_only_if_asked(client):
    with client.chat.completions.create(
        model="gpt-4o-mini", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-1].choices == []
    check_chat_usage(chunks[-1].usage)
    assert [len(chunk.choices[0].delta.content or "") for chunk in chunks[1:-2]] == [16, 20, 16, 20]

    with client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, stream=True) as stream:
        plain = list(stream)
    assert len(plain) == len(chunks) - 1
    assert all("usage" not in chunk.model_fields_set for chunk in plain)


def test_openai_chat_gives_as_many_choices_as_asked(client):
    reply = client.chat.completions.create(model="m", messages=MESSAGES, n=3)
    assert [choice.index for choice in reply.choices] == [0, 1, 2]
    check_chat_usage(reply.usage)


def test_openai_responses_whole_and_streamed(client):
    reply = client.responses.create(model="gpt-4o-mini", input=f"Count. {WISH}")
    with client.responses.stream(model="gpt-4o-mini", input=f"Count. {WISH}") as stream:
        types = [event.type for event in stream]
        final = stream.get_final_response()
    assert types[0] == "response.created"
    assert types[-1] == "response.completed"
    for usage in (reply.usage, final.usage):
        assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (4808, 30, 4838)
        assert usage.input_tokens_details.cached_tokens == 100
        assert usage.output_tokens_details.reasoning_tokens == 12
    assert reply.output_text == final.output_text
    assert len(reply.output_text) == 72


def test_openai_responses_say_when_the_limit_stopped_them(client):
    reply = client.responses.create(
        model="m", input=write_directive(input=5, output=500), max_output_tokens=20
    )
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert reply.usage.output_tokens == 20


def test_openai_embeddings_as_floats_and_as_base64(client):
    # The SDK asks for base64 by itself and turns it into floats.
    packed = client.embeddings.create(model="e", input=["one", f"two {write_directive(input=7)}"])
    plain = client.embeddings.create(
        model="e", input=f"x {write_directive(input=7)}", dimensions=8, encoding_format="float"
    )
    assert packed.usage.prompt_tokens == plain.usage.prompt_tokens == 7
    assert [len(item.embedding) for item in packed.data] == [1536, 1536]
    assert sum(value * value for value in plain.data[0].embedding) == pytest.approx(1.0)


def test_openai_legacy_completions_whole_and_streamed(client):
    prompt = f"Once {write_directive(input=11, output=6)}"
    reply = client.completions.create(model="c", prompt=prompt, max_tokens=50)
    with client.completions.create(
        model="c", prompt=prompt, max_tokens=50, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (11, 6)
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (11, 6)
    assert reply.choices[0].text == "".join(chunk.choices[0].text for chunk in chunks[:-1])


def test_openai_asynchronously(provider):
    async def story():
        url = f"{provider.url}/v1"
        async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
            reply = await client.chat.completions.create(model="m", messages=MESSAGES)
            stream = await client.chat.completions.create(
                model="m", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
            )
            return reply, [chunk async for chunk in stream]

    reply, chunks = asyncio.run(story())
    check_chat_usage(reply.usage)
    check_chat_usage(chunks[-1].usage)


def test_azure_deployments_open_their_streams_with_a_filter_chunk(provider):
    with openai.AzureOpenAI(
        azure_endpoint=provider.url, api_key="k", api_version="2024-10-21", max_retries=0
    ) as client:
        reply = client.chat.completions.create(model="deployed", messages=MESSAGES)
        with client.chat.completions.create(model="deployed", messages=MESSAGES, stream=True) as stream:
            chunks = list(stream)
    check_chat_usage(reply.usage)
    assert reply.model == "deployed"
    assert (chunks[0].choices, chunks[0].id) == ([], "")
    assert chunks[-1].choices[0].finish_reason == "stop"


CLAUDE_WISH = write_directive(input=50, output=10, cached=5, cache_write=7, cache_write_1h=3, reasoning=4)
CLAUDE_MESSAGES = [{"role": "user", "content": CLAUDE_WISH}]


def check_claude_usage(usage):
    assert (usage.input_tokens, usage.output_tokens) == (35, 10)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (5, 10)
    assert usage.cache_creation.ephemeral_5m_input_tokens == 7
    assert usage.cache_creation.ephemeral_1h_input_tokens == 3
    assert usage.output_tokens_details.thinking_tokens == 4


def test_anthropic_messages_whole_and_streamed(claude):
    reply = claude.messages.create(model="claude-haiku-4-5", max_tokens=99, messages=CLAUDE_MESSAGES)
    with claude.messages.stream(model="claude-haiku-4-5", max_tokens=99, messages=CLAUDE_MESSAGES) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    check_claude_usage(reply.usage)
    check_claude_usage(final.usage)
    assert [block.type for block in reply.content] == ["thinking", "text"]
    assert reply.content[1].text == text
    assert (reply.stop_reason, reply.id) == ("end_turn", final.id)


def test_anthropic_repeats_speed_and_geography_in_its_usage(claude):
    reply = claude.messages.create(
        model="m", max_tokens=9, messages=CLAUDE_MESSAGES, extra_body={"speed": "fast", "inference_geo": "us"}
    )
    assert (reply.usage.speed, reply.usage.inference_geo) == ("fast", "us")


def test_anthropic_asynchronously(provider):
    async def story():
        async with anthropic.AsyncAnthropic(base_url=provider.url, api_key="k", max_retries=0) as claude:
            reply = await claude.messages.create(model="m", max_tokens=99, messages=CLAUDE_MESSAGES)
            async with claude.messages.stream(model="m", max_tokens=99, messages=CLAUDE_MESSAGES) as stream:
                return reply, await stream.get_final_message()

    for message in asyncio.run(story()):
        check_claude_usage(message.usage)


def check_gemini_usage(usage):
    assert (usage.prompt_token_count, usage.cached_content_token_count) == (4808, 100)
    assert (usage.candidates_token_count, usage.thoughts_token_count) == (18, 12)
    assert usage.total_token_count == 4838


def test_gemini_whole_and_streamed(gemini):
    reply = gemini.models.generate_content(model="gemini-2.5-pro", contents=WISH)
    chunks = list(gemini.models.generate_content_stream(model="gemini-2.5-pro", contents=WISH))
    check_gemini_usage(reply.usage_metadata)
    check_gemini_usage(chunks[-1].usage_metadata)
    counts = [chunk.usage_metadata.candidates_token_count for chunk in chunks]
    assert counts == sorted(counts)
    assert reply.text == "".join(chunk.text for chunk in chunks)


def test_gemini_asynchronously(provider):
    async def story():
        options = {"base_url": provider.url}
        async with genai.Client(api_key="k", http_options=options).aio as gemini:
            reply = await gemini.models.generate_content(model="m", contents=WISH)
            stream = await gemini.models.generate_content_stream(model="m", contents=WISH)
            return reply, [chunk async for chunk in stream]

    reply, chunks = asyncio.run(story())
    check_gemini_usage(reply.usage_metadata)
    check_gemini_usage(chunks[-1].usage_metadata)


def test_gemini_streams_without_sse_are_one_json_array(provider):
    url = f"{provider.url}/v1beta/models/gemini-2.5-pro:streamGenerateContent"
    reply = httpx.post(url, json={"contents": [{"role": "user", "parts": [{"text": WISH}]}]})
    replies = reply.json()
    assert len(replies) == 4
    assert replies[-1]["usageMetadata"]["totalTokenCount"] == 4838


def test_each_sdk_lists_the_models(client, claude, gemini):
    names = {model.id for model in client.models.list()}
    assert "gpt-4o-mini" in names
    assert {model.id for model in claude.models.list()} == names
    assert {model.name for model in gemini.models.list()} == {f"models/{name}" for name in names}


def test_each_sdk_raises_its_own_rate_limit_error(client, claude, gemini):
    wish = write_directive(error=429)
    messages = [{"role": "user", "content": wish}]
    with pytest.raises(openai.RateLimitError) as refused:
        client.chat.completions.create(model="m", messages=messages)
    assert refused.value.response.headers["retry-after"] == "1"
    with pytest.raises(anthropic.RateLimitError):
        claude.messages.create(model="m", max_tokens=5, messages=messages)
    with pytest.raises(genai.errors.ClientError) as refused_by_gemini:
        gemini.models.generate_content(model="m", contents=wish)
    assert refused_by_gemini.value.status == "RESOURCE_EXHAUSTED"


def test_a_disconnect_reaches_the_sdk_as_a_broken_connection(client):
    messages = [{"role": "user", "content": write_directive(output=50, error="disconnect")}]
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(model="m", messages=messages)
    with (
        client.chat.completions.create(model="m", messages=messages, stream=True) as stream,
        pytest.raises((openai.APIError, httpx.HTTPError)) as broken,
    ):
        list(stream)
    assert broken.value is not None


def test_sdks_read_replies_without_any_usage(client, claude):
    messages = [{"role": "user", "content": write_directive(usage="no")}]
    assert client.chat.completions.create(model="m", messages=messages).usage is None
    with claude.messages.stream(model="m", max_tokens=9, messages=messages) as stream:
        assert stream.get_final_message().usage.output_tokens is None
