"""From a crossing to rules in force and messages in the outbox, on both databases."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alert_worlds import ENDS, HOUR_US, NOW, SECOND_US, USD, Plane, account, budget, channel, declare
from ledger_data import Feed, event
from sqlalchemy import Connection, Engine

from bursar import directory
from bursar.alerts.answers import AnswerClosed, token_of
from bursar.alerts.desk import Grant
from bursar.estate.scope import Scope
from bursar.jobs import Deposed
from bursar.ledger.ledger import Ledger
from bursar.vocab.errors import NotFound
from bursar.vocab.instant import InstantUs, parse_instant

STEPS: list[dict[str, Any]] = [
    {"do": "notify"},
    {"do": "clamp", "output_tokens_max": 500},
    {"do": "acknowledge", "within": "4h"},
    {"do": "stop"},
]
LADDER = budget(thresholds=[{"at": 80, "steps": STEPS}])


def test_a_crossing_is_told_once_also_after_a_restart_and_by_a_second_control_plane(
    plane: Plane, ledger: Ledger
) -> None:
    declare(plane.engine, budget(), channel())
    plane.look(account(79))
    assert plane.titles() == []
    plane.look(account(85))
    plane.look()
    again = Plane(plane.engine, ledger)
    again.look(account(95))
    assert plane.titles() == ["Budget team-search has used 85.00 USD, over 80% of its 100.00 USD"]


def test_control_planes_that_look_at_the_same_moment_tell_once(plane: Plane, ledger: Ledger) -> None:
    declare(plane.engine, budget(thresholds=[{"at": at, "steps": STEPS} for at in (50, 80)]), channel())
    planes = [Plane(plane.engine, ledger) for _ in range(4)]
    for number, each in enumerate(planes):
        each.numbers = iter(range(10**6 * (number + 1), 10**9))
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            list(pool.map(lambda each: each.look(account(85)), planes))
    assert len(plane.desk.alerts(limit=10)) == 2
    assert plane.rules() == ["Clamp", "Clamp"]
    said = [fact.percent for each in plane.desk.messages(limit=10) for fact in each.content.alerts]
    assert sorted(said) == [50, 80]


def test_rules_are_in_the_snapshot_with_their_scope_until_the_period_ends(plane: Plane) -> None:
    declare(plane.engine, LADDER | {"each": "product"}, channel())
    before = directory.revision(plane.engine)
    plane.look(account(85, value="answers"))
    snapshot = directory.snapshot(plane.engine)
    assert snapshot.revision > before
    (rule,) = snapshot.interventions
    assert rule.scope == Scope(team="search", product="answers")
    assert (rule.budget, rule.value, rule.owner) == ("team-search", "answers", "ana@example.com")
    assert (rule.since_us, rule.until_us) == (NOW, ENDS)
    assert rule.reason.startswith("Budget team-search (answers) has used 85.00 USD, over 80% of its 100.00")
    plane.look(after_us=ENDS - NOW)
    assert plane.rules() == []
    assert plane.desk.interventions(limit=1)[0].undone_by == "the end of the period"


def test_a_rule_comes_into_force_if_nobody_answers_and_the_owner_is_told(plane: Plane) -> None:
    declare(plane.engine, LADDER, channel())
    plane.look(account(85))
    (asked,) = plane.desk.messages(limit=1)[0].content.alerts
    assert asked.asks
    assert asked.in_force == ["answers have at most 500 tokens"]
    assert asked.to_come == ["everything in its scope is stopped"]
    assert [offer.act for offer in asked.offers] == ["acknowledge", "undo"]
    plane.look(after_us=4 * HOUR_US - 1)
    assert plane.rules() == ["Clamp"]
    plane.look(after_us=1)
    plane.look(after_us=SECOND_US)
    assert plane.rules() == ["Clamp", "Stop"]
    assert len(plane.titles()) == 2


def test_an_acknowledgement_stops_the_ladder_and_is_in_the_audit(plane: Plane) -> None:
    declare(plane.engine, LADDER, channel())
    plane.look(account(85))
    (alert,) = plane.desk.alerts(limit=1)
    shown = plane.desk.acknowledge(alert.id, actor="ana", now=NOW)
    assert (shown.alert.state, shown.alert.acknowledged_by) == ("acknowledged", "ana")
    assert plane.desk.acknowledge(alert.id, actor="bob", now=NOW).alert.acknowledged_by == "ana"
    plane.look(after_us=5 * HOUR_US)
    assert plane.rules() == ["Clamp"]
    entries = [(row.actor, row.action) for row in directory.audit_newest(plane.engine, limit=3)]
    assert ("ana", "alert.acknowledged") in entries
    with pytest.raises(NotFound, match="bursar alert list"):
        plane.desk.acknowledge("nobody", actor="ana", now=NOW)


def test_a_stop_can_be_undone_and_stays_undone(plane: Plane) -> None:
    declare(plane.engine, budget(thresholds=[{"at": 80, "steps": [{"do": "stop"}]}]), channel())
    plane.look(account(85))
    (rule,) = plane.desk.interventions(limit=1)
    before = directory.revision(plane.engine)
    undone = plane.desk.undo(rule.intervention.id, actor="ana", now=NOW)
    assert (undone.undone_by, undone.undone_at_us) == ("ana", NOW)
    assert plane.desk.undo(rule.intervention.id, actor="bob", now=NOW).undone_by == "ana"
    assert directory.revision(plane.engine) == before + 1
    plane.look(account(99), after_us=SECOND_US)
    assert plane.rules() == []
    rows = directory.audit_newest(plane.engine, limit=2)
    assert [(row.actor, row.action) for row in rows] == [
        ("ana", "intervention.undone"),
        ("alerts", "intervention.opened"),
    ]


def test_rules_without_a_notice_are_told_to_the_owner(plane: Plane) -> None:
    declare(plane.engine, budget(thresholds=[{"at": 80, "steps": [{"do": "stop"}]}]), channel())
    plane.look(account(85))
    (fact,) = plane.desk.messages(limit=1)[0].content.alerts
    assert fact.in_force == ["everything in its scope is stopped"]


def test_a_grant_lifts_the_rules_and_the_next_crossing_counts_anew(plane: Plane) -> None:
    declare(plane.engine, budget(thresholds=[{"at": 80, "steps": [{"do": "stop"}]}]), channel())
    plane.look(account(85))
    plane.look(account(85, limit=150 * USD, granted=50 * USD), after_us=SECOND_US)
    assert plane.rules() == []
    assert plane.desk.alerts(limit=1)[0].state == "lifted"
    plane.look(account(125, limit=150 * USD, granted=50 * USD), after_us=SECOND_US)
    assert plane.rules() == ["Stop"]
    assert len(plane.titles()) == 2


def test_a_control_plane_that_lost_its_lease_writes_nothing(plane: Plane) -> None:
    declare(plane.engine, LADDER, channel())

    def deposed(_connection: Connection) -> None:
        raise Deposed("another one leads")

    with pytest.raises(Deposed):
        plane.look(account(85), fence=deposed)
    assert plane.desk.alerts(limit=1) == []
    plane.look(account(85))
    assert plane.rules() == ["Clamp"]


def test_many_at_once_are_one_message_and_what_follows_within_the_window_is_the_next(plane: Plane) -> None:
    names = [f"budget-{number}" for number in range(30)]
    declare(plane.engine, *(budget(name) for name in names), channel(digest_seconds=60))
    plane.look(*(account(85, name) for name in names[:20]))
    assert plane.titles() == ["20 thresholds reached in 20 budgets"]
    plane.look(*(account(85, name) for name in names[:25]), after_us=SECOND_US)
    plane.look(*(account(85, name) for name in names), after_us=58 * SECOND_US)
    assert len(plane.titles()) == 1
    plane.look(after_us=SECOND_US)
    assert plane.titles()[1] == "10 thresholds reached in 10 budgets"


def test_channels_are_chosen_by_owner_by_role_by_name_or_by_default(plane: Plane) -> None:
    declare(
        plane.engine,
        channel("ana"),
        channel("finance", for_owners=[], reaches=["head of finance"]),
        channel("all", for_owners=[], default=True),
        budget("a", thresholds=[{"at": 80}]),
        budget("b", owner="zoe", thresholds=[{"at": 80}]),
        budget(
            "c",
            thresholds=[
                {"at": 80, "steps": [{"do": "notify", "to": ["owner", "head of finance"]}]},
                {"at": 81, "steps": [{"do": "notify", "to": "all"}]},
            ],
        ),
    )
    plane.look(account(85, "a"), account(85, "b", owner="zoe"), account(85, "c"))
    told = {
        message.channel: sorted((fact.budget, fact.percent) for fact in message.content.alerts)
        for message in plane.desk.messages(limit=10)
    }
    assert told == {
        "ana": [("a", 80), ("c", 80)],
        "finance": [("c", 80)],
        "all": [("b", 80), ("c", 81)],
    }


def test_a_message_names_the_largest_causes_since_the_period_began_and_in_the_last_hour(
    plane: Plane, ledger: Ledger
) -> None:
    feed = Feed(ledger)
    old = NOW - 100 * HOUR_US
    feed.send(
        event(1, team="search", product="answers", model="big", cost_pico=60 * USD, started_at_us=old),
        event(2, team="search", product="answers", model="small", cost_pico=20 * USD, started_at_us=NOW - 1),
        event(3, team="ads", product="other", model="big", cost_pico=900 * USD, started_at_us=old),
    )
    declare(plane.engine, budget(), channel())
    plane.look(account(80))
    (fact,) = plane.desk.messages(limit=1)[0].content.alerts
    since, hour = fact.causes
    assert "model big 60.00 USD (75%), model small 20.00 USD (25%)" in since
    assert "product answers 80.00 USD (100%)" in since
    assert "team" not in since, "the scope says it"
    assert hour.endswith("model small 20.00 USD (100%).")
    assert "ads" not in since + hour


def test_a_forecast_goes_out_before_the_money_is_gone(plane: Plane, ledger: Ledger) -> None:
    declare(plane.engine, budget(thresholds=[{"at": 100, "on": "forecast"}]), channel())
    plane.accounts = [account(70)]
    plane.look()
    assert plane.titles() == []  # nothing is said before the ledger was asked for its rhythm
    plane.watch.learn(turn(plane))
    plane.look()
    (title,) = plane.titles()
    assert title == "Budget team-search is on the way to 107.69 USD, over 100% of its 100.00 USD"


def test_a_rolling_budget_is_foreseen_from_what_its_days_have_cost(plane: Plane, ledger: Ledger) -> None:
    """A dollar an hour for three weeks, then three for one: the window will be full of the latter."""
    hours = range(1, 28 * 24 + 1)
    calls = [
        event(
            number,
            team="search",
            started_at_us=InstantUs(NOW - number * HOUR_US),
            cost_pico=(3 if number <= 168 else 1) * USD,
        )
        for number in reversed(hours)
    ]
    Feed(ledger).send(*calls)
    rolling = {"period": {"rolling_days": 14}, "thresholds": [{"at": 100, "on": "forecast"}], "amount": "900"}
    declare(plane.engine, budget(**rolling), channel())
    begins = parse_instant("2026-11-20")
    spent = 12 * 3 + 6 * 24 * 3 + 12 * 3 + 12 + 6 * 24  # half of the eighth day was the first dear one
    plane.accounts = [account(spent, begins_at_us=begins, ends_at_us=None, amount=900 * USD, limit=900 * USD)]
    plane.look()
    assert plane.titles() == []
    plane.watch.learn(turn(plane))
    plane.look()
    plane.look()
    (title,) = plane.titles()
    said = re.fullmatch(r"Budget team-search is on the way to (\S+) USD, over 100% of its 900.00 USD", title)
    assert said is not None
    assert 0.9 * 14 * 72 < float(said[1].replace(",", "")) <= 14 * 72


def turn(plane: Plane) -> Any:
    from bursar.jobs import Turn, unfenced

    return Turn(now=plane.now, fence=unfenced)


# -- answers by link ---------------------------------------------------------------------------------


def offers(plane: Plane) -> dict[str, str]:
    """The tokens of the newest message by what they do."""
    (fact,) = plane.desk.messages(limit=1)[0].content.alerts
    return {offer.act: token_of(offer.id, plane.parts.links.key) for offer in fact.offers}


def test_a_link_acknowledges_once(plane: Plane) -> None:
    declare(plane.engine, LADDER, channel())
    plane.look(account(85))
    token = offers(plane)["acknowledge"]
    assert "acknowledged" in plane.desk.preview(token, now=NOW).sentence
    assert plane.desk.alerts(limit=1)[0].state == "waiting"
    plane.desk.answer(token, now=NOW)
    alert = plane.desk.alerts(limit=1)[0]
    assert (alert.state, alert.acknowledged_by) == ("acknowledged", "whoever had the link (channel hook)")
    with pytest.raises(AnswerClosed, match="used already"):
        plane.desk.answer(token, now=NOW)


def test_a_link_undoes_what_its_alert_put_in_force(plane: Plane) -> None:
    declare(plane.engine, LADDER, channel())
    plane.look(account(85))
    preview = plane.desk.answer(offers(plane)["undo"], now=NOW)
    assert "This is undone: answers have at most 500 tokens" in preview.sentence
    assert plane.rules() == []


def test_a_link_grants_a_fifth_once(state: Engine, ledger: Ledger) -> None:
    given: list[Grant] = []
    plane = Plane(state, ledger, grant=lambda grant, _now: given.append(grant))
    declare(state, budget(), channel())
    plane.look(account(85))
    token = offers(plane)["grant"]
    plane.desk.answer(token, now=NOW)
    with pytest.raises(AnswerClosed):
        plane.desk.answer(token, now=NOW)
    (grant,) = given
    assert (grant.budget, grant.amount, grant.unit, grant.until_us) == ("team-search", 20 * USD, "usd", ENDS)


def test_a_link_that_is_old_foreign_or_changed_does_nothing(plane: Plane) -> None:
    declare(plane.engine, LADDER, channel())
    plane.look(account(85))
    token = offers(plane)["acknowledge"]
    with pytest.raises(AnswerClosed, match="was good until"):
        plane.desk.preview(token, now=InstantUs(NOW + 7 * 24 * HOUR_US))
    for wrong in (token[:-1], "x." + token, "", token_of(token.partition(".")[0], b"another key"), "ä.ö"):
        with pytest.raises(NotFound, match="none of ours"):
            plane.desk.preview(wrong, now=NOW)


def test_no_token_stands_in_the_store(plane: Plane) -> None:
    from bursar.alerts.tables import ANSWERS, MESSAGES

    declare(plane.engine, LADDER, channel())
    plane.look(account(85))
    with plane.engine.connect() as connection:
        rows = str(connection.execute(ANSWERS.select()).all()) + str(
            connection.execute(MESSAGES.select()).all()
        )
    for token in offers(plane).values():
        assert token.partition(".")[2] not in rows
