"""Pages of the console in Chromium, served by the running product over 20 million events."""

import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import rig
from bursar.clock import now_us
from bursar.vocab.instant import InstantUs, format_instant
from ledger_generate import DAYS, generate

CLAIM = (
    "On localhost, over 20 million events, the first screen of every page of the console is there in 1 s or"
    " less, and a filter on what the rollups know is answered in 300 ms or less, drawn in the page."
)

_EVENTS: Final = 20_000_000
_DAY_US: Final = 86_400_000_000
_ROUNDS: Final = 5
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PAGES: Final = {
    "Overview": "/",
    "Explore": "/explore",
    "Explore by provider": "/explore?by=provider",
    "Tokens": "/tokens",
    "Inference": "/inference",
    "Models": "/models",
    "Calls": "/calls",
    "Budgets": "/budgets",
    "Keys": "/keys",
    "Alerts": "/alerts",
    "Estate": "/estate",
}
_FILTERS: Final = {
    "Explore, one team": ("/explore", "filter=team:team-01"),
    "Explore, one key by model": ("/explore?by=model", "filter=key:key-3"),
    "Explore, one value of a tag": ("/explore", "filter=tag:cost-centre:cc-1"),
    "Inference, one team": ("/inference", "filter=team:team-01"),
    "Models, one product": ("/models", "filter=product:product-1"),
    "Calls, one model": ("/calls", "filter=model:model-3"),
    "Explore, failed calls, from the events": ("/explore", "filter=status:error"),
}
_BUDGETS: Final = """\
kind: budget
name: teams
each: team
amount: "100000"
owner: ann@example.com
---
kind: budget
name: company
amount: "1000000"
owner: ann@example.com
"""

# Milliseconds since the page was asked for: when its first screen, and all of it, had nothing grey any more.
_WATCH: Final = """
(() => {
  const seen = { screen: null, whole: null };
  const look = () => {
    const grey = [...document.querySelectorAll(".mantine-Skeleton-root")];
    const isThere = document.querySelector("main h1") !== null;
    const inView = grey.some((each) => {
      const { top, bottom } = each.getBoundingClientRect();
      return top < innerHeight && bottom > 0;
    });
    const now = performance.now();
    seen.screen = isThere && !inView ? (seen.screen ?? now) : null;
    seen.whole = isThere && !grey.length ? (seen.whole ?? now) : null;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  globalThis.settled = (forMs) => seen.whole !== null && performance.now() - seen.whole > forMs && seen;
})();
"""
# Milliseconds from a change of the address until its answer has come and is drawn.
_FILTER: Final = """
async ([address, mark]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  performance.clearResourceTimings();
  const began = performance.now();
  history.pushState({}, "", address);
  const asked = () => performance.getEntriesByType("resource").filter(({ name }) => name.includes(mark));
  const isBusy = () => document.querySelector('[aria-busy="true"], .mantine-Skeleton-root') !== null;
  while (!asked().some(({ responseEnd }) => responseEnd > 0) || isBusy()) await frame();
  await frame();
  return performance.now() - began;
}
"""


def run() -> dict[str, Any]:
    """Milliseconds: of each page's first screen and whole (median and worst), of each filter the same.

    The yardstick says how fast the machine was in this run, to compare runs by.
    """
    yardstick = _yardstick_ms()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "install chromium"
    with _product() as (url, link), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        with _signed_in(browser, url, link) as context:
            pages = {name: _page(context, path) for name, path in _PAGES.items()}
            filters = {name: _filter(context, *asked) for name, asked in _FILTERS.items()}
        browser.close()
    screens = max(each["screen"] for each in pages.values())
    known = max(each["p50"] for name, each in filters.items() if not name.endswith("from the events"))
    return {
        "events": _EVENTS,
        "yardstick_ms": round((yardstick + _yardstick_ms()) / 2),
        "pages_ms": pages,
        "filters_ms": filters,
        "holds": screens <= 1000 and known <= 300,
    }


def _yardstick_ms() -> float:
    """How long Python takes to add up five million squares."""
    began = time.perf_counter()
    sum(number * number for number in range(5_000_000))
    return (time.perf_counter() - began) * 1000


@contextlib.contextmanager
def _product() -> Iterator[tuple[str, str]]:
    """`bursar up` over a ledger whose last call was today: its console, and a link that signs in."""
    home = _home()
    console = f"http://127.0.0.1:{(port := rig.free_port())}"
    environ = {
        **os.environ,
        "BURSAR_HOME": str(home),
        "BURSAR_GATEWAY_PORT": str(rig.free_port()),
        "BURSAR_CONSOLE_PORT": str(port),
        "BURSAR_WORKERS": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bursar.app", "up"], env=environ, stdout=subprocess.DEVNULL
    )
    try:
        rig.wait_for(f"{console}/healthz")
        estate = home / "estate.yaml"
        estate.write_text(_BUDGETS)
        rig.command(environ, "apply", "-f", str(estate))
        name = f"p{time.time_ns()}@example.com"
        invited = rig.command(environ, "person", "add", name, "--role", "administrator", "--json")
        time.sleep(10.0)  # budgets have counted what there is, and what a start brings is over
        yield console, json.loads(invited)["sign_in_url"]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _home() -> Path:
    """A home of today with the events of the DAYS up to this hour; those of other days are removed."""
    today = now_us() // _DAY_US * _DAY_US
    home = rig.WORK / f"console-{format_instant(InstantUs(today))[:10]}"
    for other in rig.WORK.glob("console-*-*-*"):
        if other != home:
            shutil.rmtree(other)
    home.mkdir(parents=True, exist_ok=True)
    end = now_us() // 3_600_000_000 * 3_600_000_000
    generate(home / "ledger.duckdb", _EVENTS, InstantUs(end - DAYS * _DAY_US)).close()
    return home


@contextlib.contextmanager
def _signed_in(browser: Browser, url: str, link: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    page.close()
    yield context
    context.close()


def _page(context: BrowserContext, path: str) -> dict[str, int]:
    found = []
    for _ in range(_ROUNDS):
        page = context.new_page()
        page.goto(path, wait_until="commit")
        found.append(_settled(page))
        page.close()
    screens, wholes = ([each[name] for each in found] for name in ("screen", "whole"))
    return {
        "screen": round(statistics.median(screens)),
        "screen_worst": round(max(screens)),
        "whole": round(statistics.median(wholes)),
    }


def _settled(page: Page) -> dict[str, float]:
    found: dict[str, float] = page.wait_for_function("() => globalThis.settled?.(1500)").json_value()
    return found


def _filter(context: BrowserContext, path: str, filters: str) -> dict[str, int]:
    """On a page that is there; each time after another value, so that nothing is remembered."""
    page = context.new_page()
    found = []
    for _ in range(_ROUNDS):
        page.goto(path, wait_until="commit")
        _settled(page)
        join = "&" if "?" in path else "?"
        mark = filters.rsplit(":", 1)[-1]
        found.append(page.evaluate(_FILTER, [f"{path}{join}{filters}", mark]))
    page.close()
    return {"p50": round(statistics.median(found)), "worst": round(max(found))}
