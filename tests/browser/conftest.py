"""The demo as a running product, and a real browser in which people are signed in to it."""

import contextlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))
sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))
sys.path.insert(0, str(Path(__file__).parent))

from installation import Installation, installed
from looking import watched

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_S = 90.0
expect.set_options(timeout=15_000)  # a busy machine is no fault of the page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file of tests: while it is there, nothing else in this process can run a loop."""
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`bursar up --demo` with its past whole and its budgets in force, until the last test of this folder."""
    with installed(tmp_path_factory.mktemp("demo"), workers=1, durability="process") as installation:
        installation.up("--demo")
        deadline = time.monotonic() + PATIENCE_S
        while "budgets and policies are in force" not in installation.log.read_text():
            assert time.monotonic() < deadline, installation.log.read_text()
            time.sleep(0.1)
        yield installation


@pytest.fixture(scope="package")
def states() -> dict[str, str]:
    """The browser's state of everybody who signed in, by their address."""
    return {}


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, demo: Installation, states: dict[str, str]) -> Callable[..., str]:
    """Gives the browser's state of somebody with roles, as a file that new contexts begin with."""
    made = states

    def state(email: str, *roles: str) -> str:
        if email not in made:
            invited = demo.json(
                "person", "add", email, *(part for role in roles for part in ("--role", role))
            )
            context = chromium.new_context(base_url=demo.console_url)
            page = context.new_page()
            page.goto(invited["sign_in_url"])
            page.get_by_role("heading", name="Overview", level=1).wait_for()
            path = demo.folder / f"{email}.json"
            path.write_text(json.dumps(context.storage_state()))
            context.close()
            made[email] = str(path)
        return made[email]

    return state


@pytest.fixture
def open_page(
    chromium: Browser, demo: Installation, signed_in: Callable[..., str]
) -> Iterator[Callable[..., Page]]:
    """Opens pages of the console; whatever goes wrong in one, unless it is expected, fails the test."""
    contexts = contextlib.ExitStack()

    def opened(email: str = "ada@example.com", *roles: str, expected: tuple[int, ...] = ()) -> Page:
        state = signed_in(email, *(roles or ("administrator",)))
        return contexts.enter_context(watched(chromium, demo.console_url, state=state, expected=expected))

    with contexts:
        yield opened
