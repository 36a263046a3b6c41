"""Bad input of every kind: refused in the wire's own error shape, with a sentence that says what to do."""

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

from bursar.clock import now_us
from bursar.estate.kinds import Model, Provider
from bursar.http1 import Limits
from bursar.simulate import Running

BEARER = {"authorization": f"Bearer {SECRET}"}
GONE = "http://127.0.0.1:9"
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}


def add_keys(snapshot: Any, *keys: Any) -> Any:
    return msgspec.structs.replace(snapshot, keys=(*snapshot.keys, *keys))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """No provider answers here: whatever is refused is refused before anything is sent."""
    snapshot = add_keys(
        estate(
            GONE,
            providers=(
                *estate(GONE).providers,
                Provider(name="blue", wire="azure", base_url=GONE, credential="literal:up"),
                Provider(name="keyless", wire="openai", base_url=GONE, credential="env:NOT_THERE"),
                Provider(name="nowhere", wire="openai", base_url="http://h:99999/x?y", credential="none"),
                Provider(name="odd", wire="openai", base_url=GONE, credential="literal:schl\u00fcssel\u20ac"),
            ),
            models=(
                Model(name="gpt-4o-mini", provider="mock"),
                Model(name="claude-haiku-4-5", provider="anthropic"),
                Model(name="gemini-2.5-pro", provider="gemini"),
                Model(name="deployed", provider="blue"),
                Model(name="no-key", provider="keyless"),
                Model(name="no-url", provider="nowhere"),
                Model(name="odd-key", provider="odd"),
                Model(name="orphan", provider="deleted"),
            ),
        ),
        key(id="key_revoked", secret="bsk_revoked", revoked_at_us=1),
        key(id="key_expired", secret="bsk_expired", expires_at_us=now_us() - 1),
        key(id="key_tags", secret="bsk_tags", may_set=("team", "tag:*")),
    )
    limits = Limits(body_bytes=200_000)
    with running_gateway(tmp_path_factory.mktemp("gateway"), snapshot, limits=limits) as running:
        yield running


def post(gateway: RunningGateway, path: str = "/v1/chat/completions", **options: Any) -> httpx.Response:
    options = {"headers": BEARER, **options}
    if "content" not in options:
        options.setdefault("json", CHAT)
    return httpx.post(gateway.url + path, trust_env=False, **options)


def sentence(reply: httpx.Response, status: int, code: str = "") -> str:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-bursar-call-id"]
    error = reply.json()["error"]
    if code:
        assert error["code"] == code
    message: str = error["message"]
    assert message.endswith((".", "?"))
    return message


# -- keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("sk-wrong", "not known here"),
        ("bsk_revoked", "was revoked"),
        ("bsk_expired", "has expired"),
    ],
)
def test_a_key_that_does_not_hold_is_each_sdks_authentication_error(gateway, secret, says):
    with openai_client(gateway, secret) as client, pytest.raises(openai.AuthenticationError, match=says):
        client.chat.completions.create(**CHAT)
    with azure_client(gateway, secret) as client, pytest.raises(openai.AuthenticationError, match=says):
        client.chat.completions.create(model="deployed", messages=CHAT["messages"])
    with (
        anthropic_client(gateway, secret) as claude,
        pytest.raises(anthropic.AuthenticationError, match=says) as refused,
    ):
        claude.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=CHAT["messages"])
    assert refused.value.body["error"]["type"] == "authentication_error"
    with gemini_client(gateway, secret) as gemini, pytest.raises(genai.errors.ClientError, match=says) as of:
        gemini.models.generate_content(model="gemini-2.5-pro", contents="x")
    assert (of.value.code, of.value.status) == (401, "UNAUTHENTICATED")
    with openai_client(gateway, secret) as client, pytest.raises(openai.AuthenticationError, match=says):
        client.models.list()


def test_no_key_is_told_where_to_put_it(gateway):
    for headers in ({}, {"authorization": "Basic eDp5"}, {"x-api-key": ""}):
        reply = post(gateway, headers=headers)
        assert "Authorization: Bearer KEY" in sentence(reply, 401, "key_missing")
        assert reply.headers["www-authenticate"] == "Bearer"


def test_calls_without_a_known_key_leave_no_event_and_others_of_a_known_key_do(gateway):
    before = len(gateway.events())
    post(gateway, headers={})
    post(gateway, headers={"x-api-key": "wrong"})
    assert len(gateway.events()) == before
    reply = post(gateway, json={"model": "gpt-9"})
    event = gateway.event(reply.headers["x-bursar-call-id"])
    assert (event.status, event.http_status, event.cost_pico) == ("error", 404, 0)
    assert event.flags == ["refused_model_not_found"]


# -- bodies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"model=gpt-4o-mini",
        b"{",
        b'{"model":"gpt-4o-mini"',
        b'{"model":"gpt-4o-mini"}}',
        b'{"model":"gpt-4o-mini","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b"\xff\xfe{\x00}\x00",
        b'{"model":"\\ud800"}',
        b"NaN",
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/embeddings",
        "/v1/messages",
        "/v1beta/models/gemini-2.5-pro:generateContent",
        "/openai/deployments/deployed/chat/completions",
    ],
)
def test_a_body_that_is_no_json_is_a_400(gateway, path, body):
    message = sentence(post(gateway, path, content=body), 400)
    assert "JSON" in message or "body" in message


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        7,
        None,
        {"model": 7},
        {"model": ["gpt-4o-mini"]},
        {"model": "gpt-4o-mini", "stream": "yes"},
        {"model": "gpt-4o-mini", "stream_options": []},
        {"model": "gpt-4o-mini", "stream": True, "stream_options": {"include_usage": "yes"}},
    ],
)
def test_wrong_types_are_a_400_that_names_the_field(gateway, body):
    assert "does not fit" in sentence(post(gateway, content=msgspec.json.encode(body)), 400, "invalid_body")


@pytest.mark.parametrize("body", [{}, {"model": ""}, {"model": None}])
def test_no_model_is_a_400(gateway, body):
    assert "model" in sentence(post(gateway, json=body), 400)


def test_each_sdk_raises_its_bad_request_class(gateway):
    with openai_client(gateway) as client, pytest.raises(openai.BadRequestError, match="does not fit"):
        client.chat.completions.create(**CHAT, extra_body={"stream": 3})
    with anthropic_client(gateway) as claude, pytest.raises(anthropic.BadRequestError, match="does not fit"):
        claude.messages.create(
            model="claude-haiku-4-5", max_tokens=9, messages=CHAT["messages"], extra_body={"stream": 3}
        )


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_over_the_limit_is_a_413_in_each_wires_shape(gateway, framing):
    big = b'{"model":"' + b"x" * 250_000 + b'"}'
    content = (
        big if framing == "length" else iter([big[at : at + 50_000] for at in range(0, len(big), 50_000)])
    )
    assert "over this gateway's limit" in sentence(post(gateway, content=content), 413, "body_too_large")
    with (
        anthropic_client(gateway) as claude,
        pytest.raises(anthropic.APIStatusError, match="over this gateway's limit") as refused,
    ):
        claude.messages.create(
            model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": "x" * 250_000}]
        )
    assert refused.value.status_code == 413
    assert refused.value.body["error"]["type"] == "request_too_large"


# -- models ------------------------------------------------------------------------------------------------


def test_an_unknown_model_is_a_404_that_names_near_ones(gateway):
    with openai_client(gateway) as client, pytest.raises(openai.NotFoundError, match="gpt-4o-mini"):
        client.chat.completions.create(model="gpt-4o-mimi", messages=CHAT["messages"])
    with (
        anthropic_client(gateway) as claude,
        pytest.raises(anthropic.NotFoundError, match="claude-haiku-4-5") as refused,
    ):
        claude.messages.create(model="claude-haiku-4.5", max_tokens=9, messages=CHAT["messages"])
    assert refused.value.body["error"]["type"] == "not_found_error"
    with (
        gemini_client(gateway) as gemini,
        pytest.raises(genai.errors.ClientError, match=r"gemini-2\.5-pro") as of,
    ):
        gemini.models.generate_content(model="gemini-2.5-prp", contents="x")
    assert (of.value.code, of.value.status) == (404, "NOT_FOUND")


def test_a_model_of_another_wire_is_a_404_that_says_so(gateway):
    reply = post(gateway, json={**CHAT, "model": "claude-haiku-4-5"})
    assert "anthropic" in sentence(reply, 404, "model_on_other_wire")
    assert sentence(post(gateway, "/v1/messages"), 404)


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("no-key", "provider_misconfigured"),
        ("no-url", "provider_misconfigured"),
        ("odd-key", "provider_misconfigured"),
        ("orphan", "provider_missing"),
    ],
)
def test_a_provider_that_cannot_be_called_is_a_503_and_the_others_serve_on(gateway, model, code):
    message = sentence(post(gateway, json={**CHAT, "model": model}), 503, code)
    assert "schl" not in message
    assert sentence(post(gateway), 502, "upstream_unreachable")


def test_a_model_name_beyond_all_measure_is_refused(gateway):
    message = sentence(post(gateway, json={**CHAT, "model": "mock/" + "\U0001f600" * 1000}), 400)
    assert len(message) < 2000


# -- tags --------------------------------------------------------------------------------------------------


def with_tags(secret: str = SECRET, **tags: str) -> dict[str, str]:
    named = {f"x-bursar-{name.replace('_', '-')}": value for name, value in tags.items()}
    return {"authorization": f"Bearer {secret}", **named}


def test_a_tag_that_the_caller_may_not_set_is_a_403(gateway):
    for tags in ({"team": "ads"}, {"environment": "staging"}, {"tag_ticket": "T-1"}):
        message = sentence(post(gateway, headers=with_tags(**tags)), 403, "tag_not_allowed")
        assert "--may-set" in message
    with (
        openai_client(gateway, default_headers={"x-bursar-team": "ads"}) as client,
        pytest.raises(openai.PermissionDeniedError, match="may not set"),
    ):
        client.chat.completions.create(**CHAT)
    with (
        anthropic_client(gateway, default_headers={"x-bursar-team": "ads"}) as claude,
        pytest.raises(anthropic.PermissionDeniedError, match="may not set"),
    ):
        claude.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=CHAT["messages"])


def test_a_tag_that_repeats_the_keys_own_value_is_allowed(gateway):
    assert sentence(post(gateway, headers=with_tags(team="search")), 502)


def test_an_unknown_value_is_a_403_that_names_near_ones(gateway):
    reply = post(gateway, headers=with_tags("bsk_tags", team="serch"))
    assert "Did you mean ads or search" in sentence(reply, 403) or "search" in sentence(reply, 403)


@pytest.mark.parametrize("value", ["", "x" * 129, "a\tb"])
def test_a_tag_value_that_cannot_be_is_a_400(gateway, value):
    assert sentence(post(gateway, headers=with_tags("bsk_tags", tag_ticket=value)), 400, "tag_invalid")


def test_an_unknown_tag_header_is_a_400_and_too_many_are_too(gateway):
    assert "x-bursar-tag-" in sentence(post(gateway, headers=with_tags("bsk_tags", squad="x")), 400)
    many = {f"tag_n{number}": "x" for number in range(40)}
    assert sentence(post(gateway, headers=with_tags("bsk_tags", **many)), 400, "too_many_tags")


def test_the_longest_tags_that_are_allowed_do_not_stop_a_call(provider: Running, tmp_path):
    may = key(may_set=("team", "product", "use_case", "environment", "tag:*"))
    snapshot = msgspec.structs.replace(estate(provider.url, teams=()), keys=(may,))
    wide = "\U0001f600" * 128
    tags = dict.fromkeys(("team", "product", "use_case", "environment"), wide)
    tags |= {f"tag_{number}": wide for number in range(32)}
    headers = {name: value.encode() for name, value in with_tags(**tags).items()}
    with running_gateway(tmp_path, snapshot) as gateway:
        assert post(gateway, headers=headers).status_code == 200
        event = gateway.only_event()
    assert (event.team, event.environment, len(event.tags)) == (wide, wide, 32)


# -- paths and methods -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/v1/chat/completion", "/v1/chat/completions"),
        ("/v1/message", "/v1/messages"),
        ("/", "Served are"),
        ("/v1/files", "/v1"),
        ("/v1beta/models/gemini-2.5-pro:explain", "/v1beta"),
        ("/openai/deployments/x/nothing", "/openai"),
        ("/%00%ff/../etc/passwd", "Served are"),
        ("/" + "a" * 5000, "Served are"),
    ],
)
def test_an_unknown_path_is_a_404_that_names_near_ones(gateway, path, hint):
    assert hint in sentence(post(gateway, path), 404)


def test_unknown_paths_and_errors_speak_the_wire_that_was_asked(gateway):
    claude = post(gateway, "/v1/messages/nothing", headers={**BEARER, "anthropic-version": "2023-06-01"})
    assert claude.json()["type"] == "error"
    gemini = post(gateway, "/v1beta/nothing")
    assert (gemini.json()["error"]["code"], gemini.json()["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_wrong_method_is_a_405_with_the_right_one(gateway, method):
    reply = httpx.request(method, f"{gateway.url}/v1/chat/completions", headers=BEARER, trust_env=False)
    assert "takes POST" in sentence(reply, 405, "method_not_allowed")
    assert reply.headers["allow"] == "POST"
    listing = httpx.request("POST", f"{gateway.url}/v1/models", headers=BEARER, trust_env=False)
    assert "takes GET" in sentence(listing, 405)
    assert listing.headers["allow"] == "GET, HEAD"


def test_head_is_answered_without_a_body(gateway):
    reply = httpx.head(f"{gateway.url}/v1/models", headers=BEARER, trust_env=False)
    assert (reply.status_code, reply.content) == (200, b"")
    assert int(reply.headers["content-length"]) > 10


# -- the state of the gateway ------------------------------------------------------------------------------


def test_probes_and_metrics_need_no_key(gateway):
    for path in ("/healthz", "/readyz"):
        assert httpx.get(gateway.url + path, trust_env=False).json() == {"status": "ok"}
    post(gateway, headers={})
    metrics = httpx.get(f"{gateway.url}/metrics", trust_env=False).text
    assert 'bursar_gateway_refusals_total{worker="0",code="key_missing"}' in metrics
    assert 'bursar_gateway_outbox_writable{worker="0"} 1' in metrics


def test_a_key_that_is_revoked_stops_working_when_the_estate_changes(provider: Running, tmp_path):
    with running_gateway(tmp_path, estate(provider.url)) as running:
        assert post(running).status_code == 200
        running.use(estate(provider.url, keys=(key(revoked_at_us=5),)))
        assert "was revoked" in sentence(post(running), 401)


def test_no_free_place_in_the_journal_is_a_503_that_says_so(provider: Running, tmp_path):
    with running_gateway(tmp_path, estate(provider.url)) as running:
        journal = running.gateway._journal
        free, journal._free = journal._free, []
        assert "Too many calls" in sentence(post(running), 503, "too_many_calls")
        journal._free = free
        assert post(running).status_code == 200


def test_a_declared_name_adds_to_what_the_catalogue_lists_for_a_vendor(tmp_path, provider):
    snapshot = estate(
        provider.url,
        providers=(Provider(name="openai", wire="openai", base_url=provider.url, credential="literal:x"),),
        models=(Model(name="cheap", provider="openai", upstream_model="gpt-4o-mini"),),
        prices=(),
    )
    with running_gateway(tmp_path, snapshot) as gateway:
        for model in ("cheap", "gpt-4o"):
            assert post(gateway, json={**CHAT, "model": model}).status_code == 200


def test_a_vendors_newest_model_passes_unpriced_where_only_one_provider_can_have_it(tmp_path, provider):
    snapshot = estate(
        provider.url,
        providers=(Provider(name="openai", wire="openai", base_url=provider.url, credential="literal:x"),),
        models=(),
        prices=(),
    )
    with running_gateway(tmp_path, snapshot) as gateway:
        reply = post(gateway, json={**CHAT, "model": "zebra-xl"})
        assert reply.status_code == 200
        assert "unpriced" in reply.headers["x-bursar-advice"]
        assert gateway.event(reply.headers["x-bursar-call-id"]).cost_pico is None
