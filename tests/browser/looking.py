"""What is looked at in a page beside what a test asks: axe, and pictures for people."""

import os
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = Path(os.environ.get("BURSAR_SCREENSHOTS", Path(__file__).parents[2] / "build" / "screenshots"))


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds serious or critical, with the element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document)).violations")
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in grave]
