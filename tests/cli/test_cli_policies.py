"""`policy`, `approval` and what `plan` says of rules, against a running control plane with a real ledger."""

import random
from pathlib import Path

from control_plane import Bursar, Plane

from bursar import directory
from bursar.clock import now_us
from bursar.vocab.event import Event
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import Usage

ESTATE = """
kind: provider
name: mock
wire: openai
base_url: http://x
---
kind: model
name: gpt-4o
provider: mock
---
kind: model
name: mini
provider: mock
---
kind: tier
name: frontier
models: gpt-5*
allowed: {team: research}
needs_approval: true
approvers: ann
owner: council
"""
POLICIES = """
kind: policy
name: cheaper
match: {model: gpt-4o, team: search}
effect: {type: reroute, to: mini}
owner: ann
reason: the small one will do
examples:
  - call: {team: search, model: gpt-4o}
    expect: reroute
    rule: policy/cheaper
  - call: {team: ads, model: gpt-4o}
    expect: allow
---
kind: policy
name: night
match: {hours: {from: "22:00", to: "06:00"}, environment: staging}
effect: deny
examples:
  - call: {environment: staging, at: 2026-11-20T23:00:00Z}
    expect: deny
"""


def write(folder: Path, text: str, name: str = "policies.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def calls(count: int, **fields: object) -> list[Event]:
    """Calls of the last hours."""
    draw, now = random.Random(7), now_us()
    found = []
    for number in range(count):
        at = InstantUs(now - 3_600_000_000 - number * 1_000_000)
        known: dict[str, object] = {
            "call_id": uuid7(at, draw.randbytes(8)),
            "started_at_us": at,
            "finished_at_us": at + 1000,
            "team": "search",
            "product": "answers",
            "use_case": "chat",
            "environment": "production",
            "model": "gpt-4o",
            "provider": "mock",
            "wire": "openai",
            "operation": "chat",
            "http_status": 200,
            "usage_source": "provider",
            "cost_pico": 5 * 10**10,
            "usage": Usage(tokens_input=900, tokens_output=100),
        }
        found.append(Event(**{**known, **fields}))  # type: ignore[arg-type]
    return found


def test_examples_in_files_are_tested_without_anything_running(alone: Bursar, tmp_path: Path) -> None:
    path = write(tmp_path, POLICIES)
    result = alone("policy", "test", "-f", path)
    assert (result.exit_code, result.stdout) == (0, "3 passed, 0 failed\n")
    wrong = write(tmp_path, POLICIES.replace("expect: allow", "expect: deny"), "wrong.yaml")
    result = alone("policy", "test", "-f", wrong)
    assert result.exit_code == 1
    assert "failed: cheaper, example 2: not deny but allow" in result.stdout
    as_json = alone("policy", "test", "-f", wrong, "--json")
    assert as_json.exit_code == 1
    assert '"failed": 1' in as_json.stdout


def test_a_bad_expression_is_refused_with_file_and_line_and_nothing_is_applied(
    bursar: Bursar, tmp_path: Path
) -> None:
    path = write(tmp_path, POLICIES + "---\nkind: policy\nname: x\neffect: deny\nwhen: teem == 'a'\n")
    for command in (("apply", "-f", path), ("plan", "-f", path), ("policy", "test", "-f", path)):
        result = bursar(*command)
        assert result.exit_code in (1, 2)
        assert f"{path}:" in result.stderr
        assert "it speaks of 'teem', which nobody knows; did you mean 'team'?" in result.stderr
    assert bursar.json("policy", "test") == {"passed": 0, "failed": 0, "examples": []}


def test_an_explanation_says_rule_by_rule_what_would_happen(bursar: Bursar, tmp_path: Path) -> None:
    bursar("apply", "-f", write(tmp_path, ESTATE + "---" + POLICIES))
    key = bursar.json("key", "create", "--team", "search")["id"]
    said = bursar("policy", "explain", "--key", key, "--model", "gpt-4o")
    assert said.exit_code == 0
    assert said.stdout.splitlines() == [
        "reroute gpt-4o at mock by policy/cheaper",
        "  reason: the small one will do",
        "  owner: ann",
        "  reroute to: mini",
        "  rules that fit, narrowest first:",
        "    policy/cheaper (reroute): reroutes to mini",
        "  rules that do not:",
        "    policy/night (deny): is for environment staging",
        "allow mini at mock, no rule says otherwise",
        "  rules that do not:",
        "    policy/cheaper (reroute): is for model gpt-4o",
        "    policy/night (deny): is for environment staging",
    ]
    reply = bursar.json("policy", "explain", "--key", key, "--model", "gpt-4o", "--tag", "team=ads")
    assert (reply["verdict"], reply["model"]) == ("allow", "gpt-4o")
    at_night = ("--tag", "environment=staging", "--at", "2026-11-20T23:30:00Z")
    reply = bursar.json("policy", "explain", "--key", key, "--model", "mini", *at_night)
    assert (reply["verdict"], reply["steps"][0]["rule"]) == ("deny", "policy/night")
    by_day = ("--tag", "environment=staging", "--at", "2026-11-20T12:30:00Z")
    assert bursar.json("policy", "explain", "--key", key, "--model", "mini", *by_day)["verdict"] == "allow"
    tier = bursar.json("policy", "explain", "--key", key, "--model", "gpt-5")
    assert (tier["verdict"], tier["steps"][0]["rule"]) == ("deny", "tier/frontier")
    assert tier["steps"][0]["reason"] == "it is for team research"


def test_a_key_that_is_not_there_and_a_tag_without_a_value_are_refused(bursar: Bursar) -> None:
    result = bursar("policy", "explain", "--key", "nobody", "--model", "m")
    assert (result.exit_code, "bursar key list" in result.stderr) == (1, True)
    assert bursar("policy", "explain", "--key", "k", "--model", "m", "--tag", "team").exit_code == 2
    assert bursar("policy", "explain", "--key", "k", "--model", "m", "--budget", "b=x").exit_code == 2


def test_plan_says_what_rules_would_have_done_and_where_they_conflict(
    bursar: Bursar, plane: Plane, tmp_path: Path
) -> None:
    bursar("apply", "-f", write(tmp_path, ESTATE))
    plane.deliver("w", 1, calls(30))
    plane.deliver("v", 1, calls(4, model="mini", team="ads", cost_pico=10**10))
    text = POLICIES + (
        "---\nkind: policy\nname: rival\nmatch: {model: gpt-4o, use_case: chat}\n"
        "effect: {type: reroute, to: gpt-5}\n---\nkind: policy\nname: odd\neffect: deny\nwhen: bytes > 9\n"
    )
    path = write(tmp_path, text)
    said = bursar("plan", "-f", path)
    assert said.exit_code == 0
    lines = [" ".join(line.split()) for line in said.stdout.splitlines()]
    assert "reroute policy/cheaper 30 $1.50 $1.20 search 30" in lines
    assert "not counted: policy/odd, its `when` is not asked of stored calls: bytes > 9" in lines
    assert (
        "conflict: policy/cheaper and policy/rival; policy/cheaper wins: both are as narrow, so the name "
        "decides"
    ) in lines
    effect = bursar.json("plan", "-f", path)["effect"]
    assert (effect["calls"], effect["rules"][0]["saved"]) == (34, "1.2")
    assert bursar.json("policy", "test")["examples"] == []  # nothing was applied


def test_a_plan_without_rules_asks_nothing_of_the_ledger(bursar: Bursar, tmp_path: Path) -> None:
    assert bursar.json("plan", "-f", write(tmp_path, "kind: team\nname: x\n"))["effect"] is None


def test_an_approval_is_listed_granted_and_declined(bursar: Bursar, plane: Plane) -> None:
    assert plane.engine is not None
    for number in range(2):
        directory.request_approval(
            plane.engine,
            directory.Wanted(
                key_id=f"k{number}",
                team="search",
                rule="tier/frontier",
                model="gpt-5",
                owner="council",
                reason="",
                approvers=("ann", "council"),
                call_id="c",
            ),
            request_id=f"r{number}",
            now=now_us(),
        )
    assert "tier/frontier" in bursar("approval", "list", "--state", "open").stdout
    said = bursar(
        "approval", "grant", "r0", "--until", "7d", "--calls", "5", "--usd", "2.50", "--reason", "ok"
    )
    assert said.exit_code == 0
    assert said.stdout.startswith("granted: gpt-5 for the key k0 by tier/frontier until 20")
    assert said.stdout.endswith("for 5 calls, up to 2.5 USD\n")
    declined = bursar.json("approval", "decline", "r1", "--reason", "no need")
    assert (declined["state"], declined["answer"]) == ("declined", "no need")
    states = {one["id"]: one["state"] for one in bursar.json("approval", "list")["approvals"]}
    assert states == {"r0": "granted", "r1": "declined"}
    again = bursar("approval", "grant", "r0", "--until", "7d", "--reason", "ok")
    assert (again.exit_code, "was granted already" in again.stderr) == (1, True)
    assert bursar("approval", "grant", "r9", "--until", "7d", "--reason", "x").exit_code == 1
    assert bursar("approval", "grant", "r9", "--until", "7d").exit_code == 2
