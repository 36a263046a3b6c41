"""Alerts on the command line: list, show, acknowledge, undo, dead letters, a channel's test."""

from pathlib import Path

import pytest
from control_plane import Bursar, Plane

from bursar.alerts import make_courier, make_watch
from bursar.alerts.backoff import ATTEMPTS_MOST
from bursar.budgets.account import AccountState
from bursar.clock import now_us
from bursar.jobs import Turn, unfenced
from bursar.vocab.instant import InstantUs

USD = 10**12
HOUR_US = 3_600_000_000
ESTATE = """\
kind: budget
name: team-search
owner: ana
scope: {team: search}
amount: "100"
thresholds:
  - at: 80
    steps:
      - {do: clamp, output_tokens_max: 500}
      - do: acknowledge
      - do: stop
---
kind: channel
name: nowhere
url: literal:webhook+http://127.0.0.1:1/
secret: literal:secret-1
for_owners: ana
"""


@pytest.fixture
def crossed(plane: Plane, bursar: Bursar, tmp_path: Path) -> Plane:
    """A control plane whose one budget has crossed its threshold."""
    (tmp_path / "estate.yaml").write_text(ESTATE)
    assert bursar("apply", "-f", str(tmp_path / "estate.yaml")).exit_code == 0
    now = now_us()
    november = AccountState(
        id="1",
        budget="team-search",
        owner="ana",
        begins_at_us=InstantUs(now - HOUR_US),
        ends_at_us=InstantUs(now + HOUR_US),
        amount=100 * USD,
        limit=100 * USD,
        spent=85 * USD,
    )
    plane.accounts = [november]
    make_watch(plane.alerts, on_message=lambda: None).look(Turn(now=now, fence=unfenced))
    return plane


@pytest.mark.usefixtures("crossed")
def test_an_alert_is_listed_shown_and_acknowledged(bursar: Bursar) -> None:
    (listed,) = bursar.json("alert", "list", "--waiting", "--budget", "team-search")["alerts"]
    assert (
        "Budget team-search has used 85.00 USD, over 80% of its 100.00 USD" in bursar("alert", "list").stdout
    )
    shown = bursar("alert", "show", listed["id"]).stdout
    assert "pays for      team search" in shown
    assert "clamp  in force" in shown
    assert bursar.json("alert", "ack", listed["id"])["state"] == "acknowledged"
    assert "acknowledged" in bursar("alert", "ack", listed["id"]).stdout
    assert bursar.json("alert", "list", "--waiting")["alerts"] == []


@pytest.mark.usefixtures("crossed")
def test_a_rule_is_undone(bursar: Bursar) -> None:
    (listed,) = bursar.json("alert", "list")["alerts"]
    (rule,) = bursar.json("alert", "show", listed["id"])["interventions"]
    assert "undone" in bursar("alert", "undo", rule["id"]).stdout
    assert bursar.json("alert", "undo", rule["id"])["in_force"] is False
    assert "undone by administrator" in bursar("alert", "show", listed["id"]).stdout


def test_a_dead_message_is_shown_and_sent_again(crossed: Plane, bursar: Bursar) -> None:
    now = now_us()
    for _ in range(ATTEMPTS_MOST):
        courier = make_courier(crossed.alerts)
        now = InstantUs(now + HOUR_US)
        courier.deliver(Turn(now=now, fence=unfenced))
        courier.close()
    (dead,) = bursar.json("alert", "list", "--dead")["messages"]
    assert dead["fault"].startswith("cannot connect to 127.0.0.1:1")
    assert "nowhere" in bursar("alert", "list", "--dead").stdout
    assert "is on its way" in bursar("alert", "send", dead["id"]).stdout
    again = bursar("alert", "send", dead["id"])
    assert (again.exit_code, "is waiting" in again.stderr) == (1, True)


@pytest.mark.usefixtures("crossed")
def test_a_channel_that_does_not_answer_says_so(bursar: Bursar) -> None:
    tried = bursar("channel", "test", "nowhere")
    assert (tried.exit_code, "cannot connect to 127.0.0.1:1" in tried.stderr) == (1, True)
    unknown = bursar("channel", "test", "nowere")
    assert (unknown.exit_code, "did you mean 'nowhere'" in unknown.stderr) == (1, True)
    assert bursar("alert", "show", "nobody").exit_code == 1
