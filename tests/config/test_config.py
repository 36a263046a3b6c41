"""Settings come from flags, then the environment, then defaults, and a wrong one says how to write it."""

import stat
from pathlib import Path

import pytest

from bursar.config import (
    SETTINGS,
    BadSettings,
    Config,
    CredentialMissing,
    Home,
    Run,
    credential_secret,
    misspelt_variables,
    providers_from_environ,
)
from bursar.vocab.errors import NotFound


def test_defaults_need_nothing_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config.from_environ({})
    assert config.home == tmp_path / "bursar-home"
    assert config.state_url == f"sqlite:///{tmp_path}/bursar-home/state.sqlite"
    assert config.ledger_url == f"duckdb:///{tmp_path}/bursar-home/ledger.duckdb"
    assert (config.host, config.gateway_port, config.console_port) == ("127.0.0.1", 4000, 8080)
    assert config.control_url == "http://127.0.0.1:8080"
    assert config.durability == "disk"
    assert config.body_limit_bytes == 32 * 1024 * 1024
    assert config.workers >= 1


def test_an_override_wins_over_a_variable_and_none_is_no_override() -> None:
    environ = {"BURSAR_GATEWAY_PORT": "5000", "BURSAR_CONSOLE_PORT": "5001", "BURSAR_HOME": "/srv/b"}
    config = Config.from_environ(environ, gateway_port=6000, console_port=None)
    assert (config.gateway_port, config.console_port) == (6000, 5001)
    assert config.state_url == "sqlite:////srv/b/state.sqlite"


def test_every_wrong_value_is_named_at_once_with_the_way_to_write_it() -> None:
    with pytest.raises(BadSettings) as caught:
        Config.from_environ(
            {"BURSAR_GATEWAY_PORT": "70000", "BURSAR_DURABILITY": "maybe"},
            workers="none",
            state_url="mysql://x",
        )
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert "BURSAR_GATEWAY_PORT is '70000': give a port number up to 65535, or 0 for any free one" in lines
    assert any(line.startswith("--workers is 'none': give a whole number of processes") for line in lines)
    assert any("postgresql://" in line for line in lines)


def test_an_unknown_override_is_refused() -> None:
    with pytest.raises(BadSettings, match="no setting named gatway_port"):
        Config.from_environ({}, gatway_port=1)


def test_a_config_survives_the_way_through_an_environment() -> None:
    config = Config.from_environ({}, workers=3, durability="process", host="::1", body_limit_bytes=1_000_000)
    assert Config.from_environ(config.to_environ()) == config
    assert config.control_url == "http://[::1]:8080"


def test_a_wildcard_address_is_reached_on_loopback() -> None:
    assert Config.from_environ({}, host="0.0.0.0").control_url == "http://127.0.0.1:8080"


def test_every_setting_has_a_sentence_a_variable_and_a_flag() -> None:
    for setting in SETTINGS:
        assert setting.sentence.endswith("."), setting.name
        assert setting.variable == "BURSAR_" + setting.name.upper()
        assert setting.flag.startswith("--")


def test_a_misspelt_variable_is_noticed_and_a_stranger_is_left_alone() -> None:
    environ = {"BURSAR_GATWAY_PORT": "1", "BURSAR_DATA": "x", "BURSAR_KEY": "y", "PATH": "z"}
    assert misspelt_variables(environ) == [
        "BURSAR_GATWAY_PORT is no setting and has no effect; did you mean BURSAR_GATEWAY_PORT?"
    ]


def test_a_vendor_key_makes_its_provider_without_a_file_and_without_the_secret() -> None:
    environ = {
        "OPENAI_API_KEY": "sk-1",
        "ANTHROPIC_API_KEY": "",
        "GOOGLE_API_KEY": "g-1",
        "OPENAI_BASE_URL": "http://127.0.0.1:4000/v1",
    }
    openai, gemini = providers_from_environ(environ)
    assert (openai.name, openai.wire, openai.credential) == ("openai", "openai", "env:OPENAI_API_KEY")
    assert openai.base_url == "https://api.openai.com"
    assert (gemini.name, gemini.credential, gemini.catalogue) == ("gemini", "env:GOOGLE_API_KEY", "google")
    assert "sk-1" not in repr(openai)


def test_a_credential_is_read_where_its_document_says(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-file\n")
    assert credential_secret("env:A", {"A": "sk-env"}) == "sk-env"
    assert credential_secret(f"file:{tmp_path}/key", {}) == "sk-file"
    assert credential_secret("literal:sk:x", {}) == "sk:x"
    assert credential_secret("none", {}) == ""


def test_a_missing_credential_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CredentialMissing, match="variable A is not set"):
        credential_secret("env:A", {})
    with pytest.raises(CredentialMissing, match="nothing-here cannot be read: No such file"):
        credential_secret(f"file:{tmp_path}/nothing-here", {})


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_is_private_and_keeps_its_tokens(tmp_path: Path) -> None:
    tokens = iter(["one", "two", "three", "four"])
    home = Home(tmp_path / "deep" / "home")
    home.create(lambda: next(tokens))
    home.create(lambda: next(tokens))
    assert (home.admin_token(), home.internal_token()) == ("one", "two")
    assert _mode(home.path) == 0o700
    assert _mode(home.admin_token_path) == _mode(home.internal_token_path) == 0o600


def test_a_home_that_never_ran_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="bursar up"):
        Home(tmp_path).admin_token()
    assert Home(tmp_path).read_run() is None


def test_run_json_is_written_read_and_removed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    run = Run(gateway_url="http://127.0.0.1:4000", console_url="http://127.0.0.1:8080", pids={"control": 7})
    home.write_run(run)
    assert home.read_run() == run
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    home.remove_run()
    home.remove_run()
    assert home.read_run() is None


def test_half_a_run_json_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"gateway_url": "htt')
    assert Home(tmp_path).read_run() is None
