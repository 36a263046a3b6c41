"""How a stream is read while it passes."""

import json
from typing import Any

import pytest

from bursar.metering import StreamReader, settle
from bursar.metering.framing import BYTES_PENDING_MAX
from bursar.metering.reading import FLAG_CUT
from bursar.metering.stream import BYTES_KEPT_MAX
from bursar.vocab.usage import Usage


def sse(*events: Any) -> bytes:
    return b"".join(
        b"data: %b\n\n" % (one if isinstance(one, bytes) else json.dumps(one).encode()) for one in events
    )


def delta(text: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}],
        "usage": None,
        **fields,
    }


USAGE = {"id": "c", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}


def test_a_chat_stream_is_finished_by_its_own_end(wire_samples: Any) -> None:
    reader = StreamReader("openai", "chat")
    data = (wire_samples / "openai_chat_stream.sse").read_bytes()
    before, end = data.split(b"data: [DONE]")
    reader.feed(before)
    assert (reader.first_token_seen, reader.finished) == (True, False)
    reader.feed(b"data: [DONE]" + end)
    assert reader.finished
    reading = reader.close()
    assert reading.usage == Usage(
        tokens_input=86, tokens_cache_read=1920, tokens_output=180, tokens_reasoning=120
    )
    assert (reading.model_served, reading.service_tier, reading.finished) == ("gpt-5.2", "default", True)


def test_the_role_alone_is_no_first_token() -> None:
    reader = StreamReader("openai", "chat")
    reader.feed(sse({"choices": [{"delta": {"role": "assistant", "content": ""}}]}))
    assert not reader.first_token_seen
    reader.feed(sse(delta("H")))
    assert reader.first_token_seen


def test_reasoning_and_tool_calls_are_first_tokens_too() -> None:
    for part in ({"reasoning_content": "hm"}, {"tool_calls": [{"function": {"name": "f", "arguments": ""}}]}):
        reader = StreamReader("openai", "chat")
        reader.feed(sse({"choices": [{"delta": part}]}))
        assert reader.first_token_seen


def test_running_usage_in_every_chunk_keeps_the_last() -> None:
    reader = StreamReader("openai", "chat")
    for made in (1, 2, 3):
        reader.feed(sse(delta("x", usage={"prompt_tokens": 5, "completion_tokens": made})))
    assert reader.reading.usage == Usage(tokens_input=5, tokens_output=3)


def test_many_events_may_come_in_one_piece_and_one_event_in_many() -> None:
    data = b": keep-alive\n\n" + sse(delta("Hel"), delta("lo"), USAGE, b"[DONE]")
    for size in (1, 2, 5, 50, len(data)):
        reader = StreamReader("openai", "chat")
        for start in range(0, len(data), size):
            reader.feed(data[start : start + size])
        assert reader.finished
        assert reader.close().usage == Usage(tokens_input=5, tokens_output=7)


def test_a_stream_that_ends_without_a_line_end_is_read_to_its_end() -> None:
    reader = StreamReader("openai", "chat")
    reader.feed(sse(delta("hi")) + b"data: " + json.dumps(USAGE).encode())
    assert reader.close().usage == Usage(tokens_input=5, tokens_output=7)


def test_words_of_the_wire_inside_the_text_are_no_end() -> None:
    reader = StreamReader("openai", "chat")
    reader.feed(sse(delta("a"), delta('data: [DONE] "usage":{"prompt_tokens":1} "finish_reason":"stop"')))
    assert not reader.finished
    reading = reader.close()
    assert (reading.usage, reading.finished) == (None, False)


def test_a_finish_reason_ends_a_stream_whose_server_sends_no_done() -> None:
    reader = StreamReader("openai", "chat")
    reader.feed(sse(delta("hi"), {"choices": [{"delta": {}, "finish_reason": "stop"}]}))
    assert reader.close().finished


def test_without_usage_the_shown_bytes_are_counted() -> None:
    reader = StreamReader("openai", "chat")
    reader.feed(sse(delta("héllo "), delta("wörld"), b"[DONE]"))
    reading = reader.close()
    assert (reading.usage, reading.characters_output) == (None, len("héllo wörld".encode()))
    usage, source = settle(reading, "openai", "chat", b'{"messages":[{"role":"user","content":"12345678"}]}')
    assert (usage, source) == (Usage(tokens_input=6, tokens_output=4), "estimated")


def test_of_a_long_stream_without_usage_a_part_is_kept_and_scaled_up() -> None:
    reader = StreamReader("openai", "chat")
    piece = sse(delta("tick tock "))
    pieces = 20 * BYTES_KEPT_MAX // len(piece)
    for _ in range(pieces):
        reader.feed(piece)
    kept = sum(map(len, reader._kept))
    assert kept <= BYTES_KEPT_MAX + len(piece)
    assert reader.close().characters_output == 10 * pieces


def test_a_responses_stream_is_finished_by_its_completed_event(wire_samples: Any) -> None:
    reader = StreamReader("openai", "responses")
    data = (wire_samples / "openai_responses_stream.sse").read_bytes()
    before, completed = data.split(b"event: response.completed")
    reader.feed(before)
    assert (reader.first_token_seen, reader.finished, reader.reading.usage) == (True, False, None)
    reader.feed(b"event: response.completed" + completed)
    assert reader.finished
    assert reader.close().usage == Usage(
        tokens_input=200,
        tokens_cache_read=2000,
        tokens_cache_write_30m=400,
        tokens_output=180,
        tokens_reasoning=120,
    )


@pytest.mark.parametrize("end", ["response.incomplete", "response.failed"])
def test_a_response_that_ends_badly_still_says_its_usage(end: str) -> None:
    reader = StreamReader("openai", "responses")
    response = {"status": end[9:], "usage": {"input_tokens": 3, "output_tokens": 4}}
    reader.feed(sse({"type": end, "response": response}))
    assert reader.finished
    assert reader.close().usage == Usage(tokens_input=3, tokens_output=4)


def test_tool_calls_of_a_broken_response_are_added_to_the_estimate() -> None:
    reader = StreamReader("openai", "responses")
    item = {"type": "web_search_call", "action": {"type": "search"}}
    reader.feed(
        sse(
            {"type": "response.created", "response": {"id": "resp_1", "model": "m"}},
            {"type": "response.output_item.added", "item": item},
            {"type": "response.output_item.done", "item": item},
            {"type": "response.output_text.delta", "delta": "12345678"},
        )
    )
    reading = reader.close()
    assert (reading.usage, reading.counted) == (None, Usage(web_searches=1))
    usage, _ = settle(reading, "openai", "responses", b'{"input":"1234"}')
    assert usage == Usage(tokens_input=1, tokens_output=2, web_searches=1)


def test_streams_of_pictures_and_speech_say_their_usage_at_the_end() -> None:
    tokens = {"input_tokens": 5, "output_tokens": 9}
    for operation, kind, usage in (
        ("images", "image_generation.completed", Usage(tokens_input=5, tokens_output_image=9)),
        ("audio", "speech.audio.done", Usage(tokens_input=5, tokens_output_audio=9)),
        ("audio", "transcript.text.done", Usage(tokens_input_audio=5, tokens_output=9)),
    ):
        reader = StreamReader("openai", operation)
        reader.feed(sse({"type": kind, "usage": tokens}))
        assert reader.finished
        assert reader.close().usage == usage


def test_a_line_without_end_is_passed_over_and_flagged() -> None:
    reader = StreamReader("openai", "chat")
    reader.feed(b"data: ")
    megabyte = b"x" * 2**20
    for _ in range(BYTES_PENDING_MAX // 2**20 + 1):
        reader.feed(megabyte)
    reader.feed(b"\n" + sse(USAGE))
    reading = reader.close()
    assert reading.usage == Usage(tokens_input=5, tokens_output=7)
    assert reading.flags == [FLAG_CUT]


def test_an_unknown_wire_is_heard_without_harm() -> None:
    reader = StreamReader("smoke", "signals")
    reader.feed(sse(USAGE))
    assert reader.close().usage is None
