"""What is around every page, in a real browser against a running product: the ways in, about, and back."""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))

from installation import Installation, installed
from looking import serious


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A product without data."""
    with installed(tmp_path_factory.mktemp("shell"), workers=1, durability="process") as installation:
        installation.up()
        while "/sign-in#" not in installation.log.read_text():  # a newer link ends the one before
            time.sleep(0.05)
        yield installation


@pytest.fixture
def page(chromium: Browser, product: Installation) -> Iterator[Page]:
    """A page of a new browser, nobody signed in; no error but a refused request may be in its console."""
    context = chromium.new_context(
        base_url=product.console_url, timezone_id="Europe/Berlin", reduced_motion="reduce"
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert [fault for fault in faults if not fault.startswith("Failed to load resource")] == []


@pytest.fixture
def inside(page: Page, product: Installation) -> Page:
    """The page of a browser in which the administrator is signed in."""
    page.goto(sign_in_link(product))
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    return page


def sign_in_link(product: Installation) -> str:
    return str(product.json("sign-in")["sign_in_url"])


def test_a_pasted_link_signs_in_at_the_address_that_was_asked_for(page: Page, product: Installation) -> None:
    page.goto("/inference?span=7d")
    page.get_by_label("Sign-in link").fill("no such token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("does not sign anybody in")).to_be_visible()
    assert serious(page) == []
    page.get_by_label("Sign-in link").fill(sign_in_link(product))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Inference", level=1)).to_be_visible()
    assert page.url.endswith("/inference?span=7d")
    assert page.title() == "Inference · Bursar"


def test_a_link_works_once_and_leaves_no_trace_in_the_address(page: Page, product: Installation) -> None:
    link = sign_in_link(product)
    page.goto(link)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    assert "#" not in page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("it was used")


def test_a_session_that_ends_in_the_middle_of_work_keeps_the_page(
    inside: Page, product: Installation
) -> None:
    inside.goto("/inference?filter=team:search")
    inside.get_by_role("button", name="Filter", exact=True).click()
    inside.get_by_role("combobox", name="Dimension").click()
    inside.get_by_role("option", name="another tag").click()
    inside.get_by_label("Tag").fill("cost-centre")
    inside.context.clear_cookies()
    inside.get_by_role("textbox", name="Value").fill("42")  # asks for values, and is refused
    dialog = inside.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    assert serious(inside) == []
    dialog.get_by_label("Sign-in link").fill(sign_in_link(product))
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    assert inside.url.endswith("/inference?filter=team:search")
    expect(inside.get_by_label("Tag")).to_have_value("cost-centre")


def test_a_control_plane_that_restarts_is_said_and_found_again(inside: Page, product: Installation) -> None:
    connection = inside.get_by_test_id("connection")
    expect(connection).to_have_attribute("data-state", "open")
    os.kill(product.pids()["control"], signal.SIGKILL)
    expect(connection).to_have_attribute("data-state", "lost")
    expect(inside.get_by_role("status").filter(has_text="connection to Bursar is lost")).to_have_count(1)
    expect(connection).to_have_attribute("data-state", "open", timeout=20_000)
    expect(inside.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_nonsense_in_the_address_falls_back_and_is_named(inside: Page) -> None:
    inside.goto(
        "/inference?span=forever&tz=Mars&from=yesterday&filter=nothing&sort=%00&desc=9&x=%3Cscript%3E"
    )
    expect(inside.get_by_role("button", name=re.compile("Last 30 days.*Berlin"))).to_be_visible()
    expect(inside.get_by_text("Not understood in the address")).to_contain_text(
        "desc, filter, from, sort, span, tz"
    )
    expect(inside.get_by_text("No calls in this span").first).to_be_visible()
    inside.goto("/no/such/page")
    expect(inside.get_by_role("heading", name="No such page")).to_be_visible()


def test_span_zone_and_filters_go_along_to_the_next_page(inside: Page) -> None:
    inside.goto("/inference?span=month&tz=UTC&filter=team:%3Cscript%3E&sort=calls")
    expect(inside.get_by_text("<script>")).to_be_visible()
    inside.get_by_role("link", name="Tokens").click()
    expect(inside.get_by_role("heading", name="Tokens", level=1)).to_be_focused()
    assert inside.url.endswith("/tokens?span=month&tz=UTC&filter=team:%3Cscript%3E")
    inside.get_by_role("button", name="Remove the filter").click()
    expect(inside.get_by_text("<script>")).to_have_count(0)
    inside.go_back()
    expect(inside.get_by_text("<script>")).to_be_visible()


def test_everything_can_be_reached_by_keyboard(inside: Page) -> None:
    inside.keyboard.press("Control+k")
    expect(inside.get_by_role("combobox", name="Search and commands")).to_be_focused()
    inside.keyboard.type("budg")
    expect(inside.get_by_role("option", name="Budgets")).to_have_attribute("aria-selected", "true")
    assert serious(inside) == []
    inside.keyboard.press("Enter")
    expect(inside.get_by_role("heading", name="Budgets", level=1)).to_be_visible()
    expect(inside.get_by_role("dialog")).to_have_count(0)
    inside.keyboard.press("g")
    inside.keyboard.press("k")
    expect(inside.get_by_role("heading", name="Keys", level=1)).to_be_visible()
    inside.keyboard.press("?")
    expect(inside.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert serious(inside) == []
    inside.keyboard.press("Escape")
    expect(inside.get_by_role("dialog")).to_have_count(0)
    inside.keyboard.press("Control+k")
    inside.keyboard.type("create budget")
    expect(inside.get_by_role("option", name="Create a budget")).to_have_attribute("aria-selected", "true")
    inside.keyboard.press("Enter")
    form = inside.get_by_role("dialog").filter(has=inside.get_by_label("Amount"))
    expect(form).to_be_visible()
    assert inside.url.endswith("/budgets?new=1")
    inside.keyboard.press("Escape")
    expect(form).to_have_count(0)
    assert inside.url.endswith("/budgets")


@pytest.mark.parametrize("scheme", ["Light", "Dark"])
def test_both_schemes_are_kept_and_axe_finds_nothing_serious(inside: Page, scheme: str) -> None:
    inside.goto("/inference")
    inside.get_by_role("button", name="Colours").click()
    inside.get_by_role("menuitem", name=scheme, exact=True).click()
    root = inside.locator("html")
    expect(root).to_have_attribute("data-mantine-color-scheme", scheme.lower())
    inside.reload()
    expect(root).to_have_attribute("data-mantine-color-scheme", scheme.lower())
    expect(inside.get_by_text("No calls in this span").first).to_be_visible()
    assert serious(inside) == []


def test_on_a_phone_the_navigation_is_a_drawer_and_nothing_is_wider_than_the_screen(inside: Page) -> None:
    inside.set_viewport_size({"width": 390, "height": 844})
    inside.goto("/inference?filter=team:" + "long-name-" * 20)
    expect(inside.get_by_text("No calls in this span").first).to_be_visible()
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert inside.evaluate(wider) <= 0
    inside.get_by_role("button", name="Open the navigation").click()
    inside.get_by_role("dialog").get_by_role("link", name="Calls").click()
    expect(inside.get_by_role("heading", name="Calls", level=1)).to_be_visible()
    expect(inside.get_by_role("dialog")).to_have_count(0)


def test_the_first_script_is_small(product: Installation) -> None:
    size = json.loads((Path(__file__).parents[2] / "src/bursar/api/console/size.json").read_text())
    assert size["gzip_bytes"] <= 350_000
