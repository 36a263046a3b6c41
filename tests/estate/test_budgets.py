"""Budgets are refused as a whole where they make no sense by themselves or beside others."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.budgets.amount import amount_of, charge
from bursar.estate.budgets import Budget, Period, UseBased
from bursar.estate.checks import check_together
from bursar.estate.kinds import AnyDocument, Model, Team
from bursar.estate.parse import Source, decode, encode, parse
from bursar.estate.period import midnights_around, span_at, spans_before
from bursar.estate.problem import BadEstate
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs, format_instant, parse_instant
from bursar.vocab.usage import TOKEN_CLASSES, Usage

ESTATE: tuple[AnyDocument, ...] = (Team(name="search"), Team(name="ads"), Model(name="small", provider="x"))


def beside(*others: AnyDocument, **fields: Any) -> list[str]:
    value = {"kind": "budget", "name": "mine", "amount": "100", **fields}
    return [str(problem) for problem in check_together(parse((), [value]).documents, [*ESTATE, *others])]


def alone(text: str) -> list[str]:
    with pytest.raises(BadEstate) as caught:
        parse([Source(path="e.yaml", text="kind: budget\nname: mine\n" + text)])
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('amount: "-5"', "amount is '-5', which cannot be used"),
        ('amount: "1e30"', "amount is '1e30', which cannot be used"),
        ('amount: "99999999999999999999"', "which cannot be used"),
        ("amount: 0.5", "write it in quotes"),
        ('amount: "0.5"\nunit: tokens', "tokens are whole numbers"),
        ("amount: {per: {}}", "amount.per is empty"),
        ("amount: {base: 5, pr: {users: 1}}", "did you mean 'per'"),
        ("amount: [1]", "amount must be a single value or a mapping"),
        ('amount: "5"\nperiod: fortnight', "period is 'fortnight'"),
        ('amount: "5"\nperiod: {every: month, rolling_days: 3}', "period says one of"),
        ('amount: "5"\nperiod: {from: 2026-05-01, to: 2026-04-01}', "ends (2026-04-01) before it begins"),
        ('amount: "5"\nperiod: {from: 2026-05-01}', "go together"),
        ('amount: "5"\nperiod: {every: day, timezone: Europe/Berln}', "did you mean 'Europe/Berlin'"),
        ('amount: "5"\nperiod: {every: month, fiscal_start: 4}', "moves quarters and years"),
        ('amount: "5"\nclass: experiment', "an experiment needs owner"),
        ('amount: "5"\nexpires: tomorrow', "expires: 'tomorrow' is not a time"),
        ('amount: "5"\nscope: {tem: search}', "did you mean 'team'"),
        ('amount: "5"\neach: region', "which cannot be used"),
        ('amount: "5"\nthresholds: [{at: 80, steps: [{do: stp}]}]', "did you mean 'stop'"),
        (
            'amount: "5"\nthresholds: [{at: 80, steps: [{do: reroute}]}]',
            "thresholds[0].steps[0].to is missing",
        ),
        ('amount: "5"\nperiod: {rolling_days: 7}\nroll_over: true', "roll_over needs a period"),
        (
            'amount: "5"\nperiod: {rolling_days: 7}\nscope: {tier: x}\nthresholds: [{at: 90, on: forecast}]',
            "a rolling budget of a tier has no forecast: write on: actual",
        ),
    ],
)
def test_nonsense_is_refused_with_a_sentence(text: str, said: str) -> None:
    problems = alone(text)
    assert any(said in problem for problem in problems), problems


def test_a_budget_may_be_written_in_short_and_in_full() -> None:
    text = """
kind: budget
name: full
owner: alice@example.com
scope: {team: [search, ads], environment: production, tags: {tenant: "acme-*"}}
each: product
amount: {base: "500", per: {active_users: "0.40"}, cap: "5000"}
unit: usd
period: {every: quarter, timezone: America/New_York, fiscal_start: 2}
class: experiment
expires: 2027-01-01
mode: soft
thresholds:
  - {at: 80}
  - {at: 90, on: forecast, steps: [{do: notify, to: [owner, pager]}, {do: clamp, output_tokens_max: 500}]}
on_exhausted: small
on_store_loss: allow_and_flag
"""
    (placed,) = parse([Source(path="e.yaml", text=text)]).documents
    budget = placed.document
    assert isinstance(budget, Budget)
    assert budget.class_ == "experiment"
    assert decode(encode(budget)) == budget
    assert len(budget.thresholds[1].steps) == 2


@pytest.mark.parametrize(
    ("fields", "others", "said"),
    [
        ({"scope": {"team": "serch"}}, (), "names team 'serch', which does not exist; did you mean 'search'"),
        ({"on_exhausted": "smal"}, (), "did you mean 'small'"),
        ({"parent": "compny"}, (Budget(name="company", amount="1"),), "did you mean 'company'"),
        ({"parent": "mine"}, (), "in a circle"),
        ({"parent": "up"}, (Budget(name="up", amount="500", parent="mine"),), "in a circle"),
        ({"parent": "up"}, (Budget(name="up", amount="99"),), "budgets below it promise 100"),
        ({"parent": "up"}, (Budget(name="up", amount="500", unit="calls"),), "counts calls"),
        (
            {"parent": "up", "each": "team"},
            (Budget(name="up", amount="150"),),
            "budgets below it promise 200",
        ),
        ({"parent": "up", "each": "key"}, (Budget(name="up", amount="900"),), "has no bound"),
        ({"parent": "up"}, (Budget(name="up", amount="900", period="year"),), "begins anew at other times"),
        (
            {"parent": "up", "class": "experiment", "owner": "bob", "expires": "2027-01-01"},
            (Budget(name="up", amount="900", experiments_max="50"),),
            "experiments may have 50 together",
        ),
    ],
)
def test_what_cannot_stand_beside_the_others_is_refused(
    fields: dict[str, Any], others: tuple[AnyDocument, ...], said: str
) -> None:
    problems = beside(*others, **fields)
    assert any(said in problem for problem in problems), problems


def test_what_an_ended_experiment_was_promised_is_its_parents_again() -> None:
    up = Budget(name="up", amount="100")
    ended = Budget(
        name="old", amount="80", parent="up", class_="experiment", owner="bob", expires="2026-05-01"
    )
    value = {"kind": "budget", "name": "mine", "amount": "100", "parent": "up"}
    placed = parse((), [value]).documents
    before, after = parse_instant("2026-04-30"), parse_instant("2026-05-01")
    assert "promise 180" in str(check_together(placed, [up, ended], now=before)[0])
    assert check_together(placed, [up, ended], now=after) == []


def test_a_parent_may_overcommit_if_it_says_so() -> None:
    assert beside(Budget(name="up", amount="99", overcommit=True), parent="up") == []
    assert beside(Budget(name="up", amount="200"), parent="up", each="team") == []


@given(
    st.sampled_from(
        [
            Period(every="day", timezone="Europe/Berlin"),
            Period(every="week", timezone="Asia/Kolkata"),
            Period(every="month"),
            Period(every="quarter", fiscal_start=2, timezone="America/New_York"),
            Period(every="year", fiscal_start=4),
            Period(rolling_days=30, timezone="Australia/Lord_Howe"),
        ]
    ),
    st.integers(parse_instant("2000-01-01"), parse_instant("2050-01-01")),
)
def test_spans_follow_each_other_without_a_gap(period: Period, at: int) -> None:
    span = span_at(period, InstantUs(at))
    assert span is not None
    assert span.begins_us <= at < span.ends_us
    assert span_at(period, span.begins_us) == span
    after = span_at(period, span.ends_us)
    assert after is not None
    assert after.begins_us == span.ends_us
    assert spans_before(period, after, 1) == [span]


@pytest.mark.parametrize(
    ("period", "at", "begins", "ends"),
    [
        (
            Period(every="day", timezone="Europe/Berlin"),
            "2026-03-29T12:00:00Z",
            "2026-03-28T23:00",
            "2026-03-29T22:00",
        ),
        (
            Period(every="year", fiscal_start=4),
            "2026-03-31T23:59:59Z",
            "2025-04-01T00:00",
            "2026-04-01T00:00",
        ),
        (
            Period(every="quarter", fiscal_start=2),
            "2026-01-15T00:00:00Z",
            "2025-11-01T00:00",
            "2026-02-01T00:00",
        ),
        (Period(every="week"), "2026-11-29T23:00:00Z", "2026-11-23T00:00", "2026-11-30T00:00"),
    ],
)
def test_spans_begin_where_people_expect(period: Period, at: str, begins: str, ends: str) -> None:
    span = span_at(period, parse_instant(at))
    assert span is not None
    assert format_instant(span.begins_us).startswith(begins)
    assert format_instant(span.ends_us).startswith(ends)


def test_the_days_around_a_rolling_window_are_as_long_as_the_clock_of_their_zone_says() -> None:
    period = Period(rolling_days=3, timezone="Europe/Berlin")
    found = midnights_around(period, parse_instant("2026-10-25T12:00:00Z"))
    assert [format_instant(at)[:16] for at in found] == [
        "2026-10-22T22:00",
        "2026-10-23T22:00",
        "2026-10-24T22:00",
        "2026-10-25T23:00",  # the day on which summer time ends has 25 hours
        "2026-10-26T23:00",
        "2026-10-27T23:00",
    ]
    assert midnights_around(Period(every="month"), parse_instant("2026-10-25")) == []


def test_a_use_based_amount_moves_with_its_driver_up_to_the_cap() -> None:

    budget = Budget(name="b", amount=UseBased(base="500", per={"users": "0.40"}, cap="5000"))
    assert amount_of(budget, {}) == 500 * 10**12
    assert amount_of(budget, {"users": Decimal(1000)}) == 900 * 10**12
    assert amount_of(budget, {"users": Decimal("1e6")}) == 5000 * 10**12


def test_tokens_are_counted_over_all_their_classes() -> None:
    usage = Usage(**dict.fromkeys(TOKEN_CLASSES, 1), images=5, pages=7)
    event = Event(call_id="c", started_at_us=0, finished_at_us=0, usage=usage, cost_pico=9)
    assert charge(event, "tokens") == len(TOKEN_CLASSES)
    assert (charge(event, "usd"), charge(event, "calls")) == (9, 1)
