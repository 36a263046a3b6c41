"""Every page of the console on the demo's data: nothing fails, nothing is out of reach, nothing overflows."""

import re
from collections.abc import Callable

import pytest
from looking import SHOTS, serious
from playwright.sync_api import Page, expect

PAGES = {
    "": "Overview",
    "explore?compare=previous": "Explore",
    "explore?view=heat": "Explore",
    "explore?view=tree&by=model": "Explore",
    "explore?by=team&second=model&view=lines&measure=latency_p95": "Explore",
    "tokens": "Tokens",
    "inference": "Inference",
    "models": "Models",
    "calls": "Calls",
    "budgets": "Budgets",
    "budgets/lab": "lab",
    "policies": "Policies",
    "policies?tab=try": "Policies",
    "approvals": "Approvals",
    "alerts": "Alerts",
    "alerts?tab=messages": "Alerts",
    "keys": "Keys",
    "estate": "Estate",
    "estate/budget/lab": "lab",
    "settings/people": "Settings",
    "settings/mine": "Settings",
    "settings/installation": "Settings",
    "settings/audit": "Settings",
}
# Two frames without anything that still moves.
DRAWN = """
async () => {
  for (let still = 0; still < 2; still = document.getAnimations().length ? 0 : still + 1) {
    await new Promise((done) => requestAnimationFrame(done));
  }
}
"""
PHONE = {"width": 390, "height": 844}


def settle(page: Page) -> None:
    """Until no skeleton is left."""
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)


def darken(page: Page) -> None:
    """Until the page is dark and drawn."""
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.evaluate(DRAWN)


def shot(page: Page, path: str, mode: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "overview"
    page.screenshot(path=SHOTS / f"{name}-{mode}.png")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_in_light_dark_and_on_a_phone(open_page: Callable[..., Page], path: str) -> None:
    page = open_page()
    page.goto(f"/{path}")
    expect(page.get_by_role("heading", name=PAGES[path], level=1)).to_be_visible()
    settle(page)
    shot(page, path, "light")
    assert serious(page) == []
    darken(page)
    shot(page, path, "dark")
    assert serious(page, "color-contrast") == []  # nothing else is another one in the dark
    page.set_viewport_size(PHONE)
    shot(page, path, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
