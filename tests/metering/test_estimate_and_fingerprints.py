"""Counting without the provider's word, and hashing without keeping words."""

import json

from bursar.metering import estimate, fingerprints
from bursar.metering.estimate import TOKENS_PER_IMAGE, TOKENS_PER_MESSAGE
from bursar.metering.fingerprint import BYTES_HASHED_MAX, PREFIX_BYTES
from bursar.vocab.usage import Usage


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_four_bytes_of_text_are_a_token() -> None:
    usage = estimate("openai", "chat", body(messages=[{"role": "user", "content": "x" * 40}]), 10)
    assert usage == Usage(tokens_input=10 + TOKENS_PER_MESSAGE, tokens_output=3)


def test_every_wires_prompt_is_counted() -> None:
    text = "x" * 40
    for request in (
        body(input=text),
        body(prompt=text),
        body(prompt=["x" * 20, "x" * 20]),
        body(input=list(range(10))),
        body(system="x" * 20, input="x" * 20),
        body(instructions=text),
    ):
        assert estimate("openai", "responses", request, 0).tokens_input == 10
    gemini = body(contents=[{"parts": [{"text": text}]}], systemInstruction={"parts": [{"text": text}]})
    assert estimate("gemini", "generate_content", gemini, 0).tokens_input == 20 + TOKENS_PER_MESSAGE


def test_pictures_count_a_thousand_tokens_and_their_bytes_count_nothing() -> None:
    encoded = "A" * 100_000
    openai = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}}
    anthropic = {"type": "image", "source": {"type": "base64", "data": encoded}}
    gemini = {"inlineData": {"mimeType": "image/png", "data": encoded}}
    for picture in (openai, anthropic, gemini):
        usage = estimate("openai", "chat", body(messages=[{"content": [picture]}]), 0)
        assert usage == Usage(tokens_input=TOKENS_PER_MESSAGE, tokens_input_image=TOKENS_PER_IMAGE)


def test_speech_is_counted_in_characters_and_pictures_by_the_piece() -> None:
    assert estimate("openai", "audio", body(model="tts-1", input="héllo"), 0) == Usage(characters_input=5)
    assert estimate("openai", "images", body(prompt="a cat", n=3), 0) == Usage(images=3)


def test_odd_requests_estimate_to_what_can_be_counted() -> None:
    assert estimate("openai", "chat", b"not json", 8) == Usage(tokens_output=2)
    assert estimate("openai", "chat", b"[1]", 0) == Usage()
    assert estimate("openai", "chat", body(messages={"content": None}), 0) == Usage()


def test_a_fingerprint_is_of_the_prompt_and_not_of_its_parameters() -> None:
    messages = [{"role": "user", "content": "hi"}]
    one = fingerprints("chat", body(model="a", messages=messages, temperature=0.1))
    two = fingerprints("chat", body(model="b", messages=messages, temperature=0.9, stream=True))
    assert one == two
    assert all(len(digits) == 16 and int(digits, 16) >= 0 for digits in one)
    assert fingerprints("chat", body(messages=[*messages, *messages]))[0] != one[0]
    assert fingerprints("responses", body(messages=messages))[0] != one[0]


def test_prompts_with_the_same_beginning_share_the_prefix() -> None:
    start = [{"role": "system", "content": "s" * PREFIX_BYTES}]
    one = fingerprints("chat", body(messages=[*start, {"role": "user", "content": "one"}]))
    two = fingerprints("chat", body(messages=[*start, {"role": "user", "content": "two"}]))
    assert one[0] != two[0]
    assert one[1] == two[1]


def test_tools_and_system_belong_to_the_prompt() -> None:
    plain = fingerprints("messages", body(messages=[]))
    assert fingerprints("messages", body(messages=[], system="s")) != plain
    assert fingerprints("messages", body(messages=[], tools=[{"name": "t"}])) != plain


def test_a_secret_key_makes_fingerprints_that_nobody_else_can_test() -> None:
    request = body(messages=[{"content": "yes"}])
    assert fingerprints("chat", request, key=b"k" * 32) != fingerprints("chat", request)


def test_the_work_for_a_huge_prompt_is_bounded_and_its_end_still_matters() -> None:
    huge = b"x" * (3 * BYTES_HASHED_MAX)
    assert fingerprints("chat", huge + b"a")[0] != fingerprints("chat", huge + b"b")[0]
    assert fingerprints("chat", huge)[0] != fingerprints("chat", huge + b"x")[0]
