"""The shortest stories: one call of each kind, and what it leaves behind."""

import openai
from running import SECRET

from bursar.simulate import write_directive

WISH = write_directive(input=4808, output=30, cached=100, reasoning=12, chunks=4)
MESSAGES = [{"role": "user", "content": f"Count this. {WISH}"}]
COST_PICO = 4708 * 150_000 + 100 * 75_000 + 30 * 600_000


def client_of(gateway):
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=SECRET, max_retries=0)


def test_a_call_is_metered_priced_tagged_and_durable(gateway):
    with client_of(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=MESSAGES)
    event = gateway.event(raw.headers["x-bursar-call-id"])
    assert raw.headers["x-bursar-cost-usd"] == "0.0007317"
    assert event.cost_pico == COST_PICO
    assert (event.team, event.product, event.use_case) == ("search", "answers", "chat")
    assert (event.environment, event.model, event.provider) == ("production", "gpt-4o-mini", "mock")
    usage = event.usage
    assert (usage.tokens_input, usage.tokens_cache_read) == (4708, 100)
    assert (usage.tokens_output, usage.tokens_reasoning) == (18, 12)
    assert event.status == "complete"
    assert event.usage_source == "provider"


def test_a_stream_is_metered_though_the_client_did_not_ask_for_usage(gateway):
    with client_of(gateway) as client:
        stream = client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, stream=True)
        call_id = stream.response.headers["x-bursar-call-id"]
        chunks = list(stream)
    assert all(chunk.choices for chunk in chunks)
    event = gateway.event(call_id)
    assert event.cost_pico == COST_PICO
    assert event.streamed
    assert event.first_token_us is not None
    assert "usage_injected" in event.flags
