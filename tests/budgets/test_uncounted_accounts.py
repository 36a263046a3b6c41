"""A new budget lends nothing before what its period had spent is counted, unless nobody counts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from ledger_data import NOON, Feed, event, open_ledger

from bursar import directory
from bursar.budgets.external import Counting, count_external
from bursar.budgets.matching import Matcher, declared_of
from bursar.budgets.protocol import Answer, Entry, Opening, Report, Request
from bursar.budgets.store import COUNTED_WITHIN_US, BudgetStore
from bursar.estate.parse import Source, parse
from bursar.estate.scope import Facts
from bursar.jobs import CONTROL_PLANE, Leader
from bursar.ledger.ledger import Ledger
from bursar.vocab.instant import InstantUs

DOLLAR = 10**12
NOW = InstantUs(NOON + 3_600_000_000)
COMPANY = "kind: budget\nname: company\namount: '{}'\nmode: {}\n"
TEAMS = "kind: budget\nname: teams\namount: '5'\neach: team\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Three dollars that team search spent today."""
    ledger = open_ledger(tmp_path)
    feed = Feed(ledger)
    feed.send(*(event(number, team="search", cost_pico=DOLLAR) for number in range(3)))
    yield ledger
    ledger.close()


class Site:
    """A state store and a ledger, a worker, and a control plane that leads and counts when it is told to."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self.engine = engine
        self.ledger = ledger
        self.now = NOW
        self.store = BudgetStore(engine, now=lambda: self.now, silent_us=60_000_000)
        self.epoch = self.store.start_life("w", {}, after_seq=0, seq=0)
        self.number = 0
        self.leader = Leader(engine, CONTROL_PLANE, "a")
        self.leader.renew(self.now)

    def apply(self, *documents: str) -> None:
        parsed = parse([Source(path="e.yaml", text="---\n".join(documents))]).documents
        directory.apply(self.engine, parsed, actor="test", now=self.now, prune=True)

    def openings(self, team: str = "search") -> tuple[Opening, ...]:
        """The accounts of a call, as a worker with the newest estate names them."""
        snapshot = directory.snapshot(self.engine)
        matcher = Matcher(snapshot.budgets, {}, revision=snapshot.revision, declared=declared_of(snapshot))
        facts = Facts(team, "", "", "", "gpt", "p", "", (), {})
        return matcher.payers(facts, self.now).openings

    def count(self) -> int:
        return count_external(
            self.engine, self.ledger, lambda snapshot: lambda model, provider: (), now=self.now
        )

    def ask(self, *openings: Opening, amount: int = DOLLAR) -> Answer:
        """A call of this cost, which ends at once and costs nothing if it is granted."""
        self.number += 1
        entries = [Entry(one.id, 0, 0, 0) for one in openings]
        request = Request(self.number, {one.id: amount for one in openings})
        return self.store.report(Report("w", self.epoch, self.number, 0, entries, [request], list(openings)))


@pytest.fixture
def site(state: Engine, ledger: Ledger) -> Site:
    return Site(state, ledger)


def waits(answer: Answer) -> bool:
    """Whether the call's account is yet to be counted, so that it was not granted for that reason."""
    return not answer.granted and all(one.uncounted for one in answer.standings)


def test_a_new_budget_lends_after_it_is_counted_and_no_more_than_is_left(site: Site) -> None:
    site.apply(COMPANY.format("5", "hard"))
    company = site.openings()
    assert waits(site.ask(*company))
    assert waits(site.ask(*company, amount=0)), "it may be over already"
    site.count()
    assert not site.ask(*company, amount=2 * DOLLAR + 1).granted
    assert site.ask(*company, amount=2 * DOLLAR).granted


def test_a_budget_that_is_over_from_the_start_never_lends(site: Site) -> None:
    site.apply(COMPANY.format("1", "hard"))
    assert waits(site.ask(*site.openings()))
    site.count()
    answer = site.ask(*site.openings(), amount=0)
    assert (answer.granted, answer.standings[0].uncounted) == ([], False)
    assert answer.standings[0].available == -2 * DOLLAR


def test_a_soft_budget_does_not_wait(site: Site) -> None:
    site.apply(COMPANY.format("1", "soft"))
    opening = site.openings()
    report = Report("w", site.epoch, 1, 0, [Entry(opening[0].id, 0, 0, 0)], [], list(opening))
    assert not site.store.report(report).standings[0].uncounted


def test_what_nobody_counts_does_not_wait(site: Site) -> None:
    site.leader.give_back(site.now)
    site.apply(COMPANY.format("5", "hard"))
    assert site.ask(*site.openings()).granted


def test_a_leader_that_does_not_count_is_not_waited_for_for_ever(site: Site) -> None:
    site.apply(COMPANY.format("5", "hard"))
    assert waits(site.ask(*site.openings()))
    site.now = InstantUs(NOW + COUNTED_WITHIN_US - 1)
    site.leader.renew(site.now)
    assert waits(site.ask(*site.openings()))
    site.now = InstantUs(NOW + COUNTED_WITHIN_US)
    assert site.ask(*site.openings()).granted


def test_accounts_of_budgets_long_in_force_do_not_wait(site: Site) -> None:
    site.apply(COMPANY.format("5", "hard"), TEAMS)
    site.count()
    assert site.ask(*site.openings("ads")).granted, "a team's first call"
    site.now = InstantUs(NOW + 40 * 86_400_000_000)  # a new month
    site.leader.renew(site.now)
    assert site.ask(*site.openings()).granted


def test_a_changed_amount_does_not_wait_and_a_changed_scope_does(site: Site) -> None:
    site.apply(COMPANY.format("5", "hard"))
    site.count()
    assert site.ask(*site.openings()).granted
    site.apply(COMPANY.format("6", "hard"))
    first, second = site.ask(*site.openings()), site.ask(*site.openings())
    assert first.granted
    assert second.granted, "nor when the worker says so twice"
    site.apply(COMPANY.format("6", "hard") + "scope: {team: search}\n")
    assert waits(site.ask(*site.openings()))


def test_a_budget_that_was_away_for_a_while_waits_again(site: Site) -> None:
    site.apply(COMPANY.format("5", "hard"))
    site.count()
    assert site.ask(*site.openings()).granted
    site.apply()
    site.count()
    Feed(site.ledger, worker="later").send(event(9, team="search", cost_pico=DOLLAR))
    site.apply(COMPANY.format("5", "hard"))
    assert waits(site.ask(*site.openings()))
    assert waits(site.ask(*site.openings()))
    site.count()
    assert not site.ask(*site.openings(), amount=DOLLAR + 1).granted, "four dollars were spent meanwhile"
    assert site.ask(*site.openings(), amount=DOLLAR).granted


def test_a_worker_with_the_last_estate_does_not_wait_for_the_next_one(site: Site) -> None:
    site.apply(COMPANY.format("5", "hard"), TEAMS)
    old = site.openings("ads")
    site.apply(COMPANY.format("6", "hard"), TEAMS)
    site.count()
    assert site.ask(*old).granted


def test_estates_that_follow_each_other_are_counted_with_the_newest(site: Site) -> None:
    site.apply(COMPANY.format("5", "hard"))
    assert waits(site.ask(*site.openings()))
    site.apply(COMPANY.format("5", "hard") + "owner: alice\n")
    site.count()
    assert site.ask(*site.openings(), amount=2 * DOLLAR).granted


def test_the_leader_looks_at_once_when_something_waits(site: Site) -> None:
    site.count()
    counting = Counting(site.engine, site.ledger, lambda snapshot: lambda model, provider: ())
    counting.run(now=site.now, fence=site.leader.fence)
    site.apply(COMPANY.format("5", "hard"))
    assert waits(site.ask(*site.openings()))
    counting.run(now=site.now, fence=site.leader.fence)
    assert site.ask(*site.openings()).granted
