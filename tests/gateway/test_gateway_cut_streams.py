"""Providers that ignore their maximum: a stream that would pass its hold ends as too long, on every wire."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from running import SECRET, RunningGateway, accounts, estate, running_gateway
from sdks import anthropic_client, azure_client, gemini_client, openai_client
from upstream import serving

from bursar.estate.budgets import Budget
from bursar.estate.kinds import Model, Price, Provider
from bursar.http1 import Handler, Reply, Request
from bursar.vocab.event import Event
from bursar.vocab.usage import tokens_input_total, tokens_output_total

MOST = 50
ASK = [{"role": "user", "content": "Go on."}]
TEXT = "a long word, such as incomprehensibilities; "
"""One piece counts as one token, though by its length it would be estimated as eleven."""

MODELS = {
    "gpt-4o-mini": "mock",
    "deployed": "blue",
    "claude-haiku-4-5": "anthropic",
    "gemini-2.5-pro": "gemini",
}
RATES = {"input": "0.15", "output": "0.60"}


def data(fields: dict[str, Any], end: str = "\n\n") -> bytes:
    return f"data: {json.dumps(fields)}{end}".encode()


def named(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {one['type']}\n".encode() + data(one) for one in events)


def endless(
    piece: Callable[[int], bytes],
    head: bytes = b"",
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"text/event-stream"),),
    bytes_at_once: int | None = None,
) -> Handler:
    """A provider that writes five hundred pieces, whatever maximum it was given."""

    async def answer(request: Request, reply: Reply) -> None:
        reply.start(200, list(headers))
        stream = [head] if head else []
        stream += [piece(number) for number in range(500)]
        if bytes_at_once is not None:
            whole = b"".join(stream)
            stream = [whole[at : at + bytes_at_once] for at in range(0, len(whole), bytes_at_once)]
        for one in stream:
            if reply.disconnected:
                return
            reply.write(one)
            await asyncio.sleep(0.001)
        reply.finish(b"")

    return answer


async def write_one_by_one(reply: Reply, pieces: Iterable[bytes]) -> None:
    """So that they are read before the stream's end comes: what has ended already is not cut."""
    for one in pieces:
        reply.write(one)
        await asyncio.sleep(0.001)


@contextmanager
def held_to(handler: Handler, folder: Path) -> Iterator[RunningGateway]:
    """A gateway before such a provider, whose calls are paid by a budget of money and one of tokens."""
    with serving(handler) as upstream:
        snapshot = estate(
            upstream,
            budgets=(
                Budget(name="money", amount="5"),
                Budget(name="tokens", amount="1000000", unit="tokens"),
            ),
            providers=tuple(
                Provider(name=name, wire=wire, base_url=upstream, credential="literal:up")
                for name, wire in (
                    ("mock", "openai"),
                    ("blue", "azure"),
                    ("anthropic", "anthropic"),
                    ("gemini", "gemini"),
                )
            ),
            models=tuple(Model(name=name, provider=provider) for name, provider in MODELS.items()),
            prices=tuple(
                Price(
                    name=f"price-{name}",
                    provider=provider,
                    model=name,
                    valid_from="2020-01-01",
                    per_million_tokens=RATES,
                )
                for name, provider in MODELS.items()
            ),
        )
        with running_gateway(folder, snapshot) as gateway:
            yield gateway


def check_charged(event: Event, folder: Path, *, output: int = MOST, source: str = "estimated") -> None:
    """The event says what happened, and every counter is what it says."""
    assert event.status == "partial"
    assert "cut_at_hold" in event.flags
    assert event.usage_source == source
    assert tokens_output_total(event.usage) == output
    given = tokens_input_total(event.usage)
    assert event.cost_pico == given * 150_000 + output * 600_000
    found = accounts(folder)
    assert found["money"].spent == event.cost_pico
    assert found["tokens"].spent == given + output
    assert all(one.held == one.leased == 0 for one in found.values())


# -- OpenAI's chat and legacy completions ---------------------------------------------------------------


def chat_piece(delta: dict[str, Any], index: int = 0, finish: str | None = None) -> bytes:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    return data({**head, "choices": [choice]})


def test_a_chat_stream(tmp_path: Path) -> None:
    handler = endless(
        lambda _: chat_piece({"content": TEXT}), chat_piece({"role": "assistant", "content": ""})
    )
    with held_to(handler, tmp_path) as gateway:
        with (
            openai_client(gateway) as client,
            client.chat.completions.stream(model="gpt-4o-mini", messages=ASK, max_tokens=MOST) as stream,
        ):
            stream.until_done()
            # The SDK's own way to say that an answer was too long.
            with pytest.raises(openai.LengthFinishReasonError) as told:
                stream.get_final_completion()
        event = gateway.only_event()
    choice = told.value.completion.choices[0]
    assert choice.finish_reason == "length"
    assert choice.message.content == TEXT * MOST
    check_charged(event, tmp_path)


def test_of_several_answers_only_those_end_that_have_not_ended(tmp_path: Path) -> None:
    head = chat_piece({"content": "Done."}, index=1) + chat_piece({}, index=1, finish="stop")
    with held_to(endless(lambda _: chat_piece({"content": TEXT}), head), tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.chat.completions.create(
                model="gpt-4o-mini", messages=ASK, max_tokens=MOST // 2, n=2, stream=True
            )
            chunks = [choice for chunk in stream for choice in chunk.choices]
        event = gateway.only_event()
    ends = [(one.index, one.finish_reason) for one in chunks if one.finish_reason]
    assert ends == [(1, "stop"), (0, "length")]
    assert sum(one.index == 0 and bool(one.delta.content) for one in chunks) == MOST - 1
    check_charged(event, tmp_path)


def test_a_running_total_counts_reasoning_that_is_not_shown(tmp_path: Path) -> None:
    """A provider's own figure is no estimate: it is charged, and the piece that it counts is passed on."""

    def piece(number: int) -> bytes:
        total = {"prompt_tokens": 9, "completion_tokens": 12 * (number + 1), "total_tokens": 9}
        chunk = json.loads(chat_piece({"content": TEXT}).removeprefix(b"data: "))
        return data({**chunk, "usage": total})

    with held_to(endless(piece), tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.chat.completions.create(
                model="gpt-4o-mini", messages=ASK, max_tokens=MOST, stream=True
            )
            chunks = list(stream)
        event = gateway.only_event()
    assert len(chunks) == 6
    assert chunks[-1].choices[0].finish_reason == "length"
    check_charged(event, tmp_path, output=60, source="provider")


def test_pieces_that_show_nothing_do_not_count(tmp_path: Path) -> None:
    """Such as the results of a content filter, which come in pieces of their own."""

    async def answer(request: Request, reply: Reply) -> None:
        reply.start(200, [(b"content-type", b"text/event-stream")])
        reply.write(chat_piece({"role": "assistant", "content": ""}))
        piece = chat_piece({"content": TEXT}) + chat_piece({}) + chat_piece({"content": ""}) * 2
        await write_one_by_one(reply, [piece] * MOST)
        reply.write(chat_piece({}, finish="stop"))
        total = {"prompt_tokens": 9, "completion_tokens": MOST, "total_tokens": 9 + MOST}
        reply.finish(data({"id": "c1", "choices": [], "usage": total}) + b"data: [DONE]\n\n")

    with held_to(answer, tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.chat.completions.create(
                model="gpt-4o-mini", messages=ASK, max_tokens=MOST, stream=True
            )
            ends = [one.choices[0].finish_reason for one in stream]
        event = gateway.only_event()
    assert ends[-1] == "stop"
    assert (event.status, event.usage_source, event.usage.tokens_output) == ("complete", "provider", MOST)


@pytest.mark.parametrize("bytes_at_once", [7, 1_000, 100_000])
def test_a_legacy_completion_in_any_split(tmp_path: Path, bytes_at_once: int) -> None:
    def piece(_: int) -> bytes:
        choice = {"index": 0, "text": TEXT, "finish_reason": None, "logprobs": None}
        head = {"id": "c1", "object": "text_completion", "created": 1, "model": "gpt-4o-mini"}
        return data({**head, "choices": [choice]})

    with held_to(endless(piece, bytes_at_once=bytes_at_once), tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.completions.create(
                model="gpt-4o-mini", prompt="Go on.", max_tokens=MOST, stream=True
            )
            choices = [one.choices[0] for one in stream]
        event = gateway.only_event()
    assert choices[-1].finish_reason == "length"
    # A piece that was begun when its end was not yet seen is not broken off.
    most = MOST + 1 if bytes_at_once < 100 else MOST
    assert "".join(one.text for one in choices) in (TEXT * MOST, TEXT * most)
    check_charged(event, tmp_path)


@pytest.mark.parametrize("asks_for_usage", [True, False])
def test_a_compressed_stream_is_cut_as_plain_text(tmp_path: Path, asks_for_usage: bool) -> None:
    packed = gzip.compress(chat_piece({"content": TEXT}) * 500)
    kind = ((b"content-type", b"text/event-stream"), (b"content-encoding", b"gzip"))
    handler = endless(lambda number: packed[number * 10 : number * 10 + 10], headers=kind)
    assert len(packed) <= 5_000
    with held_to(handler, tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.chat.completions.create(
                model="gpt-4o-mini",
                messages=ASK,
                max_tokens=MOST,
                stream=True,
                stream_options={"include_usage": asks_for_usage},
            )
            chunks = list(stream)
        event = gateway.only_event()
    ends = [one.choices[0].finish_reason for one in chunks if one.choices]
    told = [one.usage.completion_tokens for one in chunks if one.usage]
    assert told == ([MOST] if asks_for_usage else []), "an end of ours tells the usage where it is asked for"
    assert ends[-1] == "length"
    assert MOST <= len(ends) - 1 <= MOST + 1
    check_charged(event, tmp_path)


def test_a_total_that_was_said_before_the_answer_went_on_is_not_all_that_is_charged(tmp_path: Path) -> None:
    def piece(number: int) -> bytes:
        chunk = json.loads(chat_piece({"content": TEXT}).removeprefix(b"data: "))
        total = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
        return data({**chunk, "usage": total} if number == 0 else chunk)

    with held_to(endless(piece), tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.chat.completions.create(
                model="gpt-4o-mini", messages=ASK, max_tokens=MOST, stream=True
            )
            assert list(stream)[-1].choices[0].finish_reason == "length"
        event = gateway.only_event()
    assert event.usage.tokens_input == 9
    check_charged(event, tmp_path)


def test_a_prompt_that_is_echoed_does_not_count(tmp_path: Path) -> None:
    choice = {"index": 0, "text": TEXT, "finish_reason": None, "logprobs": None}
    head = {"id": "c1", "object": "text_completion", "created": 1, "model": "gpt-4o-mini"}

    async def answer(request: Request, reply: Reply) -> None:
        reply.start(200, [(b"content-type", b"text/event-stream")])
        await write_one_by_one(reply, [data({**head, "choices": [choice]})] * (2 * MOST))
        reply.write(data({**head, "choices": [{**choice, "text": "", "finish_reason": "stop"}]}))
        total = {"prompt_tokens": MOST, "completion_tokens": MOST, "total_tokens": 2 * MOST}
        reply.finish(data({**head, "choices": [], "usage": total}) + b"data: [DONE]\n\n")

    with held_to(answer, tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.completions.create(
                model="gpt-4o-mini", prompt=TEXT * MOST, max_tokens=MOST, echo=True, stream=True
            )
            ends = [one.choices[0].finish_reason for one in stream if one.choices]
        event = gateway.only_event()
    assert (len(ends), ends[-1]) == (2 * MOST + 1, "stop")
    assert (event.status, event.usage.tokens_output) == ("complete", MOST)


def test_a_compressed_stream_that_turns_to_garbage_breaks_off(tmp_path: Path) -> None:
    """Its client was promised plain text, and must not take half an answer for a whole one."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    begun = packer.compress(chat_piece({"content": TEXT})) + packer.flush(zlib.Z_SYNC_FLUSH)
    kind = ((b"content-type", b"text/event-stream"), (b"content-encoding", b"gzip"))
    with held_to(endless(lambda _: b"\xff no gzip", begun, headers=kind), tmp_path) as gateway:
        with openai_client(gateway) as client, pytest.raises(openai.APIConnectionError):
            list(
                client.chat.completions.create(
                    model="gpt-4o-mini", messages=ASK, max_tokens=MOST, stream=True
                )
            )
        event = gateway.only_event()
    assert event.status == "partial"
    assert {"reply_unreadable", "upstream_broken"} <= set(event.flags)


# -- OpenAI's Responses ---------------------------------------------------------------------------------

RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "status": "in_progress",
    "model": "gpt-4o-mini",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "metadata": {"kept": "yes"},
    "usage": None,
}
THOUGHT = {
    "id": "rs_1",
    "type": "reasoning",
    "status": "completed",
    "summary": [{"type": "summary_text", "text": "Hm."}],
}
BEGUN = named(
    {"type": "response.created", "sequence_number": 0, "response": RESPONSE},
    {"type": "response.in_progress", "sequence_number": 1, "response": RESPONSE},
    {
        "type": "response.output_item.added",
        "sequence_number": 2,
        "output_index": 0,
        "item": {**THOUGHT, "summary": [], "status": "in_progress"},
    },
    {"type": "response.output_item.done", "sequence_number": 3, "output_index": 0, "item": THOUGHT},
)


def response_item(item: dict[str, Any], *more: dict[str, Any]) -> bytes:
    added = {"type": "response.output_item.added", "sequence_number": 4, "output_index": 1, "item": item}
    return BEGUN + named(added, *more)


def text_item() -> bytes:
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    part = {"type": "output_text", "text": "", "annotations": []}
    at = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    return response_item(
        item, {"type": "response.content_part.added", "sequence_number": 5, **at, "part": part}
    )


def text_delta(number: int) -> bytes:
    at = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    delta = {"type": "response.output_text.delta", "sequence_number": 6 + number, "delta": TEXT, **at}
    return named({**delta, "logprobs": []})


@pytest.mark.parametrize("wire", ["openai", "azure"])
def test_a_response_ends_as_incomplete_with_all_that_is_open_closed(tmp_path: Path, wire: str) -> None:
    with held_to(endless(text_delta, text_item()), tmp_path) as gateway:
        client = openai_client(gateway) if wire == "openai" else azure_client(gateway)
        model = "gpt-4o-mini" if wire == "openai" else "deployed"
        with client, client.responses.stream(model=model, input="Go on.", max_output_tokens=MOST) as stream:
            events = list(stream)
        event = gateway.only_event()
    text = TEXT * MOST
    assert [one.type for one in events[-5:]] == [
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.incomplete",
    ]
    assert [one.sequence_number for one in events] == list(range(len(events)))
    done, part, item, last = events[-4:]
    assert done.text == part.part.text == item.item.content[0].text == text
    response = last.response
    assert response.status == item.item.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
    assert [one.id for one in response.output] == ["rs_1", "msg_1"]
    assert response.output_text == text
    assert response.output[0].summary[0].text == "Hm."
    assert (response.id, response.metadata) == ("resp_1", {"kept": "yes"})
    assert response.usage.output_tokens == MOST
    check_charged(event, tmp_path)


def test_a_function_call_of_a_response(tmp_path: Path) -> None:
    item = {
        "id": "fc_1",
        "type": "function_call",
        "status": "in_progress",
        "name": "look",
        "call_id": "call_1",
    }

    def piece(number: int) -> bytes:
        at = {"item_id": "fc_1", "output_index": 1, "sequence_number": 5 + number}
        return named({"type": "response.function_call_arguments.delta", "delta": "[", **at})

    with held_to(endless(piece, response_item({**item, "arguments": ""})), tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.responses.create(
                model="gpt-4o-mini", input="Go on.", max_output_tokens=MOST, stream=True
            )
            done, whole, last = list(stream)[-3:]
        event = gateway.only_event()
    assert (done.type, done.arguments) == ("response.function_call_arguments.done", "[" * MOST)
    assert (whole.item.arguments, whole.item.status) == ("[" * MOST, "incomplete")
    assert (whole.item.name, whole.item.call_id) == ("look", "call_1")
    assert last.response.incomplete_details.reason == "max_output_tokens"
    check_charged(event, tmp_path)


def test_of_a_response_only_the_pieces_that_hold_output_count(tmp_path: Path) -> None:
    """A summary of hidden reasoning is not known to be shorter than what is billed for it."""

    async def answer(request: Request, reply: Reply) -> None:
        reply.start(200, [(b"content-type", b"text/event-stream")])
        reply.write(text_item())
        at = {"item_id": "rs_1", "output_index": 0, "summary_index": 0}
        summary = named({"type": "response.reasoning_summary_text.delta", "delta": "hm", **at})
        await write_one_by_one(reply, [summary] * (2 * MOST))
        searching = named({"type": "response.web_search_call.searching"})
        await write_one_by_one(reply, (text_delta(number) + searching for number in range(MOST)))
        total = {"input_tokens": 9, "output_tokens": MOST, "total_tokens": 9 + MOST}
        ended = {**RESPONSE, "status": "completed", "usage": total}
        reply.finish(named({"type": "response.completed", "response": ended}))

    with held_to(answer, tmp_path) as gateway:
        with openai_client(gateway) as client:
            stream = client.responses.create(
                model="gpt-4o-mini", input="Go on.", max_output_tokens=MOST, stream=True
            )
            assert list(stream)[-1].type == "response.completed"
        event = gateway.only_event()
    assert (event.status, event.usage.tokens_output) == ("complete", MOST)


# -- Anthropic's messages -------------------------------------------------------------------------------


def test_an_anthropic_stream(tmp_path: Path) -> None:
    message = {
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
    head = named(
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
    )
    delta = {"type": "text_delta", "text": TEXT}

    def piece(_: int) -> bytes:
        return named({"type": "content_block_delta", "index": 0, "delta": delta}, {"type": "ping"})

    with held_to(endless(piece, head), tmp_path) as gateway:
        with (
            anthropic_client(gateway) as client,
            client.messages.stream(model="claude-haiku-4-5", messages=ASK, max_tokens=MOST) as stream,
        ):
            kinds = [one.type for one in stream]
            final = stream.get_final_message()
        event = gateway.only_event()
    assert final.stop_reason == "max_tokens"
    assert final.content[0].text == TEXT * MOST
    assert final.usage.output_tokens == MOST
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    check_charged(event, tmp_path)


# -- Gemini ---------------------------------------------------------------------------------------------


def gemini_chunk(number: int, *, tells: bool) -> dict[str, Any]:
    candidate = {"content": {"parts": [{"text": TEXT}], "role": "model"}, "index": 0}
    chunk = {"candidates": [candidate], "modelVersion": "gemini-2.5-pro", "responseId": "r1"}
    if tells:
        made = 7 * (number + 1)
        total = {"promptTokenCount": 9, "candidatesTokenCount": made, "thoughtsTokenCount": 20}
        chunk["usageMetadata"] = {**total, "totalTokenCount": 29 + made}
    return chunk


@pytest.mark.parametrize(("tells", "passed", "output"), [(True, 5, 55), (False, MOST, MOST)])
def test_a_gemini_stream(tmp_path: Path, tells: bool, passed: int, output: int) -> None:
    """By the running total with the thoughts in it, where chunks have one: 20 + 7 for each."""
    handler = endless(lambda number: data(gemini_chunk(number, tells=tells), "\r\n\r\n"))
    with held_to(handler, tmp_path) as gateway:
        client = gemini_client(gateway)
        chunks = list(
            client.models.generate_content_stream(
                model="gemini-2.5-pro", contents="Go on.", config={"max_output_tokens": MOST}
            )
        )
        event = gateway.only_event()
    assert chunks[-1].candidates[0].finish_reason.name == "MAX_TOKENS"
    assert "".join(one.text or "" for one in chunks) == TEXT * passed
    told = chunks[-1].usage_metadata
    assert (told.candidates_token_count or 0) + (told.thoughts_token_count or 0) == output
    check_charged(event, tmp_path, output=output, source="provider" if tells else "estimated")


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("bytes_at_once", [None, 13, 5_000])
def test_a_gemini_stream_as_a_json_array_stays_one(
    tmp_path: Path, tells: bool, bytes_at_once: int | None
) -> None:
    def piece(number: int) -> bytes:
        chunk = json.dumps(gemini_chunk(number, tells=tells), indent=2).encode()
        return (b"[" if number == 0 else b",\r\n") + chunk

    kind = ((b"content-type", b"application/json"),)
    with held_to(endless(piece, headers=kind, bytes_at_once=bytes_at_once), tmp_path) as gateway:
        reply = httpx.post(
            f"{gateway.url}/v1beta/models/gemini-2.5-pro:streamGenerateContent",
            json={
                "contents": [{"parts": [{"text": "Go on."}]}],
                "generationConfig": {"maxOutputTokens": MOST},
            },
            headers={"x-goog-api-key": SECRET},
            trust_env=False,
        )
        event = gateway.only_event()
    chunks = reply.json()
    assert chunks[-1]["candidates"][0]["finishReason"] == "MAX_TOKENS"
    parts = [one["candidates"][0]["content"]["parts"][0]["text"] for one in chunks[:-1]]
    if tells:
        assert parts == [TEXT] * 5
        told = chunks[-1]["usageMetadata"]
        made = told["candidatesTokenCount"] + told["thoughtsTokenCount"]
        assert made >= 55, "what came with the last piece that was passed is the provider's count, too"
        check_charged(event, tmp_path, output=made, source="provider")
    else:
        # One that was begun when the one before it passed is not broken off.
        assert MOST <= len(parts) <= MOST + 1
        check_charged(event, tmp_path)
