"""What governs the demo company: valid whenever it starts, felt by a few calls, money left for the others."""

import collections
from decimal import Decimal
from random import Random

import pytest

from bursar.demo.calls import draw_call
from bursar.demo.deliver import demo_catalogue
from bursar.demo.documents import COMPANY, GOVERNANCE, PROPOSAL, Start, document_text
from bursar.demo.history import CALLS_PER_DAY, History
from bursar.demo.rhythm import DAY_US
from bursar.demo.sources import SOURCES, calls_per_day, mean_tokens
from bursar.estate.budgets import Budget
from bursar.estate.checks import check_together
from bursar.estate.kinds import Model, Provider
from bursar.estate.parse import Source, parse
from bursar.estate.period import midnights_around, period_of, span_at
from bursar.estate.policies import Policy, Tier
from bursar.policy import CallFacts, Rulebook
from bursar.policy.places import Places
from bursar.vocab.instant import InstantUs, parse_instant

NOW = parse_instant("2026-11-23T09:00:00Z")
SEED = 7


def documents(at=NOW, names=(COMPANY, GOVERNANCE)):
    start = Start("http://127.0.0.1:9001", "json://127.0.0.1:9002", at)
    return parse([Source(path=name, text=document_text(name, start)) for name in names]).documents


def of_kind(kind, placed):
    return {item.document.name: item.document for item in placed if isinstance(item.document, kind)}


@pytest.mark.parametrize("at", ["2026-11-27T13:46:00Z", "2028-02-29T23:59:59Z", "2031-12-31T00:00:00Z"])
def test_the_documents_are_in_order_whenever_the_demo_starts(at):
    now = parse_instant(at)
    placed = documents(now)
    assert check_together(placed, [], now=now) == []
    budgets = of_kind(Budget, placed)
    assert parse_instant(budgets["agents-pilot"].expires) > now + 30 * DAY_US
    assert parse_instant(of_kind(Policy, placed)["index-moves"].valid_to) > now


def test_the_proposal_changes_what_is_in_force_and_nothing_else():
    force = {item.identity: item.document for item in documents()}
    proposed = documents(names=(PROPOSAL,))
    assert check_together(proposed, force.values(), now=NOW) == []
    assert all(force[item.identity] != item.document for item in proposed)


def test_most_calls_pass_and_every_kind_of_rule_is_felt_by_some():
    """A few thousand calls, as many of each source as an hour after the start has on top."""
    placed = documents()
    rules = Rulebook(of_kind(Tier, placed).values(), of_kind(Policy, placed).values())
    places = Places(of_kind(Provider, placed).values(), of_kind(Model, placed).values())
    random = Random(3)
    verdicts = collections.Counter()
    said = collections.Counter()
    for source in SOURCES:
        for _ in range(round(20 * calls_per_day(source, CALLS_PER_DAY) ** 0.5)):
            model = source.model_at(0.0)
            call = draw_call(source, mean_tokens(source, SEED), model, random)
            place = places.of(model, source.provider)
            decision = rules.decide(
                CallFacts(
                    team=source.team,
                    product=source.product,
                    use_case=source.use_case,
                    environment=source.environment,
                    model=model,
                    provider=source.provider,
                    region=place.region,
                    output_tokens=call.tokens_output,
                    at_us=NOW,
                )
            )
            verdicts[decision.verdict] += 1
            said.update(["shadow"] if decision.shadows else [])
    held_back = verdicts["deny"] + verdicts["require_approval"] + verdicts["require_tags"]
    assert 0 < held_back < 0.02 * verdicts.total()
    assert verdicts["allow"] > 0.8 * verdicts.total()
    assert all(verdicts[name] for name in ("deny", "require_approval", "reroute", "clamp", "warn"))
    assert said["shadow"]


@pytest.mark.parametrize("at", ["2026-11-30T22:00:00Z", "2027-03-01T03:00:00Z"])
def test_no_budget_is_empty_when_the_demo_starts_and_one_is_close_to_it(at):
    """At the end of a month, when those of the month are fullest, and at the beginning of one."""
    now = parse_instant(at)
    keys = {source.name: source.name for source in SOURCES}
    past = History(demo_catalogue(), keys, end=now, days=30, seed=SEED)
    budgets = [one for one in of_kind(Budget, documents(now)).values() if one.unit == "usd"]
    since = {budget.name: counts_since(budget, now) for budget in budgets}
    spent = collections.Counter()
    for event in (event for events in past.by_day() for event in events):
        for budget in budgets:
            if since[budget.name] <= event.started_at_us and pays(budget, event):
                spent[budget.name, getattr(event, budget.each) if budget.each else ""] += event.cost_pico or 0
    used = {name: Decimal(amount) / 10**12 / amount_of(name[0], budgets) for name, amount in spent.items()}
    assert max(used.values()) < Decimal("0.95")
    assert used["lab", ""] > Decimal("0.80"), "its ladder has begun"
    assert Decimal("0.65") < used["drafts", ""] < Decimal("0.9")


def counts_since(budget: Budget, now: InstantUs) -> InstantUs:
    period = period_of(budget)
    span = span_at(period, now)
    assert span is not None
    return midnights_around(period, now)[0] if period.rolling_days else span.begins_us


def pays(budget: Budget, event) -> bool:
    scope = budget.scope
    return all(getattr(scope, name) in ("", getattr(event, name)) for name in ("team", "product", "use_case"))


def amount_of(name, budgets):
    (budget,) = (one for one in budgets if one.name == name)
    users = Decimal(1400)
    if isinstance(budget.amount, str):
        return Decimal(budget.amount)
    return Decimal(budget.amount.base) + users * Decimal(budget.amount.per["active_users"])
