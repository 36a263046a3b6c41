"""Whatever comes in, the answer is well formed, has a call id, and is never a 500."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from running import SECRET, RunningGateway, estate, key, running_gateway

from bursar.estate.kinds import Provider
from bursar.gateway.paths import SERVED
from bursar.simulate import Running

FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
PATHS = (
    *[path.replace("{model}", "gemini-2.5-pro").replace("{deployment}", "deployed") for path in SERVED],
    "/v1beta/models",
    "/v1/models/x",
    "/nothing",
)
FIELDS = ["model", "messages", "prompt", "input", "contents", "stream", "stream_options", "max_tokens", "n"]
FIELDS += [
    "tools",
    "system",
    "temperature",
    "response_format",
    "generationConfig",
    "requests",
    "instructions",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["gpt-4o-mini", "user", "hello", "text", "mock/x", "[[simulate output=3]]"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["role", "content", "type", "parts", "text", "include_usage"]), inner
        )
    ),
    max_leaves=8,
)
BODIES = (
    st.binary(max_size=200)
    | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), VALUES, max_size=8).map(
        lambda fields: json.dumps(fields).encode()
    )
    | st.fixed_dictionaries(
        {
            "model": st.sampled_from(["gpt-4o-mini", "mock/any", "claude-haiku-4-5", "gpt-4o-mimi"]) | VALUES,
            "messages": VALUES,
        },
        optional={"stream": VALUES, "stream_options": VALUES, "contents": VALUES, "input": VALUES},
    ).map(lambda fields: json.dumps(fields).encode())
)
NAMES = st.sampled_from(
    [
        "authorization",
        "x-api-key",
        "x-goog-api-key",
        "api-key",
        "content-type",
        "accept",
        "anthropic-version",
        "idempotency-key",
        "x-bursar-team",
        "x-bursar-use-case",
        "x-bursar-tag-ticket",
        "x-bursar-tag-",
        "x-bursar-",
        "x-bursar-call-id",
        "content-encoding",
        "cookie",
        "connection",
        "te",
        "x-forwarded-for",
        "range",
    ]
)
# What HTTP allows in a value: visible characters, blanks, and bytes beyond ASCII.
TEXTS = st.binary(max_size=40).map(
    lambda raw: bytes(b for b in raw if b >= 0x20 and b != 0x7F).strip()
) | st.sampled_from(
    [b"multipart/form-data; boundary=x", b"application/json", b"ads", b"close", b"Bearer", b"trailers"]
)
HEADERS = st.lists(st.tuples(NAMES, TEXTS), max_size=6)


@pytest.fixture(scope="module")
def gateway(provider: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Everything may be set and every model goes somewhere, so that odd input gets far."""
    may = key(may_set=("team", "product", "use_case", "environment", "tag:*"))
    known = estate(provider.url)
    any_model = (
        Provider(
            name="mock", wire="openai", base_url=provider.url, credential="literal:up", catalogue="none"
        ),
        Provider(name="claude", wire="anthropic", base_url=provider.url, credential="none", catalogue="none"),
        Provider(name="goog", wire="gemini", base_url=provider.url, credential="none", catalogue="none"),
    )
    snapshot = msgspec.structs.replace(
        known, keys=(may,), teams=(), providers=any_model, models=(), prices=()
    )
    with running_gateway(tmp_path_factory.mktemp("gateway"), snapshot, durability="process") as running:
        yield running


def send(
    gateway: RunningGateway, method: str, path: str, headers: list[tuple[str, bytes]], body: bytes
) -> tuple[http.client.HTTPResponse, bytes]:
    address = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return reply, reply.read()
    finally:
        connection.close()


def check(reply: http.client.HTTPResponse, body: bytes) -> None:
    assert reply.status < 500, (reply.status, body[:500])
    assert reply.headers["x-bursar-call-id"]
    kind = reply.headers["content-type"] or ""
    if reply.status >= 400 and body:
        assert kind.startswith("application/json")
        assert json.loads(body)["error"]["message"]
    elif kind.startswith("application/json") and body:
        json.loads(body)


@FUZZ
@given(path=st.sampled_from(PATHS), headers=HEADERS, body=BODIES)
@example(path="/v1/chat/completions", headers=[], body=b'{"model":"m","x":' + b"[" * 5000)
@example(path="/v1/messages", headers=[], body=b'{"model":"m","messages":' + b'{"a":' * 20000)
@example(
    path="/v1/images/generations",
    headers=[("content-type", b"multipart/form-data")],
    body=b'name="model"\r\n',
)
@example(path="/v1/chat/completions", headers=[], body=b'{"model":"\\u0000\\r\\n"}')
@example(path="/v1/chat/completions", headers=[("idempotency-key", b"\xff")], body=b'{"model":"mock/x"}')
def test_no_body_and_no_header_gets_a_500(
    gateway: RunningGateway, path: str, headers: Any, body: bytes
) -> None:
    own = [("authorization", f"Bearer {SECRET}".encode())]
    check(*send(gateway, "POST", path, own + [h for h in headers if h[0] != "authorization"], body))


@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]),
    path=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=60),
    headers=HEADERS,
)
def test_no_path_and_no_method_gets_a_500(
    gateway: RunningGateway, method: str, path: str, headers: Any
) -> None:
    for prefix in ("/", "/v1/", "/v1beta/models/", "/openai/deployments/"):
        check(*send(gateway, method, prefix + path, headers, b""))
