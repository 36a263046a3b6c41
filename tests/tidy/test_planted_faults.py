"""The checkers bite: each fault that they are there for is planted once, and must be found."""

import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., "CompletedProcess[str]"]

# -- imports ---------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, root: Path) -> Path:
    """A copy of the package that may be spoiled."""
    return Path(
        shutil.copytree(
            root / "src" / "bursar", tmp_path / "bursar", ignore=shutil.ignore_patterns("__pycache__")
        )
    )


@pytest.fixture
def check_layers(run_tool: Run, root: Path, package: Path) -> Callable[[], "CompletedProcess[str]"]:
    """Runs the contract of pyproject.toml over the copy."""
    return lambda: run_tool(
        "lint-imports", "--config", root / "pyproject.toml", "--no-cache", cwd=package.parent
    )


def add_line(path: Path, line: str) -> None:
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")


def test_the_layers_are_kept(check_layers: Callable[[], "CompletedProcess[str]"]) -> None:
    result = check_layers()
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("room", "imported"),
    [
        ("vocab/money.py", "bursar.metering.reading"),
        ("catalogue/card.py", "bursar.metering.reading"),
        ("metering/reading.py", "bursar.store.state"),
        ("ledger/ledger.py", "bursar.api.app"),
        ("gateway/handle.py", "bursar.app"),
    ],
)
def test_an_import_up_the_way_is_found(
    package: Path, check_layers: Callable[[], "CompletedProcess[str]"], room: str, imported: str
) -> None:
    add_line(package / room, f"import {imported}")
    result = check_layers()
    assert result.returncode == 1
    importer = f"bursar.{room.removesuffix('.py').replace('/', '.')}"
    assert f"{importer} -> {imported}" in result.stdout


@pytest.mark.parametrize(
    ("room", "imported"),
    [
        ("simulate/server.py", "bursar.gateway.paths"),
        ("gateway/paths.py", "bursar.api.problems"),
        ("ledger/ledger.py", "bursar.directory.keys"),
        ("http1/server.py", "bursar.config"),
    ],
)
def test_an_import_of_a_sibling_is_found(
    package: Path, check_layers: Callable[[], "CompletedProcess[str]"], room: str, imported: str
) -> None:
    add_line(package / room, f"import {imported}")
    result = check_layers()
    assert result.returncode == 1
    assert imported in result.stdout


def test_an_import_inside_a_function_is_found(
    package: Path, check_layers: Callable[[], "CompletedProcess[str]"]
) -> None:
    add_line(
        package / "estate" / "checks.py",
        "def late():\n    from bursar.directory import keys\n    return keys",
    )
    assert check_layers().returncode == 1


def test_a_folder_without_a_layer_is_found(
    package: Path, check_layers: Callable[[], "CompletedProcess[str]"]
) -> None:
    (package / "extras").mkdir()
    (package / "extras" / "__init__.py").write_text("")
    result = check_layers()
    assert result.returncode == 1
    assert "extras" in result.stdout


# -- lint and format -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import time\n\nSTARTED = time.time()\n", "TID251"),
        ("import time\n\nSTARTED = time.time_ns()\n", "TID251"),
        ("import datetime\n\nTODAY = datetime.datetime.now(datetime.UTC)\n", "TID251"),
        ("import os\n\nHOME = os.environ['HOME']\n", "TID251"),
        ("import os\n\nHOME = os.getenv('HOME')\n", "TID251"),
        ("from unittest.mock import Mock\n\nstand_in = Mock()\n", "TID251"),
        ("import subprocess\n\nsubprocess.run('ls', shell=True)\n", "S602"),
        ("def take(found=[]):\n    return found\n", "B006"),
        ("try:\n    import bursar\nexcept Exception:\n    pass\n", "S110"),
        ("import os\n", "F401"),
    ],
)
def test_the_linter_finds(run_tool: Run, code: str, rule: str) -> None:
    result = run_tool("ruff", "check", "--stdin-filename", "src/bursar/gateway/planted.py", "-", text=code)
    assert result.returncode == 1
    assert rule in result.stdout


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("clock.py", "import time\n\nNOW = time.time_ns() // 1000\n"),
        ("config.py", "import os\n\nFOUND = dict(os.environ)\n"),
    ],
)
def test_the_one_reader_of_clock_or_environment_is_let_through(run_tool: Run, module: str, code: str) -> None:
    result = run_tool("ruff", "check", "--stdin-filename", f"src/bursar/{module}", "-", text=code)
    assert result.returncode == 0, result.stdout


def test_an_unformatted_file_is_found(run_tool: Run) -> None:
    arguments = ("format", "--check", "--stdin-filename", "src/bursar/planted.py", "-")
    assert run_tool("ruff", *arguments, text="x=1\n").returncode == 1
    assert run_tool("ruff", *arguments, text="x = 1\n").returncode == 0


# -- types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("def count() -> int:\n    return 'three'\n", "return-value"),
        ("def count(found):\n    return found\n", "no-untyped-def"),
        ("def first(found: list) -> object:\n    return found[0]\n", "type-arg"),
        (
            "def count(found: int) -> int:\n    if isinstance(found, int):\n        return 1\n    return 2\n",
            "unreachable",
        ),
    ],
)
def test_the_type_checker_finds(run_tool: Run, root: Path, tmp_path: Path, code: str, rule: str) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(code)
    cache = tmp_path / "cache"
    result = run_tool("mypy", "--config-file", root / "pyproject.toml", "--cache-dir", cache, planted)
    assert result.returncode == 1
    assert f"[{rule}]" in result.stdout


# -- tests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import warnings\n\ndef test_planted():\n    warnings.warn('old', DeprecationWarning)\n",
        "import pytest\n\n@pytest.mark.no_such_mark\ndef test_planted():\n    pass\n",
        "import pytest\n\n@pytest.mark.xfail(reason='known')\ndef test_planted():\n    pass\n",
    ],
    ids=["a warning", "an unknown mark", "a fault that is mended but still excused"],
)
def test_the_test_run_fails_for(run_tool: Run, root: Path, tmp_path: Path, code: str) -> None:
    planted = tmp_path / "test_planted.py"
    planted.write_text(code)
    result = run_tool(
        "pytest", "-c", root / "pyproject.toml", "--rootdir", tmp_path, "-p", "no:cacheprovider", planted
    )
    assert result.returncode != 0, result.stdout
