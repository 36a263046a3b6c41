"""The limit of an answer in a request: read in every spelling, lowered where it is, added where none is."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.catalogue.outputs import Reach
from bursar.gateway.ask import read_ask, with_output_max
from bursar.gateway.bound import most_of
from bursar.gateway.paths import Route, find_route

CHAT = Route("openai", "chat")
MESSAGES = Route("anthropic", "messages")
GEMINI = Route("gemini", "generate_content")
RESPONSES = Route("openai", "responses")


def lowered(route: Route, body: dict[str, object], most: int) -> dict[str, object]:
    text = msgspec.json.encode(body)
    found: dict[str, object] = msgspec.json.decode(with_output_max(route, text, read_ask(text, None), most))
    return found


@pytest.mark.parametrize(
    ("route", "body", "most", "count"),
    [
        (CHAT, {}, None, 1),
        (CHAT, {"max_tokens": 5}, 5, 1),
        (CHAT, {"max_tokens": 5, "max_completion_tokens": 9}, 9, 1),
        (RESPONSES, {"max_output_tokens": 7, "n": 3}, 7, 3),
        (CHAT, {"max_output_tokens": 7, "n": 3}, None, 3),
        (MESSAGES, {"max_tokens": 9, "max_completion_tokens": 5}, 9, 1),
        (CHAT, {"best_of": 4, "n": 2}, None, 4),
        (GEMINI, {"generationConfig": {"maxOutputTokens": 11, "candidateCount": 2}}, 11, 2),
        (GEMINI, {"generation_config": {"max_output_tokens": "12", "candidate_count": 2}}, 12, 2),
        (CHAT, {"max_tokens": 5.0}, 5, 1),
        (CHAT, {"max_tokens": "many", "n": "x"}, None, 1),
        (CHAT, {"max_tokens": True, "n": None}, None, 1),
        (CHAT, {"max_tokens": -5, "n": 0}, None, 1),
        (GEMINI, {"generationConfig": []}, None, 1),
    ],
)
def test_what_is_asked_is_read_in_every_spelling_and_nonsense_is_nothing(route, body, most, count) -> None:
    ask = read_ask(msgspec.json.encode(body), None)
    assert (ask.output_max(route.operation), ask.n) == (most, count)


def test_a_gemini_limit_is_lowered_in_its_own_spelling_beside_its_neighbours() -> None:
    config = {"temperature": 1, "max_output_tokens": "900"}
    assert lowered(GEMINI, {"generation_config": config}, 50) == {
        "generation_config": {"temperature": 1, "max_output_tokens": 50}
    }
    assert lowered(GEMINI, {"contents": []}, 50) == {
        "contents": [],
        "generationConfig": {"maxOutputTokens": 50},
    }


@pytest.mark.parametrize(
    ("budget", "most", "thinking"),
    [
        (4000, 5000, {"type": "enabled", "budget_tokens": 4000}),
        (4000, 2000, {"type": "enabled", "budget_tokens": 1999}),
        (4000, 4000, {"type": "enabled", "budget_tokens": 3999}),
        (4000, 1024, {"type": "disabled"}),
    ],
)
def test_a_budget_of_thought_stays_below_the_limit_so_that_the_call_is_not_refused(
    budget: int, most: int, thinking: dict[str, object]
) -> None:
    body = {"max_tokens": 8000, "thinking": {"type": "enabled", "budget_tokens": budget}}
    assert lowered(MESSAGES, body, most) == {"max_tokens": most, "thinking": thinking}


LIMITS = st.one_of(st.none(), st.integers(1, 10**6))


@given(
    route=st.sampled_from(
        [CHAT, MESSAGES, GEMINI, Route("openai", "responses"), Route("openai", "completions")]
    ),
    first=LIMITS,
    second=LIMITS,
    most=st.integers(1, 10**6),
)
def test_after_lowering_no_limit_is_higher_than_allowed_or_than_it_was(route, first, second, most) -> None:
    names = {
        "chat": ("max_tokens", "max_completion_tokens"),
        "messages": ("max_tokens",),
        "responses": ("max_output_tokens",),
        "completions": ("max_tokens",),
        "generate_content": ("maxOutputTokens",),
    }[route.operation]
    limits = {name: one for name, one in zip(names, (first, second), strict=False) if one is not None}
    body = {"generationConfig": limits} if route is GEMINI else limits
    changed = msgspec.json.encode(lowered(route, dict(body), most))
    found = read_ask(changed, None).output_max(route.operation)
    assert found == min(most, max(limits.values(), default=most))


def test_other_operations_have_no_limit_to_lower() -> None:
    for path in ("/v1/embeddings", "/v1/images/generations", "/v1/moderations", "/v1/messages/count_tokens"):
        route = find_route(path)
        assert route is not None
        assert lowered(route, {"input": "x"}, 5) == {"input": "x"}


@pytest.mark.parametrize(
    ("route", "fields", "is_held"),
    [
        (RESPONSES, {"previous_response_id": "resp_1"}, True),
        (RESPONSES, {"previous_response_id": None}, False),
        (RESPONSES, {"conversation": {"id": "conv_1"}}, True),
        (RESPONSES, {"tools": [{"parameters": {"conversation": {"type": "string"}}}]}, False),
        (RESPONSES, {"prompt": {"id": "pmpt_1"}}, True),
        (RESPONSES, {"input": [{"type": "item_reference", "id": "x"}]}, True),
        (MESSAGES, {"messages": [{"content": [{"type": "document", "source": {}}]}]}, True),
        (MESSAGES, {"tools": [{"input_schema": {"properties": {"document": {}}}}]}, False),
        (MESSAGES, {"messages": [{"content": 'say "file_id": "x"'}]}, False),
        (GEMINI, {"contents": [{"parts": [{"fileData": {"fileUri": "gs://x"}}]}]}, True),
        (GEMINI, {"cachedContent": "cachedContents/1"}, True),
        (Route("openai", "embeddings"), {"input": "hi", "input_type": "document"}, False),
    ],
)
def test_only_what_refers_to_something_is_held_for_the_whole_window(route, fields, is_held) -> None:
    body = msgspec.json.encode({"model": "m", **fields})
    most = most_of(route, read_ask(body, None), body, Reach(window=50_000, output=100))
    assert (most.tokens_input >= 50_000, most.plain) == (is_held, not is_held)
