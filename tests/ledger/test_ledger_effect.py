"""What rules would have done to stored calls: the engine's groups say the same as each call by itself."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_data import DAY_US, HOUR_US, NOON, Feed, event, open_ledger

from bursar.estate.kinds import Model, Provider
from bursar.estate.parse import Source, parse
from bursar.estate.policies import Policy, Tier
from bursar.estate.snapshot import Key
from bursar.ledger import effect as effects
from bursar.ledger.effect import Effect, EffectQuery
from bursar.ledger.ledger import Ledger
from bursar.policy import CallFacts, Rulebook
from bursar.policy.places import Places
from bursar.vocab.event import Event
from bursar.vocab.usage import Usage

PLACES = Places(
    [
        Provider(name="mock", wire="openai", base_url="http://x", region="us"),
        Provider(name="euro", wire="openai", base_url="http://x", region="eu"),
    ],
    [Model(name="gpt-4o-mini", provider="mock"), Model(name="claude-sonnet", provider="euro")],
)
KEYS = (
    Key(id="k1", secret_sha256="a", tags={"training": "basics"}),
    Key(id="k2", secret_sha256="b"),
)


def documents(text: str) -> tuple[list[Tier], list[Policy]]:
    found = [placed.document for placed in parse([Source(path="p", text=text)]).documents]
    return [one for one in found if isinstance(one, Tier)], [one for one in found if isinstance(one, Policy)]


def asked(ledger: Ledger, text: str, **span: int) -> Effect:
    tiers, policies = documents(text)
    known: dict[str, Any] = {"start": NOON - DAY_US, "end": NOON + DAY_US, "now": NOON + DAY_US}
    return ledger.effect(
        EffectQuery(tiers=tiers, policies=policies, places=PLACES, keys=KEYS, **{**known, **span})
    )


def counts(found: Effect) -> dict[tuple[str, str], int]:
    return {(one.verdict, one.rule): one.calls for one in found.rules}


@pytest.fixture
def feed(tmp_path: Path):
    ledger = open_ledger(tmp_path)
    yield Feed(ledger)
    ledger.close()


def test_calls_that_would_have_been_denied_are_counted_with_their_cost_and_teams(feed: Feed) -> None:
    events = [event(number) for number in range(200)]
    feed.send(*events)
    text = "kind: policy\nname: p\neffect: deny\nmatch: {model: gpt-4o-mini, use_case: chat}\n"
    found = asked(feed.ledger, text)
    hit = [one for one in events if one.model == "gpt-4o-mini" and one.use_case == "chat"]
    (rule,) = found.rules
    assert (found.calls, rule.calls, rule.cost) == (200, len(hit), sum(one.cost_pico or 0 for one in hit))
    assert dict(rule.teams) == dict(Counter(one.team for one in hit))


def test_a_reroute_saves_what_the_new_models_average_price_is_lower(feed: Feed) -> None:
    usage = Usage(tokens_input=900, tokens_output=100)
    dear = [event(n, model="claude-sonnet", cost_pico=5_000, usage=usage, team="ads") for n in range(10)]
    cheap = [event(n, model="gpt-4o-mini", cost_pico=1_000, usage=usage) for n in range(10, 14)]
    feed.send(*dear, *cheap)
    (rule,) = asked(
        feed.ledger,
        "kind: policy\nname: r\neffect: {type: reroute, to: gpt-4o-mini}\nmatch: {model: claude*}\n",
    ).rules
    assert (rule.rule, rule.calls, rule.cost, rule.saved) == ("policy/r", 10, 50_000, 40_000)
    assert rule.teams == (("ads", 10),)


def test_what_a_model_that_nobody_used_would_have_cost_is_not_known(feed: Feed) -> None:
    feed.send(event(0))
    (rule,) = asked(feed.ledger, "kind: policy\nname: r\neffect: {type: reroute, to: new}\n").rules
    assert (rule.calls, rule.saved) == (1, None)


def test_a_clamp_counts_calls_whose_answer_was_longer(feed: Feed) -> None:
    answers = [10, 20, 21, 500]
    feed.send(*[event(n, usage=Usage(tokens_output=tokens)) for n, tokens in enumerate(answers)])
    found = asked(feed.ledger, "kind: policy\nname: c\neffect: {type: clamp, output_tokens_max: 20}\n")
    assert counts(found) == {("clamp", "policy/c"): 2}


def test_what_was_refused_then_and_what_is_out_of_the_span_does_not_count(feed: Feed) -> None:
    feed.send(
        event(0),
        event(1, status="error"),
        event(2, started_at_us=NOON - 2 * DAY_US),
        event(3, started_at_us=NOON + DAY_US),
    )
    found = asked(feed.ledger, "kind: policy\nname: d\neffect: deny\n")
    assert (found.calls, counts(found)) == (1, {("deny", "policy/d"): 1})


def test_keys_that_no_rule_asks_about_make_no_groups_of_their_own(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand keys of a team are one owner to a rule on teams, and would be too many groups."""
    monkeypatch.setattr("bursar.ledger.effect._GROUPS_MAX", 4)
    calls = [
        event(n, team="search", model="gpt-4o-mini", use_case="chat", key_id=f"k{n}", provider=f"p{n % 3}")
        for n in range(30)
    ]
    feed.send(*calls)
    deny = "kind: policy\nname: p\neffect: deny\nmatch: {%s}\n"
    found = asked(feed.ledger, deny % "team: search")
    assert (found.calls, found.not_counted) == (30, ())
    by_key = asked(feed.ledger, deny % "key: k7")
    assert [name for name, _ in by_key.not_counted] == ["all"], "a rule on keys tells them apart"


def test_rules_that_stored_calls_cannot_be_held_against_are_named(feed: Feed) -> None:
    feed.send(event(0))
    text = """
kind: policy
name: cel
effect: deny
when: bytes > 10
---
kind: policy
name: asked
effect: deny
match: {output_tokens_over: 5}
---
kind: policy
name: used
effect: deny
match: {budget: {name: b, used_over: 80}}
---
kind: policy
name: over
effect: deny
valid_to: 2020-01-01
"""
    found = asked(feed.ledger, text)
    assert found.rules == ()
    assert dict(found.not_counted) == {
        "policy/cel": "its `when` is not asked of stored calls: bytes > 10",
        "policy/asked": "how long an answer was allowed is not stored of all calls: output tokens over 5",
        "policy/used": "how far a budget was used at each call is not stored: budget b used over 80 %",
    }


RULES = [
    "kind: policy\nname: a\neffect: deny\nmatch: {tags: {ticket: 'T-*'}, model: gpt-*}\n",
    "kind: policy\nname: b\neffect: {type: reroute, to: gpt-4o-mini}\nmatch: {model: claude*, key: k1}\n",
    "kind: policy\nname: c\neffect: {type: clamp, output_tokens_max: 50}\nmatch: {team: search}\n",
    "kind: policy\nname: d\neffect: {type: require_tags, tags: ['tag:ticket']}\nmatch: {environment: st*}\n",
    "kind: policy\nname: e\neffect: require_approval\nmatch: {bytes_over: 1000, team: ads}\n",
    "kind: policy\nname: f\neffect: allow\nmatch: {team: ads, use_case: chat, input_tokens_over: 500}\n",
    (
        "kind: policy\nname: g\neffect: deny\n"
        "match: {hours: {from: '23:32', to: '05:47', timezone: Asia/Kolkata}}\n"
    ),
    "kind: policy\nname: h\neffect: deny\nmatch: {data_class: [secret, 'in?ernal'], provider: mock}\n",
    (
        "kind: policy\nname: i\neffect: {type: reroute, to: claude-sonnet}\n"
        "match: {region: us, tags: {ticket: T-1}}\n"
    ),
    "kind: tier\nname: t\nmodels: claude*\nallowed: [{team: search}, {tags: {ticket: 'T-2'}}]\n",
    "kind: tier\nname: u\nmodels: gpt*\nneeds_training: basics\n",
    "kind: tier\nname: v\nmodels: claude*\ndata_classes: [secret]\nregions: eu\n",
]
EVENTS = st.builds(
    dict,
    team=st.sampled_from(["search", "ads"]),
    use_case=st.sampled_from(["chat", "summary"]),
    environment=st.sampled_from(["production", "staging"]),
    model=st.sampled_from(["gpt-4o-mini", "claude-sonnet"]),
    provider=st.sampled_from(["mock", "euro"]),
    region=st.sampled_from(["us", "eu", ""]),
    key_id=st.sampled_from(["k1", "k2"]),
    tags=st.dictionaries(
        st.sampled_from(["ticket", "data"]), st.sampled_from(["T-1", "T-2", "x", "secret", "internal"])
    ),
    bytes_request=st.sampled_from([0, 1000, 1001, 2003, 2004]),
    started_at_us=st.integers(0, 23 * 4).map(lambda quarter: NOON + quarter * HOUR_US // 4 + 120_000_001),
    usage=st.sampled_from([Usage(tokens_output=50), Usage(tokens_output=40, tokens_reasoning=11)]),
)


def by_itself(book: Rulebook, one: Event) -> tuple[str, str]:
    """The verdict on one stored call, decided by itself, and the rule that made it."""
    model, provider, region, sent_by, seen = one.model, one.provider, one.region, "", set[str]()
    trained = {key.id: key.tags.get("training", "") for key in KEYS}[one.key_id]
    while True:
        place = PLACES.of(model, provider, region)
        facts = CallFacts(
            team=one.team,
            product=one.product,
            use_case=one.use_case,
            environment=one.environment,
            model=model,
            upstream_model=place.upstream_model,
            provider=place.provider,
            region=place.region,
            key=one.key_id,
            tags=one.tags,
            trained=trained,
            bytes=one.bytes_request,
            at_us=one.started_at_us,
        )
        decision = book.decide(facts)
        seen.add(model)
        if decision.verdict != "reroute" or decision.reroute_to in seen:
            break
        model, sent_by, provider, region = decision.reroute_to, decision.rule, "", ""
    verdict, rule = decision.verdict, decision.rule
    if verdict in ("allow", "warn", "clamp", "reroute") and sent_by:
        return "reroute", sent_by
    answer = one.usage.tokens_output + one.usage.tokens_reasoning
    if verdict == "clamp" and answer <= (decision.output_tokens_max or 0):
        return "allow", rule
    return verdict, rule


def agree(folder: Path, chosen: list[str], drawn: list[dict[str, Any]]) -> None:
    text = "---\n".join(chosen)
    tiers, policies = documents(text)
    book = Rulebook(tiers, policies)
    events = [event(number, **fields) for number, fields in enumerate(drawn)]
    for old in folder.glob("ledger*"):
        old.unlink()
    ledger = open_ledger(folder)
    try:
        Feed(ledger).send(*events)
        found = asked(ledger, text)
    finally:
        ledger.close()
    expected = Counter(by_itself(book, one) for one in events)
    acts = {place: calls for place, calls in expected.items() if place[0] not in ("allow", "warn")}
    assert counts(found) == acts
    assert found.calls == len(events)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    chosen=st.lists(st.sampled_from(RULES), min_size=1, max_size=8, unique=True),
    drawn=st.lists(EVENTS, min_size=1, max_size=60),
)
def test_groups_are_decided_like_each_of_their_calls(tmp_path_factory, chosen, drawn) -> None:
    agree(tmp_path_factory.mktemp("effect"), chosen, drawn)


@pytest.mark.parametrize("forgotten", ["bytes_over", "answers_over", "windows", "tags"])
def test_groups_that_mix_calls_which_a_rule_tells_apart_are_noticed(
    forgotten: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = effects._plan

    def forgetful(book: Rulebook) -> Any:
        plan = whole(book)
        empty: Any = {} if forgotten == "tags" else ()
        return replace(plan, **{forgotten: empty})

    monkeypatch.setattr(effects, "_plan", forgetful)
    drawn = [
        {
            "team": "search",
            "use_case": "summary",
            "environment": "production",
            "model": "gpt-4o-mini",
            "key_id": "k1",
            "provider": "mock",
            "bytes_request": 1500 * (number % 2),
            "usage": Usage(tokens_output=100 * (number % 3)),
            "tags": {"ticket": "T-1"} if number % 5 else {},
            "started_at_us": NOON + (number % 12) * HOUR_US,
        }
        for number in range(60)
    ]
    rules = {
        "bytes_over": "kind: policy\nname: x\neffect: deny\nmatch: {bytes_over: 1000}\n",
        "answers_over": RULES[2],
        "windows": RULES[6],
        "tags": RULES[0],
    }
    with pytest.raises(AssertionError):
        agree(tmp_path, [rules[forgotten]], drawn)
