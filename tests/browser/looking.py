"""What is looked at in a page beside what a test asks: axe, and pictures for people."""

import os
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = Path(os.environ.get("BURSAR_SCREENSHOTS", Path(__file__).parents[2] / "build" / "screenshots"))


def serious(page: Page, *rules: str) -> list[tuple[str, str]]:
    """What axe finds serious or critical, with the element; by all of its rules or only some."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in grave]
