"""Policies and approvals over real processes: in force in every worker within a second, and in the ledger."""

import time
from typing import Any

import httpx
import openai
from installation import Installation

CHAT: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}
ASKED = """
kind: policy
name: asked
match: {model: gpt-4o-mini}
effect: {type: require_approval, approvers: [ann, bob]}
owner: eve
"""


ANSWERED: list[int] = []


def status(installation: Installation, secret: str) -> int:
    """Of a call on a connection of its own, so that each may reach another worker."""
    headers = {"authorization": f"Bearer {secret}"}
    url = f"{installation.gateway_url}/v1/chat/completions"
    found = httpx.post(url, json=CHAT, headers=headers, trust_env=False, timeout=30).status_code
    ANSWERED.append(found)
    return found


def seconds_until(installation: Installation, secret: str, expected: int) -> float:
    """How long some worker still answers otherwise, at least 40 calls long."""
    begun = time.monotonic()
    last = begun
    for _ in range(40):
        if status(installation, secret) != expected:
            last = time.monotonic()
        time.sleep(0.03)
    assert status(installation, secret) == expected
    return last - begun


def test_a_policy_is_in_force_in_every_worker_and_a_grant_lets_the_next_try_through(
    installation, provider
) -> None:
    ANSWERED.clear()
    installation.up()
    installation.apply(provider.url)
    secret = installation.key()
    assert status(installation, secret) == 200
    (installation.folder / "asked.yaml").write_text(ASKED)
    installation.bursar("apply", "-f", "asked.yaml")
    assert seconds_until(installation, secret, 403) < 1.0
    with openai.OpenAI(base_url=f"{installation.gateway_url}/v1", api_key=secret) as client:
        try:
            client.chat.completions.create(**CHAT)
        except openai.PermissionDeniedError as refused:
            said = refused.body  # type: ignore[index]
    (request,) = installation.json("approval", "list", "--state", "open")["approvals"]
    assert (request["id"], request["approver"], said["request"]) == (said["request"], "ann", request["id"])
    assert said["url"] == f"{installation.console_url}/api/v1/approvals/{request['id']}"
    installation.bursar("approval", "grant", request["id"], "--calls", "60", "--reason", "for the test")
    assert seconds_until(installation, secret, 200) < 1.0
    used = installation.json("approval", "list")["approvals"][0]["calls_used"]
    for _ in range(60 - used):
        assert status(installation, secret) == 200
    assert status(installation, secret) == 403
    installation.wait_delivered()
    usage = installation.json("usage", "--by", "team")["total"]
    assert usage["calls"] - usage["errors"] == ANSWERED.count(200)
