"""The demo's past: the same every time, priced as the gateway prices, with its stories in it."""

import collections
import itertools
import json
from random import Random

import pytest

from bursar.catalogue import PriceContext, rate
from bursar.demo.calls import Call, draw_call
from bursar.demo.deliver import demo_catalogue
from bursar.demo.documents import COMPANY, Start, document_text
from bursar.demo.history import History, usage_of
from bursar.demo.live import request_of
from bursar.demo.rhythm import DAY_US
from bursar.demo.sources import SOURCES, mean_tokens
from bursar.estate.parse import Source, parse
from bursar.simulate.answer import answer
from bursar.vocab.event import COMPLETE, ERROR, PARTIAL, SOURCE_NONE, SOURCE_PROVIDER, encode_events
from bursar.vocab.instant import InstantUs, parse_instant, to_datetime
from bursar.vocab.options import SimulateOptions
from bursar.vocab.usage import tokens_input_total, tokens_output_total

END = parse_instant("2026-11-23T09:00:00Z")
START = Start("http://127.0.0.1:9001", "json://127.0.0.1:9002", END)
KEYS = {source.name: f"key-{number}" for number, source in enumerate(SOURCES)}


def history(seed=7, end=END):
    return History(demo_catalogue(), KEYS, end=end, days=30, seed=seed)


@pytest.fixture(scope="module")
def week():
    """The last seven days, a list for each."""
    past = history()
    return [past.day(number) for number in range(7, 0, -1)]


def test_the_estate_is_in_order_and_knows_every_source():
    parsed = parse([Source(path=COMPANY, text=document_text(COMPANY, START))])
    names = collections.defaultdict(set)
    for placed in parsed.documents:
        names[placed.document.KIND].add(placed.document.name)
    assert len(names["provider"]) == 4
    for source in SOURCES:
        assert source.provider in names["provider"]
        assert {source.model, source.moves_to} - {""} <= names["model"] | names["route"]
        assert source.team in names["team"]
        assert source.product in names["product"]
        assert source.use_case in names["use_case"]
        assert source.environment in names["environment"]


def test_sources_have_names_of_their_own():
    assert len({source.name for source in SOURCES}) == len(SOURCES)


def test_the_same_seed_and_end_make_the_same_events_byte_for_byte(week):
    assert encode_events(history().day(7)) == encode_events(week[0])
    assert encode_events(history(seed=8).day(7)) != encode_events(week[0])


def test_a_day_has_some_thousand_calls_in_the_order_of_their_end(week):
    for events in week:
        assert 2000 < len(events) < 20_000
        ends = [event.finished_at_us for event in events]
        assert ends == sorted(ends)
    ids = [event.call_id for events in week for event in events]
    assert len(set(ids)) == len(ids)


def test_no_event_lies_outside_the_history(week):
    for number, events in zip(range(7, 0, -1), week, strict=True):
        begin = END - number * DAY_US
        assert all(begin <= event.started_at_us < begin + DAY_US for event in events)
        assert all(event.finished_at_us <= END for event in events)


def test_every_call_has_owner_key_and_model(week):
    by_key = {KEYS[source.name]: source for source in SOURCES}
    for event in week[3]:
        source = by_key[event.key_id]
        assert (event.team, event.product, event.use_case, event.environment) == source[:4]
        assert event.model in (source.model, source.moves_to)


def test_costs_are_those_of_the_cards_in_force(week):
    catalogue = demo_catalogue()
    for event in week[3][::50]:
        if event.status == ERROR:
            continue
        context = PriceContext(service_tier=event.service_tier)
        card = catalogue.card(event.provider, event.model, context, InstantUs(event.started_at_us))
        assert event.cost_pico == rate(card, event.usage).cost_pico
        assert event.price_ref == (card.ref if card else "")


def test_only_the_model_without_a_price_is_unpriced(week):
    unpriced = {event.model for events in week for event in events if event.cost_pico is None}
    assert unpriced == {"lab-tiny"}


def test_the_agreement_is_cheaper_than_the_list(week):
    sonnet = [e for events in week for e in events if e.model == "claude-sonnet-4-5" and e.status == COMPLETE]
    assert sonnet
    charged, listed = sum(e.cost_pico for e in sonnet), sum(e.cost_list_pico for e in sonnet)
    assert charged / listed == pytest.approx(0.9, abs=0.001)


def test_refused_calls_cost_nothing_and_broken_ones_are_estimates(week):
    events = [event for events in week for event in events]
    shares = collections.Counter(event.status for event in events)
    assert 0.005 < shares[ERROR] / len(events) < 0.03
    assert 0.0005 < shares[PARTIAL] / len(events) < 0.01
    for event in events:
        if event.status == ERROR:
            assert (event.cost_pico, event.usage_source) == (0, SOURCE_NONE)
            assert event.http_status >= 429
        elif event.status == COMPLETE:
            assert event.usage_source == SOURCE_PROVIDER
        assert min(getattr(event.usage, name) for name in event.usage.__struct_fields__) >= 0


def test_weekends_are_quieter_than_working_days(week):
    by_weekday = collections.Counter()
    for event in itertools.chain.from_iterable(week):
        if event.environment != "experiment":
            by_weekday[to_datetime(InstantUs(event.started_at_us)).weekday()] += 1
    assert max(by_weekday[5], by_weekday[6]) < 0.75 * min(by_weekday[day] for day in range(5))


def test_the_stories_are_in_it():
    past = history()
    outage = [event for event in past.day(13) if event.http_status == 529]
    assert len(outage) > 5
    assert {event.provider for event in outage} == {"anthropic"}
    before, after = (
        {event.model for event in past.day(number) if event.use_case == "reply-draft"} for number in (11, 8)
    )
    assert (before, after) == ({"claude-haiku-4-5"}, {"claude-sonnet-4-5"})
    agents = [sum(event.use_case == "agents" for event in past.day(number)) for number in (5, 7, 3)]
    assert agents[0] > 1.5 * max(agents[1:])


@pytest.mark.parametrize(
    ("source", "streamed"),
    [
        (s, streamed)
        for s in SOURCES
        for streamed in (False, True)
        if not (streamed and s.operation == "embeddings")
    ],
)
def test_the_simulated_provider_answers_live_calls_as_they_were_drawn(source, streamed):
    random = Random(11)
    for _ in range(20):
        call: Call = draw_call(source, mean_tokens(source, 7), source.model, random, fault="")
        call.streamed = streamed
        call.fault = ""
        target, body = request_of(call)
        path, _, query = target.decode().partition("?")
        found = answer(SimulateOptions(), path, query, [], body)
        assert found is not None
        assert (found.status, found.streamed) == (200, streamed)
        assert tokens_input_total(found.usage) == call.tokens_input
        assert tokens_output_total(found.usage) == call.tokens_output
        assert found.usage == usage_of(call)
        assert found.latency_ms > 0
        if source.operation != "generate_content":
            assert json.loads(body)["model"] == source.model
