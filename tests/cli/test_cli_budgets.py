"""Budgets on the command line: as people read them, with what was reached and what happens then."""

from decimal import Decimal
from pathlib import Path

import pytest
from control_plane import Bursar, Plane

from bursar.alerts import make_watch
from bursar.budgets.external import count_external
from bursar.budgets.store import BudgetStore
from bursar.cli.amounts import amount, amount_with_unit, brief, dollars
from bursar.clock import now_us
from bursar.jobs import Turn, unfenced
from bursar.policy import tiers_by_model
from bursar.vocab.event import Event
from bursar.vocab.usage import Usage

ESTATE = """\
kind: budget
name: search
owner: ana
scope: {team: search}
amount: "1000"
period: {rolling_days: 30}
on_exhausted: small
thresholds:
  - {at: 100, on: forecast}
  - at: 80
    steps: [{do: notify}, {do: clamp, output_tokens_max: 500}]
---
kind: budget
name: tokens
each: team
amount: "5000000"
unit: tokens
period: year
mode: soft
---
kind: budget
name: users
amount: {base: "5", per: {active_users: "0.5"}, cap: "80"}
scope: {team: ads}
---
{kind: model, name: small, provider: mock}
---
{kind: provider, name: mock, wire: openai, base_url: "http://127.0.0.1:1"}
"""


@pytest.fixture
def spent(plane: Plane, bursar: Bursar, tmp_path: Path) -> None:
    """Team search has used 850.256 dollars; the threshold at 80% was seen."""
    (tmp_path / "estate.yaml").write_text(ESTATE)
    assert bursar("apply", "-f", str(tmp_path / "estate.yaml")).exit_code == 0
    assert bursar("driver", "set", "active_users", "30").exit_code == 0
    call = Event(
        call_id="call-1",
        started_at_us=now_us() - 2_000_000,
        finished_at_us=now_us() - 1_000_000,
        team="search",
        model="gpt-4o-mini",
        cost_pico=850_256_000_000_000,
        usage=Usage(tokens_input=900, tokens_output=50),
    )
    plane.deliver("w", 1, [call])
    engine, ledger = plane.alerts.engine, plane.alerts.ledger
    count_external(engine, ledger, tiers_by_model, now=now_us())
    plane.accounts = BudgetStore(engine, now=now_us, silent_us=10**9).accounts()
    make_watch(plane.alerts, on_message=lambda: None).look(Turn(now=now_us(), fence=unfenced))


@pytest.mark.usefixtures("spent")
def test_the_list_shows_cents_and_what_was_reached(bursar: Bursar) -> None:
    lines = bursar("budget", "list").stdout.splitlines()
    assert " ".join(lines[0].split()) == "budget value limit spent left used reached ends owner"
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["search"] == ["$1,000.00", "$850.26", "$149.74", "85%", "80%", "rolling", "ana"]
    assert rows["tokens"][:3] == ["search", "5.0M", "tokens"]
    assert rows["users"][:1] == ["$20.00"]
    exact = bursar.json("budget", "list")["budgets"][0]["accounts"][0]
    assert Decimal(exact["spent"]) == Decimal("850.256")


@pytest.mark.usefixtures("spent")
def test_one_budget_says_what_happens_at_its_thresholds(bursar: Bursar) -> None:
    shown = bursar("budget", "show", "search").stdout.splitlines()
    assert shown[0] == "search: pays for team search; the last 30 days"
    assert shown[1] == "owner ana, production, never overspent"
    assert shown[2] == "where a call no longer fits, small answers if it does"
    assert shown[4].split() == ["-", "$1,000.00", "$850.26", "$0.00", "$149.74", "85%", "80%", "rolling"]
    assert shown[-2:] == [
        "at 80% spent: somebody is told; then answers have at most 500 tokens",
        "at 100% foreseen: somebody is told",
    ]
    assert "amount 5 + 0.5 x active_users, at most 80" in bursar("budget", "show", "users").stdout
    assert "one for each team; every year (UTC)" in bursar("budget", "show", "tokens").stdout


@pytest.mark.usefixtures("spent")
def test_a_grant_is_shown_with_who_gave_it_and_why(bursar: Bursar) -> None:
    given = bursar("budget", "grant", "search", "--amount", "200", "--until", "3d", "--reason", "launch")
    assert given.exit_code == 0, given.stderr
    shown = bursar("budget", "show", "search").stdout
    assert "granted $200.00 until " in shown
    assert shown.rstrip().endswith(": launch")


@pytest.mark.usefixtures("spent")
def test_a_budget_is_paused_with_a_reason_and_resumed_once(bursar: Bursar) -> None:
    paused = bursar("budget", "pause", "search", "--reason", "it runs away", "--until", "2h")
    assert paused.exit_code == 0, paused.stderr
    assert paused.stdout.startswith("search is paused by administrator: it runs away until ")
    again = bursar("budget", "pause", "search", "--reason", "still")
    assert (again.exit_code, "already" in again.stderr) == (1, True)
    assert bursar("budget", "resume", "search").stdout == "search goes on\n"
    assert bursar("budget", "resume", "search").exit_code == 1
    missing = bursar("budget", "pause", "nothing", "--reason", "x")
    assert (missing.exit_code, "no budget 'nothing'" in missing.stderr) == (1, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "$0.00"),
        ("1234.567", "$1,234.57"),
        ("-2.5", "-$2.50"),
        ("0.00056295", "$0.000563"),
        ("0.5", "$0.50"),
        ("-0.0000001", "$0.00"),
        ("999999.999", "$1,000,000.00"),
    ],
)
def test_dollars_are_as_people_write_them(text: str, said: str) -> None:
    assert dollars(text) == said


def test_whole_units_have_their_thousands_apart_and_their_name_where_it_is_wanted() -> None:
    assert amount("1234567", "tokens") == "1,234,567"
    assert amount_with_unit("1234", "calls") == "1,234 calls"
    assert amount_with_unit("1234", "usd") == "$1,234.00"
    assert [brief(text, "tokens") for text in ("999999", "1000000", "-20910439")] == [
        "999,999",
        "1.0M",
        "-20.9M",
    ]
    assert (brief("0.152847", "usd"), brief("0.0018", "usd"), brief("0", "usd")) == (
        "$0.15",
        "$0.0018",
        "$0.00",
    )
