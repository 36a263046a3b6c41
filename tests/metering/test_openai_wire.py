"""What OpenAI's wire and its relatives say, in whole replies."""

import json
from typing import Any

import pytest

from bursar.metering import Aside, Reading, read_reply
from bursar.metering.reading import FLAG_ASIDE, FLAG_CLAMPED, FLAG_HIDDEN_OUTPUT
from bursar.vocab.usage import Usage, tokens_input_total, tokens_output_total


def read(operation: str, reply: dict[str, Any], wire: str = "openai") -> Reading:
    return read_reply(wire, operation, json.dumps(reply).encode(), {})


def chat(**usage: Any) -> Reading:
    return read("chat", {"id": "chatcmpl-1", "model": "m", "choices": [], "usage": usage})


def test_cached_and_reasoning_tokens_are_taken_out_of_their_totals(wire_samples: Any) -> None:
    reading = read_reply("openai", "chat", (wire_samples / "openai_chat_nonstream.json").read_bytes(), {})
    assert reading.usage == Usage(
        tokens_input=86, tokens_cache_read=1920, tokens_output=180, tokens_reasoning=120
    )
    assert (reading.model_served, reading.service_tier) == ("gpt-5.2-2026-01-10", "default")
    assert (reading.provider_call_id, reading.finished) == ("chatcmpl-1", True)


def test_a_batch_output_line_holds_an_ordinary_reply(wire_samples: Any) -> None:
    line = json.loads((wire_samples / "openai_batch_output_line.jsonl").read_bytes())
    reading = read("chat", line["response"]["body"])
    assert reading.usage == Usage(tokens_input=100, tokens_output=10)


def test_azure_speaks_the_same_words() -> None:
    reply = {"model": "gpt-4o-2024-08-06", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    assert read("chat", reply, wire="azure") == read("chat", reply)


def test_responses_cache_writes_are_divided_by_lifetime() -> None:
    usage = {
        "input_tokens": 2600,
        "input_tokens_details": {
            "cached_tokens": 2000,
            "cache_write_tokens": 450,
            "cache_write_tokens_details": {"ttl_30m_tokens": 300, "ttl_12h_tokens": 100},
        },
        "output_tokens": 300,
        "output_tokens_details": {"reasoning_tokens": 120},
    }
    assert read("responses", {"status": "completed", "usage": usage}).usage == Usage(
        tokens_input=150,
        tokens_cache_read=2000,
        tokens_cache_write=50,
        tokens_cache_write_30m=300,
        tokens_cache_write_12h=100,
        tokens_output=180,
        tokens_reasoning=120,
    )


def test_hosted_tool_calls_are_counted_by_the_piece() -> None:
    output = [
        {"type": "reasoning"},
        {"type": "web_search_call", "action": {"type": "search"}},
        {"type": "web_search_call", "action": {"type": "open_page"}},
        {"type": "web_search_call"},
        {"type": "file_search_call"},
        {"type": "code_interpreter_call"},
        {"type": "image_generation_call", "result": "aGk="},
        {"type": "message", "content": [{"type": "output_text", "text": "web_search_call"}]},
    ]
    usage = read("responses", {"output": output, "usage": {"input_tokens": 1, "output_tokens": 1}}).usage
    assert usage is not None
    assert (usage.web_searches, usage.file_searches, usage.code_executions, usage.images) == (2, 1, 1, 1)


def test_the_providers_own_account_of_its_tools_goes_before_counted_items() -> None:
    reading = read(
        "responses",
        {
            "output": [{"type": "web_search_call"}, {"type": "image_generation_call"}],
            "usage": {"input_tokens": 1, "output_tokens": 1},
            "tool_usage": {
                "web_search": {"num_requests": 3},
                "image_gen": {"input_tokens": 50, "output_tokens": 1056},
            },
        },
    )
    assert reading.usage is not None
    assert (reading.usage.web_searches, reading.usage.images) == (3, 0)
    made = Usage(tokens_input=50, tokens_output_image=1056)
    assert reading.asides == [Aside("image_generation", "", made)]
    assert reading.flags == [FLAG_ASIDE]


@pytest.mark.parametrize(
    ("status", "finished"), [("queued", False), ("in_progress", False), ("completed", True)]
)
def test_a_background_response_is_finished_when_it_says_so(status: str, finished: bool) -> None:
    assert read("responses", {"status": status}).finished is finished


def test_embeddings_have_input_only() -> None:
    reading = read("embeddings", {"usage": {"prompt_tokens": 8, "total_tokens": 8}})
    assert reading.usage == Usage(tokens_input=8)
    only_total = read("embeddings", {"usage": {"total_tokens": 12}})
    assert only_total.usage == Usage(tokens_input=12)


def test_pictures_are_billed_by_tokens_where_the_reply_says_them() -> None:
    usage = {
        "input_tokens": 50,
        "output_tokens": 4200,
        "total_tokens": 4250,
        "input_tokens_details": {"image_tokens": 40, "text_tokens": 10},
    }
    reading = read("images", {"data": [{"b64_json": "aGk="}], "usage": usage})
    assert reading.usage == Usage(tokens_input=10, tokens_input_image=40, tokens_output_image=4200)


def test_pictures_without_usage_are_billed_by_the_piece() -> None:
    assert read("images", {"data": [{"url": "a"}, {"url": "b"}]}).usage == Usage(images=2)


def test_svg_authoring_is_billed_aside_at_its_own_model() -> None:
    svg = {
        "model": "gpt-5.6",
        "input_tokens": 9,
        "output_tokens": 20,
        "reasoning_tokens": 5,
        "total_tokens": 29,
    }
    reading = read("images", {"data": [{}], "svg_usage": svg})
    tokens = Usage(tokens_input=9, tokens_output=15, tokens_reasoning=5)
    assert reading.asides == [Aside("svg", "gpt-5.6", tokens)]


def test_transcripts_are_billed_by_tokens_or_by_time() -> None:
    tokens = {
        "type": "tokens",
        "input_tokens": 14,
        "input_token_details": {"text_tokens": 4, "audio_tokens": 10},
        "output_tokens": 45,
    }
    assert read("audio", {"text": "hi", "usage": tokens}).usage == Usage(
        tokens_input=4, tokens_input_audio=10, tokens_output=45
    )
    timed = read("audio", {"text": "hi", "usage": {"type": "duration", "seconds": 9.5}})
    assert timed.usage == Usage(audio_ms=9500)
    assert read("audio", {"text": "hi", "duration": 8.47}).usage == Usage(audio_ms=8470)
    undivided = read("audio", {"usage": {"input_tokens": 14, "output_tokens": 2}})
    assert undivided.usage == Usage(tokens_input_audio=14, tokens_output=2)


def test_realtime_style_cached_modalities_are_divided() -> None:
    usage = chat(
        prompt_tokens=100,
        completion_tokens=0,
        prompt_tokens_details={
            "audio_tokens": 60,
            "cached_tokens": 50,
            "cached_tokens_details": {"audio_tokens": 30},
        },
    ).usage
    assert usage == Usage(
        tokens_input=20, tokens_input_audio=30, tokens_cache_read=20, tokens_cache_read_audio=30
    )


def test_cached_tokens_of_unsaid_modality_are_text_as_far_as_text_goes() -> None:
    details = {"audio_tokens": 60, "cached_tokens": 50}
    usage = chat(prompt_tokens=100, completion_tokens=0, prompt_tokens_details=details).usage
    assert usage == Usage(tokens_cache_read=40, tokens_cache_read_audio=10, tokens_input_audio=50)


def test_groq_puts_a_streams_usage_aside_and_the_reading_finds_it() -> None:
    groq = read(
        "chat", {"x_groq": {"usage": {"prompt_tokens": 5, "completion_tokens": 6, "total_time": 0.1}}}
    )
    assert groq.usage == Usage(tokens_input=5, tokens_output=6)


def test_deepseek_and_moonshot_name_cached_tokens_their_own_way() -> None:
    deepseek = chat(
        prompt_tokens=12, completion_tokens=1, prompt_cache_hit_tokens=10, prompt_cache_miss_tokens=2
    )
    assert deepseek.usage == Usage(tokens_input=2, tokens_cache_read=10, tokens_output=1)
    moonshot = chat(prompt_tokens=12, completion_tokens=1, cached_tokens=4)
    assert moonshot.usage == Usage(tokens_input=8, tokens_cache_read=4, tokens_output=1)


def test_writer_and_mistral_misspell_the_details_and_are_understood() -> None:
    details = {"cached_tokens": 4}
    assert chat(prompt_tokens=9, completion_tokens=0, prompt_token_details=details).usage == Usage(
        tokens_input=5, tokens_cache_read=4
    )


def test_mistral_bills_audio_by_the_second_beside_tokens() -> None:
    usage = chat(prompt_tokens=4, completion_tokens=635, total_tokens=3264, prompt_audio_seconds=203).usage
    assert usage == Usage(tokens_input=4, tokens_output=635, audio_ms=203_000)


def test_perplexity_says_how_often_it_searched() -> None:
    usage = chat(prompt_tokens=4, completion_tokens=6, num_search_queries=3).usage
    assert usage == Usage(tokens_input=4, tokens_output=6, web_searches=3)


def test_reasoning_outside_the_output_is_added_where_the_total_holds_it() -> None:
    xai = chat(
        prompt_tokens=10,
        completion_tokens=5,
        total_tokens=35,
        completion_tokens_details={"reasoning_tokens": 20},
    )
    assert xai.usage == Usage(tokens_input=10, tokens_output=5, tokens_reasoning=20)
    assert xai.flags == []


def test_output_that_only_the_total_holds_is_reasoning_and_flagged() -> None:
    gemini_by_openai = chat(prompt_tokens=10, completion_tokens=5, total_tokens=40)
    assert gemini_by_openai.usage == Usage(tokens_input=10, tokens_output=5, tokens_reasoning=25)
    assert gemini_by_openai.flags == [FLAG_HIDDEN_OUTPUT]


def test_more_cached_than_input_is_cut_and_flagged() -> None:
    reading = chat(prompt_tokens=10, completion_tokens=0, prompt_tokens_details={"cached_tokens": 12})
    assert reading.usage == Usage(tokens_cache_read=10)
    assert reading.flags == [FLAG_CLAMPED]


def test_wrong_types_lose_their_field_and_nothing_else() -> None:
    reading = read(
        "chat",
        {
            "id": 7,
            "model": "m",
            "service_tier": ["flex"],
            "usage": {
                "prompt_tokens": "120",
                "completion_tokens": 30.0,
                "prompt_tokens_details": {"cached_tokens": {"many": True}, "audio_tokens": True},
                "completion_tokens_details": "none",
            },
        },
    )
    assert reading.usage == Usage(tokens_input=120, tokens_output=30)
    assert (reading.model_served, reading.provider_call_id, reading.service_tier) == ("m", "", "")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"x"', b"{", b"<html>", b'{"usage":null}', b'{"usage":{}}', b"\xff"]
)
def test_a_body_without_usage_has_none(body: bytes) -> None:
    for operation in ("chat", "responses", "embeddings", "images", "audio", "completions", "unheard_of"):
        assert read_reply("openai", operation, body, {}).usage is None


def test_the_sums_of_the_classes_are_the_providers_totals() -> None:
    usage = chat(
        prompt_tokens=1000,
        completion_tokens=500,
        total_tokens=1500,
        prompt_tokens_details={"cached_tokens": 100, "audio_tokens": 30, "image_tokens": 20},
        completion_tokens_details={
            "reasoning_tokens": 70,
            "audio_tokens": 40,
            "rejected_prediction_tokens": 9,
        },
    ).usage
    assert usage is not None
    assert (tokens_input_total(usage), tokens_output_total(usage)) == (1000, 500)
