"""Approvals end to end: a call asks, somebody grants in the state store, the next try passes, limits hold."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from running import SECRET, RunningGateway, running_gateway
from sdks import openai_client
from sqlalchemy import Engine

from bursar import directory
from bursar.clock import now_us
from bursar.estate.parse import Source, parse
from bursar.gateway.approvals import Desk
from bursar.gateway.watch import Watcher
from bursar.simulate import Running
from bursar.vocab.ids import IdSource

CHAT: Any = {"model": "gpt-5", "messages": [{"role": "user", "content": "hello"}]}
LONG_SECRET = "bsk_" + SECRET.removeprefix("bsk_") + "x" * 40

ESTATE = """
kind: provider
name: mock
wire: openai
base_url: {url}
credential: none
---
kind: model
name: gpt-5
provider: mock
---
kind: model
name: mini
provider: mock
---
kind: price
name: p
provider: mock
model: gpt-5
valid_from: 2020-01-01
per_call: "0.50"
---
kind: policy
name: frontier
match: {{model: gpt-5}}
effect: {{type: require_approval, approvers: [ann, bob]}}
owner: eve
reason: the dear one
"""


@pytest.fixture
def asking(state: Engine, provider: Running, tmp_path) -> Iterator[RunningGateway]:
    """A gateway on a real state store, that follows its revisions and asks there for approvals."""
    documents = parse([Source(path="e", text=ESTATE.format(url=provider.url))]).documents
    directory.apply(state, documents, actor="t", now=now_us())
    directory.create_key(
        state, directory.KeyRequest(team="search"), key_id="k1", secret=LONG_SECRET, actor="t", now=now_us()
    )
    first = directory.snapshot(state)
    ids = IdSource(now_us, os.urandom)
    with running_gateway(tmp_path, first) as running:
        desk = Desk(state, console_url="http://console:8080", new_id=ids.next, now=now_us)
        running.gateway.governor.desk = desk
        watcher = Watcher(state, (), running.use)
        watcher.start(first.revision)
        yield running
        watcher.stop()
        desk.close()


def call(gateway: RunningGateway, **fields: Any) -> Any:
    with openai_client(gateway, key=LONG_SECRET, max_retries=2) as client:
        return client.chat.completions.create(**{**CHAT, **fields})


def refusal(gateway: RunningGateway) -> Any:
    with pytest.raises(openai.PermissionDeniedError) as caught:
        call(gateway)
    assert caught.value.code == "approval_required"
    return caught.value


def until_passes(gateway: RunningGateway, *, within_s: float = 2.0) -> float:
    """How long a caller who tries again and again is still refused, in seconds."""
    begun = time.monotonic()
    while True:
        try:
            call(gateway)
        except openai.PermissionDeniedError:
            assert time.monotonic() < begun + within_s
            time.sleep(0.02)
        else:
            return time.monotonic() - begun


def grant(state: Engine, request: str, **terms: Any) -> None:
    directory.grant_approval(
        state, request, directory.GrantTerms(**terms), reason="ok", actor="ann", now=now_us()
    )


def test_a_call_is_refused_with_a_request_and_a_link_and_passes_once_it_is_granted(asking, state) -> None:
    error = refusal(asking)
    said = error.body
    (request,) = directory.list_approvals(state)
    assert (said["request"], said["approver"], said["owner"]) == (request.id, "ann", "eve")
    assert said["url"] == f"http://console:8080/api/v1/approvals/{request.id}"
    assert said["models_allowed"] == ["mini"]
    assert f"`bursar approval grant {request.id}`" in error.message
    assert (request.key_id, request.team, request.model) == ("k1", "search", "gpt-5")
    assert call(asking, model="mini").choices  # the way that the refusal named
    grant(state, request.id, until="1h")
    assert until_passes(asking) < 1.0
    assert call(asking).choices


def test_many_calls_at_once_make_one_request(asking, state) -> None:
    with ThreadPoolExecutor(8) as pool:
        requests = set(pool.map(lambda _: refusal(asking).body["request"], range(40)))
    assert requests == {approval.id for approval in directory.list_approvals(state)}
    assert len(requests) == 1


def test_a_grant_for_some_calls_lets_just_so_many_through_however_they_come(asking, state) -> None:
    request = refusal(asking).body["request"]
    grant(state, request, calls_max=5)
    until_passes(asking)

    def attempt(_: int) -> bool:
        try:
            call(asking)
        except openai.PermissionDeniedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 4  # one was used by whoever waited
    assert directory.get_approval(state, request).calls_used == 5
    again = refusal(asking).body["request"]
    assert again != request


def test_a_grant_of_money_ends_with_the_call_that_reaches_it(asking, state) -> None:
    request = refusal(asking).body["request"]
    grant(state, request, cost_max_pico=10**12)
    until_passes(asking)  # 0.50
    deadline = time.monotonic() + 5
    while directory.get_approval(state, request).cost_used_pico < 5 * 10**11:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    call(asking)
    while directory.get_approval(state, request).cost_used_pico < 10**12:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert refusal(asking).body["request"] != request


def test_a_declined_request_says_by_whom_and_why(asking, state) -> None:
    request = refusal(asking).body["request"]
    directory.decline_approval(state, request, reason="use mini", actor="bob", now=now_us())
    deadline = time.monotonic() + 5
    while (error := refusal(asking)).body["state"] != "declined":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert f"The request {request} was declined by bob: use mini." in error.message


def test_without_the_state_store_a_call_that_needs_an_approval_is_told_to_come_again(
    provider: Running, tmp_path
) -> None:
    engine = directory.open_state(f"sqlite:///{tmp_path}/state.sqlite")
    documents = parse([Source(path="e", text=ESTATE.format(url=provider.url))]).documents
    directory.apply(engine, documents, actor="t", now=now_us())
    directory.create_key(
        engine, directory.KeyRequest(), key_id="k1", secret=LONG_SECRET, actor="t", now=now_us()
    )
    snapshot = directory.snapshot(engine)
    engine.dispose()
    with running_gateway(tmp_path, snapshot) as running:
        away = directory.open_state(f"sqlite:///{tmp_path}/other.sqlite")
        with away.begin() as connection:
            connection.exec_driver_sql("DROP TABLE approvals")
        desk = Desk(away, console_url="http://c", new_id=lambda: "r1", now=now_us)
        running.gateway.governor.desk = desk
        with (
            openai_client(running, key=LONG_SECRET) as client,
            pytest.raises(openai.APIStatusError) as caught,
        ):
            client.chat.completions.create(**CHAT)
        assert (caught.value.status_code, caught.value.code) == (503, "approvals_unavailable")
        desk.close()
        away.dispose()
