"""The wheel is enough: installed beside its dependencies, `bursar up` works in an empty folder."""

import contextlib
import os
import signal
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import httpx
import pytest
from installation import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bursar` command of an environment that holds the wheel and, from ours, only the dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    tool = Path(sys.executable).parent / "hatchling"
    subprocess.run(
        [str(tool), "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    place = folder / "environment"
    venv.create(place, with_pip=False, symlinks=True)
    variables = {"base": str(place), "platbase": str(place)}
    packages = Path(sysconfig.get_path("purelib", vars=variables))
    archive = zipfile.ZipFile(next(folder.glob("*.whl")))
    archive.extractall(packages)
    # A .pth file in a folder that another .pth file names is not read, so our own editable install
    # of the project does not come along.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    entry = next(line for line in _entry_points(archive) if line.startswith("bursar = "))
    point = EntryPoint("bursar", entry.partition(" = ")[2], "console_scripts")
    script = place / "bin" / "bursar"
    script.write_text(f"#!{place}/bin/python\nfrom {point.module} import {point.attr}\n{point.attr}()\n")
    script.chmod(0o755)
    return script


def _entry_points(archive: zipfile.ZipFile) -> list[str]:
    name = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
    return archive.read(name).decode().splitlines()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("BURSAR_", "PYTHON"))}
    ports = {"BURSAR_GATEWAY_PORT": str(free_port()), "BURSAR_CONSOLE_PORT": str(free_port())}
    return {**known, **ports, "BURSAR_WORKERS": "1"}


@contextlib.contextmanager
def running(command: Path, folder: Path, environ: dict[str, str]) -> Iterator[None]:
    log = (folder / "up.log").open("ab")
    process = subprocess.Popen(
        [str(command), "up"],
        cwd=folder,
        env=environ,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        for port in ("BURSAR_GATEWAY_PORT", "BURSAR_CONSOLE_PORT"):
            _wait_until_it_answers(f"http://127.0.0.1:{environ[port]}/readyz", process, folder / "up.log")
        yield
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, (folder / "up.log").read_text()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2.0).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url} does not answer:\n{log.read_text()}")


def test_the_wheel_alone_is_what_runs(command: Path, tmp_path: Path) -> None:
    code = "import bursar, pathlib; print(pathlib.Path(bursar.__file__).parent)"
    found = subprocess.run(
        [str(command.parent / "python"), "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.strip()
    assert Path(found).is_relative_to(command.parents[1])


def test_up_works_in_an_empty_folder_and_commands_find_it_there(
    command: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    def bursar(*arguments: str) -> str:
        done = subprocess.run(
            [str(command), *arguments], cwd=tmp_path, env=environ, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "estate.yaml").write_text("kind: team\nname: search\n")
    console = f"http://127.0.0.1:{environ['BURSAR_CONSOLE_PORT']}/"
    with running(command, tmp_path, environ):
        assert "/assets/index-" in httpx.get(console).text, "the wheel brings the console"
        assert "1 created" in bursar("apply", "-f", "estate.yaml")
        assert '"secret"' in bursar("key", "create", "--team", "search", "--json")
        assert '"calls": 0' in bursar("usage", "--json")
        assert "broken" not in bursar("doctor")
    # What was there is there after a second start in the same folder.
    with running(command, tmp_path, environ):
        assert "0 created, 0 updated, 1 unchanged" in bursar("apply", "-f", "estate.yaml")
        assert "search" in bursar("key", "list")
