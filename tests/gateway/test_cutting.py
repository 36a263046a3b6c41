"""What is counted of a stream: never more than its provider counts, and the same in any split."""

import json
import random
from collections.abc import Iterator

import pytest
from recordings import FOLDER, Exchange, all_exchanges

from bursar.gateway.cutting import StreamCut
from bursar.gateway.paths import find_route
from bursar.metering import StreamReader
from bursar.vocab.event import Event
from bursar.vocab.usage import tokens_output_total

# Recorded of a stand-in, which writes words and the spaces between them and makes up its usage.
_NO_PROVIDERS = ("localhost",)


def recorded_streams() -> Iterator[tuple[Exchange, str, int]]:
    """Real streams with their operation and the tokens of output that the provider counted."""
    found, _ = all_exchanges()
    for place, exchanges in found.items():
        for one in exchanges:
            if place in _NO_PROVIDERS or not one.streamed or one.status != 200:
                continue
            route = find_route(one.path) or find_route("/v1" + one.path)
            assert route is not None, one.path
            reader = StreamReader(one.place.wire, route.operation)
            reader.feed(one.text)
            usage = reader.close().usage
            if usage is not None:
                yield one, route.operation, tokens_output_total(usage)


def is_cut(stream: bytes, wire: str, operation: str, most: int, rng: random.Random) -> bool:
    cut = StreamCut.of(wire, operation, most, 1)
    assert cut is not None
    while stream:
        size = rng.choice((1, 30, 400, 5000))
        if cut.take(stream[:size]) is not None:
            return True
        stream = stream[size:]
    return False


@pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no recordings at {FOLDER}: set BURSAR_DATA to the shared data"
)
def test_no_recorded_answer_is_cut_that_has_as_many_tokens_as_are_held() -> None:
    rng = random.Random(5)
    seen, bites = set(), 0
    for one, operation, made in recorded_streams():
        wire = one.place.wire
        if made:
            assert not is_cut(one.text, wire, operation, made, rng), one.name
            bites += made > 3 and is_cut(one.text, wire, operation, 1, rng)
            seen.add((wire, operation))
    assert seen == {
        ("anthropic", "messages"),
        ("gemini", "generate_content"),
        ("openai", "chat"),
        ("openai", "responses"),
    }
    assert bites > 50, "held to a single token, nearly all of them are cut"


PIECE = b'event: content_block_delta\r\ndata: {"type":"content_block_delta","delta":{"text":"hi"}}\r\n\r\n'


@pytest.mark.parametrize("seed", range(20))
def test_a_stream_is_cut_between_pieces_however_its_bytes_come(seed: int) -> None:
    rng = random.Random(seed)
    most = rng.randrange(1, 30)
    cut = StreamCut.of("anthropic", "messages", most, 1)
    assert cut is not None
    rest, passed, end = PIECE * 60, b"", None
    while end is None:
        size = rng.randrange(1, 300)
        end = cut.take(rest[:size])
        passed += rest[:size][:end]
        rest = rest[size:]
    assert passed in (PIECE * most, PIECE * (most + 1)), "one that was begun is passed to its end"


@pytest.mark.parametrize(
    "stream",
    [
        b'{"error": {"message": "a whole object"}}',
        b"\xff\xfe\x00 no wire at all \r\n\r\n" * 99,
        b'data: {"choices": 7}\n\ndata: [1]\n\ndata: "t"\n\ndata: {"choices":[{"delta":7,"index":"x"}]}\n\n',
        b'data: {"choices":[{"delta":{"content":"unended"}}]}' * 99,
        b"[" * 500,
    ],
)
@pytest.mark.parametrize(
    "wire", ["openai/chat", "openai/responses", "anthropic/messages", "gemini/generate_content"]
)
def test_what_is_no_stream_of_the_wire_is_not_cut(stream: bytes, wire: str) -> None:
    assert not is_cut(stream, *wire.split("/"), 1, random.Random(1))


ODD_EVENTS = (
    {"type": "response.created", "response": 7},
    {"type": "response.output_item.added", "output_index": 0, "item": None},
    {"type": "response.output_item.added", "output_index": "x", "item": ["no", "item"]},
    {"type": "response.output_item.added", "output_index": 3},
    {"type": "response.content_part.added", "output_index": 3, "part": "no part"},
    {"type": "response.content_part.done", "output_index": 0, "content_index": -5},
    {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": {"no": "text"}},
    {"type": "response.refusal.delta", "output_index": 0, "content_index": 2, "delta": "No"},
    {"type": "response.output_item.done", "output_index": 4, "item": {"id": "whole"}},
    {"type": "response..delta", "sequence_number": 1.5},
    {"type": 3, "delta": "x"},
)


@pytest.mark.parametrize("seed", range(20))
def test_a_response_of_odd_events_still_gets_an_end(seed: int) -> None:
    rng = random.Random(seed)
    cut = StreamCut.of("openai", "responses", 8, 1)
    assert cut is not None
    events = [{"type": "response.output_text.delta", "delta": "hi"}] * 9 + [*ODD_EVENTS]
    rng.shuffle(events)
    stream = b"".join(b"data: %b\n\n" % json.dumps(one).encode() for one in events)
    assert cut.take(stream) is not None
    ended = cut.ending(Event(call_id="1", started_at_us=0, finished_at_us=0, provider_call_id="r1"))
    last = json.loads(ended.strip().splitlines()[-1].removeprefix(b"data: "))
    assert (last["type"], last["response"]["status"]) == ("response.incomplete", "incomplete")


def test_of_a_response_too_long_to_be_kept_only_the_end_is_told() -> None:
    cut = StreamCut.of("openai", "responses", 50, 1)
    assert cut is not None
    added = {"type": "response.output_item.added", "output_index": 0, "item": {"id": "m", "type": "message"}}
    delta = {"type": "response.output_text.delta", "output_index": 0, "delta": "long " * 10_000}
    stream = b"".join(b"data: %b\n\n" % json.dumps(one).encode() for one in [added, *[delta] * 51])
    assert cut.take(stream) is not None
    ended = cut.ending(Event(call_id="1", started_at_us=0, finished_at_us=0))
    assert ended.count(b"event: ") == 1
    assert b'"max_output_tokens"' in ended
    assert b"long" not in ended
