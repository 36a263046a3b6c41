"""Tiers and policies on real calls: every effect through the running gateway, as official SDKs see it."""

import contextlib
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import msgspec
import openai
import pytest
from google import genai
from running import SECRET, RunningGateway, estate, key, running_gateway
from sdks import anthropic_client, azure_client, gemini_client, openai_client
from upstream import serving

from bursar.estate.budgets import Budget
from bursar.estate.kinds import Model, Provider
from bursar.estate.parse import Source, parse
from bursar.estate.policies import Policy, Tier
from bursar.estate.routes import ModelRoute, RouteTarget
from bursar.http1 import Reply, Request
from bursar.simulate import Running, write_directive

GONE = "http://127.0.0.1:9"
MESSAGES: Any = [{"role": "user", "content": "hello"}]
CHAT: Any = {"model": "gpt-4o-mini", "messages": MESSAGES}


def policies(text: str) -> dict[str, Any]:
    documents = [placed.document for placed in parse([Source(path="p", text=text)]).documents]
    return {
        "tiers": tuple(one for one in documents if isinstance(one, Tier)),
        "policies": tuple(one for one in documents if isinstance(one, Policy)),
    }


def world(upstream: str, text: str, **fields: Any) -> Any:
    providers = (
        Provider(name="mock", wire="openai", base_url=upstream, credential="literal:up", region="us"),
        Provider(name="euro", wire="openai", base_url=upstream, credential="literal:up", region="eu"),
        Provider(name="claude", wire="anthropic", base_url=upstream, credential="literal:up"),
        Provider(name="goog", wire="gemini", base_url=upstream, credential="literal:up"),
        Provider(name="blue", wire="azure", base_url=upstream, credential="literal:up"),
    )
    names = (("gpt-4o-mini", "mock"), ("gpt-4o", "mock"), ("gpt-eu", "euro"), ("embed", "mock"))
    names += (("claude-haiku-4-5", "claude"), ("gemini-2.5-pro", "goog"), ("deployed", "blue"))
    known = {
        "providers": providers,
        "models": tuple(Model(name=name, provider=provider) for name, provider in names),
        **policies(text),
    }
    return estate(upstream, **{**known, **fields})


@pytest.fixture
def governed(provider: Running, tmp_path) -> Any:
    """Starts gateways under the policies that a test writes."""
    with contextlib.ExitStack() as stack:

        def start(text: str, **fields: Any) -> RunningGateway:
            return stack.enter_context(running_gateway(tmp_path, world(provider.url, text, **fields)))

        yield start


class Upstream:
    """A provider that keeps what it was sent and answers as OpenAI does."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.paths: list[str] = []

    async def answer(self, request: Request, reply: Reply) -> None:
        self.bodies.append(msgspec.json.decode(request.body))
        self.paths.append(request.path)
        reply.send(200, [(b"content-type", b"application/json")], b'{"id":"x","choices":[]}')


@pytest.fixture
def upstream() -> Iterator[tuple[Upstream, str]]:
    seen = Upstream()
    with serving(seen.answer) as url:
        yield seen, url


def refused(call: Any) -> Any:
    with pytest.raises(openai.APIStatusError) as caught:
        call()
    return caught.value


# -- deny --------------------------------------------------------------------------------------------------

DENY = """
kind: policy
name: no-4o
match: {model: [gpt-4o, claude*, gemini*, deployed]}
effect: deny
owner: ann@example.org
reason: too dear for this team
"""


def test_a_denied_call_says_rule_owner_reason_and_what_would_pass(governed) -> None:
    gateway = governed(DENY)
    with openai_client(gateway) as client:
        error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": "gpt-4o"}))
    assert isinstance(error, openai.PermissionDeniedError)
    assert error.code == "policy_denied"
    assert (
        "The policy no-4o does not let this call use the model gpt-4o at mock: too dear for this team. Its "
        "owner is ann@example.org. This call may use embed or gpt-4o-mini or gpt-eu."
    ) in error.message
    assert error.body["models_allowed"] == ["embed", "gpt-4o-mini", "gpt-eu"]
    event = gateway.only_event()
    assert (event.status, event.http_status, event.cost_pico) == ("error", 403, 0)
    assert event.flags == ["refused_policy_denied"]


def test_each_sdk_raises_its_own_error_and_does_not_try_again(governed, provider: Running) -> None:
    gateway = governed(DENY)
    with (
        anthropic_client(gateway, max_retries=3) as claude,
        pytest.raises(anthropic.PermissionDeniedError, match=r"ann@example\.org") as of_claude,
    ):
        claude.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=MESSAGES)
    assert of_claude.value.body["error"]["rule"] == "policy/no-4o"
    with (
        gemini_client(gateway, retry_options={"attempts": 4}) as gemini,
        pytest.raises(genai.errors.ClientError, match="too dear") as of_gemini,
    ):
        gemini.models.generate_content(model="gemini-2.5-pro", contents="x")
    assert (of_gemini.value.code, of_gemini.value.status) == (403, "PERMISSION_DENIED")
    assert of_gemini.value.details["error"]["details"][0]["metadata"]["owner"] == "ann@example.org"
    for make in (azure_client, openai_client):
        with make(gateway, max_retries=3) as client:
            error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": "deployed"}))
        assert error.status_code == 403
    assert len(gateway.events()) == 4  # one a call: nobody tried again
    assert provider.tally()["models"] == []


def test_a_policy_that_fits_others_leaves_the_call_and_its_body_alone(upstream, tmp_path) -> None:
    seen, url = upstream
    with running_gateway(tmp_path, world(url, DENY)) as gateway, openai_client(gateway) as client:
        client.chat.completions.create(**CHAT)
        assert gateway.only_event().flags == []
    assert seen.bodies == [{"messages": MESSAGES, "model": "gpt-4o-mini"}]


# -- reroute -----------------------------------------------------------------------------------------------

REROUTE = """
kind: policy
name: cheaper
match: {model: gpt-4o}
effect: {type: reroute, to: gpt-4o-mini}
reason: the small one will do
"""


def test_a_rerouted_call_is_answered_by_the_other_model_and_says_so(governed) -> None:
    gateway = governed(REROUTE)
    with openai_client(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(**{**CHAT, "model": "gpt-4o"})
    assert raw.parse().model == "gpt-4o-mini"
    assert raw.headers["x-bursar-advice"] == (
        "rerouted from gpt-4o to gpt-4o-mini by the policy cheaper: the small one will do"
    )
    event = gateway.only_event()
    assert (event.model_requested, event.model, event.flags) == ("gpt-4o", "gpt-4o-mini", ["rerouted"])
    assert event.cost_pico


def test_a_stream_gets_its_advice_before_its_first_piece(governed) -> None:
    gateway = governed(REROUTE)
    with openai_client(gateway) as client:
        stream = client.chat.completions.create(**{**CHAT, "model": "gpt-4o"}, stream=True)
        assert "rerouted from gpt-4o" in stream.response.headers["x-bursar-advice"]
        assert {chunk.model for chunk in stream} == {"gpt-4o-mini"}
    assert "rerouted" in gateway.only_event().flags


def test_a_reroute_never_goes_to_what_is_denied(governed, provider: Running) -> None:
    provider.provider.tally.clear()
    gateway = governed(
        REROUTE + "---\nkind: policy\nname: not-mini\nmatch: {model: gpt-4o-mini}\neffect: deny\nowner: bob\n"
    )
    with openai_client(gateway) as client:
        error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": "gpt-4o"}))
    assert error.status_code == 403
    assert "The policy not-mini does not let this call use the model gpt-4o-mini" in error.message
    assert "on its way there by the policy cheaper" in error.message
    assert provider.tally()["models"] == []


def test_two_rules_that_send_a_call_to_and_fro_leave_it_with_the_other(governed) -> None:
    back = "---\nkind: policy\nname: back\nmatch: {model: gpt-4o-mini}\neffect: {type: reroute, to: gpt-4o}\n"
    gateway = governed(REROUTE + back)
    with openai_client(gateway) as client:
        reply = client.chat.completions.create(**{**CHAT, "model": "gpt-4o"})
    assert reply.model == "gpt-4o-mini"


@pytest.mark.parametrize("to", ["claude-haiku-4-5", "nobody-knows"])
def test_a_reroute_that_the_wire_or_the_estate_cannot_do_is_a_refusal(governed, to: str) -> None:
    gateway = governed(REROUTE.replace("to: gpt-4o-mini", f"to: {to}"))
    with openai_client(gateway) as client:
        error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": "gpt-4o"}))
    assert (error.status_code, error.code) == (403, "reroute_impossible")
    assert f"sends calls of gpt-4o to {to}" in error.message


def test_a_reroute_does_not_open_a_model_that_the_key_may_not_use(governed) -> None:
    gateway = governed(REROUTE, keys=(key(models=("gpt-4o",)),))
    with openai_client(gateway) as client:
        error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": "gpt-4o"}))
    assert (error.status_code, error.code) == (403, "reroute_impossible")


def test_a_gemini_path_and_an_azure_path_are_rerouted_too(governed) -> None:
    gateway = governed(
        "kind: policy\nname: g\nmatch: {model: gemini-old}\neffect: {type: reroute, to: gemini-2.5-pro}\n"
        "---\nkind: policy\nname: a\nmatch: {model: deployed}\neffect: {type: reroute, to: gpt-4o-mini}\n",
        models=(
            Model(name="gemini-2.5-pro", provider="goog"),
            Model(name="gemini-old", provider="goog"),
            Model(name="deployed", provider="blue"),
            Model(name="gpt-4o-mini", provider="mock"),
        ),
    )
    with gemini_client(gateway) as gemini:
        reply = gemini.models.generate_content(model="gemini-old", contents="x")
        assert reply.model_version == "gemini-2.5-pro"
    with azure_client(gateway) as azure:
        assert azure.chat.completions.create(**{**CHAT, "model": "deployed"}).model == "gpt-4o-mini"


# -- clamp -------------------------------------------------------------------------------------------------

CLAMP = "kind: policy\nname: short\neffect: {type: clamp, output_tokens_max: 20}\nreason: be brief\n"
ADVICE = "the answer has at most 20 tokens by the policy short: be brief"


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, {"max_completion_tokens": 20}),
        ({"max_tokens": 500}, {"max_tokens": 20}),
        ({"max_completion_tokens": 500}, {"max_completion_tokens": 20}),
        ({"max_tokens": 500, "max_completion_tokens": 5}, {"max_tokens": 20, "max_completion_tokens": 5}),
        ({"max_tokens": None}, {"max_tokens": 20}),
        ({"max_output_tokens": 5}, {"max_output_tokens": 5, "max_completion_tokens": 20}),
    ],
)
def test_a_clamp_lowers_the_limit_that_is_written_or_adds_one(upstream, tmp_path, asked, sent) -> None:
    seen, url = upstream
    with running_gateway(tmp_path, world(url, CLAMP)) as gateway:
        body = {**CHAT, **asked, "temperature": 0.25}
        headers = {"authorization": f"Bearer {SECRET}"}
        reply = httpx.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, trust_env=False)
        assert reply.headers["x-bursar-advice"].startswith(ADVICE)
        assert gateway.only_event().flags[0] == "clamped"
    assert seen.bodies == [{**CHAT, "temperature": 0.25, **sent}]


def test_a_limit_that_is_low_enough_stays_and_nothing_is_said(upstream, tmp_path) -> None:
    seen, url = upstream
    with running_gateway(tmp_path, world(url, CLAMP)) as gateway, openai_client(gateway) as client:
        client.chat.completions.create(**CHAT, max_tokens=20)
        assert "clamped" not in gateway.only_event().flags
    assert seen.bodies[0]["max_tokens"] == 20


@pytest.mark.parametrize("wire", ["responses", "messages", "gemini", "azure", "completions"])
def test_every_wire_is_clamped_in_its_own_words(governed, wire: str) -> None:
    """The simulator writes as much as it may: the usage is the limit that reached it."""
    gateway = governed(CLAMP)
    wish = write_directive(output=400)
    with openai_client(gateway) as client, anthropic_client(gateway) as claude:
        match wire:
            case "responses":
                client.responses.create(model="gpt-4o-mini", input=wish)
            case "completions":
                client.completions.create(model="gpt-4o-mini", prompt=wish, max_tokens=300)
            case "messages":
                claude.messages.create(
                    model="claude-haiku-4-5", max_tokens=300, messages=[{"role": "user", "content": wish}]
                )
            case "gemini":
                with gemini_client(gateway) as gemini:
                    gemini.models.generate_content(
                        model="gemini-2.5-pro", contents=wish, config={"max_output_tokens": 300}
                    )
            case "azure":
                with azure_client(gateway) as azure:
                    azure.chat.completions.create(
                        model="deployed", messages=[{"role": "user", "content": wish}], max_tokens=300
                    )
    event = gateway.only_event()
    assert "clamped" in event.flags
    assert 0 < event.usage.tokens_output + event.usage.tokens_reasoning <= 20


def test_what_makes_no_text_is_not_clamped(upstream, tmp_path) -> None:
    seen, url = upstream
    with running_gateway(tmp_path, world(url, CLAMP)) as gateway:
        body = {"model": "embed", "input": "x"}
        headers = {"authorization": f"Bearer {SECRET}"}
        httpx.post(f"{gateway.url}/v1/embeddings", json=body, headers=headers, trust_env=False)
        assert "clamped" not in gateway.only_event().flags
    assert seen.bodies == [body]


# -- tags, warnings, shadows -------------------------------------------------------------------------------


def test_a_missing_tag_is_a_400_that_names_the_header_and_with_it_the_call_passes(governed) -> None:
    gateway = governed(
        "kind: policy\nname: ticketed\neffect: {type: require_tags, tags: ['tag:ticket']}\nowner: ann\n",
        keys=(key(may_set=("tag:ticket",)),),
    )
    with openai_client(gateway) as client:
        error = refused(lambda: client.chat.completions.create(**CHAT))
        assert (error.status_code, error.code) == (400, "tags_required")
        assert "Send the header x-bursar-tag-ticket" in error.message
        header = error.body["headers"][0]
        assert client.chat.completions.create(**CHAT, extra_headers={header: "T-1"}).choices


def test_a_warning_is_said_and_flagged_and_the_call_goes_on(governed) -> None:
    gateway = governed("kind: policy\nname: w\neffect: {type: warn, message: use the small one}\n")
    with openai_client(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(**CHAT)
    assert raw.headers["x-bursar-advice"] == "the policy w warns: use the small one"
    assert gateway.only_event().flags == ["warned"]


def test_a_shadow_changes_nothing_but_a_flag_of_the_event(governed) -> None:
    gateway = governed(
        "kind: policy\nname: s\neffect: {type: shadow, would: deny}\n---\n"
        "kind: policy\nname: t\neffect: {type: shadow, would: {type: reroute, to: gpt-4o}}\n"
    )
    with openai_client(gateway) as client:
        raw = client.chat.completions.with_raw_response.create(**CHAT)
    assert "x-bursar-advice" not in raw.headers
    event = gateway.only_event()
    assert (event.model, event.flags) == ("gpt-4o-mini", ["shadow_deny", "shadow_reroute"])


def test_a_condition_that_fails_lets_the_call_pass_and_is_flagged(governed) -> None:
    gateway = governed('kind: policy\nname: c\neffect: deny\nwhen: tags["ticket"] == "T"\n')
    with openai_client(gateway) as client:
        assert client.chat.completions.create(**CHAT).choices
    assert gateway.only_event().flags == ["policy_condition_failed"]


def test_budgets_are_used_as_whoever_keeps_them_says(governed) -> None:
    gateway = governed(
        "kind: policy\nname: b\nmatch: {budget: {name: all, used_over: 80}}\n"
        "effect: {type: reroute, to: gpt-4o}\n",
        budgets=(Budget(name="all", amount="5"),),
    )
    with openai_client(gateway) as client:
        assert client.chat.completions.create(**CHAT).model == "gpt-4o-mini"
        gateway.gateway.governor.budgets_used = lambda _call, _target: {"all": 81}
        assert client.chat.completions.create(**CHAT).model == "gpt-4o"


# -- tiers, data and regions -------------------------------------------------------------------------------

SEALED = """
kind: tier
name: sealed
models: [gpt-eu, gpt-4o]
data_classes: [confidential]
regions: eu
owner: security
"""


def test_confidential_data_reaches_only_the_models_and_regions_of_its_tier(governed, provider) -> None:
    provider.provider.tally.clear()
    gateway = governed(SEALED, keys=(key(tags={"data": "confidential"}),))
    with openai_client(gateway) as client:
        for model in ("gpt-4o", "gpt-4o-mini", "mock/gpt-eu", "euro/gpt-4o-mini"):
            error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": model}))  # noqa: B023
            assert (error.status_code, error.code) == (403, "policy_denied")
            assert error.body["rule"] == "tier/sealed"
            assert error.body["models_allowed"] == ["gpt-eu"]
        assert provider.tally()["models"] == []
        assert client.chat.completions.create(**{**CHAT, "model": "gpt-eu"}).choices


def test_a_reroute_does_not_carry_confidential_data_elsewhere(governed, provider) -> None:
    provider.provider.tally.clear()
    text = SEALED + REROUTE.replace("kind", "---\nkind", 1).replace("model: gpt-4o}", "model: gpt-eu}")
    gateway = governed(text, keys=(key(tags={"data": "confidential"}),))
    with openai_client(gateway) as client:
        error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": "gpt-eu"}))
    assert error.body["rule"] == "tier/sealed"
    assert provider.tally()["models"] == []


@pytest.mark.parametrize(("tags", "reached"), [({"data": "confidential"}, []), ({}, ["gpt-4o-mini"])])
def test_a_route_does_not_fall_back_to_where_confidential_data_may_not_go(
    governed, provider, tags, reached
) -> None:
    provider.provider.tally.clear()
    targets = [RouteTarget(model=name) for name in ("gpt-eu", "gpt-4o", "gpt-4o-mini")]
    gateway = governed(
        SEALED,
        keys=(key(tags=tags),),
        providers=(
            Provider(name="mock", wire="openai", base_url=provider.url, credential="literal:up", region="us"),
            Provider(name="euro", wire="openai", base_url=GONE, credential="literal:up", region="eu"),
        ),
        models=tuple(
            Model(name=name, provider=at)
            for name, at in (("gpt-eu", "euro"), ("gpt-4o", "mock"), ("gpt-4o-mini", "mock"))
        ),
        routes=(ModelRoute(name="fast", targets=targets, fallback_on=["connection", "policy"]),),
    )
    with openai_client(gateway) as client:
        if reached:
            assert client.chat.completions.create(**{**CHAT, "model": "fast"}).choices
        else:
            error = refused(lambda: client.chat.completions.create(**{**CHAT, "model": "fast"}))
            assert error.code == "policy_denied"
    assert [one["model"] for one in provider.tally()["models"]] == reached


def test_without_tiers_and_policies_there_is_nothing_to_ask(governed) -> None:
    gateway = governed(DENY)
    gateway.use(estate("http://127.0.0.1:9"))
    assert gateway.gateway.world.rules is None
