"""Keys carry tags that exist, store no secret, and end when they are revoked."""

import hashlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bursar.directory import (
    KeyRequest,
    apply,
    audit_newest,
    create_key,
    hash_secret,
    list_keys,
    open_state,
    parse_expiry,
    revision,
    revoke_key,
    snapshot,
)
from bursar.estate.parse import Source, parse
from bursar.estate.snapshot import Key
from bursar.vocab.errors import InvalidInput, NotFound
from bursar.vocab.instant import InstantUs, format_instant, parse_instant

NOW = parse_instant("2026-11-23T09:00:00Z")
SECRET = "bsk_" + "Zz-_0123456789abcdefghijklmnopqrstuvwxyz"


def make(state: Engine, key_id: str = "k1", secret: str = SECRET, **fields: object) -> Key:
    request = KeyRequest(**fields)  # type: ignore[arg-type]
    return create_key(state, request, key_id=key_id, secret=secret, actor="ann", now=NOW)


def put(state: Engine, text: str) -> None:
    apply(state, parse([Source(path="e", text=text)]).documents, actor="ann", now=NOW)


def test_a_key_is_stored_by_the_hash_of_its_secret_and_found_in_the_snapshot(state: Engine) -> None:
    key = make(state, team="search", environment="production", tags={"tenant": "acme"}, may_set=("team",))
    assert key.secret_sha256 == hashlib.sha256(SECRET.encode()).hexdigest() == hash_secret(SECRET)
    now = snapshot(state)
    assert now.keys == (key,)
    assert (key.team, key.product, key.use_case, key.environment) == (
        "search",
        "unknown",
        "unknown",
        "production",
    )
    assert now.revision == revision(state) == 1


def test_the_secret_is_nowhere_in_the_store(tmp_path: Path) -> None:
    state = open_state(f"sqlite:///{tmp_path}/state.sqlite")
    make(state, label="mine")
    state.dispose()
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert "mine" in dump
    assert SECRET not in dump
    assert SECRET.removeprefix("bsk_") not in dump


def test_a_revoked_key_stays_in_snapshot_and_list_with_its_end(state: Engine) -> None:
    make(state)
    revoked = revoke_key(state, "k1", actor="bob", now=InstantUs(NOW + 1))
    assert revoked.revoked_at_us == NOW + 1
    assert snapshot(state).keys == (revoked,)
    assert list_keys(state) == [revoked]
    assert revision(state) == 2


def test_revoking_twice_answers_the_same_and_changes_nothing(state: Engine) -> None:
    make(state)
    first = revoke_key(state, "k1", actor="bob", now=InstantUs(NOW + 1))
    assert revoke_key(state, "k1", actor="eve", now=InstantUs(NOW + 9)) == first
    assert revision(state) == 2


def test_revoking_a_key_that_never_was_is_not_found(state: Engine) -> None:
    with pytest.raises(NotFound, match="no key with the id 'k9'"):
        revoke_key(state, "k9", actor="bob", now=NOW)


def test_an_unknown_team_is_refused_with_near_names_as_soon_as_there_are_teams(state: Engine) -> None:
    make(state, team="anything")
    put(state, "kind: team\nname: search\n---\nkind: team\nname: research\n---\nkind: use_case\nname: chat\n")
    with pytest.raises(InvalidInput) as caught:
        make(state, "k2", team="serch", use_case="cat", product="free", environment="prod")
    assert str(caught.value) == (
        "there is no team 'serch' in the estate; near it: search, research; "
        "there is no use_case 'cat' in the estate; near it: chat"
    )
    assert len(list_keys(state)) == 1


def test_unknown_stays_allowed_when_there_are_teams(state: Engine) -> None:
    put(state, "kind: team\nname: search\n")
    assert make(state).team == "unknown"


def test_names_a_caller_may_set_are_checked_and_a_dash_is_an_underscore(state: Engine) -> None:
    assert make(state, may_set=("use-case", "tag:tenant", "use_case")).may_set == ("use_case", "tag:tenant")
    with pytest.raises(InvalidInput, match="may_set 'taem' is not a tag; did you mean 'team'"):
        make(state, "k2", may_set=("taem",))
    with pytest.raises(InvalidInput, match="may_set 'model' is not a tag"):
        make(state, "k2", may_set=("model",))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"team": "a b"}, "team 'a b' cannot be used"),
        ({"environment": ""}, "environment '' cannot be used"),
        ({"tags": {"Tenant": "x"}}, "the tag name 'Tenant' cannot be used"),
        ({"tags": {"team": "x"}}, "team is not a further tag"),
        ({"tags": {"tenant": "a\nb"}}, "cannot be used"),
        ({"models": ("gpt 4",)}, "the model pattern 'gpt 4' cannot be used"),
        ({"label": "a\nb"}, "one line"),
        ({"expires": "soon"}, "expires: 'soon' is not a time"),
        ({"expires": "2020-01-01"}, "expires: '2020-01-01' is not in the future"),
        ({"secret": "bsk_short"}, "a key's secret is bsk_"),
    ],
)
def test_a_request_that_cannot_be_used_says_why_and_stores_nothing(
    state: Engine, fields: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        make(state, **fields)  # type: ignore[arg-type]
    assert list_keys(state) == []
    assert revision(state) == 0


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("30d", "2026-12-23T09:00:00.000000Z"),
        ("12h", "2026-11-23T21:00:00.000000Z"),
        ("90m", "2026-11-23T10:30:00.000000Z"),
        ("4w", "2026-12-21T09:00:00.000000Z"),
        ("2027-01-01", "2027-01-01T00:00:00.000000Z"),
        ("2027-01-01T00:00:00+01:00", "2026-12-31T23:00:00.000000Z"),
    ],
)
def test_an_expiry_is_an_instant_or_a_span(text: str, instant: str) -> None:
    assert format_instant(parse_expiry(text, now=NOW)) == instant


def test_an_expiry_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(InvalidInput, match="calendar"):
        parse_expiry("999999w", now=NOW)


def test_keys_are_listed_newest_first(state: Engine) -> None:
    make(state, "k1")
    make(state, "k2", secret=SECRET + "2")
    assert [key.id for key in list_keys(state)] == ["k2", "k1"]


def test_the_audit_says_who_made_and_ended_a_key_without_its_secret(state: Engine) -> None:
    make(state, team="search", label="ci")
    revoke_key(state, "k1", actor="bob", now=InstantUs(NOW + 1))
    ended, made = audit_newest(state, limit=5)
    assert (ended.actor, ended.action, ended.subject) == ("bob", "key.revoked", "key/k1")
    assert (made.actor, made.action, made.detail["team"]) == ("ann", "key.created", "search")
    assert hash_secret(SECRET) not in str(made)
