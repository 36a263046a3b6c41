"""From what a reply says of itself to a priced event."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from bursar.catalogue import PriceContext, RateCard, rate
from bursar.gateway.call import Call
from bursar.gateway.paths import Route
from bursar.gateway.tally import Tally
from bursar.gateway.world import Target, World
from bursar.metering import Reading, estimate, settle
from bursar.vocab.event import ERROR, INTERRUPTED, SOURCE_ESTIMATED, SOURCE_NONE, SOURCE_PROVIDER, Event
from bursar.vocab.ids import IdSource
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import Usage, tokens_output_total

_BYTES_PER_TOKEN: Final = 4


def take_reading(event: Event, reading: Reading) -> None:
    """Copy what the provider said into the event."""
    if reading.usage is not None:
        event.usage = reading.usage
        event.usage_source = SOURCE_ESTIMATED if reading.estimated else SOURCE_PROVIDER
    event.model_served = reading.model_served
    event.service_tier = reading.service_tier
    event.speed = reading.speed
    event.inference_geo = reading.inference_geo
    event.processing = reading.processing
    event.provider_call_id = reading.provider_call_id
    if reading.flags:
        event.flags = [*event.flags, *reading.flags]


def take_estimate(event: Event, reading: Reading | None, request_body: bytes) -> None:
    """The provider said nothing of usage: our own count, marked as such."""
    if reading is None:
        event.usage = estimate(event.wire, event.operation, request_body, 0)
        event.usage_source = SOURCE_ESTIMATED
    else:
        event.usage, event.usage_source = settle(reading, event.wire, event.operation, request_body)


def take_output(event: Event, made: int) -> None:
    """Count as many tokens of output as there were, unless the provider itself counted as many or more."""
    usage = event.usage
    total = tokens_output_total(usage)
    if event.usage_source == SOURCE_ESTIMATED or total < made:
        usage.tokens_output = max(0, made - (total - usage.tokens_output))
        event.usage_source = SOURCE_ESTIMATED


class Settler:
    """From a reading to priced events; `world` is replaced as a whole when the estate changes."""

    def __init__(self, world: World, remember_card: Callable[[RateCard], None], ids: IdSource) -> None:
        self.world = world
        self.tally = Tally()
        self._remember_card = remember_card
        self._ids = ids
        self.charge: Callable[[Call], None] | None = None  # for calls that go on somebody's grant

    def settle(
        self,
        call: Call,
        route: Route,
        target: Target,
        reading: Reading | None,
        *,
        output_made: int | None = None,
    ) -> list[Event]:
        """How much, and what it costs: the call's event, and those of what is billed beside it.

        `output_made` is how many tokens of output there were at least. It takes the place of an estimate, and
        of a provider's total that was said before the answer went on.
        """
        event = call.event
        if reading is not None:
            take_reading(event, reading)
        if event.usage_source == SOURCE_NONE and route.metered and event.status != ERROR:
            take_estimate(event, reading, call.request.body)
        if output_made is not None:
            take_output(event, output_made)
        self.price(event, target.upstream_model)
        if call.approval is not None and self.charge is not None:
            self.charge(call)
        if reading is None or not reading.asides:
            return [event]
        events, cards = asides_of(event, reading, self.world, self._ids.next())
        for card in cards:
            self._remember_card(card)
        return [*events, event]

    def price(self, event: Event, upstream_model: str) -> None:
        """What it costs by the prices in force when the call began."""
        for card in price(event, self.world, upstream_model):
            self._remember_card(card)


def price(event: Event, world: World, upstream_model: str) -> list[RateCard]:
    """Set the costs by the prices in force when the call began; the cards that were used.

    Without a price the costs stay None: unpriced. A call that consumed nothing, such as an upstream
    error, costs nothing whatever the price.
    """
    if event.usage_source == SOURCE_NONE:
        event.cost_pico = event.cost_list_pico = 0
        return []
    context = _context(event.service_tier, event.processing, event.speed, event.inference_geo, event.region)
    at = InstantUs(event.started_at_us)
    served, also = _names(event, upstream_model)
    card, listed = world.catalogue.cards(event.provider, served, context, at, also)
    rated = rate(card, event.usage)
    if rated.flags:
        event.flags = [*event.flags, *rated.flags]
    if card is None or rated.cost_pico is None:
        return []
    event.price_ref = card.ref
    event.cost_pico = rated.cost_pico
    event.cost_list_pico = (
        rated.cost_pico if listed is None or listed is card else rate(listed, event.usage).cost_pico
    )
    return [card]


@lru_cache(maxsize=1024)
def _context(service_tier: str, processing: str, speed: str, inference_geo: str, region: str) -> PriceContext:
    return PriceContext(
        service_tier=service_tier,
        processing=processing,
        speed=speed,
        inference_geo=inference_geo,
        region=region,
    )


def _names(event: Event, upstream_model: str) -> tuple[str, tuple[str, ...]]:
    """The model's names, best first: as served, as sent upstream, as the estate calls it."""
    if event.model_served:
        return event.model_served, (upstream_model, event.model)
    return upstream_model, (event.model,)


def asides_of(
    event: Event, reading: Reading, world: World, next_id: str
) -> tuple[list[Event], list[RateCard]]:
    """Tokens that the provider bills beside the reply's own usage, as events linked to the call.

    They are part of the bill but not of the reply, and may be at another model's price.
    """
    events, cards = [], []
    for number, aside in enumerate(reading.asides):
        model = aside.model or event.model
        beside = Event(
            **{
                **{name: getattr(event, name) for name in _SHARED},
                "call_id": next_id if number == 0 else f"{next_id[:-2]}{number:02x}",
                "operation": aside.kind,
                "model": model,
                "model_served": aside.model or event.model_served,
                "usage": aside.usage,
                "usage_source": SOURCE_PROVIDER,
                "flags": ["aside"],
                "linked_call_id": event.call_id,
            }
        )
        cards += price(beside, world, model)
        events.append(beside)
    return events, cards


_SHARED: Final = (
    "started_at_us",
    "finished_at_us",
    "team",
    "product",
    "use_case",
    "environment",
    "tags",
    "key_id",
    "provider",
    "wire",
    "model_requested",
    "region",
    "service_tier",
    "processing",
    "speed",
    "inference_geo",
    "status",
    "http_status",
    "streamed",
    "provider_call_id",
    "budgets",
)


def complete_leftover(event: Event, world: World) -> list[RateCard]:
    """What can be said of a call that a crash cut short: its input by the request's size.

    The provider may have billed it; the flag and the status keep it in sight until a bill settles it. An
    attempt whose end was known is only priced again, so that its card is kept beside it.
    """
    if event.status == INTERRUPTED:
        event.flags = [*event.flags, "interrupted"]
        event.usage = Usage(tokens_input=max(1, event.bytes_request // _BYTES_PER_TOKEN))
        event.usage_source = SOURCE_ESTIMATED
    cards = price(event, world, event.model_requested)
    event.flags = list(dict.fromkeys(event.flags))
    return cards
