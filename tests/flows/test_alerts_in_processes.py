"""A running product: from the call that crosses to the message, to the rule, and back by a link."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from installation import Installation

sys.path.insert(0, str(Path(__file__).parents[1] / "alerts"))

from receivers import Hook, http_receiver

from bursar.directory import open_state
from bursar.estate.snapshot import Snapshot
from bursar.gateway.watch import Watcher
from bursar.simulate import Running

CROSSINGS = 20
ESTATE = """\
kind: budget
name: tenants
owner: ana
scope: {{team: search}}
each: tag:tenant
amount: "0.01"
mode: soft
thresholds:
  - at: 80
    steps:
      - do: notify
      - {{do: clamp, output_tokens_max: 100}}
---
kind: channel
name: hook
url: literal:{url}
secret: literal:secret
for_owners: ana
digest_seconds: 0
"""


def call(client: openai.OpenAI, tenant: str) -> float:
    """One call that costs 0.009 USD; when its reply was there."""
    client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "[[simulate input=58000 output=500]]"}],
        extra_headers={"x-bursar-tag-tenant": tenant},
    )
    return time.perf_counter()


def is_clamped(client: openai.OpenAI, tenant: str) -> bool:
    """Whether a long answer of a tenant, which costs next to nothing, ends at the rule's 100 tokens."""
    reply = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "[[simulate input=10 output=300]]"}],
        max_completion_tokens=500,
        extra_headers={"x-bursar-tag-tenant": tenant},
    )
    assert reply.usage is not None
    return reply.usage.completion_tokens == 100


def alerts(hook: Hook) -> dict[str, tuple[float, dict[str, Any]]]:
    return {alert["value"]: (got.at, alert) for got in list(hook.received) for alert in got.json["alerts"]}


def until(holds: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


@pytest.mark.timeout(180)
def test_from_the_call_that_crosses_to_the_message_and_the_rule_and_back(
    installation: Installation, provider: Running, record_property: Callable[[str, object], None]
) -> None:
    with http_receiver() as hook:
        installation.up()
        installation.apply(provider.url)
        path = installation.folder / "alerts.yaml"
        path.write_text(ESTATE.format(url=hook.url))
        installation.bursar("apply", "-f", str(path))
        secret = installation.key("--may-set", "tag:tenant")
        client = openai.OpenAI(base_url=f"{installation.gateway_url}/v1", api_key=secret)
        rules: dict[str, float] = {}

        def see(snapshot: Snapshot) -> None:
            for rule in snapshot.interventions:
                rules.setdefault(rule.value, time.perf_counter())

        engine = open_state(f"sqlite:///{installation.home}/state.sqlite")
        watcher = Watcher(engine, (), see)
        watcher.start(-1)
        crossed = {}
        for number in range(CROSSINGS):
            crossed[f"t-{number}"] = call(client, f"t-{number}")
            time.sleep(0.1 + 0.07 * (number % 11))
        until(lambda: min(len(alerts(hook)), len(rules)) >= CROSSINGS)
        messages = sorted(alerts(hook)[tenant][0] - at for tenant, at in crossed.items())
        in_force = sorted(rules[tenant] - at for tenant, at in crossed.items())
        record_property(
            "report",
            f"alerts in processes, {CROSSINGS} crossings: message at most {messages[-1]:.2f} s, "
            f"rule at most {in_force[-1]:.2f} s after the call",
        )
        assert len(hook.received) <= CROSSINGS
        assert is_clamped(client, "t-0")
        assert not is_clamped(client, "another")
        grant_by_link(installation, hook)
        until(lambda: not is_clamped(client, "t-0"))
        watcher.stop()
        engine.dispose()


def grant_by_link(installation: Installation, hook: Hook) -> None:
    """The link needs no token; the grant takes the tenant below its threshold, which lifts the rule."""
    _, alert = alerts(hook)["t-0"]
    (offer,) = [offer for offer in alert["offers"] if offer["act"] == "grant"]
    shown = httpx.get(offer["url"], headers={"accept": "text/html"})
    assert "The budget gets 0.002 USD more until its period ends" in shown.text
    assert httpx.post(offer["url"]).json()["done"] is True
    assert httpx.post(offer["url"]).status_code == 409
    (given,) = installation.api("/budgets/tenants/grants")["grants"]
    assert (given["value"], given["amount"]) == ("t-0", "0.002")

    def is_lifted() -> bool:
        found = installation.api("/interventions")["interventions"]
        return [rule["undone_by"] for rule in found if rule["value"] == "t-0"] == ["a grant"]

    until(is_lifted)
