"""What Anthropic's messages say, whole and streamed."""

import json
from typing import Any

from bursar.metering import Aside, Reading, StreamReader, read_reply
from bursar.metering.reading import FLAG_ASIDE, FLAG_REPRICED
from bursar.vocab.usage import Usage


def read(**usage: Any) -> Reading:
    reply = {"id": "msg_1", "model": "claude-opus-5", "usage": usage}
    return read_reply("anthropic", "messages", json.dumps(reply).encode(), {})


def event(kind: str, **fields: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), json.dumps({"type": kind, **fields}).encode())


def test_cached_tokens_are_beside_the_input_and_divided_by_lifetime() -> None:
    reading = read(
        input_tokens=12,
        cache_creation_input_tokens=100,
        cache_read_input_tokens=900,
        cache_creation={"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
        output_tokens=50,
        output_tokens_details={"thinking_tokens": 20},
        server_tool_use={"web_search_requests": 2, "web_fetch_requests": 1},
        service_tier="standard",
        speed="fast",
        inference_geo="us",
    )
    assert reading.usage == Usage(
        tokens_input=12,
        tokens_cache_read=900,
        tokens_cache_write_5m=60,
        tokens_cache_write_1h=40,
        tokens_output=30,
        tokens_reasoning=20,
        web_searches=2,
        web_fetches=1,
    )
    assert (reading.service_tier, reading.speed, reading.inference_geo) == ("standard", "fast", "us")
    assert (reading.model_served, reading.provider_call_id) == ("claude-opus-5", "msg_1")


def test_a_batch_result_is_priced_as_batch(wire_samples: Any) -> None:
    line = json.loads((wire_samples / "anthropic_batch_result_line.jsonl").read_bytes())
    reading = read_reply("anthropic", "messages", json.dumps(line["result"]["message"]).encode(), {})
    assert (reading.processing, reading.usage) == ("batch", Usage(tokens_input=100, tokens_output=10))


def test_compaction_is_billed_on_top_of_the_top_level() -> None:
    reading = read(
        input_tokens=23_000,
        output_tokens=1000,
        iterations=[
            {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3500},
            {"type": "message", "input_tokens": 23_000, "output_tokens": 1000},
        ],
    )
    assert reading.usage == Usage(tokens_input=203_000, tokens_output=4500)
    assert reading.asides == []


def test_an_advisors_tokens_are_aside_at_the_advisors_rates() -> None:
    reading = read(
        input_tokens=10,
        output_tokens=5,
        iterations=[
            {"type": "message", "input_tokens": 10, "output_tokens": 5},
            {"type": "advisor_message", "model": "claude-fable-5", "input_tokens": 70, "output_tokens": 8},
        ],
    )
    assert reading.usage == Usage(tokens_input=10, tokens_output=5)
    advice = Usage(tokens_input=70, tokens_output=8)
    assert reading.asides == [Aside("advisor", "claude-fable-5", advice)]
    assert reading.flags == [FLAG_ASIDE]


def test_a_declined_attempt_of_another_model_is_aside() -> None:
    reading = read(
        input_tokens=10,
        output_tokens=5,
        iterations=[
            {"type": "message", "model": "claude-fable-5", "input_tokens": 9, "output_tokens": 1},
            {"type": "fallback_message", "model": "claude-opus-5", "input_tokens": 10, "output_tokens": 5},
        ],
    )
    assert reading.usage == Usage(tokens_input=10, tokens_output=5)
    declined = Usage(tokens_input=9, tokens_output=1)
    assert reading.asides == [Aside("declined", "claude-fable-5", declined)]


def test_a_redeemed_fallback_credit_is_flagged() -> None:
    assert read(input_tokens=1, output_tokens=1, fallback_credit={"status": {"type": "redeemed"}}).flags == [
        FLAG_REPRICED
    ]


def test_later_usage_of_a_stream_replaces_earlier_and_is_never_added(wire_samples: Any) -> None:
    reader = StreamReader("anthropic", "messages")
    reader.feed((wire_samples / "anthropic_messages_stream.sse").read_bytes())
    assert reader.finished
    reading = reader.close()
    assert reading.usage == Usage(
        tokens_input=12,
        tokens_cache_read=900,
        tokens_cache_write_5m=60,
        tokens_cache_write_1h=40,
        tokens_output=50,
        web_searches=2,
    )
    assert (reading.inference_geo, reading.estimated) == ("global", False)


def test_message_delta_may_raise_the_input_after_server_tools() -> None:
    reader = StreamReader("anthropic", "messages")
    reader.feed(
        event("message_start", message={"id": "m", "usage": {"input_tokens": 10, "output_tokens": 1}})
    )
    reader.feed(event("message_delta", usage={"input_tokens": 700, "output_tokens": 40}))
    reader.feed(event("message_stop"))
    assert reader.close().usage == Usage(tokens_input=700, tokens_output=40)


def test_a_broken_stream_knows_its_input_and_estimates_its_output() -> None:
    reader = StreamReader("anthropic", "messages")
    start = {"id": "m", "model": "claude-opus-5", "usage": {"input_tokens": 321, "output_tokens": 2}}
    reader.feed(event("message_start", message=start))
    assert not reader.first_token_seen
    for _ in range(100):
        reader.feed(event("content_block_delta", index=0, delta={"type": "text_delta", "text": "tick tock "}))
    assert reader.first_token_seen
    reading = reader.close()
    assert reading.usage == Usage(tokens_input=321, tokens_output=250)
    assert (reading.estimated, reading.finished, reading.characters_output) == (True, False, 1000)


def test_words_of_the_wire_inside_the_text_change_nothing() -> None:
    reader = StreamReader("anthropic", "messages")
    reader.feed(event("message_start", message={"usage": {"input_tokens": 5, "output_tokens": 1}}))
    trap = 'message_stop {"usage": {"output_tokens": 9999}}'
    reader.feed(event("content_block_delta", delta={"type": "text_delta", "text": trap}))
    assert not reader.finished
    assert reader.reading.usage == Usage(tokens_input=5, tokens_output=1)
