"""The lock file, the changelog, the set-up scripts and the wheel say the same as the project."""

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import bursar
from bursar.api.console import FOLDER

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


def test_the_lock_file_has_every_dependency_in_a_version_that_fits(
    root: Path, project: dict[str, Any]
) -> None:
    locked = (root / "requirements.lock").read_text()
    versions = {canonicalize_name(name): Version(version) for name, version in PINNED.findall(locked)}
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for requirement in map(Requirement, wanted):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked: run `make lock`"
        assert version in requirement.specifier, (
            f"{requirement} does not allow the locked {version}: `make lock`"
        )


def test_the_console_s_packages_are_pinned_by_their_content_and_name_no_place(root: Path) -> None:
    wanted = json.loads((root / "ui" / "package.json").read_text())
    locked = json.loads((root / "ui" / "package-lock.json").read_text())["packages"]
    assert locked.pop("")["dependencies"] == wanted["dependencies"]
    assert [name for name, entry in locked.items() if "resolved" in entry] == []
    assert [
        name for name, entry in locked.items() if not entry.get("integrity", "").startswith("sha512-")
    ] == []
    versions = [*wanted["dependencies"].values(), *wanted["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"(?:npm:\w+@)?\d+\.\d+\.\d+", version)] == []


def test_everything_locked_is_pinned_by_its_content(root: Path) -> None:
    locked = (root / "requirements.lock").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", locked.strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_version_is_one_and_the_changelog_has_it(root: Path, project: dict[str, Any]) -> None:
    version = project["project"]["version"]
    assert bursar.__version__ == version
    assert re.search(rf"^## {re.escape(version)}\b", (root / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_licence_is_the_one_that_is_declared(root: Path, project: dict[str, Any]) -> None:
    assert project["project"]["license"] == "Apache-2.0"
    text = (root / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_a_python_that_is_too_old_is_named(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$2" in *version_info*) exit 1;; esac\necho 3.9.2\n')
    old.chmod(0o755)
    found = _chosen(root, str(old))
    assert found.returncode == 1
    assert f"Found only: {old} is 3.9.2;" in found.stderr
    assert "CPython 3.11 or newer" in found.stderr


def test_a_python_that_is_new_enough_is_chosen(root: Path) -> None:
    assert _chosen(root, sys.executable).stdout.strip() == sys.executable


def test_of_two_pythons_of_one_version_the_faster_makes_the_environment(root: Path, tmp_path: Path) -> None:
    version = f"python3.{sys.version_info.minor}"
    slow, fast = tmp_path / "slow" / "python3", tmp_path / "fast" / version
    for path in (slow, fast):
        path.parent.mkdir()
    slow.write_text(
        "#!/bin/sh\n"
        f'case "$2" in *perf_counter*) echo 3.{sys.version_info.minor} 9000000 $0;;'
        " *sys.executable*) echo $0;; esac\n"
    )
    fast.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for path in (slow, fast):
        path.chmod(0o755)
    path_of_both = f"{slow.parent}:{fast.parent}"
    assert _chosen(root, None, path=path_of_both).stdout.strip() == str(slow)
    assert _chosen(root, None, "fastest", path=path_of_both).stdout.strip() == sys.executable
    assert _chosen(root, str(slow), "fastest", path=path_of_both).stdout.strip() == str(slow), (
        "chosen by hand"
    )


def _chosen(
    root: Path, python: str | None, *arguments: str, path: str = "/usr/bin:/bin"
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", str(root / "scripts" / "python.sh"), *arguments],
        env={"PATH": path} | ({} if python is None else {"PYTHON": python}),
        check=False,
        capture_output=True,
        text=True,
    )


# -- the wheel -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `make wheel` and `uv build` make."""
    folder = tmp_path_factory.mktemp("dist")
    command = [str(Path(sys.executable).parent / "hatchling"), "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_package(wheel: Path, root: Path, files: list[Path]) -> None:
    source = root / "src"
    wanted = {str(path.relative_to(source)) for path in files if path.is_relative_to(source / "bursar")}
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert wanted - packed == set()
    assert any(name.endswith(".sql") for name in packed), "the ledger's migrations are package data"
    assert any("/migrations/versions/" in name for name in packed), "the state store's migrations are"


@pytest.mark.skipif(
    not (FOLDER / "index.html").exists(), reason="the console is not built: `make ui` builds it"
)
def test_the_wheel_brings_the_console(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    built = {f"bursar/api/console/{path.relative_to(FOLDER)}" for path in FOLDER.rglob("*") if path.is_file()}
    assert built - set(names) == set()
    assert any(re.fullmatch(r"bursar/api/console/assets/index-.*\.js\.br", name) for name in names)


def test_the_sources_bring_the_console_s_and_not_its_packages(root: Path, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "hatchling"), "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = archive.getnames()
    assert any(name.endswith("/ui/src/main.tsx") for name in names)
    assert [name for name in names if "node_modules" in name] == []


def test_the_wheel_brings_command_and_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"bursar-{bursar.__version__}.dist-info"
    assert "bursar = bursar.app:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert f"{info}/licenses/LICENSE" in archive.namelist()
