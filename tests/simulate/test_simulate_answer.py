"""The pure part: the same seed and request give the same bytes."""

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.simulate.answer import Answer, answer
from bursar.simulate.directive import WISHES, write_directive
from bursar.vocab.errors import InvalidInput
from bursar.vocab.options import SimulateOptions
from bursar.vocab.usage import tokens_input_total, tokens_output_total

CHAT = "/v1/chat/completions"
OPTIONS = SimulateOptions()


def ask(text="Hello", path=CHAT, query="", headers=(), options=OPTIONS, occurrence=0, **more) -> Answer:
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "max_tokens": 1000} | more
    found = answer(options, path, query, list(headers), json.dumps(body).encode(), occurrence)
    assert found is not None
    return found


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
def test_the_same_seed_and_request_give_the_same_bytes(path, stream):
    first, again = ask(path=path, stream=stream), ask(path=path, stream=stream)
    assert (first.pieces, first.headers) == (again.pieces, again.headers)
    other_seed = ask(path=path, stream=stream, options=SimulateOptions(seed=1))
    assert (other_seed.pieces, other_seed.id) != (first.pieces, first.id)
    assert ask("Hello!", path=path, stream=stream).id != first.id


def test_asking_for_usage_in_a_stream_changes_neither_id_nor_tokens():
    plain = ask(stream=True)
    with_usage = ask(stream=True, stream_options={"include_usage": True})
    assert (plain.id, plain.usage) == (with_usage.id, with_usage.usage)


def test_created_comes_from_the_seed_unless_told_otherwise():
    told = ask(options=SimulateOptions(created=123))
    assert json.loads(told.pieces[0])["created"] == 123
    assert json.loads(ask().pieces[0])["created"] == 1_767_225_600


def test_without_a_wish_the_input_follows_the_length_of_the_prompt():
    short, long = ask("word"), ask("word " * 400)
    assert tokens_input_total(long.usage) - tokens_input_total(short.usage) == pytest.approx(499, abs=1)


def test_the_output_limit_holds_even_against_a_wish():
    found = ask(write_directive(output=500), max_tokens=20)
    assert tokens_output_total(found.usage) == 20
    assert json.loads(found.pieces[0])["choices"][0]["finish_reason"] == "length"


def test_headers_say_the_same_as_text_and_win_over_it():
    text = write_directive(input=9, output=8)
    headers = [(b"x-simulate-input-tokens", b"77"), (b"x-simulate-reasoning-tokens", b"3")]
    usage = ask(text, headers=headers).usage
    assert (usage.tokens_input, usage.tokens_output, usage.tokens_reasoning) == (77, 5, 3)


def test_parts_never_exceed_their_totals():
    wish = write_directive(input=10, output=4, cached=8, cache_write=8, cache_write_1h=1, reasoning=9)
    usage = ask(wish).usage
    assert tokens_input_total(usage) == 10
    assert tokens_output_total(usage) == 4
    assert (usage.tokens_cache_read, usage.tokens_cache_write, usage.tokens_cache_write_1h) == (8, 1, 1)


counts = st.integers(0, 100_000)


@given(counts, counts, counts, counts, counts, st.booleans(), st.sampled_from([CHAT, "/v1/messages"]))
def test_any_wish_gives_disjoint_classes_that_add_up(total, cached, written, output, reasoning, stream, path):
    wish = write_directive(
        input=total, cached=cached, cache_write=written, output=output, reasoning=reasoning
    )
    found = ask(wish, path=path, stream=stream, max_tokens=200_000)
    assert found.status == 200
    assert tokens_input_total(found.usage) == total
    assert tokens_output_total(found.usage) == output
    assert min(getattr(found.usage, name) for name in found.usage.__struct_fields__) >= 0


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[[simulate input=many]]", "a count of tokens"),
        ("[[simulate colour=red]]", "it knows input, output"),
        ("[[simulate input=]]", "name=value"),
        ("[[simulate error=200]]", "400 to 599"),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused_with_a_sentence(text, part):
    found = ask(text)
    assert found.status == 400
    assert part in json.loads(found.pieces[0])["error"]["message"]


def test_writing_an_unknown_wish_is_an_error():
    with pytest.raises(InvalidInput, match="colour"):
        write_directive(colour="red")


def test_an_error_may_strike_one_model_and_spare_what_a_route_falls_back_to():
    wish = "[[simulate error=503 error_model=gpt-5.2]]"
    models = {model: ask(wish, model=model).status for model in ("gpt-5.2", "gpt-5-mini")}
    assert models == {"gpt-5.2": 503, "gpt-5-mini": 200}


def test_every_wish_can_be_said_in_a_header():
    values = {"error": b"500", "usage": b"no", "model": b"x", "tier": b"flex", "encoding": b"gzip"}
    for text, header, _, _ in WISHES:
        found = ask(headers=[(b"x-simulate-" + header.encode(), values.get(text, b"1"))])
        assert found.status == (500 if text == "error" else 200)


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        (CHAT, b"{", "cannot be read"),
        (CHAT, b'{"messages": []}', "model parameter"),
        (CHAT, b'{"model": "m"}', "required parameter"),
        ("/v1/messages", b'{"model": "m", "messages": []}', "max_tokens"),
        ("/v1beta/models/g:generateContent", b"[]", "cannot be read"),
    ],
)
def test_a_bad_body_is_a_400_in_the_shape_of_its_wire(path, body, sentence):
    found = answer(OPTIONS, path, "", [], body)
    assert found.status == 400
    assert sentence in json.loads(found.pieces[0])["error"]["message"]


def test_a_path_that_no_provider_serves_has_no_answer():
    assert answer(OPTIONS, "/v1/nothing", "", [], b"{}") is None


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ([(b"authorization", b"Bearer sk-upstream")], "", 200),
        ([(b"api-key", b"sk-upstream")], "", 200),
        ([(b"x-api-key", b"sk-upstream")], "", 200),
        ([], "key=sk-upstream", 200),
        ([(b"authorization", b"Bearer sk-other")], "", 401),
        ([], "", 401),
    ],
)
def test_only_the_one_key_is_let_in_where_it_is_set(headers, query, status):
    options = SimulateOptions(key="sk-upstream")
    assert ask(options=options, headers=headers, query=query).status == status


def test_faults_strike_at_the_set_rate_and_not_each_time_the_same_request_comes():
    options = SimulateOptions(error_rate=0.2, error_kinds=("500", "503"))
    statuses = [ask(options=options, occurrence=number).status for number in range(2000)]
    again = [ask(options=options, occurrence=number).status for number in range(2000)]
    assert statuses == again
    assert set(statuses) == {200, 500, 503}
    assert sum(status != 200 for status in statuses) == pytest.approx(400, abs=60)


def test_spread_latencies_lie_around_the_middle_that_was_set():
    options = SimulateOptions(latency_ms=100, latency_spread=0.5)
    drawn = sorted(ask(options=options, occurrence=number).latency_ms for number in range(999))
    assert drawn[499] == pytest.approx(100, rel=0.1)
    assert drawn[0] > 10
    assert drawn[-1] < 1000


def test_gzip_comes_only_if_wished_and_accepted():
    wish = write_directive(encoding="gzip", output=20)
    accepts = [(b"accept-encoding", b"gzip, br")]
    plain = ask(wish)
    packed = ask(wish, headers=accepts)
    assert gzip.decompress(packed.pieces[0]) == plain.pieces[0]
    stream = ask(wish, headers=accepts, stream=True)
    reader = zlib.decompressobj(wbits=31)
    assert [reader.decompress(piece) for piece in stream.pieces] == ask(wish, stream=True).pieces


def test_a_gateway_in_front_may_use_any_base_path():
    for path in ("/chat/completions", "/openai/v1/chat/completions", "/v1/chat/completions"):
        assert ask(path=path).wire == "openai"
    azure = ask(path="/openai/deployments/dep/chat/completions")
    assert (azure.wire, azure.model) == ("azure", "dep")
