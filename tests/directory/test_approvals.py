"""Requests for approval: one for many calls, answered once, limited exactly, passed on if nobody answers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from bursar.directory import (
    Approval,
    GrantTerms,
    Wanted,
    audit_newest,
    charge_grant,
    decline_approval,
    get_approval,
    grant_approval,
    list_approvals,
    request_approval,
    revision,
    snapshot,
    tend_approvals,
    use_grant,
)
from bursar.vocab.errors import Conflict, InvalidInput, NotFound
from bursar.vocab.instant import InstantUs, parse_instant
from bursar.vocab.money import Picodollars

NOW = parse_instant("2026-11-23T09:00:00Z")
HOUR = 3_600_000_000


def wanted(**fields: Any) -> Wanted:
    known: dict[str, Any] = {
        "key_id": "k1",
        "team": "search",
        "rule": "policy/frontier",
        "model": "gpt-5",
        "owner": "eve",
        "reason": "dear",
        "approvers": ("ann", "bob"),
        "call_id": "c1",
    }
    return Wanted(**{**known, **fields})


def ask(state: Engine, request_id: str = "r1", at: int = NOW, **fields: Any) -> Approval:
    return request_approval(state, wanted(**fields), request_id=request_id, now=InstantUs(at))


def grant(state: Engine, request_id: str = "r1", **terms: Any) -> Approval:
    terms = terms or {"until": "1h"}
    return grant_approval(state, request_id, GrantTerms(**terms), reason="go on", actor="ann", now=NOW)


def test_however_many_calls_ask_there_is_one_request(state: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: ask(state, f"r{number}", call_id=f"c{number}"), range(24)))
    assert len({approval.id for approval in found}) == 1
    assert len(list_approvals(state)) == 1
    assert revision(state) == 0  # nothing that a gateway works with has changed


def test_another_key_rule_or_model_is_another_request(state: Engine) -> None:
    ask(state, "r1")
    for number, fields in enumerate(({"key_id": "k2"}, {"rule": "tier/x"}, {"model": "o3"}), start=2):
        assert ask(state, f"r{number}", **fields).id == f"r{number}"
    assert [approval.id for approval in list_approvals(state, state="open")] == ["r4", "r3", "r2", "r1"]


def test_a_grant_is_in_the_next_snapshot_and_moves_the_revision(state: Engine) -> None:
    ask(state)
    granted = grant(state, until="7d", calls_max=5)
    assert (granted.state, granted.decided_by, granted.answer) == ("granted", "ann", "go on")
    now = snapshot(state)
    assert now.revision == 1
    (carried,) = now.grants
    assert (carried.id, carried.key_id, carried.rule, carried.model) == (
        "r1",
        "k1",
        "policy/frontier",
        "gpt-5",
    )
    assert (carried.until_us, carried.calls_max) == (NOW + 7 * 24 * HOUR, 5)


def test_request_and_answer_are_in_the_audit(state: Engine) -> None:
    ask(state)
    grant(state)
    answered, asked = audit_newest(state, limit=2)
    assert (asked.action, asked.actor, asked.subject) == ("approval.requested", "key/k1", "approval/r1")
    assert (answered.action, answered.actor, answered.detail["answer"]) == (
        "approval.granted",
        "ann",
        "go on",
    )


def test_calls_are_counted_exactly_over_many_that_use_it_at_once(state: Engine) -> None:
    ask(state)
    grant(state, calls_max=7)
    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(lambda _: use_grant(state, "r1", now=NOW), range(20)))
    assert sum(used) == 7
    assert get_approval(state, "r1").calls_used == 7


def test_money_ends_a_grant_with_the_call_that_reaches_the_limit(state: Engine) -> None:
    ask(state)
    grant(state, cost_max_pico=Picodollars(100))
    assert use_grant(state, "r1", now=NOW)
    charge_grant(state, "r1", Picodollars(99))
    assert use_grant(state, "r1", now=NOW)
    charge_grant(state, "r1", Picodollars(1))
    assert not use_grant(state, "r1", now=NOW)


def test_a_grant_ends_at_its_time_and_leaves_the_snapshot(state: Engine) -> None:
    ask(state)
    grant(state, until="1h")
    assert use_grant(state, "r1", now=InstantUs(NOW + HOUR - 1))
    assert not use_grant(state, "r1", now=InstantUs(NOW + HOUR))
    tend_approvals(state, now=InstantUs(NOW + HOUR), patience_us=HOUR)
    assert snapshot(state).grants == ()
    assert get_approval(state, "r1").state == "ended"


def test_after_a_grant_has_ended_the_next_call_asks_anew(state: Engine) -> None:
    ask(state)
    grant(state, calls_max=1)
    assert ask(state, "r2", at=NOW + 1).id == "r2"


def test_a_declined_request_answers_for_a_day(state: Engine) -> None:
    ask(state)
    declined = decline_approval(state, "r1", reason="not now", actor="bob", now=NOW)
    assert declined.state == "declined"
    assert ask(state, "r2", at=NOW + 23 * HOUR) == declined
    assert ask(state, "r3", at=NOW + 25 * HOUR).id == "r3"
    assert snapshot(state).grants == ()


def test_a_request_is_answered_once(state: Engine) -> None:
    ask(state)
    grant(state)
    with pytest.raises(Conflict, match="was granted already by ann"):
        decline_approval(state, "r1", reason="no", actor="bob", now=NOW)
    with pytest.raises(NotFound, match="no request 'r9'"):
        grant(state, "r9")


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({}, "needs an end or a limit"),
        ({"until": "soon"}, "until: 'soon' is not a time"),
        ({"until": "2020-01-01"}, "until: '2020-01-01' is not in the future"),
        ({"calls_max": 0}, "calls must be"),
        ({"cost_max_pico": 0}, "usd must be more than 0"),
        ({"cost_max_pico": 10**19}, "at most 1000000"),
    ],
)
def test_terms_that_cannot_be_used_change_nothing(
    state: Engine, terms: dict[str, Any], sentence: str
) -> None:
    ask(state)
    with pytest.raises(InvalidInput, match=sentence):
        grant_approval(state, "r1", GrantTerms(**terms), reason="x", actor="ann", now=NOW)
    with pytest.raises(InvalidInput, match="say why"):
        grant_approval(state, "r1", GrantTerms(until="1h"), reason=" ", actor="ann", now=NOW)
    assert get_approval(state, "r1").state == "open"
    assert revision(state) == 0


def test_what_nobody_answers_goes_to_the_next_and_stays_with_the_last(state: Engine) -> None:
    ask(state)
    assert tend_approvals(state, now=InstantUs(NOW + HOUR - 1), patience_us=HOUR) == []
    (passed,) = tend_approvals(state, now=InstantUs(NOW + HOUR), patience_us=HOUR)
    assert (passed.approver, passed.is_escalated) == ("bob", True)
    assert tend_approvals(state, now=InstantUs(NOW + HOUR + 1), patience_us=HOUR) == []
    assert tend_approvals(state, now=InstantUs(NOW + 9 * HOUR), patience_us=HOUR) == []
    assert get_approval(state, "r1").approver == "bob"
    assert audit_newest(state, limit=1)[0].action == "approval.escalated"
