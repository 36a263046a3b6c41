"""Streams of providers that do not keep to their maximum end with the wire's own word for too long."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anthropic
import httpx
import openai
import pytest
from google import genai
from google.genai import types
from running import SECRET, RunningGateway, accounts, estate, running_gateway
from upstream import serving

from bursar.estate.budgets import Budget
from bursar.http1 import Handler, Reply, Request

PIECES = 500


def endless(piece: bytes, head: bytes = b"", media: bytes = b"text/event-stream") -> Handler:
    """A provider that writes five hundred pieces, whatever maximum it was given."""

    async def answer(request: Request, reply: Reply) -> None:
        reply.start(200, [(b"content-type", media)])
        if head:
            reply.write(head)
        for number in range(PIECES):
            if reply.disconnected:
                return
            reply.write(piece.replace(b"COUNT", b"%d" % (number + 1)))
            await asyncio.sleep(0.001)
        reply.finish(b"")

    return answer


def event(fields: dict[str, object]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (str(fields["type"]).encode(), json.dumps(fields).encode())


@contextmanager
def held_to_a_budget(handler: Handler, folder: Path, amount: str = "5") -> Iterator[RunningGateway]:
    """A gateway before such a provider; at the end the call was cut, and its budget paid what it cost."""
    with (
        serving(handler) as upstream,
        running_gateway(folder, estate(upstream, budgets=(Budget(name="small", amount=amount),))) as gateway,
    ):
        yield gateway
        found = gateway.only_event()
    assert "cut_at_hold" in found.flags
    assert found.status == "partial"
    assert found.cost_pico
    assert accounts(folder)["small"].spent == found.cost_pico


@pytest.mark.parametrize("answers", [1, 3])
def test_a_chat_ends_as_too_long(tmp_path: Path, answers: int) -> None:
    piece = b'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":'
    piece += b'[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}\n\n'
    with held_to_a_budget(endless(piece), tmp_path) as gateway, client_of(gateway) as client:
        stream = client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "Go on."}],
            max_tokens=50,
            n=answers,
            stream=True,
        )
        chunks = list(stream)
    assert [choice.finish_reason for choice in chunks[-1].choices] == ["length"] * answers
    assert 50 * answers <= len(chunks) < 50 * answers + 70


def test_a_legacy_completion_ends_as_too_long(tmp_path: Path) -> None:
    piece = b'data: {"id":"c1","object":"text_completion","created":1,"model":"gpt-4o-mini","choices":'
    piece += b'[{"index":0,"text":"word ","logprobs":null,"finish_reason":null}]}\n\n'
    with held_to_a_budget(endless(piece), tmp_path) as gateway, client_of(gateway) as client:
        chunks = list(
            client.completions.create(model="gpt-4o-mini", prompt="Go on.", max_tokens=50, stream=True)
        )
    assert chunks[-1].choices[0].finish_reason == "length"
    assert 50 <= len(chunks) < 120


def test_a_message_ends_as_too_long_and_pings_do_not_count(tmp_path: Path) -> None:
    ping = event({"type": "ping"})
    delta = {"type": "text_delta", "text": "word "}
    piece = ping + event({"type": "content_block_delta", "index": 0, "delta": delta})
    message: dict[str, object] = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 1},
    }
    block = {"type": "text", "text": ""}
    head = event({"type": "message_start", "message": message})
    head += event({"type": "content_block_start", "index": 0, "content_block": block})
    with (
        held_to_a_budget(endless(piece, head), tmp_path) as gateway,
        anthropic.Anthropic(base_url=gateway.url, api_key=SECRET, max_retries=0) as client,
        client.messages.stream(
            model="claude-haiku-4-5", messages=[{"role": "user", "content": "Go on."}], max_tokens=50
        ) as stream,
    ):
        final = stream.get_final_message()
    assert final.stop_reason == "max_tokens"
    assert final.content[0].type == "text"
    assert len(final.content[0].text.split()) >= 50


def test_a_response_ends_as_incomplete_with_all_that_was_said(tmp_path: Path) -> None:
    response: dict[str, object] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "in_progress",
        "model": "gpt-4o-mini",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
    }
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    about: dict[str, object] = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": []}
    head = event({"type": "response.created", "sequence_number": 0, "response": response})
    head += event(
        {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item}
    )
    head += event({"type": "response.content_part.added", "sequence_number": 2, **about, "part": part})
    delta = {
        "type": "response.output_text.delta",
        "sequence_number": 3,
        **about,
        "delta": "word ",
        "logprobs": [],
    }
    summary = {
        "type": "response.reasoning_summary_text.delta",
        "sequence_number": 3,
        "item_id": "rs_1",
        "output_index": 9,
        "summary_index": 0,
        "delta": "thinking",
    }
    with (
        held_to_a_budget(endless(event(summary) + event(delta), head), tmp_path) as gateway,
        client_of(gateway) as client,
    ):
        events = list(
            client.responses.create(model="gpt-4o-mini", input="Go on.", max_output_tokens=50, stream=True)
        )
    deltas = [one for one in events if one.type == "response.output_text.delta"]
    assert 50 <= len(deltas) < 120
    assert [one.type for one in events[-4:]] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.incomplete",
    ]
    last = events[-1]
    assert last.type == "response.incomplete"
    assert last.response.incomplete_details is not None
    assert last.response.incomplete_details.reason == "max_output_tokens"
    assert last.response.output_text == "word " * len(deltas)
    numbers = [one.sequence_number for one in events[-4:]]
    assert numbers == sorted(set(numbers))


CHUNK = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "several words at once "}]}, "index": 0}],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": "COUNT", "totalTokenCount": 9},
    "modelVersion": "gemini-2.5-flash",
    "responseId": "r1",
}


def test_gemini_ends_as_too_long_by_the_usage_that_it_tells(tmp_path: Path) -> None:
    piece = b"data: " + json.dumps(CHUNK).replace('"COUNT"', "COUNT").encode() + b"\r\n\r\n"
    with held_to_a_budget(endless(piece), tmp_path) as gateway:
        client = genai.Client(api_key=SECRET, http_options=types.HttpOptions(base_url=gateway.url))
        chunks = list(
            client.models.generate_content_stream(
                model="gemini-2.5-flash",
                contents="Go on.",
                config=types.GenerateContentConfig(max_output_tokens=50),
            )
        )
    assert chunks[-1].candidates is not None
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert len(chunks) == 52, "fifty that are paid for, the one that passes, and the end"


@pytest.mark.parametrize("comma", ["before", "after"])
def test_gemini_as_an_array_ends_as_a_whole_array(tmp_path: Path, comma: str) -> None:
    chunk = json.dumps(CHUNK, indent=1).replace('"COUNT"', "COUNT").encode()
    piece = b",\r\n" + chunk if comma == "before" else chunk + b",\r\n"
    head = b"[" + (chunk.replace(b"COUNT", b"1") if comma == "before" else b"")
    with held_to_a_budget(endless(piece, head, b"application/json"), tmp_path) as gateway:
        reply = httpx.post(
            f"{gateway.url}/v1beta/models/gemini-2.5-flash:streamGenerateContent",
            headers={"x-goog-api-key": SECRET},
            json={
                "contents": [{"role": "user", "parts": [{"text": "Go on."}]}],
                "generationConfig": {"maxOutputTokens": 50},
            },
        )
    chunks = json.loads(reply.text)
    assert chunks[-1]["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert len(chunks) < 60


def test_an_answer_within_its_bounds_is_never_cut(tmp_path: Path) -> None:
    """Exactly as many pieces as there are tokens, with pings and roles between."""
    deltas: list[dict[str, object]] = [{"role": "assistant"}, *[{"content": "w"}] * 50, {}]
    choices = [{"index": 0, "delta": delta, "finish_reason": None if delta else "stop"} for delta in deltas]
    chunks_sent = [{"id": "c1", "object": "chat.completion.chunk", "choices": [one]} for one in choices]
    pieces = [*(b"data: " + json.dumps(chunk).encode() for chunk in chunks_sent), b"data: [DONE]"]

    async def answer(request: Request, reply: Reply) -> None:
        reply.start(200, [(b"content-type", b"text/event-stream")])
        reply.finish(b"".join(piece + b"\n\n" for piece in pieces))

    with (
        serving(answer) as upstream,
        running_gateway(tmp_path, estate(upstream, budgets=(Budget(name="small", amount="5"),))) as gateway,
    ):
        with client_of(gateway) as client:
            stream = client.chat.completions.create(
                model="gpt-4o-mini",
                messages=[{"role": "user", "content": "Go on."}],
                max_tokens=50,
                stream=True,
            )
            chunks = list(stream)
        found = gateway.only_event()
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert "cut_at_hold" not in found.flags


def client_of(gateway: RunningGateway) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=SECRET, max_retries=0)
