"""Recorded calls of real providers used no more than would have been held before anything was learned."""

from collections.abc import Callable

from recordings import PLACES, all_exchanges, totals_said

from bursar.catalogue import Catalogue
from bursar.gateway.ask import read_ask
from bursar.gateway.bound import Rates, most_of
from bursar.gateway.habits import Habits
from bursar.gateway.paths import find_route
from bursar.vocab.instant import parse_instant

AT = parse_instant("2026-11-02")


def test_no_recorded_call_used_more_than_would_have_been_held(
    record_property: Callable[[str, object], None],
) -> None:
    catalogue = Catalogue([], {place.name: place.catalogue for place in PLACES if place.catalogue})
    faults: list[str] = []
    checked = close = 0
    for exchange in (one for group in all_exchanges()[0].values() for one in group):
        said, route = totals_said(exchange), find_route(exchange.path)
        if said is None or route is None:
            continue
        rates = Rates(catalogue, exchange.place.name, (exchange.model,), at=AT, habits=Habits())
        most = most_of(route, read_ask(exchange.request, b"application/json"), exchange.request, rates.reach)
        checked += 1
        close += said.input * 10 > most.tokens_input
        if said.input > most.tokens_input or said.output > most.tokens_output:
            faults.append(f"{exchange.name}: {said} is over {most}")
    record_property(
        "report", f"bounds: {checked} recorded calls kept to them, {close} within a tenth of them"
    )
    assert not faults, "\n".join(faults[:20])
    assert checked > 600
