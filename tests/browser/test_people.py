"""What each of the people that Bursar is for comes to the console to find, and what they may not do there."""

import csv
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import openai
import pytest
from installation import Installation
from playwright.sync_api import Locator, Page, expect

from bursar.clock import now_us
from bursar.estate.kinds import KINDS
from bursar.vocab.instant import InstantUs, format_instant

Open = Callable[..., Page]

DAY_US = 86_400_000_000
DECLARED = {kind.KIND for kind in KINDS}
# The demo asks for the same with a key of its own.
ASKED = "Team {0} asks for lab-tiny with the key of {0}"
TAGS = ("--product", "lab", "--use-case", "own-model", "--environment", "experiment")


def exact(place: Locator) -> Decimal:
    """The whole amount behind what is shown shortened."""
    title = place.locator("[title]").first.get_attribute("title") or ""
    return Decimal(re.sub(r"[^0-9.]", "", title))


def rows_of(page: Page, table: str) -> Locator:
    rows = page.get_by_role("region", name=table).locator("tbody tr[data-place]")
    expect(rows.first).to_be_visible()
    return rows


def card(page: Page, title: str) -> Locator:
    return page.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True)).first


def stat(page: Page, label: str) -> Locator:
    return page.locator("section").filter(has=page.get_by_text(label, exact=True)).first


def past_days(days: int) -> tuple[str, str]:
    """Whole days up to today's midnight in UTC: nothing comes into them any more."""
    end = now_us() // DAY_US * DAY_US
    return format_instant(InstantUs(end - days * DAY_US)), format_instant(InstantUs(end))


@pytest.fixture
def asking(demo: Installation) -> Iterator[Callable[[str, str, int], openai.APIStatusError]]:
    """Calls a model with a new key of a team until a rule refuses it; the refusal. The key is `of TEAM`."""
    clients: list[openai.OpenAI] = []

    def refused(team: str, model: str, longest: int) -> openai.APIStatusError:
        key = demo.json("key", "create", "--team", team, "--label", f"of {team}", *TAGS)
        client = openai.OpenAI(base_url=f"{demo.gateway_url}/v1", api_key=key["secret"], max_retries=0)
        clients.append(client)
        message = {"role": "user", "content": "Go on"}
        for _ in range(100):
            try:
                client.chat.completions.create(model=model, messages=[message], max_tokens=longest)
            except openai.AuthenticationError:
                continue  # the key is on its way to the workers
            except openai.APIStatusError as error:
                return error
        raise AssertionError("no rule refuses it")

    yield refused
    for client in clients:
        client.close()


def test_finance_exports_a_month_that_adds_up_to_what_the_page_and_the_command_say(
    open_page: Open, demo: Installation, tmp_path: Path
) -> None:
    page = open_page("fin@example.com", "finance")
    start, end = past_days(28)
    page.goto(f"/explore?span=custom&from={start}&to={end}&tz=UTC&by=team&second=model")
    total = exact(page.get_by_role("region", name="Figures").locator("tfoot tr td").nth(2))
    assert total == sum(exact(row.locator("td").nth(2)) for row in rows_of(page, "Figures").all())
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="CSV").click()
    path = tmp_path / "spend.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {"team", "model", "cost (usd)"} <= lines[0].keys()
    *lines, last = lines
    assert last["period"] == "total"
    assert sum(Decimal(line["cost (usd)"]) for line in lines) == Decimal(last["cost (usd)"]) == total
    printed = demo.json("usage", "--from", start, "--to", end)
    assert Decimal(printed["total"]["cost_usd"]) == total


def test_procurement_sees_each_vendor_s_share_and_how_its_prices_moved(
    open_page: Open, demo: Installation
) -> None:
    page = open_page("pia@example.com", "procurement")
    start, end = past_days(28)
    page.goto(f"/explore?span=custom&from={start}&to={end}&tz=UTC&by=provider")
    shown = {
        row.locator("td").nth(0).inner_text(): exact(row.locator("td").nth(1))
        for row in rows_of(page, "Figures").all()
    }
    printed = demo.json("usage", "--by", "provider", "--from", start, "--to", end)
    assert shown == {row["provider"]: Decimal(row["cost_usd"]) for row in printed["rows"]}
    page.goto(f"/models?span=custom&from={start}&to={end}&tz=UTC")
    used = rows_of(page, "Models in use")
    assert used.count() >= len(shown)
    first = page.get_by_role("region", name="Price history").locator("tbody tr[data-place]").first
    expect(first).to_be_visible()
    model = page.get_by_role("combobox", name="Model").input_value()
    newest = demo_prices(demo, model)[0]
    expect(first).to_contain_text(per_million(newest, "tokens_input"))
    expect(page.get_by_role("region", name="Unused grants")).to_be_visible()
    page.goto("/keys")
    expect(page.get_by_role("button", name="Create a key")).to_be_disabled()


def demo_prices(demo: Installation, model: str) -> list[dict[str, object]]:
    provider, _, name = model.partition("/")
    found: list[dict[str, object]] = demo.api("/prices", provider=provider, model=name)["versions"]
    return found


def per_million(version: dict[str, object], usage_class: str) -> str:
    rates = version["rates"]
    assert isinstance(rates, list)
    (rate,) = (each for each in rates if each["usage_class"] == usage_class and each["input_over"] is None)
    shown = Decimal(rate["usd"]) * 1_000_000 / rate["per"]
    return f"{shown.normalize():f}"


def test_a_refused_call_says_why_and_who_decided_what_stays_provable(
    open_page: Open, demo: Installation, asking: Callable[[str, str, int], openai.APIStatusError]
) -> None:
    """An engineer's call waits for an approver, whose yes is in the log that an auditor proves whole."""
    refusal = asking("research", "lab-tiny", 2000)
    assert refusal.status_code == 403
    assert "nobody knows what this model costs" in str(refusal)

    page = open_page("eli@example.com", "approver")
    page.goto("/approvals")
    request = page.get_by_role("article", name=ASKED.format("research"))
    expect(request).to_contain_text("unpriced-needs-a-word")
    request.get_by_role("link", name="the call that asked").click()
    expect(page.get_by_role("heading", name="Call", level=1)).to_be_visible()
    expect(page.get_by_text("require approval").first).to_be_visible()
    page.go_back()
    request.get_by_role("button", name="Approve with a word").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("for the benchmark of this week")
    dialog.get_by_role("button", name="Approve for 7 days").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("article", name=ASKED.format("research"))).to_have_count(0)

    # Of another key the same: most requests are answered by one click.
    asking("search", "lab-tiny", 2000)
    other = page.get_by_role("article", name=ASKED.format("search"))
    other.get_by_role("button", name="Approve for 7 days").click()
    expect(page.get_by_role("article", name=ASKED.format("search"))).to_have_count(0)

    auditor = open_page("audrey@example.com", "auditor")
    auditor.goto("/approvals")
    expect(auditor.get_by_role("button", name="Approve")).to_have_count(0)
    auditor.goto("/settings/audit?actor=eli@example.com")
    entry = rows_of(auditor, "Audit log").first
    expect(entry).to_contain_text("eli@example.com")
    expect(entry).to_contain_text("approval")
    auditor.get_by_role("button", name="Verify the chain").click()
    expect(auditor.get_by_role("status").filter(has_text="Whole:")).to_contain_text("none changed")
    assert "whole" in demo.bursar("audit", "verify").lower()
    auditor.goto("/keys")
    expect(auditor.get_by_role("button", name="Create a key")).to_be_disabled()
    auditor.goto("/policies")
    expect(auditor.get_by_text("unpriced-needs-a-word").first).to_be_visible()


def test_security_sees_which_services_are_used_and_by_whom(open_page: Open, demo: Installation) -> None:
    page = open_page("sid@example.com", "auditor")
    start, end = past_days(7)
    page.goto(
        f"/explore?span=custom&from={start}&to={end}&tz=UTC&by=provider&second=team&measure=calls&top=50"
    )
    shown = {
        tuple(row.locator("td").nth(place).inner_text() for place in (0, 1))
        for row in rows_of(page, "Figures").all()
    }
    printed = demo.json("usage", "--by", "provider,team", "--from", start, "--to", end)
    assert shown == {(row["provider"], row["team"]) for row in printed["rows"]}
    page.goto("/estate")
    kinds = page.get_by_role("navigation", name="Kinds").get_by_role("link")
    expect(kinds.first).to_be_visible()
    assert {(kind.get_attribute("href") or "").rsplit("/", 1)[1] for kind in kinds.all()} == DECLARED
    kinds.filter(has_text="Providers").click()
    declared = {row.locator("td").first.inner_text() for row in rows_of(page, "Providers").all()}
    assert {provider for provider, _ in shown} <= declared, "nothing is used that nobody declared"


def test_an_executive_reads_spend_forecast_and_risk_on_one_page_on_a_phone(
    open_page: Open, demo: Installation
) -> None:
    page = open_page("max@example.com", "viewer")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/?tz=UTC")
    expect(stat(page, "Month to date")).to_contain_text("$")
    expected = demo.api("/forecast", tz="UTC")["forecast"]
    forecast = stat(page, "Month-end forecast")
    expect(forecast).to_contain_text("$")
    if expected["low"] is not None:
        expect(forecast).to_contain_text("between")
    # Calls come in meanwhile, which moves it a little.
    assert exact(forecast) == pytest.approx(Decimal(expected["expected"]), rel=Decimal("0.02"))
    risk = card(page, "Budgets at risk")
    expect(risk.get_by_role("listitem").first).to_be_visible()
    risk.get_by_role("link").nth(1).click()
    expect(page.get_by_text(re.compile("expected|reache", re.IGNORECASE)).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_team_lead_sees_their_month_and_what_moved_it_and_nobody_else_s(
    open_page: Open, demo: Installation
) -> None:
    page = open_page("lea@example.com", "viewer:team=support")
    page.goto("/?tz=UTC")
    teams = card(page, "Teams")
    expect(teams.get_by_text("support")).to_be_visible()
    moved = page.get_by_role("region", name="What moved the cost").first
    expect(moved.get_by_role("row").nth(1)).to_be_visible()
    for other in ("search", "research", "platform", "growth"):
        expect(page.get_by_text(other, exact=True)).to_have_count(0)
    start, end = past_days(7)
    page.goto(f"/explore?span=custom&from={start}&to={end}&tz=UTC&by=use_case")
    total = exact(page.get_by_role("region", name="Figures").locator("tfoot tr td").nth(1))
    printed = demo.json("usage", "--filter", "team:support", "--from", start, "--to", end)
    assert Decimal(printed["total"]["cost_usd"]) == total


def test_a_platform_engineer_finds_the_model_that_fails_or_is_slow(
    open_page: Open, demo: Installation
) -> None:
    page = open_page("pat@example.com", "engineer")
    start, end = past_days(7)
    page.goto(f"/inference?span=custom&from={start}&to={end}&tz=UTC")
    expect(page.get_by_role("heading", name="Inference", level=1)).to_be_visible()
    page.get_by_role("columnheader", name="Errors").get_by_role("button").click()
    shown = [tuple(row.locator("td").all_inner_texts()) for row in rows_of(page, "Models").all()]
    printed = demo.json("usage", "--by", "provider,model", "--from", start, "--to", end)
    assert len(shown) == len(printed["rows"])
    worst = max(printed["rows"], key=lambda row: row["errors"] / row["calls"])
    assert {worst["provider"], worst["model"]} <= set(shown[0])
