"""Applying an estate is all or nothing, changes only what differs, and leaves who and when behind."""

import textwrap

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select

from bursar.directory import KeyRequest, apply, audit_newest, create_key, history, revision, snapshot
from bursar.directory.estate import Applied
from bursar.directory.tables import ESTATE_VERSIONS, REVISION
from bursar.estate.kinds import Provider, Team
from bursar.estate.parse import Source, parse
from bursar.estate.problem import BadEstate
from bursar.store.state import open_state, reading
from bursar.vocab.instant import InstantUs

NOON = InstantUs(1_790_000_000_000_000)
PROVIDER = "kind: provider\nname: mock\nwire: openai\nbase_url: http://x\ncredential: literal:sk-1\n"
MODEL = "kind: model\nname: m\nprovider: mock\n"
TEAM = "kind: team\nname: search\n"


def put(
    state: Engine, *documents: str, now: int = NOON, prune: bool = False, dry_run: bool = False
) -> Applied:
    parsed = parse([Source(path="estate.yaml", text="\n---\n".join(documents))])
    return apply(state, parsed.documents, actor="ann", now=InstantUs(now), prune=prune, dry_run=dry_run)


def counts(applied: Applied) -> tuple[int, int, int, int]:
    return (
        applied.count("created"),
        applied.count("updated"),
        applied.count("unchanged"),
        applied.count("removed"),
    )


def test_a_first_apply_creates_a_second_one_changes_nothing(state: Engine) -> None:
    first = put(state, PROVIDER, MODEL, TEAM)
    second = put(state, PROVIDER, MODEL, TEAM)
    assert (counts(first), first.revision) == ((3, 0, 0, 0), 1)
    assert (counts(second), second.revision) == ((0, 0, 3, 0), 1)
    assert revision(state) == 1


def test_only_the_document_that_differs_gets_a_new_version_and_the_difference_is_told(state: Engine) -> None:
    put(state, PROVIDER, TEAM)
    applied = put(state, PROVIDER, TEAM + "owner: ann\n", now=NOON + 5)
    assert counts(applied) == (0, 1, 1, 0)
    (change,) = [change for change in applied.changes if change.action == "updated"]
    assert [(field.field, field.before, field.after) for field in change.fields] == [("owner", None, '"ann"')]
    versions = history(state, "team", "search")
    assert [(item.version, item.revision, item.actor, item.made_at_us) for item in versions] == [
        (1, 1, "ann", NOON),
        (2, 2, "ann", NOON + 5),
    ]
    assert versions[0].document == Team(name="search")
    assert versions[0].origin == "estate.yaml:8"


def test_a_changed_secret_is_a_change_and_is_not_shown(state: Engine) -> None:
    put(state, PROVIDER)
    applied = put(state, PROVIDER.replace("sk-1", "sk-2"))
    assert counts(applied) == (0, 1, 0, 0)
    assert "sk-" not in msgspec.json.encode(applied).decode()
    assert "sk-" not in str(audit_newest(state, limit=9))


def test_one_bad_reference_keeps_everything_out(state: Engine) -> None:
    with pytest.raises(BadEstate, match="names provider 'mock', which does not exist"):
        put(state, TEAM, MODEL)
    assert revision(state) == 0
    assert snapshot(state).teams == ()


def test_a_price_that_no_gateway_could_use_stays_out(state: Engine) -> None:
    price = """
        kind: price
        name: wrong-unit
        provider: mock
        model: m
        valid_from: 2026-01-01
        per_million_tokens: {input: "2500000"}
    """
    with pytest.raises(BadEstate, match="more than any price: check its unit"):
        put(state, PROVIDER, textwrap.dedent(price))
    assert revision(state) == 0


def test_a_dry_run_tells_what_would_happen_and_does_nothing(state: Engine) -> None:
    put(state, TEAM)
    applied = put(state, PROVIDER, dry_run=True, prune=True)
    assert counts(applied) == (1, 0, 0, 1)
    assert applied.revision == 1
    assert [team.name for team in snapshot(state).teams] == ["search"]
    assert snapshot(state).providers == ()


def test_without_prune_what_is_not_given_stays_and_with_prune_it_goes(state: Engine) -> None:
    put(state, PROVIDER, MODEL, TEAM)
    assert counts(put(state, PROVIDER)) == (0, 0, 1, 0)
    applied = put(state, PROVIDER, prune=True)
    assert counts(applied) == (0, 0, 1, 2)
    now = snapshot(state)
    assert (len(now.providers), now.models, now.teams) == (1, (), ())
    assert history(state, "team", "search")[-1].document is None


def test_a_removed_document_can_come_back_and_its_history_goes_on(state: Engine) -> None:
    put(state, TEAM)
    put(state, PROVIDER, prune=True)
    assert counts(put(state, TEAM)) == (1, 0, 0, 0)
    assert [item.version for item in history(state, "team", "search")] == [1, 2, 3]


def test_prune_does_not_leave_a_name_dangling(state: Engine) -> None:
    put(state, PROVIDER, MODEL)
    with pytest.raises(BadEstate, match="names provider 'mock'"):
        put(state, MODEL, prune=True)
    assert len(snapshot(state).providers) == 1


def test_prune_warns_of_live_keys_that_are_tagged_with_what_goes(state: Engine) -> None:
    put(state, TEAM)
    request = KeyRequest(team="search")
    create_key(state, request, key_id="k1", secret="bsk_" + "a" * 40, actor="ann", now=NOON)
    (warning,) = put(state, PROVIDER, prune=True).warnings
    assert warning == "key k1 is still tagged with team 'search', which is removed"


def test_a_provider_of_the_environment_may_be_named_and_a_document_wins_over_it(state: Engine) -> None:
    made = Provider(name="mock", wire="openai", base_url="http://environment")
    parsed = parse([Source(path="a", text=MODEL)])
    apply(state, parsed.documents, actor="ann", now=NOON, also=[made])
    assert snapshot(state, also=[made]).providers == (made,)
    put(state, PROVIDER)
    (provider,) = snapshot(state, also=[made]).providers
    assert provider.base_url == "http://x"


def test_every_change_leaves_an_audit_row_with_its_revision(state: Engine) -> None:
    put(state, PROVIDER, TEAM)
    put(state, TEAM + "owner: bob\n")
    rows = audit_newest(state, limit=10)
    assert [(row.revision, row.action, row.subject) for row in rows] == [
        (2, "estate.updated", "team/search"),
        (1, "estate.created", "team/search"),
        (1, "estate.created", "provider/mock"),
    ]
    assert rows[0].detail == {"version": 2, "fields": ["owner"]}
    assert [row.revision for row in audit_newest(state, limit=1)] == [2]


def test_a_snapshot_sorts_documents_into_their_kinds(state: Engine) -> None:
    price = 'kind: price\nname: p\nprovider: mock\nmodel: m\nvalid_from: 2020-01-01\nper_call: "1"\n'
    put(
        state,
        PROVIDER,
        MODEL,
        price,
        TEAM,
        "kind: product\nname: answers\nteam: search\n",
        "kind: use_case\nname: chat\nproduct: answers\n",
        "kind: environment\nname: production\n",
    )
    now = snapshot(state)
    found = [now.providers, now.models, now.prices, now.teams, now.products, now.use_cases, now.environments]
    assert [len(documents) for documents in found] == [1] * 7
    assert now.providers[0].credential == "literal:sk-1"
    assert now.revision == 1


names = st.sampled_from(["a", "b", "c"])
steps = st.lists(
    st.tuples(st.dictionaries(names, st.sampled_from(["", "x", "y"])), st.booleans()), max_size=6
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(steps=steps)
def test_the_estate_in_force_is_what_was_applied_and_history_tells_every_step(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[dict[str, str], bool]]
) -> None:
    state = open_state(f"sqlite:///{tmp_path_factory.mktemp('state')}/state.sqlite")
    expected: dict[str, str] = {}
    revisions = [0]
    for owners, prune in steps:
        before = dict(expected)
        if prune:
            expected = {}
        expected.update(owners)
        documents = [f"kind: team\nname: {name}\nowner: '{owner}'\n" for name, owner in owners.items()]
        applied = put(state, *documents, prune=prune)
        revisions.append(applied.revision)
        assert {team.name: team.owner for team in snapshot(state).teams} == expected
        assert (applied.revision > revisions[-2]) == (before != expected)
        assert revision(state) == applied.revision
    for name in "abc":
        versions = history(state, "team", name)
        assert [item.version for item in versions] == list(range(1, len(versions) + 1))
        assert (bool(versions) and versions[-1].document is not None) == (name in expected)
    state.dispose()


def test_the_revision_check_bites_when_the_row_is_gone(state: Engine) -> None:
    with state.begin() as connection:
        connection.execute(delete(REVISION))
    with pytest.raises(Exception, match="No row was found"):
        put(state, TEAM)
    with reading(state) as connection:
        assert connection.execute(select(func.count()).select_from(ESTATE_VERSIONS)).scalar_one() == 0
