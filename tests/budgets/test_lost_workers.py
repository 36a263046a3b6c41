"""A worker that is lost for ever is written off by hand; should it come back, nothing counts twice."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from ledger_data import NOON, Feed, event, open_ledger

from bursar import directory
from bursar.budgets.account import AccountState
from bursar.budgets.audit import check_budgets
from bursar.budgets.book import Charge
from bursar.budgets.lost import Loss, borrowers, write_off
from bursar.budgets.protocol import Answer, Entry, Opening, Report, Request
from bursar.budgets.store import BudgetStore
from bursar.ledger.ledger import Ledger
from bursar.vocab.errors import Conflict, InvalidInput, NotFound
from bursar.vocab.instant import InstantUs

SILENT_US = 5_000_000
DAY_US = 86_400_000_000
COMPANY = Opening("a", "company", "", "alice", "usd", True, NOON - DAY_US, NOON + DAY_US, 100, 1)


class Site:
    """A budget of 100 units; worker w1 has spent 10, holds 30, and has 60 more that nobody asked for."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self.engine = engine
        self.ledger = ledger
        self.feed = Feed(ledger, worker="w1")
        self.now = NOON
        self.store = BudgetStore(engine, now=lambda: self.now, silent_us=SILENT_US)
        epoch = self.store.start_life("w1", {}, after_seq=0, seq=0)
        self.deliver(10)
        self.report("w1", epoch, 1, Entry("a", 0, 0, 0, wish=100))
        answer = self.report("w1", epoch, 2, Entry("a", 10, 30, 60, wish=100), seq=1)
        assert answer.standings[0].lease == 90
        self.last_word = (epoch, 3)

    def report(self, worker: str, epoch: int, number: int, entry: Entry, *, seq: int = 0) -> Answer:
        return self.store.report(Report(worker, epoch, number, seq, [entry], [], [COMPANY]))

    def ask(self, amount: int) -> Answer:
        """A call of another worker, in a life of its own that ends with it."""
        epoch = self.store.start_life("w2", {}, after_seq=0, seq=0)
        entries, requests = [Entry("a", 0, 0, 0)], [Request(1, {"a": amount})]
        return self.store.report(Report("w2", epoch, 1, 0, entries, requests, [COMPANY]))

    def deliver(self, cost: int) -> None:
        """An event of w1 reaches the ledger."""
        number = self.feed.seq
        self.feed.send(event(number, cost_pico=cost, budgets="a"))

    def be_silent(self) -> None:
        self.now = InstantUs(self.now + SILENT_US + 1)

    def write_off(self, charge: Charge = "held", *, worker: str = "w1", reason: str = "burnt") -> list[Loss]:
        return write_off(
            self.engine,
            self.ledger,
            self.store,
            worker=worker,
            charge=charge,
            reason=reason,
            actor="carol",
            now=self.now,
        )

    @property
    def account(self) -> AccountState:
        return self.store.accounts()[0]

    def doctor(self) -> dict[str, str]:
        facts = check_budgets(self.engine, self.ledger, self.store, now=self.now, pause=lambda: None)
        return {fact.name: fact.state for fact in facts}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def site(state: Engine, ledger: Ledger) -> Site:
    return Site(state, ledger)


def test_what_a_silent_worker_has_is_in_doubt_until_it_is_written_off(site: Site) -> None:
    site.be_silent()
    assert site.ask(50).standings[0].in_doubt == 90
    assert not site.ask(50).granted
    assert site.doctor()["budget_workers_answer"] == "attention"
    site.write_off()
    assert not site.ask(61).granted
    assert site.ask(60).granted, "what it did not hold is free"
    assert site.doctor()["budget_workers_answer"] == "ok"
    assert site.doctor()["budgets_equal_events"] == "ok"


@pytest.mark.parametrize(("charge", "charged"), [("lent", 90), ("held", 30), ("nothing", 0)])
def test_what_is_charged_counts_as_spent_until_the_worker_tells(
    site: Site, charge: Charge, charged: int
) -> None:
    site.be_silent()
    (loss,) = site.write_off(charge)
    assert (loss.lent, loss.charged) == (90, charged)
    account = site.account
    assert (account.spent, account.written_off, account.leased) == (10 + charged, charged, 0)
    assert site.doctor()["budgets_equal_events"] == "ok"
    site.deliver(25)
    assert site.doctor()["budgets_equal_events"] == "ok", "what it spent may yet arrive"
    site.store.start_life("w1", {"a": 25}, after_seq=1, seq=2)
    assert (site.account.spent, site.account.written_off) == (35, 0)
    assert site.doctor()["budgets_equal_events"] == "ok"
    site.store.start_life("w1", {}, after_seq=2, seq=2)
    assert site.account.spent == 35, "it is taken back once"


@pytest.mark.parametrize(("charge", "charged"), [("lent", 90), ("held", 55), ("nothing", 25)])
def test_what_the_ledger_knows_is_charged_in_any_case(site: Site, charge: Charge, charged: int) -> None:
    site.deliver(25)
    site.be_silent()
    assert site.write_off(charge)[0].charged == charged
    site.store.start_life("w1", {"a": 40}, after_seq=1, seq=3)
    assert site.account.spent == 50


def test_a_worker_that_was_written_off_is_fenced_and_its_last_words_change_nothing(site: Site) -> None:
    site.be_silent()
    site.write_off()
    epoch, number = site.last_word
    assert site.report("w1", epoch, number, Entry("a", 40, 0, 0), seq=2).fenced
    assert site.account.spent == 40


def test_one_that_was_heard_of_is_not_written_off(site: Site) -> None:
    with pytest.raises(Conflict, match="was heard of 0 s ago"):
        site.write_off()
    site.now = InstantUs(NOON + SILENT_US)
    with pytest.raises(Conflict):
        site.write_off()
    site.now = InstantUs(NOON + SILENT_US + 1)
    site.write_off()
    with pytest.raises(NotFound, match="nothing is lent"):
        site.write_off()


def test_one_that_comes_back_and_is_lost_again_is_written_off_again(site: Site) -> None:
    site.be_silent()
    site.write_off()
    epoch = site.store.start_life("w1", {}, after_seq=1, seq=1)
    site.report("w1", epoch, 1, Entry("a", 0, 0, 0, wish=100))
    site.be_silent()
    (loss,) = site.write_off("lent")
    assert loss.lent == 90
    site.store.start_life("w1", {"a": 5}, after_seq=1, seq=2)
    assert site.account.spent == 15


def test_who_did_it_and_why_is_kept(site: Site) -> None:
    site.be_silent()
    with pytest.raises(InvalidInput, match="say why"):
        site.write_off(reason=" ")
    with pytest.raises(NotFound, match="budget leases"):
        site.write_off(worker="nobody")
    site.write_off(reason="the host burnt down")
    (row,) = directory.audit_newest(site.engine, limit=1)
    assert (row.actor, row.action, row.subject) == ("carol", "budget.written_off", "worker/w1")
    assert row.detail["reason"] == "the host burnt down"
    assert row.detail["accounts"][0]["budget"] == "company"


def test_who_was_lent_what(site: Site) -> None:
    (one,) = borrowers(site.engine, now=site.now, silent_us=SILENT_US)
    assert (one.worker, one.heard_at_us, one.is_silent) == ("w1", NOON, False)
    assert [(lent.budget, lent.leased, lent.held) for lent in one.lent] == [("company", 90, 30)]
    site.be_silent()
    assert borrowers(site.engine, now=site.now, silent_us=SILENT_US)[0].is_silent
    site.write_off()
    assert borrowers(site.engine, now=site.now, silent_us=SILENT_US) == []


def test_events_that_were_lost_with_the_worker_are_named_as_such(site: Site) -> None:
    epoch, number = site.last_word
    site.report("w1", epoch, number, Entry("a", 20, 0, 0), seq=2)
    assert site.doctor()["budgets_equal_events"] == "broken"
    site.be_silent()
    with pytest.raises(NotFound):
        site.write_off()
    site.now = NOON
    site.report("w1", epoch, number + 1, Entry("a", 20, 0, 0, wish=100), seq=2)
    site.be_silent()
    site.write_off()
    assert site.doctor()["budgets_equal_events"] == "attention"
    site.deliver(10)
    assert site.doctor()["budgets_equal_events"] == "ok"
