"""What Bedrock's Converse and InvokeModel say, in bodies, headers and event-stream frames."""

import base64
import json
import struct
import zlib
from typing import Any

from bursar.metering import StreamReader, read_reply
from bursar.metering.reading import FLAG_CUT, FLAG_DISPUTED
from bursar.vocab.usage import Usage

CONVERSED = Usage(
    tokens_input=12,
    tokens_cache_read=900,
    tokens_cache_write_5m=60,
    tokens_cache_write_1h=40,
    tokens_output=50,
)


def frame(kind: str, payload: dict[str, Any]) -> bytes:
    headers = b"".join(
        bytes([len(name)]) + name + b"\x07" + struct.pack(">H", len(value)) + value
        for name, value in ((b":event-type", kind.encode()), (b":content-type", b"application/json"))
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


def chunk(payload: dict[str, Any]) -> bytes:
    return frame("chunk", {"bytes": base64.b64encode(json.dumps(payload).encode()).decode(), "p": "abc"})


def read_frames(operation: str, data: bytes, size: int = 11) -> Any:
    reader = StreamReader("bedrock", operation)
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    return reader.close()


def test_converse_excludes_cached_tokens_and_says_their_lifetime(wire_samples: Any) -> None:
    body = (wire_samples / "bedrock_converse_nonstream.json").read_bytes()
    reading = read_reply("bedrock", "converse", body, {})
    assert reading.usage == CONVERSED
    assert (reading.service_tier, reading.speed) == ("default", "standard")


def test_a_converse_stream_is_read_from_frames_and_from_decoded_objects(wire_samples: Any) -> None:
    lines = (wire_samples / "bedrock_converse_stream.jsonl").read_bytes()
    reader = StreamReader("bedrock", "converse")
    reader.feed(lines)
    assert (reader.first_token_seen, reader.finished, reader.close().usage) == (True, True, CONVERSED)
    framed = b"".join(frame(*next(iter(json.loads(line).items()))) for line in lines.splitlines())
    for size in (1, 13, 10_000):
        reading = read_frames("converse", framed, size)
        assert (reading.usage, reading.finished) == (CONVERSED, True)


def test_a_routed_prompt_says_which_model_served() -> None:
    body = {
        "usage": {"inputTokens": 1, "outputTokens": 2},
        "trace": {"promptRouter": {"invokedModelId": "m-x"}},
    }
    assert read_reply("bedrock", "converse", json.dumps(body).encode(), {}).model_served == "m-x"


def test_invoke_headers_count_where_the_body_does_not() -> None:
    headers = {
        "X-Amzn-Bedrock-Input-Token-Count": "7",
        "X-Amzn-Bedrock-Output-Token-Count": "9",
        "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "3",
        "X-Amzn-Bedrock-Service-Tier": "flex",
    }
    reading = read_reply("bedrock", "invoke_model", b'{"outputs":[{"text":"hi"}]}', headers)
    assert reading.usage == Usage(tokens_input=7, tokens_cache_read=3, tokens_output=9)
    assert reading.service_tier == "flex"


def test_the_body_tells_the_cache_lifetime_that_the_headers_leave_out() -> None:
    body = {
        "type": "message",
        "usage": {
            "input_tokens": 4,
            "output_tokens": 5,
            "cache_creation_input_tokens": 10,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10},
        },
    }
    headers = {
        "x-amzn-bedrock-input-token-count": "4",
        "x-amzn-bedrock-output-token-count": "5",
        "x-amzn-bedrock-cache-write-input-token-count": "10",
    }
    reading = read_reply("bedrock", "invoke_model", json.dumps(body).encode(), headers)
    assert reading.usage == Usage(tokens_input=4, tokens_cache_write_1h=10, tokens_output=5)
    assert reading.flags == []


def test_every_family_of_models_says_its_counts_its_own_way() -> None:
    expected = Usage(tokens_input=6, tokens_output=9)
    for body in (
        {"inputTextTokenCount": 6, "results": [{"tokenCount": 4}, {"tokenCount": 5}]},
        {"prompt_token_count": 6, "generation_token_count": 9},
        {"usage": {"inputTokens": 6, "outputTokens": 9}},
        {"usage": {"input_tokens": 6, "output_tokens": 9}},
        {"usage": {"prompt_tokens": 6, "completion_tokens": 9, "total_tokens": 15}},
    ):
        assert read_reply("bedrock", "invoke_model", json.dumps(body).encode(), {}).usage == expected


def test_awss_own_count_of_a_stream_rules_and_a_dispute_is_flagged() -> None:
    metrics = {"inputTokenCount": 392, "outputTokenCount": 90}
    data = (
        chunk({"type": "message_start", "message": {"usage": {"input_tokens": 392, "output_tokens": 4}}})
        + chunk({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "hi"}})
        + chunk({"type": "message_delta", "usage": {"output_tokens": 134}})
        + chunk({"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics})
    )
    reading = read_frames("invoke_model", data)
    assert reading.usage == Usage(tokens_input=392, tokens_output=90)
    assert (reading.finished, reading.flags) == (True, [FLAG_DISPUTED])


def test_a_broken_invoke_stream_keeps_what_it_knows() -> None:
    data = chunk({"type": "message_start", "message": {"usage": {"input_tokens": 50, "output_tokens": 1}}})
    data += chunk({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x" * 400}}) * 2
    reading = read_frames("invoke_model", data[:-5])
    assert reading.usage == Usage(tokens_input=50, tokens_output=100)
    assert (reading.estimated, reading.finished) == (True, False)


def test_frames_out_of_step_are_given_up_and_flagged() -> None:
    good = frame("contentBlockDelta", {"delta": {"text": "hi"}})
    reading = read_frames("converse", good + b"\0" * 40)
    assert (reading.usage, reading.flags) == (None, [FLAG_CUT])
