"""What somebody may not see is in no answer: not in rows, totals, pages, or by its id."""

from pathlib import Path

import pytest
from ledger_data import NOON, Feed, event, open_ledger

from bursar.ledger.calls import CallsQuery
from bursar.ledger.dimensions import dimension
from bursar.ledger.usage import UsageQuery
from bursar.vocab.instant import InstantUs
from bursar.vocab.sight import EVERYTHING, NOTHING, Area, Sight

END = InstantUs(NOON + 86_400_000_000)
SIGHTS = {
    "everything": EVERYTHING,
    "nothing": NOTHING,
    "a team": Sight((Area(teams=("search",)),)),
    "two areas": Sight((Area(teams=("search",), products=("p1",)), Area(products=("p2",)))),
    "a team that is not there": Sight((Area(teams=("search'; --",)),)),
}


@pytest.mark.parametrize("name", SIGHTS)
@pytest.mark.parametrize("by", [(), ("team", "product"), ("provider",), ("key", "team")])
def test_usage_and_calls_hold_exactly_what_is_in_sight(
    tmp_path: Path, name: str, by: tuple[str, ...]
) -> None:
    sight = SIGHTS[name]
    ledger = open_ledger(tmp_path)
    events = [event(n, product=f"p{n % 3}", team=("search", "ads", "mail")[n % 5 % 3]) for n in range(120)]
    feed = Feed(ledger)
    feed.send(*events[:80])
    ledger.roll(now=END)
    feed.send(*events[80:])
    seen = [each for each in events if sight.sees(team=each.team, product=each.product)]

    query = UsageQuery(start=NOON, end=END, by=tuple(map(dimension, by)), sight=sight)
    answer = ledger.usage(query)
    assert answer.total.figures["calls"] == len(seen)
    assert answer.total.figures["cost"] == sum(each.cost_pico or 0 for each in seen)
    assert sum(row.figures["calls"] for row in answer.rows) == len(seen)

    page = ledger.calls(CallsQuery(start=NOON, end=END, limit=500, sight=sight))
    assert {call.event.call_id for call in page.calls} == {each.call_id for each in seen}
    for each in events[:5]:
        assert (ledger.call(each.call_id, sight=sight) is not None) == (each in seen)
    ledger.close()
