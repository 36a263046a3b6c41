"""Whatever a reply claims, its usage is divided into classes that never overlap; nothing odd raises."""

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.metering import Reading, StreamReader, estimate, fingerprints, openai_usage, read_reply, settle
from bursar.metering.reading import COUNT_MAX, FLAG_IMPLAUSIBLE
from bursar.metering.reply import READERS
from bursar.metering.stream import LISTENERS
from bursar.vocab.usage import Usage, tokens_input_total, tokens_output_total

COUNTS = st.integers(0, 10**7)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
ANY_COUNT = st.one_of(COUNTS, ODD)
OPERATIONS = [(wire, operation) for wire, table in READERS.items() for operation in table] + [
    ("bedrock", "invoke_model")
]


def law_of_classes(reading: Reading) -> None:
    """What holds for every reading: counts are counts, and small enough to be priced and stored."""
    usage = reading.usage
    if usage is None:
        return
    for name in Usage.__struct_fields__:
        count = getattr(usage, name)
        assert type(count) is int, name
        assert 0 <= count <= 4 * COUNT_MAX, name


def openai_body(usage: object) -> bytes:
    return json.dumps({"id": "x", "model": "m", "choices": [], "usage": usage}).encode()


@given(prompt=COUNTS, output=COUNTS, data=st.data())
def test_consistent_openai_counts_sum_to_their_totals(prompt: int, output: int, data: st.DataObject) -> None:
    cached = data.draw(st.integers(0, prompt))
    written = data.draw(st.integers(0, prompt - cached))
    audio = data.draw(st.integers(0, prompt - cached - written))
    reasoning = data.draw(st.integers(0, output))
    spoken = data.draw(st.integers(0, output - reasoning))
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
        "prompt_tokens_details": {
            "cached_tokens": cached,
            "cache_write_tokens": written,
            "audio_tokens": audio,
        },
        "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": spoken},
    }
    reading = read_reply("openai", "chat", openai_body(usage), {})
    assert reading.flags == []
    the_classes_sum_to(reading, prompt, output)
    assert reading.usage == Usage(
        tokens_input=prompt - cached - written - audio,
        tokens_cache_read=cached,
        tokens_cache_write=written,
        tokens_input_audio=audio,
        tokens_output=output - reasoning - spoken,
        tokens_reasoning=reasoning,
        tokens_output_audio=spoken,
    )


@given(
    prompt=ANY_COUNT,
    output=ANY_COUNT,
    total=ANY_COUNT,
    entered=st.dictionaries(
        st.sampled_from(
            ["cached_tokens", "audio_tokens", "image_tokens", "text_tokens", "cache_write_tokens"]
        ),
        ANY_COUNT,
    ),
    made=st.dictionaries(st.sampled_from(["reasoning_tokens", "audio_tokens", "text_tokens"]), ANY_COUNT),
    operation=st.sampled_from(["chat", "responses", "images", "audio"]),
)
def test_contradictory_openai_counts_are_cut_to_fit_their_totals(
    prompt: Any, output: Any, total: Any, entered: Any, made: Any, operation: str
) -> None:
    words = ("prompt", "completion") if operation == "chat" else ("input", "output")
    usage = {
        f"{words[0]}_tokens": prompt,
        f"{words[1]}_tokens": output,
        "total_tokens": total,
        f"{words[0]}_tokens_details": entered,
        f"{words[1]}_tokens_details": made,
    }
    reading = read_reply("openai", operation, openai_body(usage), {})
    law_of_classes(reading)
    whole = type(prompt) is int and type(output) is int
    if whole and 0 <= prompt <= COUNT_MAX and 0 <= output <= COUNT_MAX:
        assert reading.usage is not None
        assert tokens_input_total(reading.usage) == prompt
        hidden = max(total - prompt - output, 0) if type(total) is int and total <= COUNT_MAX else 0
        assert output <= tokens_output_total(reading.usage) <= output + hidden


@given(fresh=COUNTS, read=COUNTS, m5=COUNTS, h1=COUNTS, unsaid=COUNTS, output=COUNTS, data=st.data())
def test_anthropic_classes_sum_to_input_plus_cache(
    fresh: int, read: int, m5: int, h1: int, unsaid: int, output: int, data: st.DataObject
) -> None:
    thinking = data.draw(st.integers(0, output))
    usage = {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": m5 + h1 + unsaid,
        "cache_creation": {"ephemeral_5m_input_tokens": m5, "ephemeral_1h_input_tokens": h1},
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": thinking},
    }
    reading = read_reply("anthropic", "messages", json.dumps({"usage": usage}).encode(), {})
    assert reading.flags == []
    assert reading.usage == Usage(
        tokens_input=fresh,
        tokens_cache_read=read,
        tokens_cache_write=unsaid,
        tokens_cache_write_5m=m5,
        tokens_cache_write_1h=h1,
        tokens_output=output - thinking,
        tokens_reasoning=thinking,
    )


@given(prompt=COUNTS, tools=COUNTS, shown=COUNTS, thoughts=COUNTS, data=st.data())
def test_gemini_classes_sum_to_prompt_tools_candidates_and_thoughts(
    prompt: int, tools: int, shown: int, thoughts: int, data: st.DataObject
) -> None:
    audio = data.draw(st.integers(0, prompt))
    cached = data.draw(st.integers(0, prompt - audio))
    image = data.draw(st.integers(0, shown))
    usage = {
        "promptTokenCount": prompt,
        "toolUsePromptTokenCount": tools,
        "cachedContentTokenCount": cached,
        "candidatesTokenCount": shown,
        "thoughtsTokenCount": thoughts,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": prompt - audio},
            {"modality": "AUDIO", "tokenCount": audio},
        ],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": image}],
    }
    reading = read_reply("gemini", "generate_content", json.dumps({"usageMetadata": usage}).encode(), {})
    assert reading.flags == []
    assert reading.usage == Usage(
        tokens_input=prompt + tools - audio - cached,
        tokens_input_audio=audio,
        tokens_cache_read=cached,
        tokens_output=shown - image,
        tokens_output_image=image,
        tokens_reasoning=thoughts,
    )


WORDS = """usage prompt_tokens completion_tokens total_tokens prompt_tokens_details cached_tokens input_tokens
    output_tokens cache_creation iterations type model server_tool_use usageMetadata promptTokenCount
    candidatesTokenCount promptTokensDetails modality tokenCount candidates content parts finishReason
    response output item delta choices metadata inputTokens outputTokens cacheDetails results id duration
    seconds svg_usage tool_usage image_gen web_search num_requests x_groq bytes message data"""
KEYS = st.sampled_from(WORDS.split())
JSON = st.recursive(
    ODD,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300)
@given(reply=JSON, place=st.sampled_from(OPERATIONS))
def test_no_reply_however_odd_raises(reply: Any, place: tuple[str, str]) -> None:
    body = msgspec.json.encode(reply)
    law_of_classes(read_reply(*place, body, {"x-amzn-bedrock-input-token-count": "x"}))
    for stream in (body, b"data: " + body + b"\n\n", b"[" + body + b"]", b"\x00" + body):
        reader = StreamReader(*place)
        reader.feed(stream)
        law_of_classes(reader.reading)
        law_of_classes(reader.close())


@settings(max_examples=300)
@given(
    data=st.binary(max_size=300),
    place=st.sampled_from(OPERATIONS),
    cuts=st.lists(st.integers(0, 300), max_size=4),
)
def test_no_bytes_however_odd_raise_and_the_cut_does_not_matter(
    data: bytes, place: tuple[str, str], cuts: list[int]
) -> None:
    read_reply(*place, data, {})
    estimate(*place, data, 10)
    assert len(fingerprints(place[1], data)[0]) == 16
    whole, cut = StreamReader(*place), StreamReader(*place)
    whole.feed(data)
    edges = [0, *sorted(cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        cut.feed(data[start:end])
    assert whole.close() == cut.close()


def test_every_wire_that_is_read_whole_is_read_as_a_stream_too() -> None:
    assert {wire: set(table) - {"invoke_model"} for wire, table in LISTENERS.items()} == {
        wire: set(table) for wire, table in READERS.items()
    }


def test_an_absurd_total_is_not_believed_and_leads_to_an_estimate() -> None:
    for absurd in (-5, COUNT_MAX + 1, 2**80):
        reading = read_reply(
            "openai", "chat", openai_body({"prompt_tokens": absurd, "completion_tokens": 3}), {}
        )
        assert reading.usage is None
        assert reading.flags == [FLAG_IMPLAUSIBLE]
        usage, source = settle(reading, "openai", "chat", b'{"messages":[{"content":"twelve bytes"}]}')
        assert (usage.tokens_input, source) == (3 + 4, "estimated")


def reasoning_twice(usage: Usage, total: int, *, reasoning: int = 0, **_: Any) -> None:
    """Adds reasoning to a total that already holds it."""
    usage.tokens_output, usage.tokens_reasoning = total, reasoning


def cached_twice(usage: Usage, total: int, *, read: int = 0, **_: Any) -> None:
    """Leaves cached tokens in the input as well."""
    usage.tokens_input, usage.tokens_cache_read = total, read


@pytest.mark.parametrize(
    ("place", "fault"), [("divide_output", reasoning_twice), ("divide_input", cached_twice)]
)
def test_a_planted_double_count_is_found(monkeypatch: pytest.MonkeyPatch, place: str, fault: Any) -> None:
    monkeypatch.setattr(openai_usage, place, fault)
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 8,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    with pytest.raises(AssertionError):
        the_classes_sum_to(read_reply("openai", "chat", openai_body(usage), {}), 10, 8)
    monkeypatch.undo()
    the_classes_sum_to(read_reply("openai", "chat", openai_body(usage), {}), 10, 8)


def the_classes_sum_to(reading: Reading, prompt: int, output: int) -> None:
    assert reading.usage is not None
    assert tokens_input_total(reading.usage) == prompt
    assert tokens_output_total(reading.usage) == output
