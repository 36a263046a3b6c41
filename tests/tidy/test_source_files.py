"""House rules that no linter knows: names, sizes, unfinished work, what must never be in a tracked file."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

Modules = Mapping[Path, ast.Module]

LINES_MOST = 600
FUNCTION_LINES_MOST = 80
SAY_NOTHING = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}

# Written so that this file does not contain what it looks for.
UNFINISHED = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b|NotImplemented[E]rror")
HOSTS_AND_PLACES = re.compile(
    r"pypi\.o[r]g|pythonhost[e]d|registry\.npm[j]s|registry\.yarnpk[g]|[a]rtifactory|[d]evpi|--(?:extra-)?[i]ndex-url"
    r"|(?<![\w.])/(?:root|work|workspace|Users)/|/home/(?!user\b|me\b|you\b)\w+/|/tmp/(?:w|mk)/",
    re.IGNORECASE,
)


def rooms(root: Path) -> list[Path]:
    package = root / "src" / "bursar"
    return sorted(path for path in package.iterdir() if path.is_dir() and path.name != "__pycache__")


def test_every_room_opens_with_its_words(root: Path) -> None:
    lacking = []
    for room in rooms(root):
        readme = room / "README.md"
        text = readme.read_text(encoding="utf-8").lower() if readme.exists() else ""
        wanted = {"owns": "owns" in text, "does not": "not own" in text or "owns, and does not" in text}
        wanted |= {
            "invariants": "invariant" in text,
            "what to read first": "read" in text and "first" in text,
        }
        lacking += [f"{room.name}/README.md: {word}" for word, found in wanted.items() if not found]
    assert lacking == []


def test_every_module_says_in_one_sentence_what_it_is(modules: Modules) -> None:
    silent = [path for path, tree in modules.items() if not ast.get_docstring(tree)]
    # An empty package, and Alembic's own files, need none.
    assert [path for path in silent if path.name != "__init__.py" and "migrations" not in path.parts] == []


def test_names_say_something(files: Iterable[Path], root: Path) -> None:
    kinds = (".py", ".ts", ".tsx", ".css")
    words = {path: set(re.split(r"[_.\W]", path.name.lower())) for path in files if path.suffix in kinds}
    assert [str(path.relative_to(root)) for path, found in words.items() if found & SAY_NOTHING] == []


def test_a_file_stays_one_room(files: Iterable[Path]) -> None:
    # The client's types are written by a program, one file for the whole API.
    written = [p for p in files if p.suffix in (".py", ".sh", ".ts", ".tsx") and p.name != "schema.d.ts"]
    lengths = {p: len(p.read_bytes().splitlines()) for p in written}
    assert {str(path): lines for path, lines in lengths.items() if lines > LINES_MOST} == {}


def test_functions_are_small(modules: Modules) -> None:
    lengths = {
        f"{path.name}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES_MOST} == {}
    tenths = statistics.quantiles(lengths.values(), n=10)
    assert tenths[8] <= 30, "nine of ten functions have 30 lines or fewer"
    assert tenths[4] <= 10, "half of all functions have 10 lines or fewer"


def test_nothing_is_left_unfinished(files: Sequence[Path], root: Path) -> None:
    found = list(
        _matches(
            files,
            root,
            UNFINISHED,
            suffixes=(".py", ".md", ".toml", ".sh", ".sql", ".ts", ".tsx", ".css", ""),
        )
    )
    assert found == []


def test_a_test_that_is_left_out_says_why(files: Sequence[Path], root: Path) -> None:
    tests = [path for path in files if path.suffix == ".py" and path.is_relative_to(root / "tests")]
    silent = {
        path.name: lines for path in tests if (lines := list(silent_skips(path.read_text(encoding="utf-8"))))
    }
    assert silent == {}


def silent_skips(code: str) -> Iterator[int]:
    """Lines where a test is left out or excused and no sentence says why."""
    tree = ast.parse(code)
    explained = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (node.args or any(word.arg == "reason" for word in node.keywords))
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("skip", "skipif", "xfail")
            and id(node) not in explained
        ):
            yield node.lineno


@pytest.mark.parametrize(
    "line", ["@pytest.mark.skip", "@pytest.mark.xfail()", "@pytest.mark.skip(reason='late')"]
)
def test_a_planted_silent_skip_is_found(line: str) -> None:
    assert list(silent_skips(f"{line}\ndef test_planted(): pass")) == ([] if "reason" in line else [1])


def test_no_host_of_a_registry_and_no_place_of_a_machine_is_written_down(
    files: Sequence[Path], root: Path
) -> None:
    assert list(_matches(files, root, HOSTS_AND_PLACES)) == []


@pytest.mark.parametrize(
    "line",
    [
        "https://" + "pypi." + "org/simple",
        "at /" + "root/.cache",
        "see /" + "work/main",
        "in /" + "home/anna/src",
    ],
)
def test_a_planted_host_or_place_is_found(line: str) -> None:
    assert HOSTS_AND_PLACES.search(line)


@pytest.mark.parametrize("line", ["# TO" + "DO later", "raise NotImplemented" + "Error"])
def test_planted_unfinished_work_is_found(line: str) -> None:
    assert UNFINISHED.search(line)


def test_the_pipeline_runs_what_a_developer_runs(root: Path) -> None:
    script = root / ".ci" / "run"
    commands = [
        line for line in script.read_text().splitlines() if line and not line.startswith(("#", "set "))
    ]
    assert commands == ['cd "$(dirname "$0")/.."', "exec make test"]
    assert script.stat().st_mode & 0o111 == 0o111


def test_shell_scripts_parse(files: Iterable[Path]) -> None:
    for path in files:
        if path.suffix == ".sh":
            subprocess.run(["sh", "-n", path], check=True)


def _matches(
    files: Iterable[Path], root: Path, pattern: re.Pattern[str], suffixes: tuple[str, ...] = ()
) -> Iterator[str]:
    for path in files:
        if suffixes and path.suffix not in suffixes:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(root)}:{number}: {line.strip()[:120]}"
