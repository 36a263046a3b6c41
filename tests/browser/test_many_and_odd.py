"""Ten thousand teams, one of them named like markup, each with its budget: every page stays usable."""

import json
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from installation import Installation, installed
from looking import serious, watched
from playwright.sync_api import Browser, Page, expect

from bursar.clock import now_us
from bursar.vocab.event import Batch, Event, encode_events
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import Usage

TEAMS = 10_000
ODD = '<script>document.title="owned"</script>'
OTHER = '"><img src=x onerror=alert(1)>'
USD = 10**12
BUDGET = {"kind": "budget", "name": "teams", "each": "team", "amount": "20", "owner": "cfo@example.com"}


def team(number: int) -> str:
    return {0: ODD, 1: OTHER}.get(number, f"team-{number:05}")


def events(now: InstantUs) -> Iterator[Event]:
    """A call of every team within the last hour; the odd ones cost most."""
    for number in range(TEAMS):
        at = InstantUs(now - 1_000_000 - number * 100_000)
        yield Event(
            call_id=uuid7(at, number.to_bytes(8, "big")),
            started_at_us=at,
            finished_at_us=at + 50_000,
            team=team(number),
            product="answers",
            use_case="chat",
            environment="production",
            model="gpt-5-mini",
            provider="mock",
            http_status=200,
            usage_source="provider",
            latency_us=50_000,
            usage=Usage(tokens_input=100, tokens_output=10),
            cost_pico=USD * 10 if number < 2 else USD * (1 + number % 7) // 10,
            cost_list_pico=USD,
        )


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    import msgspec
    import zstandard

    with installed(tmp_path_factory.mktemp("crowd"), workers=1, durability="process") as installation:
        installation.up()
        sent = list(events(now_us()))
        batch = Batch(worker="crowd", seq_first=1, seq_last=len(sent), groups=[encode_events(sent)])
        internal = (installation.home / "internal-token").read_text().strip()
        reply = httpx.post(
            f"{installation.console_url}/internal/v1/events",
            content=zstandard.compress(msgspec.msgpack.encode(batch)),
            headers={"authorization": f"Bearer {internal}"},
            timeout=60,
        )
        assert reply.status_code == 200, reply.text
        (installation.folder / "budget.json").write_text(json.dumps(BUDGET))
        installation.bursar("apply", "-f", str(installation.folder / "budget.json"))
        deadline = time.monotonic() + 90
        while len(installation.api("/budgets/teams")["accounts"]) < TEAMS:
            assert time.monotonic() < deadline, "the budget of every team is counted"
            time.sleep(0.2)
        yield installation


@pytest.fixture
def page(chromium: Browser, crowd: Installation) -> Iterator[Page]:
    """The administrator's; nothing in it may fail."""
    with watched(chromium, crowd.console_url) as page:
        page.goto(crowd.json("sign-in")["sign_in_url"])
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        yield page
        assert page.title() != "owned"


def settled(page: Page, path: str, heading: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)


def test_the_overview_names_the_largest_and_puts_the_rest_together(page: Page) -> None:
    settled(page, "/", "Overview")
    teams = page.locator("section", has=page.get_by_role("heading", name="Teams", level=2))
    expect(teams.get_by_text(ODD)).to_be_visible()
    expect(teams.get_by_text(OTHER)).to_be_visible()
    expect(teams.get_by_text("9,994 others")).to_be_visible()


def test_explore_splits_by_all_of_them_and_a_filter_of_the_odd_one_works(page: Page) -> None:
    settled(page, "/explore?by=team", "Explore")
    figures = page.get_by_role("region", name="Figures")
    row = figures.get_by_role("row").filter(has_text=ODD).first
    expect(row).to_be_visible()
    page.goto(f"/explore?by=model&filter={'team:' + ODD}")
    expect(page.get_by_text(ODD).first).to_be_visible()
    expect(figures.get_by_text("$10.00").first).to_be_visible()


def test_their_budgets_scroll_are_searched_and_open(page: Page) -> None:
    settled(page, "/budgets", "Budgets")
    expect(page.get_by_text("10,000 rows")).to_be_visible()
    assert page.get_by_role("row").count() < 200, "only what is in sight is drawn"
    assert serious(page) == []
    page.get_by_role("textbox", name="Search budgets").fill("<script>")
    expect(page.get_by_text(re.compile("^1 row"))).to_be_visible()
    page.get_by_role("link", name=re.compile("teams.*script")).click()
    expect(page.get_by_role("heading", name="teams", level=1)).to_be_visible()
    expect(page.get_by_text("$10.00").first).to_be_visible()


def test_a_value_is_found_among_ten_thousand_while_it_is_typed(page: Page) -> None:
    settled(page, "/calls", "Calls")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("textbox", name="Value").fill("team-0777")
    expect(page.get_by_role("option", name=re.compile(r"team-0777\d"))).to_have_count(10)
