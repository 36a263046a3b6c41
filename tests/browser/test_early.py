"""What a page asks for before its script is there: it is used, and nothing is asked twice."""

from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route
from test_pages import settle

# Pages, and whether the script that runs first asks for what they show.
PAGES = {
    "": True,
    "explore?by=model&filter=team:search": True,
    "explore?view=heat&tz=Asia/Kolkata&span=7d": True,
    "tokens?span=month": True,
    "inference": True,
    "models?filter=team:search&filter=team:lab": True,
    "budgets": True,
    "keys": False,
    "calls?filter=model:nothing": False,
}
MAIN = "**/assets/shared-*.js"
# What changes on the server meanwhile, or came in before the stream began, is asked for again, and rightly.
DEAF = """
const add = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, ...rest) {
  if (name !== "changed" && name !== "hello") add.call(this, name, ...rest);
};
"""


def _is_question(request: Request) -> bool:
    """Whether it asks for figures: not who one is, and not the stream of what is new."""
    return "/api/v1/" in request.url and not any(part in request.url for part in ("/me", "/live"))


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_asked_twice(open_page: Callable[..., Page], path: str) -> None:
    page = open_page()
    page.add_init_script(DEAF)
    asked: Counter[str] = Counter()
    page.on("request", lambda request: asked.update([request.url] if _is_question(request) else []))
    page.goto(f"/{path}")
    settle(page)
    assert {url: times for url, times in asked.items() if times > 1} == {}


@pytest.mark.parametrize("path", [path for path, is_early in PAGES.items() if is_early])
def test_a_page_asks_before_its_script_is_there(open_page: Callable[..., Page], path: str) -> None:
    page = open_page()
    held: list[Route] = []
    page.route(MAIN, lambda route: held.append(route))
    with page.expect_request(_is_question):
        page.goto(f"/{path}", wait_until="commit")
    for route in held:
        route.continue_()
    page.get_by_role("heading", level=1).wait_for()
    settle(page)


def test_nobody_is_asked_for_after_signing_out(open_page: Callable[..., Page]) -> None:
    page = open_page("leaver@example.com", "viewer", expected=(401,))
    page.goto("/")
    settle(page)
    page.get_by_role("button", name="You and your session").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_role("textbox", name="Sign-in link").wait_for()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if _is_question(request) else None)
    page.goto("/tokens")
    page.get_by_role("textbox", name="Sign-in link").wait_for()
    assert [url for url in asked if "/auth/" not in url] == []
