"""What is looked at in a page beside what a test asks: axe, and pictures for people."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = Path(os.environ.get("BURSAR_SCREENSHOTS", Path(__file__).parents[2] / "build" / "screenshots"))


def serious(page: Page, *rules: str) -> list[tuple[str, str]]:
    """What axe finds serious or critical, with the element; by all of its rules or only some."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in grave]


@contextmanager
def watched(
    browser: Browser, url: str, *, state: str | None = None, expected: tuple[int, ...] = ()
) -> Iterator[Page]:
    """A page of somebody's own; whatever goes wrong in it, save replies of `expected` status, fails."""
    faults: list[str] = []
    context = browser.new_context(
        base_url=url,
        storage_state=state,
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
        viewport={"width": 1360, "height": 900},
    )
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: (
            faults.append(f"console: {said.text}")
            if said.type == "error" and not (expected and "Failed to load resource" in said.text)
            else None
        ),
    )
    page.on(
        "response",
        lambda reply: (
            faults.append(f"{reply.status} {reply.url}")
            if reply.status >= 400 and reply.status not in expected
            else None
        ),
    )
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    try:
        yield page
    finally:
        context.close()
    assert faults == [], faults
