"""What the vendors' SDKs do with our refusals: which they repeat, after how long, and what they show.

The page docs/how-to/read-a-refusal.md says in a table what is held here.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import anthropic
import openai
import pytest
from google import genai
from google.genai import types
from running import RunningGateway, estate, key, running_gateway
from sdks import anthropic_client, gemini_client, openai_client
from upstream import serving

from bursar.estate.kinds import Model
from bursar.estate.limits import Limit
from bursar.gateway.refusal import Refusal, refusal_body, refusal_headers
from bursar.http1 import Request
from bursar.simulate import Running

MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5", "gemini": "gemini-2.5-pro"}
FACTS = {
    "rule": "limit/search-fast",
    "owner": "anna",
    "limit": "2 requests per minute",
    "used": "2",
    "left": "0",
    "resets_at": "2026-11-27T00:00:00Z",
    "advice": "Wait, or ask anna for more.",
}
SENTENCE = "The limit search-fast has no room."


class Seen(NamedTuple):
    """What an SDK did: how often it asked, the pauses between, and what it raised."""

    asked: int
    pauses_s: list[float]
    error: Any


class Refuser:
    """A provider that refuses as the gateway does, in each wire's shape; the gateway passes it unchanged."""

    def __init__(self) -> None:
        self.refusal = Refusal(500, "none", "")
        self.without: tuple[bytes, ...] = ()
        self.asked: list[float] = []

    async def handle(self, request: Request, reply: Any) -> None:
        self.asked.append(time.monotonic())
        path = request.path
        wire = "gemini" if "gemini" in path else "anthropic" if path.endswith("/messages") else "openai"
        headers = [header for header in refusal_headers(self.refusal) if header[0] not in self.without]
        body = refusal_body(wire, self.refusal, "call-1")
        reply.send(self.refusal.status, [(b"content-type", b"application/json"), *headers], body)


@pytest.fixture(scope="module")
def refuser() -> Refuser:
    return Refuser()


@pytest.fixture(scope="module")
def gateway(refuser: Refuser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    providers = {"openai": "mock", "anthropic": "anthropic", "gemini": "gemini"}
    models = tuple(Model(name=MODELS[wire], provider=name) for wire, name in providers.items())
    with (
        serving(refuser.handle) as upstream,
        running_gateway(tmp_path_factory.mktemp("g"), estate(upstream, models=models)) as running,
    ):
        yield running


def call(gateway: RunningGateway, wire: str) -> None:
    """One call as a user writes it, with up to two repeats where the SDK repeats at all."""
    messages: Any = [{"role": "user", "content": "x"}]
    if wire == "openai":
        with openai_client(gateway, max_retries=2) as client:
            client.chat.completions.create(model=MODELS[wire], messages=messages)
    elif wire == "anthropic":
        with anthropic_client(gateway, max_retries=2) as claude:
            claude.messages.create(model=MODELS[wire], max_tokens=9, messages=messages)
    else:
        with gemini_client(gateway) as gemini:
            gemini.models.generate_content(model=MODELS[wire], contents="x")


def trial(
    gateway: RunningGateway, refuser: Refuser, wire: str, refusal: Refusal, without: tuple[bytes, ...] = ()
) -> Seen:
    refuser.refusal, refuser.without, refuser.asked = refusal, without, []
    with pytest.raises(Exception, match=SENTENCE) as caught:
        call(gateway, wire)
    asked = refuser.asked
    return Seen(len(asked), [b - a for a, b in itertools.pairwise(asked)], caught.value)


WIRES = ("openai", "anthropic", "gemini")
USELESS = [
    (402, "budget_exhausted", openai.APIStatusError, anthropic.APIStatusError),
    (403, "policy_denied", openai.PermissionDeniedError, anthropic.PermissionDeniedError),
    (429, "throttled_for_good", openai.RateLimitError, anthropic.RateLimitError),
    (502, "upstream_broken", openai.InternalServerError, anthropic.InternalServerError),
]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("status", "code", "of_openai", "of_anthropic"), USELESS)
def test_what_is_useless_to_repeat_is_not_repeated(
    gateway: RunningGateway,
    refuser: Refuser,
    wire: str,
    status: int,
    code: str,
    of_openai: Any,
    of_anthropic: Any,
) -> None:
    seen = trial(gateway, refuser, wire, Refusal(status, code, SENTENCE, FACTS))
    assert seen.asked == 1
    if wire == "gemini":
        assert isinstance(seen.error, genai.errors.APIError)
        assert seen.error.code == status
    else:
        assert isinstance(seen.error, of_openai if wire == "openai" else of_anthropic)
        assert seen.error.status_code == status
        assert seen.error.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
@pytest.mark.parametrize("status", [429, 503])
def test_what_passes_with_time_is_repeated_after_exactly_the_time_that_was_said(
    gateway: RunningGateway, refuser: Refuser, wire: str, status: int
) -> None:
    refusal = Refusal(status, "rate_limited", SENTENCE, {**FACTS, "retry_after_s": "0.300"})
    seen = trial(gateway, refuser, wire, refusal)
    assert seen.asked == 3
    assert all(0.3 <= pause < 0.5 for pause in seen.pauses_s)
    assert seen.error.response.headers["retry-after"] == "1"


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
def test_whole_seconds_are_read_where_milliseconds_are_not_said(
    gateway: RunningGateway, refuser: Refuser, wire: str
) -> None:
    refusal = Refusal(429, "rate_limited", SENTENCE, {**FACTS, "retry_after_s": "0.300"})
    seen = trial(gateway, refuser, wire, refusal, without=(b"retry-after-ms",))
    assert all(1.0 <= pause < 1.3 for pause in seen.pauses_s)


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
def test_without_any_word_of_time_an_sdk_repeats_a_429_after_a_pause_of_its_own(
    gateway: RunningGateway, refuser: Refuser, wire: str
) -> None:
    refusal = Refusal(429, "rate_limited", SENTENCE, FACTS)
    seen = trial(gateway, refuser, wire, refusal, without=(b"x-should-retry",))
    assert seen.asked == 3
    assert 0.3 <= seen.pauses_s[0] <= 0.65


def test_openais_sdk_gives_up_at_once_when_it_should_wait_for_more_than_two_minutes(
    gateway: RunningGateway, refuser: Refuser
) -> None:
    refusal = Refusal(429, "rate_limited", SENTENCE, {**FACTS, "retry_after_s": "121"})
    assert trial(gateway, refuser, "openai", refusal).asked == 1


def test_googles_sdk_repeats_nothing_unless_it_is_told_to_and_then_by_its_own_clock(
    gateway: RunningGateway, refuser: Refuser
) -> None:
    refuser.refusal = Refusal(429, "rate_limited", SENTENCE, {**FACTS, "retry_after_s": "0.100"})
    refuser.without, refuser.asked = (), []
    with pytest.raises(genai.errors.ClientError):
        call(gateway, "gemini")
    assert len(refuser.asked) == 1
    options = types.HttpRetryOptions(attempts=2, initial_delay=0.6, jitter=0.1)
    with gemini_client(gateway, retry_options=options) as gemini, pytest.raises(genai.errors.ClientError):
        gemini.models.generate_content(model=MODELS["gemini"], contents="x")
    assert len(refuser.asked) == 3
    assert refuser.asked[2] - refuser.asked[1] >= 0.5


def test_the_facts_of_a_refusal_are_where_each_sdk_shows_them(
    gateway: RunningGateway, refuser: Refuser
) -> None:
    refusal = Refusal(429, "rate_limited", SENTENCE, {**FACTS, "retry_after_s": "0.100"})
    of_openai = trial(gateway, refuser, "openai", refusal).error
    assert FACTS.items() <= of_openai.body.items()
    assert str(of_openai) == f"Error code: 429 - {SENTENCE}"
    of_anthropic = trial(gateway, refuser, "anthropic", refusal).error
    assert FACTS.items() <= of_anthropic.body["error"].items()
    assert "Wait, or ask anna for more." in str(of_anthropic)
    of_gemini = trial(gateway, refuser, "gemini", refusal).error
    info, retry = of_gemini.details["error"]["details"]
    assert FACTS.items() <= info["metadata"].items()
    assert (info["reason"], retry["retryDelay"]) == ("RATE_LIMITED", "0.100s")


@pytest.mark.parametrize("wire", WIRES)
def test_the_gateways_own_rate_limit_is_each_sdks_rate_limit_error(
    provider: Running, tmp_path: Path, wire: str
) -> None:
    providers = {"openai": "mock", "anthropic": "anthropic", "gemini": "gemini"}
    snapshot = estate(
        provider.url,
        models=(Model(name=MODELS[wire], provider=providers[wire]),),
        limits=(Limit(name="search-fast", each="key", requests_per_minute=1, owner="anna"),),
    )
    kinds = {"openai": openai.RateLimitError, "anthropic": anthropic.RateLimitError}
    with running_gateway(tmp_path, snapshot) as running:
        call(running, wire)
        begun = time.monotonic()
        with pytest.raises(kinds.get(wire, genai.errors.ClientError), match="search-fast") as caught:
            _once(running, wire)
        assert time.monotonic() - begun < 5
        if wire == "gemini":
            assert caught.value.status == "RESOURCE_EXHAUSTED"


def _once(gateway: RunningGateway, wire: str) -> None:
    messages: Any = [{"role": "user", "content": "x"}]
    if wire == "openai":
        with openai_client(gateway) as client:
            client.chat.completions.create(model=MODELS[wire], messages=messages)
    elif wire == "anthropic":
        with anthropic_client(gateway) as claude:
            claude.messages.create(model=MODELS[wire], max_tokens=9, messages=messages)
    else:
        call(gateway, wire)


def test_a_key_that_may_not_is_a_403_that_no_sdk_repeats(provider: Running, tmp_path: Path) -> None:
    snapshot = estate(provider.url, keys=(key(models=("other",)),))
    with (
        running_gateway(tmp_path, snapshot) as running,
        openai_client(running, max_retries=2) as client,
        pytest.raises(openai.PermissionDeniedError) as caught,
    ):
        client.chat.completions.create(model="gpt-4o-mini", messages=[])
    assert caught.value.response.headers["x-should-retry"] == "false"
