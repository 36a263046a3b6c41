"""What people come to the console for, from the first click to what it changed."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import openai
import pytest
from installation import Installation
from issuers import provider_process
from looking import watched
from playwright.sync_api import Browser, Page, expect

from bursar.clock import now_us
from bursar.vocab.instant import InstantUs, format_instant

DAY_US = 86_400_000_000

Open = Callable[..., Page]
Client = Callable[[str], openai.OpenAI]


@pytest.fixture
def gateway(demo: Installation) -> Iterator[Callable[[str], openai.OpenAI]]:
    """Gives the official SDK's client for a key."""
    with contextlib.ExitStack() as clients:

        def client(secret: str) -> openai.OpenAI:
            made = openai.OpenAI(base_url=f"{demo.gateway_url}/v1", api_key=secret, max_retries=0)
            return clients.enter_context(made)

        yield client


def ask(client: openai.OpenAI, model: str = "gpt-5-mini") -> str:
    reply = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hello"}])
    return str(reply.choices[0].message.content)


def make_key(page: Page, label: str, team: str) -> str:
    page.goto("/keys")
    page.get_by_role("button", name="Create a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Label").fill(label)
    dialog.get_by_label("Team").fill(team)
    dialog.get_by_label("Team").press("Tab")
    dialog.get_by_role("button", name="Create the key").click()
    secret = dialog.get_by_test_id("secret").inner_text()
    expect(dialog.get_by_text(f'api_key="{secret}"').first).to_be_visible()
    dialog.get_by_role("button", name="I have kept it").click()
    return secret


def test_a_key_made_in_the_console_works_and_its_call_shows_with_its_price(
    open_page: Open, gateway: Client
) -> None:
    page = open_page()
    secret = make_key(page, "from the console", "search")
    client = gateway(secret)
    for _ in range(50):
        try:
            raw = client.chat.completions.with_raw_response.create(
                model="gpt-5-mini", messages=[{"role": "user", "content": "Hello"}]
            )
            break
        except openai.AuthenticationError:
            page.wait_for_timeout(50)
    call_id, cost = raw.headers["x-bursar-call-id"], raw.headers["x-bursar-cost-usd"]
    page.goto(f"/calls?q={call_id[:23]}")
    page.get_by_role("row").filter(has_text="gpt-5-mini").first.click()
    expect(page.get_by_text(call_id).first).to_be_visible()
    total = page.get_by_test_id("price-total").inner_text()
    assert Decimal(total) == Decimal(cost)
    rows = page.get_by_role("region", name="Price arithmetic").locator("tbody tr[data-place]")
    amounts = [row.locator("td").last.inner_text() for row in rows.all()]
    assert sum(map(Decimal, amounts)) == Decimal(cost)


def test_a_budget_is_granted_more_and_paused_and_goes_on(
    open_page: Open, demo: Installation, gateway: Client
) -> None:
    page = open_page()
    page.goto("/budgets/agents-pilot")
    page.get_by_role("button", name="Grant more").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("12.34")
    dialog.get_by_label("Reason").fill("the pilot goes well")
    dialog.get_by_role("button", name="Grant it").click()
    expect(page.get_by_text("+$12.34")).to_be_visible()
    assert demo.json("budget", "show", "agents-pilot")["accounts"][0]["granted"] == "12.34"

    page.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("it runs away")
    dialog.get_by_role("button", name="Pause it").click()
    expect(page.get_by_text("paused by ada@example.com: it runs away")).to_be_visible()
    key = demo.json(
        "key", "create", "--team", "research", "--product", "lab", "--use-case", "agents",
        "--environment", "experiment",
    )  # fmt: skip
    client = gateway(key["secret"])
    for _ in range(60):
        with pytest.raises(openai.APIStatusError) as refused:
            ask(client)
        if "it runs away" in str(refused.value):
            break
        page.wait_for_timeout(50)
    assert "it runs away" in str(refused.value)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_what_explore_shows_is_what_the_command_prints_to_the_last_digit(
    open_page: Open, demo: Installation
) -> None:
    page = open_page()
    end = format_instant(InstantUs(now_us() // DAY_US * DAY_US))  # later calls come in meanwhile
    page.goto(f"/explore?span=custom&from=2020-01-01T00:00:00Z&to={end}&tz=UTC")
    rows = page.get_by_role("region", name="Figures").locator("tbody tr[data-place]")
    expect(rows.first).to_be_visible()
    shown = {}
    for row in rows.all():
        cells = row.locator("td")
        title = cells.nth(1).locator("[title]").get_attribute("title") or ""
        shown[cells.nth(0).inner_text()] = re.sub(r"[^0-9.]", "", title)
    printed = demo.json("usage", "--by", "team", "--from", "2020-01-01", "--to", end)
    assert shown == {row["team"]: row["cost_usd"] for row in printed["rows"]}


def test_a_limited_viewer_sees_their_team_and_nothing_of_another(open_page: Open) -> None:
    page = open_page("vera@example.com", "viewer:team=search", expected=(403, 404))
    page.goto("/explore?by=team")
    figures = page.get_by_role("region", name="Figures")
    expect(figures.get_by_role("row").filter(has_text="search").first).to_be_visible()
    for other in ("support", "research", "platform", "growth"):
        expect(page.get_by_text(other, exact=True)).to_have_count(0)
    page.goto("/")
    against = page.get_by_role("link").filter(has_text="of $600.00, teams search")
    expect(against).to_be_visible()  # the budget of what they see, not that there is none for all calls
    page.goto("/explore?by=team&filter=team:support")
    expect(page.get_by_text("No calls in this span").first).to_be_visible()
    page.goto("/budgets/lab")
    expect(page.get_by_role("alert")).to_contain_text("no budget")
    page.goto("/keys")
    expect(page.get_by_role("button", name="Create a key")).to_be_disabled()


def test_why_a_day_cost_more_is_found_from_its_bar_to_its_calls(open_page: Open) -> None:
    page = open_page()
    page.goto("/")
    moved = page.get_by_role("region", name="What moved the cost").first
    expect(moved).to_be_visible()
    expect(page.get_by_text(re.compile("(more|less) than before: price")).first).to_be_visible()
    page.get_by_role("combobox", name="By").first.click()
    page.get_by_role("option", name="use case").click()
    row = moved.get_by_role("row").filter(has_text="reply-draft").first
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Calls", level=1)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="claude").first).to_be_visible()


def test_on_a_phone_what_is_left_of_each_budget_stands_in_sight(open_page: Open) -> None:
    page = open_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/budgets")
    row = page.get_by_role("region", name="Budgets").get_by_role("row").filter(has_text="drafts").first
    expect(row).to_contain_text(re.compile(r"drafts.*%.*\$"))
    for cell in row.locator("td").all():
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
    # What is left out there can be chosen; the name stays while the rest is scrolled.
    page.get_by_role("button", name="Choose columns").click()
    page.get_by_role("checkbox", name="Limit", exact=True).check()
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Expected").wait_for(state="hidden")
    page.get_by_role("region", name="Budgets").evaluate("(box) => box.scrollTo(1000, 0)")
    name = row.locator("td").first.bounding_box()
    assert name is not None
    assert name["x"] >= 0
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_role("columnheader", name="Pays for")).to_be_visible()


def test_a_policy_reads_in_words(open_page: Open) -> None:
    page = open_page()
    page.goto("/policies")
    row = page.get_by_role("row").filter(has_text="no-endless-agents")
    expect(row).to_contain_text("use case agents; more than 850 tokens of answer asked for")
    expect(row).to_contain_text("are refused")
    expect(row).to_contain_text("eli@example.com")
    page.get_by_role("tab", name="Tiers").click()
    expect(page.get_by_role("row").filter(has_text="frontier")).to_contain_text(
        "team platform, support or research, or environment experiment"
    )


def test_the_effect_of_a_change_tells_what_is_its_own_and_sums_up_budgets_that_run_out(
    open_page: Open,
) -> None:
    page = open_page(expected=(400,))
    page.goto("/policies?tab=effect")
    field = page.get_by_role("textbox", name="Tiers, policies and budgets as YAML")
    field.fill('kind: budget\nname: support-day\nscope: {team: support}\namount: "1"\nperiod: day\n')
    page.get_by_role("button", name="Show the effect").click()
    outs = page.get_by_role("region", name="Budgets that would have run out")
    row = outs.get_by_role("row").filter(has_text="support-day")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("this change")
    expect(row).to_contain_text("$1.00")
    assert int(row.locator("td").nth(2).inner_text()) > 20  # days, of the last thirty
    rule = page.get_by_role("region", name="Effect").get_by_role("row").filter(has_text="staging-runs-small")
    expect(rule).to_contain_text("in force already")
    field.fill("kind: budget\nname: [")
    page.get_by_role("button", name="Show the effect").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 3: this is not YAML")


def test_how_models_did_over_time_is_shown_by_the_measure_that_is_asked_for(
    open_page: Open, demo: Installation
) -> None:
    page = open_page()
    end = now_us() // DAY_US * DAY_US
    start, end_text = (format_instant(InstantUs(at)) for at in (end - 7 * DAY_US, end))
    page.goto(f"/inference?span=custom&from={start}&to={end_text}&tz=UTC")
    page.get_by_role("radiogroup", name="Measure over time").get_by_text("Calls", exact=True).click()
    expect(page).to_have_url(re.compile("trend=calls"))
    page.get_by_role("button", name="Show the table of Calls over time, by model").click()
    table = page.get_by_role("region", name=re.compile("^Calls over time")).get_by_role("table")
    heads = table.locator("thead th").all_inner_texts()
    cells = [row.locator("td, th").all_inner_texts() for row in table.locator("tbody tr").all()]
    assert len(cells) == 7
    printed = demo.json("usage", "--by", "model", "--from", start, "--to", end_text)
    calls = {row["model"]: row["calls"] for row in printed["rows"]}
    for place, model in enumerate(heads[1:], start=1):
        assert sum(int(re.sub(r"[^0-9]", "", row[place])) for row in cells) == calls[model]


def test_a_view_is_saved_opened_by_its_link_and_its_end_is_said(open_page: Open) -> None:
    page = open_page(expected=(404,))
    page.goto("/explore?by=model&measure=calls&view=lines")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save this view").click()
    page.get_by_label("Name").fill("Calls by model <b>")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("saved="))
    view = re.search(r"saved=([0-9a-f-]{36})", page.url)
    assert view is not None
    page.goto(f"/explore?saved={view[1]}")
    expect(page).to_have_url(re.compile("measure=calls&view=lines"))
    expect(page.get_by_text("Not understood in the address")).to_be_hidden()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Delete the view Calls by model <b>").click()
    expect(page.get_by_text("No views yet")).to_be_visible()
    page.goto(f"/explore?saved={view[1]}")
    expect(page.get_by_text("was deleted, or is no longer shared")).to_be_visible()


@pytest.mark.parametrize("asked", ["filter=key:", "q="])
def test_a_call_shows_by_itself_while_the_page_is_open(
    open_page: Open, demo: Installation, gateway: Client, asked: str
) -> None:
    tags = ("--team", "search", "--product", "answers", "--use-case", "chat", "--environment", "staging")
    key = demo.json("key", "create", *tags)
    client = gateway(key["secret"])
    page = open_page()
    page.goto(f"/calls?{asked}{key['id']}")
    expect(page.get_by_text("No call fits")).to_be_visible()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "open")
    for _ in range(60):
        try:
            ask(client)
            break
        except openai.AuthenticationError:
            page.wait_for_timeout(50)
    # A policy of the demo answers staging with a smaller model.
    expect(page.get_by_role("row").filter(has_text="gpt-4o-mini").first).to_be_visible()


def test_somebody_signs_in_by_openid_connect_and_has_the_roles_of_their_groups(
    chromium: Browser, demo: Installation
) -> None:
    with provider_process() as provider, watched(chromium, demo.console_url, expected=(401,)) as page:
        provider.user("dana", email="dana@corp.example", email_verified=True, groups=["finops"])
        document = {
            "kind": "sign_in",
            "name": "corp",
            "label": "Corporate account",
            "issuer": provider.url,
            "client_id": "bursar",
            "client_secret": "literal:s3cret",
            "groups": {"finops": [{"role": "finance"}]},
        }
        path = demo.folder / "sign-in.json"
        path.write_text(json.dumps(document))
        demo.bursar("apply", "-f", str(path))
        page.goto("/tokens")
        page.get_by_role("link", name="Corporate account").click()
        page.locator("input[name=sub]").fill("dana")
        page.get_by_role("button", name=re.compile("Authorize")).first.click()
        expect(page.get_by_role("heading", name="Tokens", level=1)).to_be_visible()
        page.get_by_role("button", name="You and your session").click()
        expect(page.get_by_text("dana@corp.example").first).to_be_visible()
        expect(page.get_by_text("finance").first).to_be_visible()
        page.goto("/keys")
        expect(page.get_by_role("button", name="Create a key")).to_be_disabled()
