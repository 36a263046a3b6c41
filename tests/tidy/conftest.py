"""Where the project lies, its own text files, and a way to run its checkers on planted faults."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def run_tool() -> Run:
    """Runs a tool of this environment by its name; both streams come back as text in `stdout`."""

    def run(
        name: str, *arguments: str | Path, cwd: Path = ROOT, text: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        command = [str(Path(sys.executable).parent / name), *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=cwd,
            input=text,
            text=True,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return run


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every text file that belongs to the project: all but what .gitignore names."""
    ignored = [line.strip() for line in (ROOT / ".gitignore").read_text().splitlines() if line.strip()]
    folders = {line.rstrip("/").rpartition("/")[2] for line in ignored if line.endswith("/")} | {".git"}
    patterns = [line for line in ignored if not line.endswith("/")]
    found = [path for path in _walk(ROOT, folders) if not any(path.match(pattern) for pattern in patterns)]
    return sorted(path for path in found if b"\0" not in path.read_bytes()[:4096])


def _walk(folder: Path, left_out: set[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name not in left_out and not path.name.endswith(".egg-info"):
                yield from _walk(path, left_out)
        elif path.is_file():
            yield path


@pytest.fixture(scope="session")
def modules(files: Sequence[Path]) -> dict[Path, ast.Module]:
    """The package's own Python files, parsed."""
    package = ROOT / "src"
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in files
        if path.suffix == ".py" and path.is_relative_to(package)
    }
