"""Several tabs and people, a server that goes away: nobody acts as somebody else, nothing is lost."""

from collections.abc import Callable

import pytest
from installation import Installation
from looking import watched
from playwright.sync_api import Browser, Page, expect
from test_pages import settle

Open = Callable[..., Page]
LOST = "Failed to load resource"


def _link(demo: Installation, email: str, role: str) -> str:
    found: str = demo.json("person", "add", email, "--role", role)["sign_in_url"]
    return found


def test_a_tab_whose_browser_somebody_else_signed_in_to_sends_nothing(
    chromium: Browser, demo: Installation
) -> None:
    with watched(chromium, demo.console_url, expected=(401, 403)) as first:
        first.goto(_link(demo, "tab-one@example.com", "administrator"))
        first.get_by_role("heading", name="Overview", level=1).wait_for()
        first.goto("/keys")
        settle(first)
        first.get_by_role("button", name="Create a key").click()
        first.get_by_role("dialog").get_by_label("Label").fill("made by whom?")
        second = first.context.new_page()
        second.goto(_link(demo, "tab-two@example.com", "viewer:team=search"))
        second.get_by_role("heading", name="Overview", level=1).wait_for()
        told = first.get_by_role("dialog", name="Somebody else is signed in")
        expect(told).to_contain_text("tab-two@example.com")
        asked: list[str] = []
        first.on("request", lambda request: asked.append(request.url))
        first.wait_for_timeout(3000)  # figures are asked for anew in this time
        assert [url for url in asked if "/api/v1/" in url and "/me" not in url] == []
        told.get_by_role("button", name="Load it for").click()
        expect(
            first.get_by_role("heading", name="Overview", level=1).or_(first.get_by_text("may not"))
        ).to_be_visible()
        expect(first.get_by_role("navigation", name="Pages").first).not_to_contain_text("Keys")


def test_the_same_person_in_two_tabs_goes_on_in_both(chromium: Browser, demo: Installation) -> None:
    with watched(chromium, demo.console_url, expected=(401, 403)) as first:
        first.goto(_link(demo, "tab-three@example.com", "administrator"))
        first.get_by_role("heading", name="Overview", level=1).wait_for()
        second = first.context.new_page()
        link = demo.json("person", "link", "tab-three@example.com")["sign_in_url"]
        second.goto(link)
        second.get_by_role("heading", name="Overview", level=1).wait_for()
        first.goto("/explore")
        settle(first)
        expect(first.get_by_role("dialog")).to_have_count(0)


def test_other_roles_see_nothing_of_what_was_shown_before(open_page: Open, demo: Installation) -> None:
    page = open_page("mover@example.com", "viewer:team=support")
    page.goto("/calls")
    settle(page)
    table = page.get_by_role("region", name="Calls")
    expect(table.get_by_text("support").first).to_be_visible()
    demo.bursar("person", "roles", "mover@example.com", "--role", "viewer:team=platform")
    expect(table.get_by_text("platform").first).to_be_visible()
    expect(table.get_by_text("support")).to_have_count(0)


def test_a_page_that_is_opened_while_the_server_is_away_comes_with_it(open_page: Open) -> None:
    page = open_page(expected=(503,))
    page.goto("/calls")
    settle(page)
    for pattern in ("**/api/**", "**/assets/explore-*.js"):
        page.route(pattern, lambda route: route.abort("connectionrefused"))
    page.evaluate("document.title = 'the same document'")
    page.get_by_role("link", name="Explore").first.click()
    expect(page.get_by_text("cannot be reached").first).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_role("heading", name="Explore", level=1)).to_be_visible()
    settle(page)
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("explore?measure=love&top=999", "measure, top"),
        ("explore?by=zzz", "by"),
        ("keys?status=zzz", "status"),
        ("?span=banana", "span"),
        ("budgets/teams?value=nope", "value"),
        ("calls?q=" + "x" * 600, "q"),
    ],
)
def test_what_of_an_address_is_nonsense_is_said(open_page: Open, path: str, names: str) -> None:
    page = open_page()
    page.goto(f"/{path}")
    expect(page.get_by_text(f"Not understood in the address, so left out: {names}.")).to_be_visible()
    settle(page)


@pytest.mark.parametrize("path", ["estate/nope", "settings/nope"])
def test_a_section_that_is_none_is_no_page(open_page: Open, path: str) -> None:
    page = open_page()
    page.goto(f"/{path}")
    expect(page.get_by_role("heading", name="No such page", level=1)).to_be_visible()
