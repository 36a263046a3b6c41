"""The command line without a running product: what it starts, and what it says."""

import os
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from control_plane import Bursar

from bursar import __version__
from bursar.config import Config
from bursar.vocab.options import ReplayOptions, SimulateOptions


def test_nothing_runs_is_said_with_what_to_do(alone: Bursar) -> None:
    for arguments in (["usage"], ["key", "list"], ["top", "--json"], ["doctor"], ["call", "x"]):
        result = alone(*arguments)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert f"bursar is not running for the home {alone.home}: start it with `bursar up`" in result.stderr


def test_the_home_below_the_present_folder_is_shown_as_people_write_it(
    alone: Bursar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "the home ./no-home:" in alone("usage").stderr


def test_every_setting_is_a_flag_of_up_and_a_flag_wins(alone: Bursar) -> None:
    result = alone("up", "--gateway-port", "4100", "--durability", "process", env={"BURSAR_WORKERS": "3"})
    assert result.exit_code == 0
    ((name, (config, demo)),) = alone.started.calls
    assert (name, demo) == ("up", False)
    assert (config.gateway_port, config.durability, config.workers) == (4100, "process", 3)
    assert config.home == alone.home


def test_the_demo_and_the_single_processes_are_started(alone: Bursar) -> None:
    alone("up", "--demo")
    alone("gateway")
    alone("control", "--console-port", "0")
    (_, (_, demo)), (gateway, config), (control, other) = alone.started.calls
    assert (demo, gateway, control) == (True, "gateway", "control")
    assert isinstance(config, Config)
    assert other.console_port == 0


def test_a_bad_setting_is_a_bad_argument_that_says_how_to_write_it(alone: Bursar) -> None:
    result = alone("up", "--workers", "0", env={"BURSAR_DURABILITY": "perhaps"})
    assert result.exit_code == 2
    assert "--workers is '0': give a whole number of processes from 1 to 256" in result.stderr
    assert "BURSAR_DURABILITY is 'perhaps': give one of disk, process" in result.stderr
    assert alone.started.calls == []


def test_a_misspelt_variable_is_warned_about(alone: Bursar) -> None:
    result = alone("up", env={"BURSAR_WORKER": "2"})
    assert "did you mean BURSAR_WORKERS?" in result.stderr


def test_simulate_takes_its_defaults_from_its_options(alone: Bursar) -> None:
    alone("simulate")
    alone("simulate", "--port", "0", "--seed", "7", "--error-rate", "0.1", "--error-kind", "429")
    (_, plain), (_, asked) = alone.started.calls
    assert plain == SimulateOptions()
    assert asked == SimulateOptions(port=0, seed=7, error_rate=0.1, error_kinds=("429",))
    assert alone("simulate", "--error-rate", "2").exit_code == 2


def test_replay_reads_its_flags(alone: Bursar, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text("a,b\n")
    needed = ["replay", str(trace), "--model", "m", "--key", "bsk_x"]
    alone(*needed)
    alone(*needed, "--speed", "60x", "--stream", "--header", "x-bursar-team: ads", "--json")
    alone(*needed, "--speed", "max", "--limit", "5", "--columns", "input=a,output=b")
    (_, plain), (_, fast), (_, most) = alone.started.calls
    assert plain == ReplayOptions(file=trace, model="m", key="bsk_x", home=alone.home)
    assert (fast.speed, fast.stream, fast.headers, fast.as_json) == (
        60.0,
        True,
        ("x-bursar-team: ads",),
        True,
    )
    assert (most.speed, most.limit, most.columns) == (None, 5, "input=a,output=b")
    assert alone(*needed, "--speed", "fast").exit_code == 2
    assert alone("replay", str(tmp_path / "nothing.csv"), "--model", "m", "--key", "k").exit_code == 2


def test_the_schema_needs_nothing_running(alone: Bursar) -> None:
    schema = msgspec.json.decode(alone("schema").stdout)
    jsonschema_rs.validate(schema, {"kind": "team", "name": "search"})


def test_the_version_is_the_packages(alone: Bursar) -> None:
    assert alone("version").stdout.strip() == alone("--version").stdout.strip() == __version__
    assert alone.json("version") == {"version": __version__}


def test_an_unknown_command_is_a_bad_argument(alone: Bursar) -> None:
    assert alone("aply").exit_code == 2


def test_every_command_says_what_it_does(alone: Bursar) -> None:
    for line in alone("--help").stdout.split("Commands:")[1].strip().splitlines():
        name = line.split()[0]
        result = alone(name, "--help")
        assert result.exit_code == 0
        assert "Usage: bursar" in result.stdout
    assert os.environ.get("BURSAR_HOME") != str(alone.home)
