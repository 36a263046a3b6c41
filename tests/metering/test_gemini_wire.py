"""What Gemini's generateContent says, whole, as events and as one JSON array."""

import json
from typing import Any

from bursar.metering import StreamReader, read_reply
from bursar.vocab.usage import Usage

FINAL = Usage(tokens_input=507, tokens_cache_read=500, tokens_output=200, tokens_reasoning=300)


def chunks(wire_samples: Any) -> list[dict[str, Any]]:
    text = (wire_samples / "gemini_generate_content_stream.sse").read_text()
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data:")]


def read_array(body: bytes, size: int) -> Any:
    reader = StreamReader("gemini", "generate_content")
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader.close()


def test_thoughts_are_outside_the_candidates_and_tools_outside_the_prompt(wire_samples: Any) -> None:
    last = chunks(wire_samples)[-1]
    reading = read_reply("gemini", "generate_content", json.dumps(last).encode(), {})
    assert reading.usage == FINAL
    assert (reading.model_served, reading.service_tier) == ("gemini-2.5-pro", "ON_DEMAND")
    assert reading.provider_call_id == "r1"


def test_the_last_running_total_of_a_stream_counts(wire_samples: Any) -> None:
    reader = StreamReader("gemini", "generate_content")
    first, last = (b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks(wire_samples))
    reader.feed(first)
    assert (reader.first_token_seen, reader.finished) == (True, False)
    assert reader.reading.usage == Usage(tokens_input=1000, tokens_output=1)
    reader.feed(last)
    assert reader.finished
    assert reader.close().usage == FINAL


def test_a_stream_without_events_is_one_json_array(wire_samples: Any) -> None:
    body = json.dumps(chunks(wire_samples), indent=2).encode()
    for size in (1, 7, 64, 10_000):
        reading = read_array(body, size)
        assert (reading.usage, reading.finished) == (FINAL, True)


def test_a_broken_stream_keeps_the_last_total_that_came_whole(wire_samples: Any) -> None:
    first, last = chunks(wire_samples)
    second = {**first, "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 40}}
    array = json.dumps([first, second, last]).encode()
    events = b"".join(b"data: %b\r\n\r\n" % json.dumps(one).encode() for one in (first, second, last))
    for whole in (array, events):
        for lost in (len(json.dumps(last)) + 1, 30):
            reading = read_array(whole[:-lost], 500)
            assert reading.usage == Usage(tokens_input=1000, tokens_output=40)


def test_braces_and_quotes_inside_the_text_do_not_end_an_object(wire_samples: Any) -> None:
    first, last = chunks(wire_samples)
    first["candidates"][0]["content"]["parts"] = [{"text": 'a "} ] \\ {{ \\" end\\'}]
    body = json.dumps([first, last]).encode()
    for size in (1, 3, 1000):
        assert read_array(body, size).usage == FINAL


def test_modalities_are_divided_and_enums_may_be_numbers() -> None:
    usage = {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 30,
        "candidatesTokenCount": 50,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 20},
            {"modality": 4, "tokenCount": 50},
            {"modality": "VIDEO", "tokenCount": 20},
            {"modality": "DOCUMENT", "tokenCount": 10},
        ],
        "cacheTokensDetails": [
            {"modality": "AUDIO", "tokenCount": 25},
            {"modality": "TEXT", "tokenCount": 5},
        ],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 45}],
        "trafficType": 2,
    }
    reading = read_reply("gemini", "generate_content", json.dumps({"usageMetadata": usage}).encode(), {})
    assert reading.usage == Usage(
        tokens_input=25,
        tokens_input_audio=25,
        tokens_input_video=20,
        tokens_cache_read=5,
        tokens_cache_read_audio=25,
        tokens_output=5,
        tokens_output_image=45,
    )
    assert reading.service_tier == "PROVISIONED_THROUGHPUT"


def test_a_chunk_that_names_only_the_traffic_says_no_usage() -> None:
    reader = StreamReader("gemini", "generate_content")
    candidates = [{"content": {"parts": [{"text": "hi"}]}}]
    chunk = {"candidates": candidates, "usageMetadata": {"trafficType": "ON_DEMAND"}}
    reader.feed(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    reading = reader.close()
    assert reading.usage is None
    assert (reading.characters_output, reading.finished) == (2, False)


def test_a_blocked_prompt_costs_its_input() -> None:
    body = b'{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":9}}'
    assert read_reply("gemini", "generate_content", body, {}).usage == Usage(tokens_input=9)


def grounded(model: str, *queries: str) -> dict[str, Any]:
    return {
        "candidates": [{"groundingMetadata": {"webSearchQueries": list(queries)}}],
        "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 4},
        "modelVersion": model,
    }


def test_google_searches_are_billed_by_the_query_or_by_the_prompt() -> None:
    for model, searches in (("gemini-3.5-flash", 2), ("gemini-2.5-pro", 1)):
        reply = json.dumps(grounded(model, "who", "when", "")).encode()
        whole = read_reply("gemini", "generate_content", reply, {})
        assert whole.usage == Usage(tokens_input=9, tokens_output=4, web_searches=searches)


def test_searches_named_in_the_middle_of_a_stream_are_kept_to_its_end() -> None:
    text = {"candidates": [{"content": {"parts": [{"text": "hi"}]}}], "modelVersion": "gemini-3.5-flash"}
    last = {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 9}}
    reader = StreamReader("gemini", "generate_content")
    for chunk in (text, grounded("gemini-3.5-flash", "who", "when"), text, last):
        reader.feed(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    assert reader.close().usage == Usage(tokens_input=9, web_searches=2)
