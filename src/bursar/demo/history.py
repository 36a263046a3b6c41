"""The demo's past: priced events as the gateway would have written them, in the order of their end."""

import functools
import hashlib
from collections.abc import Iterator, Mapping
from random import Random
from typing import Final

from bursar.catalogue import Catalogue, PriceContext, RateCard, rate
from bursar.demo.arrivals import arrivals_of_hour
from bursar.demo.calls import DISCONNECT, Call, draw_call
from bursar.demo.rhythm import DAY_US, HOUR_US
from bursar.demo.sources import SOURCES, Means, Source, calls_per_day, mean_tokens
from bursar.vocab.event import (
    COMPLETE,
    ERROR,
    PARTIAL,
    SOURCE_ESTIMATED,
    SOURCE_NONE,
    SOURCE_PROVIDER,
    Event,
)
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import Usage

CALLS_PER_DAY: Final = 9_000.0
_WIRES: Final = {
    "chat": "openai",
    "responses": "openai",
    "embeddings": "openai",
    "messages": "anthropic",
    "generate_content": "gemini",
}
_BYTES_PER_TOKEN: Final = 4
_BYTES_HEAD: Final = 350
_STREAM_BYTES_PER_TOKEN: Final = 190
_REPEATED_SHARE: Final = 0.04  # calls whose whole prompt came before
# An afternoon on which one vendor was overloaded, so many days before the end of the history.
_OUTAGE: Final = ("anthropic", 12, 13 * HOUR_US, 14 * HOUR_US, "529", 0.6)


class History:
    """The events of `days` days before `end`. The same arguments always make the same events.

    `key_ids` maps the names of sources to the ids of their keys. `cards` holds the rate cards that have been
    used so far, by reference.
    """

    def __init__(
        self, catalogue: Catalogue, key_ids: Mapping[str, str], *, end: InstantUs, days: int, seed: int
    ) -> None:
        self.cards: dict[str, RateCard] = {}
        self._catalogue = catalogue
        self._key_ids = key_ids
        self._end = end
        self._days = days
        self._seed = seed
        self._means: dict[str, Means] = {source.name: mean_tokens(source, seed) for source in SOURCES}

    def by_day(self) -> Iterator[list[Event]]:
        """One list for each day, oldest first; a list is in the order in which its calls were finished."""
        for number in range(self._days, 0, -1):
            yield self.day(number)

    def day(self, days_before_end: int) -> list[Event]:
        """The events of calls that began in the day which ends `days_before_end - 1` days before the end."""
        begin = self._end - days_before_end * DAY_US
        random = Random(f"{self._seed}/{days_before_end}")  # noqa: S311 - a demo, not a secret
        events = []
        for hour in range(24):
            start = InstantUs(begin + hour * HOUR_US)
            for source in SOURCES:
                per_day = calls_per_day(source, CALLS_PER_DAY)
                arrivals = arrivals_of_hour(source, start, per_day, self._end, self._seed, random)
                events.extend([self._event(source, at, random) for at in arrivals])
        # A call that would still run at the end of the history is left out: the past is over.
        events = [event for event in events if event.finished_at_us <= self._end]
        events.sort(key=lambda event: event.finished_at_us)
        return events

    def _event(self, source: Source, at: InstantUs, random: Random) -> Event:
        model = source.model_at((self._end - at) / DAY_US)
        call = draw_call(
            source, self._means[source.name], model, random, fault=self._outage(source, at, random)
        )
        event = self._plain_event(call, at, random)
        if call.fault == DISCONNECT:
            _break_off(event, call, random)
        elif call.fault:
            _refuse(event, call)
            return event
        self._price(event)
        return event

    def _outage(self, source: Source, at: InstantUs, random: Random) -> str:
        provider, days, begin, end, fault, share = _OUTAGE
        if source.provider != provider or (self._end - at) // DAY_US != days:
            return ""
        struck = begin <= at % DAY_US < end and random.random() < share
        return fault if struck else ""

    def _plain_event(self, call: Call, at: InstantUs, random: Random) -> Event:
        source = call.source
        return Event(
            call_id=uuid7(at, random.randbytes(8)),
            started_at_us=at,
            finished_at_us=at + call.latency_us,
            team=source.team,
            product=source.product,
            use_case=source.use_case,
            environment=source.environment,
            model=call.model,
            key_id=self._key_ids.get(source.name, ""),
            provider=source.provider,
            wire=_WIRES[source.operation],
            operation=source.operation,
            model_requested=call.model,
            model_served=call.model,
            service_tier=_tier(source),
            status=COMPLETE,
            http_status=200,
            usage_source=SOURCE_PROVIDER,
            streamed=call.streamed,
            latency_us=call.latency_us,
            first_token_us=call.first_token_us if call.streamed else None,
            fingerprint_request=_fingerprint(source, random),
            fingerprint_prefix=_hash(source.name),
            bytes_request=_BYTES_HEAD + _BYTES_PER_TOKEN * call.tokens_input,
            bytes_reply=_bytes_reply(call),
            provider_call_id=f"sim-{random.getrandbits(64):016x}",
            usage=usage_of(call),
            output_tokens_asked=None if source.operation == "embeddings" else call.output_allowed,
        )

    def _price(self, event: Event) -> None:
        """As the gateway prices: by the card in force when the call began, and beside it by the list."""
        at = InstantUs(event.started_at_us)
        context = PriceContext(service_tier=event.service_tier)
        card = self._catalogue.card(event.provider, event.model_served, context, at)
        rated = rate(card, event.usage)
        if rated.flags:
            event.flags = [*event.flags, *rated.flags]
        if card is None or rated.cost_pico is None:
            return
        self.cards.setdefault(card.ref, card)
        event.price_ref = card.ref
        event.cost_pico = rated.cost_pico
        listed = self._catalogue.list_card(event.provider, event.model_served, context, at)
        same = listed is None or listed.ref == card.ref
        event.cost_list_pico = rated.cost_pico if same else rate(listed, event.usage).cost_pico


def usage_of(call: Call) -> Usage:
    """The call's tokens in classes that do not overlap."""
    return Usage(
        tokens_input=call.tokens_input - call.tokens_cached - call.tokens_written,
        tokens_cache_read=call.tokens_cached,
        tokens_cache_write_5m=call.tokens_written,
        tokens_output=call.tokens_output - call.tokens_reasoning,
        tokens_reasoning=call.tokens_reasoning,
    )


def _refuse(event: Event, call: Call) -> None:
    """The provider answered with an error: nothing was consumed, and it costs nothing."""
    event.status = ERROR
    event.http_status = int(call.fault)
    event.usage = Usage()
    event.usage_source = SOURCE_NONE
    event.cost_pico = event.cost_list_pico = 0
    event.latency_us = call.first_token_us
    event.finished_at_us = event.started_at_us + call.first_token_us
    event.first_token_us = None
    event.model_served = event.service_tier = ""
    event.bytes_reply = _BYTES_HEAD


def _break_off(event: Event, call: Call, random: Random) -> None:
    """The stream broke: what was seen of it is counted by us, and says so."""
    share = random.random()
    event.status = PARTIAL
    event.usage_source = SOURCE_ESTIMATED
    event.flags = ["upstream_broken"]
    event.usage = Usage(
        tokens_input=call.tokens_input,
        tokens_output=int(share * (call.tokens_output - call.tokens_reasoning)),
    )
    event.latency_us = call.first_token_us + int(share * (call.latency_us - call.first_token_us))
    event.finished_at_us = event.started_at_us + event.latency_us


def _tier(source: Source) -> str:
    """What the simulated providers say of their service tier, so that past and present look alike."""
    if source.operation in ("chat", "responses"):
        return "default"
    return "standard" if source.operation == "messages" else ""


def _bytes_reply(call: Call) -> int:
    per_token = _STREAM_BYTES_PER_TOKEN if call.streamed else _BYTES_PER_TOKEN
    return 2 * _BYTES_HEAD + per_token * call.tokens_output


def _fingerprint(source: Source, random: Random) -> str:
    if random.random() < _REPEATED_SHARE:
        return _hash(f"{source.name}/{random.randrange(40)}")
    return f"{random.getrandbits(64):016x}"


@functools.lru_cache(maxsize=4096)
def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
