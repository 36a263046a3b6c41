"""The reading of every recorded reply equals a plain computation from the reply's own usage object."""

import base64
import json
import random
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from bursar.metering import Reading, StreamReader, estimate, fingerprints, read_reply
from bursar.vocab.usage import Usage, tokens_input_total, tokens_output_total


class Totals(NamedTuple):
    """What every wire says in its own way."""

    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int


def totals_of(usage: Usage) -> Totals:
    return Totals(
        tokens_input_total(usage),
        usage.tokens_cache_read + usage.tokens_cache_read_audio + usage.tokens_cache_read_image,
        usage.tokens_cache_write + usage.tokens_cache_write_5m + usage.tokens_cache_write_1h,
        tokens_output_total(usage),
        usage.tokens_reasoning,
    )


def openai_totals(usage: dict[str, Any]) -> Totals:
    inside = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    inside = inside or usage.get("prompt_token_details") or {}
    made = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    made = made or usage.get("completion_token_details") or {}
    entered = usage.get("prompt_tokens", usage.get("input_tokens", usage.get("total_tokens")))
    return Totals(
        entered,
        inside.get("cached_tokens") or 0,
        inside.get("cache_write_tokens") or 0,
        usage.get("completion_tokens", usage.get("output_tokens", 0)) or 0,
        made.get("reasoning_tokens") or 0,
    )


def anthropic_totals(usage: dict[str, Any]) -> Totals:
    read = usage.get("cache_read_input_tokens") or 0
    write = usage.get("cache_creation_input_tokens") or 0
    return Totals(usage["input_tokens"] + read + write, read, write, usage["output_tokens"], 0)


def gemini_totals(usage: dict[str, Any]) -> Totals:
    thoughts = usage.get("thoughtsTokenCount", 0)
    return Totals(
        usage["promptTokenCount"] + usage.get("toolUsePromptTokenCount", 0),
        usage.get("cachedContentTokenCount", 0),
        0,
        usage.get("candidatesTokenCount", 0) + thoughts,
        thoughts,
    )


def aws_totals(usage: dict[str, Any]) -> Totals:
    read = usage.get("cacheReadInputTokens", usage.get("cacheReadInputTokenCount")) or 0
    write = usage.get("cacheWriteInputTokens", usage.get("cacheWriteInputTokenCount")) or 0
    entered = usage.get("inputTokens", usage.get("inputTokenCount"))
    made = usage.get("outputTokens", usage.get("outputTokenCount", 0))
    return Totals(entered + read + write, read, write, made, 0)


def expected(recording: Any) -> Totals | None:
    """The totals by the recorded bytes alone; None where the reply carries no usage."""
    if recording.wire == "bedrock":
        return bedrock_expected(recording)
    found: dict[str, Any] = {}
    for event in events(recording):
        if recording.wire == "anthropic":
            found |= (event.get("message") or event).get("usage") or {}
        elif recording.wire == "gemini":
            usage = event.get("usageMetadata") or {}
            found = usage if "promptTokenCount" in usage else found
        else:
            event = event.get("response") or event
            found = event.get("usage") or (event.get("x_groq") or {}).get("usage") or found
    compute = {"anthropic": anthropic_totals, "gemini": gemini_totals}.get(recording.wire, openai_totals)
    return compute(found) if found else None


def events(recording: Any) -> Iterator[dict[str, Any]]:
    if not recording.streamed:
        yield json.loads(recording.body)
        return
    for block in recording.body.decode().replace("\r\n", "\n").split("\n"):
        if block.startswith("data:") and "[DONE]" not in block:
            yield json.loads(block.removeprefix("data:"))


def bedrock_expected(recording: Any) -> Totals | None:
    if recording.streamed:
        return bedrock_stream_expected(recording)
    entered = recording.headers.get("x-amzn-bedrock-input-token-count")
    if entered is not None and recording.operation == "invoke_model":
        counts = [
            int(recording.headers.get(f"x-amzn-bedrock-{what}-token-count", "0"))
            for what in ("cache-read-input", "cache-write-input", "output")
        ]
        return Totals(int(entered) + counts[0] + counts[1], *counts, 0)
    body = json.loads(recording.body)
    usage = body.get("usage") or {}
    if "input_tokens" in usage:
        return anthropic_totals(usage)
    if "inputTokens" in usage:
        return aws_totals(usage)
    if "prompt_tokens" in usage:
        return openai_totals(usage)
    if "inputTextTokenCount" in body:
        made = sum(result["tokenCount"] for result in body.get("results", ()))
        return Totals(body["inputTextTokenCount"], 0, 0, made, 0)
    if "prompt_token_count" in body:
        return Totals(body["prompt_token_count"], 0, 0, body["generation_token_count"], 0)
    return None


def bedrock_stream_expected(recording: Any) -> Totals | None:
    said: dict[str, Any] = {}
    for payload in frames(recording.body):
        event = json.loads(payload)
        if "bytes" in event:
            event = json.loads(base64.b64decode(event["bytes"]))
        usage = event.get("usage") or (event.get("metadata") or {}).get("usage")
        if event.get("inputTextTokenCount") and not said:  # a blocked prompt: the model's own counts
            said = {
                "inputTokens": int(event["inputTextTokenCount"]),
                "outputTokens": int(event.get("totalOutputTextTokenCount") or 0),
            }
        metrics = event.get("amazon-bedrock-invocationMetrics")
        if metrics:
            said = metrics
        elif isinstance(usage, dict) and "inputTokens" in usage:
            said = usage
    return aws_totals(said) if said else None


def frames(data: bytes) -> Iterator[bytes]:
    while data:
        length, headers = struct.unpack(">II", data[:8])
        yield data[12 + headers : length - 4]
        data = data[length:]


def pieces(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """The same bytes, cut anywhere."""
    while data:
        size = rng.choice((1, 3, 17, 100, 1400, 10**6))
        yield data[:size]
        data = data[size:]


def read(recording: Any, rng: random.Random) -> Reading:
    if not recording.streamed:
        return read_reply(recording.wire, recording.operation, recording.body, recording.headers)
    reader = StreamReader(recording.wire, recording.operation)
    for piece in pieces(recording.body, rng):
        reader.feed(piece)
    return reader.close()


def test_every_recorded_reply_is_read_as_its_own_usage_says(
    recordings: list[Any], record_property: Callable[[str, object], None]
) -> None:
    rng = random.Random(1)
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for recording in recordings:
        count = tally[f"{recording.wire} {recording.host}"]
        count["stream" if recording.streamed else "whole"] += 1
        reading = read(recording, rng)
        if recording.status != 200:
            count["error replies"] += 1
            assert reading.usage is None, recording.name
            continue
        said = expected(recording)
        heard = totals_of(reading.usage) if reading.usage is not None else None
        if recording.operation == "images":
            said, heard = None, None
            assert reading.usage == Usage(images=len(json.loads(recording.body)["data"])), recording.name
        if said != heard or not reading.finished:
            wrong.append(f"{recording.name}: {heard} instead of {said}")
        count["with usage" if said is not None else "without usage"] += 1
    for place, count in sorted(tally.items()):
        record_property(
            "report", f"metering: {place}: " + ", ".join(f"{n} {what}" for what, n in count.items())
        )
    assert not wrong, f"{len(wrong)} of {len(recordings)} differ, such as {wrong[:5]}"
    assert len(recordings) > 1000


def test_a_recorded_stream_reads_the_same_however_it_is_cut(recordings: list[Any]) -> None:
    rng = random.Random(2)
    for recording in recordings[::7]:
        if recording.streamed:
            whole = StreamReader(recording.wire, recording.operation)
            whole.feed(recording.body)
            assert whole.close() == read(recording, rng), recording.name


def test_streams_without_usage_show_their_output_so_that_it_can_be_estimated(
    recordings: list[Any], record_property: Callable[[str, object], None]
) -> None:
    silent = [one for one in recordings if one.streamed and one.status == 200 and expected(one) is None]
    near = 0
    for recording in silent:
        reading = read(recording, random.Random(3))
        shown = sum(shown_in(event) for event in events(recording))
        assert reading.characters_output == shown, recording.name
        usage = estimate(recording.wire, recording.operation, recording.request, reading.characters_output)
        assert usage.tokens_input > 0
        near += 1
    record_property("report", f"metering: {near} streams without usage are estimated by counting")
    if not silent:
        pytest.skip("every recorded stream carries usage")


def shown_in(event: dict[str, Any]) -> int:
    texts = []
    for choice in event.get("choices", ()):
        delta = choice.get("delta") or {}
        texts += [choice.get("text"), delta.get("content"), delta.get("refusal"), delta.get("reasoning")]
        for call in delta.get("tool_calls") or ():
            texts += [call["function"].get("name"), call["function"].get("arguments")]
        function = delta.get("function_call") or {}
        texts += [function.get("name"), function.get("arguments")]
    return sum(len(text.encode()) for text in texts if text)


def test_estimates_of_recorded_calls_are_of_the_right_size(
    recordings: list[Any], record_property: Callable[[str, object], None]
) -> None:
    """Counting is coarse: over all recorded text calls together it must come near the providers' own sum."""
    counted = said = 0
    for recording in recordings:
        if recording.status == 200 and recording.operation == "chat" and not recording.streamed:
            totals = expected(recording)
            if totals is not None:
                said += totals.input
                counted += tokens_input_total(estimate("openai", "chat", recording.request, 0))
    record_property("report", f"metering: estimated input of recorded chats: {counted} for {said} tokens")
    assert 0.6 * said < counted < 1.6 * said


def test_recorded_requests_get_distinct_fingerprints(recordings: list[Any]) -> None:
    by_print: dict[str, set[bytes]] = defaultdict(set)
    for recording in recordings:
        if recording.operation == "embeddings":
            request = json.loads(recording.request)
            by_print[fingerprints("embeddings", recording.request)[0]].add(
                json.dumps(request["input"]).encode()
            )
    assert all(len(prompts) == 1 for prompts in by_print.values())
