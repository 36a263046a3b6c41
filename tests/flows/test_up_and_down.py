"""`bursar up` as a person uses it: start, stop, start again, twice at once, with a demo."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import openai
import psutil
from installation import Installation, command, installed


def children_of(installation: Installation) -> list[psutil.Process]:
    assert installation.process is not None
    return psutil.Process(installation.process.pid).children(recursive=True)


def test_the_story_of_the_issue_from_an_estate_to_a_total(installation, provider):
    installation.up()
    installation.apply(provider.url)
    secret = installation.key()
    trace = installation.folder / "trace.csv"
    trace.write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
        "2023-11-16 18:17:03.9799600,2000,300\r\n"
        "2023-11-16 18:17:04.0319600,60,0\r\n"
    )
    report = installation.json(
        "replay", str(trace), "--model", "gpt-4o-mini", "--key", secret, "--speed", "max"
    )
    assert report["completed"] == 2
    installation.wait_delivered()
    usage = installation.json("usage", "--by", "team,model")
    assert [(row["team"], row["model"], row["calls"]) for row in usage["rows"]] == [
        ("search", "gpt-4o-mini", 2)
    ]
    assert usage["total"]["cost_usd"] == "0.000489"
    assert report["cost_usd"] == "0.000489"


def test_ctrl_c_stops_everything_and_a_second_start_goes_on_from_the_same_home(installation, provider):
    installation.up()
    installation.apply(provider.url)
    secret = installation.key()
    with openai.OpenAI(base_url=f"{installation.gateway_url}/v1", api_key=secret) as client:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])
        started = children_of(installation)
        assert len(started) == 3
        assert installation.down() == 0
        assert not [child for child in started if child.is_running()]
        assert not (installation.home / "run.json").exists()
        assert "Traceback" not in installation.log.read_text()

        installation.up()
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])
    installation.wait_delivered()
    assert installation.json("usage", "--by", "team")["total"]["calls"] == 2


def test_a_second_up_on_the_same_home_is_refused_with_a_sentence(installation):
    installation.up()
    second = subprocess.run(
        [*command(), "up"], env=installation.environ, capture_output=True, text=True, timeout=30
    )
    assert second.returncode == 1
    assert "already runs with the home" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_killed_supervisor_takes_its_children_along(installation):
    installation.up()
    started = children_of(installation)
    assert installation.process is not None
    installation.process.kill()
    installation.process.wait()
    _, alive = psutil.wait_procs(started, timeout=15)
    assert not alive
    installation.up()


def test_a_key_and_an_estate_work_at_once_when_they_are_made(installation, provider):
    installation.up()
    for number in range(5):
        installation.apply(provider.url, model=f"model-{number}")
        tags = ("--team", "search", "--product", "answers", "--use-case", "chat")
        secret = installation.json("key", "create", *tags)["secret"]
        reply = httpx.post(
            f"{installation.gateway_url}/v1/chat/completions",
            headers={"authorization": f"Bearer {secret}"},
            json={"model": f"model-{number}", "messages": [{"role": "user", "content": "Hi"}]},
        )
        assert reply.status_code == 200, reply.text


def test_a_revoked_key_stops_working_in_all_workers_within_a_second(installation, provider):
    installation.up()
    installation.apply(provider.url)
    secret = installation.key()
    key_id = installation.json("key", "list")["keys"][0]["id"]
    installation.bursar("key", "revoke", key_id)
    time.sleep(1.0)
    headers = {"authorization": f"Bearer {secret}"}
    for _ in range(8):  # each on a new connection, so that both workers answer
        reply = httpx.get(f"{installation.gateway_url}/v1/models", headers=headers)
        assert reply.status_code == 401
        assert "revoked" in reply.json()["error"]["message"]


def test_the_gateway_goes_on_without_the_control_plane_and_delivers_later(installation, provider):
    installation.up()
    installation.apply(provider.url)
    secret = installation.key()
    control = psutil.Process(installation.pids()["control"])
    control.suspend()
    with openai.OpenAI(base_url=f"{installation.gateway_url}/v1", api_key=secret) as client:
        for _ in range(20):
            client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])
    control.kill()
    installation.wait_ready()
    installation.wait_delivered()
    assert installation.json("usage", "--by", "team")["total"]["calls"] == 20


def test_the_demo_is_serving_soon_and_its_lines_work(
    tmp_path: Path, record_property: Callable[[str, object], None]
):
    with installed(tmp_path) as installation:
        begun = time.monotonic()
        installation.up("--demo")
        deadline = begun + 60  # wanted are 15 s, which a busy machine does not keep
        while "Try it" not in (said := installation.log.read_text()):
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        record_property("report", f"the demo was serving after {time.monotonic() - begun:.1f} s")
        curl = re.search(r"  curl .*?'\n", said, re.DOTALL)
        assert curl is not None
        done = subprocess.run(["bash", "-c", curl[0]], capture_output=True, text=True, timeout=30)
        assert '"chat.completion"' in done.stdout
        example = re.search(r"(?m)^  from openai[^\n]*\n[^\n]*\n[^\n]*$", said)
        assert example is not None
        lines = "\n".join(line.strip() for line in example[0].splitlines())
        code = f"import sys\n{lines}"
        done = subprocess.run([command()[0], "-c", code], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert installation.down() == 0


def test_the_demo_names_commands_that_show_what_governs_it(tmp_path: Path):
    with installed(tmp_path) as installation:
        installation.up("--demo")
        wait_until(lambda: "what a change would save" in installation.log.read_text(), seconds=120)
        said = installation.log.read_text()
        lines = re.findall(r"(?m)^  (\S+ (budget|alert|policy|plan) .*)$", said)
        assert [word for _, word in lines] == ["budget", "alert", "policy", "plan"]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        elsewhere = {name: value for name, value in os.environ.items() if name[:7] != "BURSAR_"}

        def shown(place: int) -> str:
            """What a printed line prints, typed in a terminal that was not told of the home."""
            done = subprocess.run(
                ["bash", "-c", lines[place][0]],
                env={**elsewhere, "PATH": path},
                cwd=installation.folder,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        wait_until(lambda: "Budget lab has used" in shown(1), seconds=30)
        budgets = {row.split()[0]: row for row in shown(0).splitlines()}
        assert budgets.keys() >= {"company", "teams", "products", "drafts", "answers", "lab", "agents-pilot"}
        assert " 80% " in budgets["lab"]
        assert "reroute gpt-5.2 at openai by policy/experiments-start-small" in shown(2)
        assert re.search(r"(?m)^reroute +policy/drafts-on-haiku +[0-9,]+ +\$", shown(3))
        assert re.search(r"(?m)^teams +support", shown(3))
        messages = installation.home / "demo" / "messages.txt"
        wait_until(lambda: messages.exists() and "Budget lab has used" in messages.read_text(), seconds=30)
        assert messages.stat().st_mode & 0o077 == 0
        assert installation.down() == 0


def wait_until(holds: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_repeated_idempotency_key_is_linked_whichever_worker_takes_the_repeat(installation, provider):
    installation.up()
    installation.apply(provider.url)
    secret = installation.key()
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": "order-1"}
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}
    ids = []
    workers = [psutil.Process(pid) for name, pid in installation.pids().items() if name.startswith("gateway")]
    assert len(workers) == 2
    for asleep in workers * 3:  # the other one takes what comes meanwhile
        asleep.suspend()
        reply = httpx.post(f"{installation.gateway_url}/v1/chat/completions", headers=headers, json=body)
        asleep.resume()
        ids.append(reply.headers["x-bursar-call-id"])
    installation.wait_delivered()
    stored = [installation.api(f"/calls/{call_id}") for call_id in ids]
    assert len({call["worker"] for call in stored}) == 2
    assert [call["linked_call_id"] for call in stored] == ["", *[ids[0]] * 5]
