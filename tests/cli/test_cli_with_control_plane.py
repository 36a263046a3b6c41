"""What people do on the command line with a running control plane."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from control_plane import Bursar, Plane

from bursar.catalogue.card import Band, CardContent, Rate, RateCard
from bursar.cli import OutboxState
from bursar.clock import now_us
from bursar.vocab.event import ERROR, Event
from bursar.vocab.usage import Usage

ESTATE = """\
kind: provider
name: mock
wire: openai
base_url: http://127.0.0.1:9001
credential: literal:sk-upstream
---
kind: model
name: gpt-4o-mini
provider: mock
---
kind: team
name: search
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    folder = tmp_path / "estate"
    (folder / "teams").mkdir(parents=True)
    (folder / "main.yaml").write_text(ESTATE)
    (folder / "teams" / "ads.yml").write_text("kind: team\nname: ads\n")
    (folder / ".hidden.yaml").write_text("kind: nonsense\n")
    (folder / "notes.txt").write_text("not an estate")
    return folder


def call(number: int, **fields: Any) -> Event:
    """A call that ended a moment ago and cost a hundredth of a cent."""
    known: dict[str, Any] = {
        "call_id": f"call-{number}",
        "started_at_us": now_us() - 2_000_000 + number,
        "finished_at_us": now_us() - 1_000_000 + number,
        "team": "search",
        "use_case": "chat",
        "model": "gpt-4o-mini",
        "http_status": 200,
        "latency_us": 120_000,
        "cost_pico": 100_000_000,
        "usage_source": "provider",
        "usage": Usage(tokens_input=900, tokens_cache_read=100, tokens_output=50),
    }
    return Event(**{**known, **fields})


def test_apply_takes_every_yaml_file_of_a_folder_and_says_what_it_did(bursar: Bursar, estate: Path) -> None:
    result = bursar("apply", "-f", str(estate))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "+ provider mock",
        "+ model gpt-4o-mini",
        "+ team search",
        "+ team ads",
        "4 created, 0 updated, 0 unchanged, 0 removed",
    ]
    assert "main.yaml:1: provider 'mock' carries its key" in result.stderr
    assert "sk-upstream" not in result.output
    again = bursar.json("apply", "-f", str(estate))
    assert (again["created"], again["unchanged"]) == (0, 4)


def test_plan_shows_the_difference_field_by_field_and_changes_nothing(bursar: Bursar, estate: Path) -> None:
    bursar("apply", "-f", str(estate))
    (estate / "teams" / "ads.yml").write_text("kind: team\nname: ads\nowner: ann\n")
    result = bursar("plan", "-f", str(estate / "teams"), "--prune")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "~ team ads",
        '    owner: (not set) -> "ann"',
        "- model gpt-4o-mini",
        "- provider mock",
        "- team search",
        "would be: 0 created, 1 updated, 0 unchanged, 3 removed",
    ]
    assert bursar.json("plan", "-f", str(estate / "teams"))["updated"] == 1


def test_an_estate_comes_from_stdin_too(bursar: Bursar) -> None:
    result = bursar("apply", "-f", "-", stdin="kind: team\nname: search\n")
    assert result.exit_code == 0
    wrong = bursar("apply", "-f", "-", stdin="kind: team\nnme: search\n")
    assert "stdin:2: unknown field 'nme'; did you mean 'name'?" in wrong.stderr


def test_a_broken_estate_is_one_failure_that_names_every_mistake(bursar: Bursar, estate: Path) -> None:
    (estate / "teams" / "ads.yml").write_text("kind: team\nnme: ads\n---\nkind: tem\n")
    result = bursar("apply", "-f", str(estate))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert [line.strip() for line in result.stderr.splitlines()] == [
        f"bursar: {estate}/teams/ads.yml:2: unknown field 'nme'; did you mean 'name'?",
        f"{estate}/teams/ads.yml:4: unknown kind 'tem'; did you mean 'team'?",
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nothing", "there is no file or folder"), ("", "holds no *.yaml or *.yml file")],
)
def test_files_that_are_not_there_are_bad_arguments(
    bursar: Bursar, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    result = bursar("apply", "-f", str(tmp_path / "empty" / name))
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_key_is_made_listed_and_revoked(bursar: Bursar) -> None:
    arguments = [
        "--team",
        "search",
        "--product",
        "answers",
        "--use-case",
        "chat",
        "--environment",
        "production",
    ]
    more = [
        "--tag",
        "tenant=acme",
        "--may-set",
        "team,use-case",
        "--may-set",
        "tag:tenant",
        "--expires",
        "30d",
    ]
    made = bursar.json("key", "create", *arguments, *more, "--models", "gpt-4o*,o3", "--label", "ci")
    assert list(made)[:2] == ["id", "secret"]
    assert made["secret"].startswith("bsk_")
    assert (made["team"], made["use_case"], made["tags"]) == ("search", "chat", {"tenant": "acme"})
    assert made["may_set"] == ["team", "use_case", "tag:tenant"]
    assert made["models"] == ["gpt-4o*", "o3"]
    listed = bursar("key", "list").stdout
    assert made["id"] in listed
    assert made["secret"] not in listed
    assert bursar("key", "revoke", made["id"]).stdout.startswith(f"revoked {made['id']} at 20")
    assert bursar.json("key", "list")["keys"][0]["status"] == "revoked"


def test_a_key_for_people_prints_its_secret_and_says_to_keep_it(bursar: Bursar) -> None:
    result = bursar("key", "create", "--team", "search")
    assert "secret  bsk_" in result.stdout
    assert "shown only now" in result.stderr


def test_a_wrong_flag_of_a_key_is_a_bad_argument_with_a_way_out(bursar: Bursar) -> None:
    result = bursar("key", "create", "--may-set", "taem")
    assert result.exit_code == 2
    assert result.stderr == "bursar: may_set 'taem' is not a tag; did you mean 'team'?\n"
    assert bursar("key", "create", "--tag", "tenant").exit_code == 2
    assert bursar("key", "revoke", "no/such").exit_code == 1


def test_usage_is_the_answer_of_the_api(bursar: Bursar, plane: Plane) -> None:
    plane.deliver("w", 1, [call(1), call(2, team="ads", cost_pico=None), call(3, status=ERROR)])
    found = bursar.json("usage", "--by", "team,model", "--since", "7d")
    assert [(row["team"], row["model"], row["calls"]) for row in found["rows"]] == [
        ("ads", "gpt-4o-mini", 1),
        ("search", "gpt-4o-mini", 2),
    ]
    total = found["total"]
    assert (total["calls"], total["cost_usd"], total["unpriced_calls"], total["errors"]) == (
        3,
        "0.0002",
        1,
        1,
    )
    filtered = bursar.json("usage", "--filter", "team:ads", "--grain", "day")
    assert (len(filtered["rows"]), filtered["total"]["calls"]) == (1, 1)


def test_usage_for_people_is_a_table_with_a_total(bursar: Bursar, plane: Plane) -> None:
    plane.deliver("w", 1, [call(1), call(2, team="ads", cost_pico=None)])
    lines = [line.split() for line in bursar("usage", "--by", "team").stdout.splitlines()]
    assert lines == [
        ["team", "calls", "in", "out", "USD", "unpriced"],
        ["ads", "1", "1,000", "50", "unknown", "1"],
        ["search", "1", "1,000", "50", "0.0001"],
        ["total", "2", "2,000", "100", "0.0001", "1"],
    ]
    assert bursar("usage").stdout.splitlines()[1].split()[0] == "2"


def test_usage_warns_of_calls_that_cost_more_than_is_shown(bursar: Bursar, plane: Plane) -> None:
    plane.deliver("w", 1, [call(1), call(2, flags=["partly_unpriced"])])
    result = bursar("usage", "--by", "team")
    heads, row, *_ = (line.split() for line in result.stdout.splitlines())
    assert (heads[-1], row[-1]) == ("partly", "1")
    assert result.stderr.startswith("warning: 1 call has no rate for some of what was used")
    plane.deliver("w", 3, [call(3, flags=["partly_unpriced"])])
    assert "2 calls have no rate" in bursar("usage").stderr


def test_a_call_shows_what_had_no_rate_and_what_was_borrowed(bursar: Bursar, plane: Plane) -> None:
    rates = {name: Rate("0.15", 1_000_000, "input") for name in ("tokens_input", "tokens_input_audio")}
    card = RateCard.of(CardContent(name="book/mini@2026-01-01", bands=[Band(-1, rates)]))
    used = Usage(tokens_input=1000, tokens_input_audio=10, tokens_output=50)
    priced = call(1, usage=used, cost_pico=card.cost(used), price_ref=card.ref, flags=["partly_unpriced"])
    plane.deliver("w", 1, [priced], cards={card.ref: card.to_json()})
    lines = [" ".join(line.split()) for line in bursar("call", "call-1").stdout.splitlines()]
    assert "tokens_input (as input) 1,000 0.15 1,000,000 0.00015" in lines
    assert "tokens_input_audio (no price of its own: as input) 10 0.15 1,000,000 0.0000015" in lines
    assert "tokens_output 50 no rate unpriced" in lines
    assert "cost of the rest 0.0001515" in lines


def test_a_wrong_question_about_usage_is_a_bad_argument_that_lists_what_is_allowed(bursar: Bursar) -> None:
    result = bursar("usage", "--by", "taem")
    assert result.exit_code == 2
    assert "'taem' is not a dimension" in result.stderr
    assert "use_case" in result.stderr
    assert bursar("usage", "--since", "soon").exit_code == 2
    assert bursar("usage", "--since", "7d", "--from", "2026-01-01").exit_code == 2


def test_one_call_is_shown_with_what_it_used(bursar: Bursar, plane: Plane) -> None:
    plane.deliver("w", 1, [call(1, tags={"tenant": "acme"}, flags=["usage_injected"], cost_pico=None)])
    text = bursar("call", "call-1").stdout
    assert "tag:tenant" in text
    assert "usage_injected" in text
    assert [line.split() for line in text.splitlines() if line.startswith("cache_read")] == [
        ["cache_read", "100", "unpriced"]
    ]
    assert bursar.json("call", "call-1")["tokens"]["input_total"] == 1000
    missing = bursar("call", "call-9")
    assert (missing.exit_code, missing.stderr) == (1, "bursar: the ledger has no call call-9\n")


def test_top_prints_one_picture_as_json(bursar: Bursar, plane: Plane) -> None:
    plane.deliver("w", 1, [call(1), call(2), call(3, team="ads", model="[b]", cost_pico=None)])
    picture = bursar.json("top", "--window", "5")
    assert (picture["calls"], picture["cost_usd"], picture["unpriced_calls"]) == (3, "0.0002", 1)
    assert [(row["name"], row["cost_usd"]) for row in picture["top"]["team"]] == [
        ("search", "0.0002"),
        ("ads", "0"),
    ]
    assert len(picture["spend_by_minute_usd"]) == 5
    assert [each["call_id"] for each in picture["last_calls"]] == ["call-3", "call-2", "call-1"]
    assert picture["last_calls"][0]["cost_usd"] is None


def test_the_live_view_needs_a_terminal(bursar: Bursar) -> None:
    result = bursar("top")
    assert result.exit_code == 2
    assert "--json prints one picture" in result.stderr


def test_the_doctor_is_content_when_everything_is_delivered(bursar: Bursar, plane: Plane) -> None:
    plane.deliver("w", 1, [call(1), call(2)])
    bursar.started.outboxes = [OutboxState(path="gateway-0.sqlite", worker="w", seq_last=2)]
    found = bursar.json("doctor")
    assert found["ok"] is True
    assert {fact["state"] for fact in found["facts"]} == {"ok"}
    assert "is delivered up to its last event, 2" in bursar("doctor").stdout


def test_the_doctor_finds_events_that_never_arrived(
    bursar: Bursar, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bursar.cli.doctor.PATIENCE_S", 0.3)
    plane.deliver("w", 1, [call(1)])
    bursar.started.outboxes = [
        OutboxState(path="gateway-0.sqlite", worker="w", seq_last=4),
        OutboxState(path="gateway-1.sqlite", fault="file is not a database"),
    ]
    result = bursar("doctor")
    assert result.exit_code == 1
    assert "gateway-0.sqlite holds 3 events that the ledger does not have" in result.stdout
    assert "gateway-1.sqlite cannot be read: file is not a database" in result.stdout
    assert msgspec.json.decode(bursar("doctor", "--json").stdout)["ok"] is False


def test_a_control_plane_that_went_away_is_said_in_one_sentence(bursar: Bursar, plane: Plane) -> None:
    plane.stop()
    result = bursar("usage")
    assert result.exit_code == 1
    assert result.stderr == (
        f"bursar: bursar is not running for the home {bursar.home}: start it with `bursar up`\n"
    )
    plane.start()
    assert bursar("usage").exit_code == 0


def test_a_home_can_be_named_by_a_flag_and_a_control_plane_by_its_url(
    bursar: Bursar, plane: Plane, alone: Bursar
) -> None:
    assert alone("usage", "--home", str(bursar.home)).exit_code == 0
    plane.home.remove_run()
    assert bursar("usage").exit_code == 1
    assert bursar("usage", env={"BURSAR_CONTROL_URL": f"http://127.0.0.1:{plane.port}"}).exit_code == 0
    other = bursar("usage", env={"BURSAR_CONTROL_URL": "http://127.0.0.1:1"})
    assert "no control plane answers at http://127.0.0.1:1" in other.stderr


def test_a_token_of_another_installation_is_said_to_be_that(bursar: Bursar, plane: Plane) -> None:
    plane.home.admin_token_path.write_text("another")
    result = bursar("key", "list")
    assert result.exit_code == 1
    assert "is not the one that the running bursar knows" in result.stderr
