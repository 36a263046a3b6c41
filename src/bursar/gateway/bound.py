"""The most that a call can consume, from its request alone and without a tokenizer."""

import re
from typing import Final, NamedTuple

from bursar.catalogue import Catalogue, PriceContext
from bursar.catalogue.ceiling import Ceiling, Most, ceiling_of, highest
from bursar.catalogue.outputs import output_tokens_max
from bursar.gateway.ask import Ask
from bursar.gateway.paths import Route
from bursar.vocab.event import SOURCE_PROVIDER, Event
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import tokens_input_total, tokens_output_total

# A token of a byte-level vocabulary is at least one byte, so a text has no more tokens than bytes. What a
# vendor writes around tools (instructions on how to call them) is not in the request.
_TOOLS_TOKENS: Final = 1_024
# Pictures have as many tokens as they have tiles, whatever their bytes (OpenAI, guide to images, 11/2026: up
# to 2,833 + 8 x 5,667 for the small models).
_PICTURES: Final = (b'"image_url"', b'"input_image"', b'"image"', b'"inlineData"', b'"inline_data"')
_PICTURE_TOKENS: Final = 50_000
# What is named by a reference, or found by a tool of the provider's, may be as long as a model can read.
_REFERENCES: Final = (
    b'"file_id"',
    b'"input_file"',
    b'"previous_response_id"',
    b'"conversation"',
    b'"fileData"',
    b'"file_data"',
    b'"cachedContent"',
    b'"document"',
    b'"web_search',
    b'"file_search"',
    b'"googleSearch"',
    b'"google_search"',
    b'"code_interpreter"',
    b'"code_execution',
)
_CONTEXT_TOKENS: Final = 200_000
_SEARCHES: Final = 10
# Other classes than plain text, or a cache that is written on purpose at a dearer rate.
_DEARER: Final = (b'"cache_control"', b'"input_audio"', b'"modalities"', b'"responseModalities"')
# All of them in one pass: most requests hold none.
_UNUSUAL: Final = re.compile(
    b'"(?:' + b"|".join(re.escape(word[1:]) for word in (*_PICTURES, *_REFERENCES, *_DEARER)) + b")"
)
_IMAGE_TOKENS: Final = 16_384
AS_HELD: Final = 1024
_HOUR_US: Final = 3_600 * 1_000_000
_SERVED_MAX: Final = 16  # more models under one name: a router, of which any may be next
_NO_OUTPUT: Final = frozenset(("embeddings", "moderations", "count_tokens"))


def most_of(route: Route, ask: Ask, body: bytes, model: str) -> Most:
    """The bound of a call: output by the caller's maximum or the model's, input by the request's bytes."""
    tokens = len(body)
    if ask.tools:
        tokens += _TOOLS_TOKENS
    if route.operation == "images":
        return Most(tokens, _IMAGE_TOKENS * ask.n, plain=False, images=ask.n)
    if route.operation == "audio":
        # Speech is recorded with eight kilobits a second or more: a byte for each millisecond.
        return Most(tokens, _CONTEXT_TOKENS, plain=False, audio_ms=len(body), characters=len(body))
    output = 0
    if route.operation not in _NO_OUTPUT:
        output = (ask.output_max(route.operation) or output_tokens_max(model)) * ask.n
    if _UNUSUAL.search(body) is None:
        return Most(tokens, output)
    return _unusual(body, tokens, output)


def _unusual(body: bytes, tokens: int, output: int) -> Most:
    """The bound of a request that holds more than text."""
    pictures = sum(body.count(word) for word in _PICTURES)
    refers = any(word in body for word in _REFERENCES)
    tokens += pictures * _PICTURE_TOKENS + refers * _CONTEXT_TOKENS
    return Most(tokens, output, plain=False, searches=_SEARCHES if refers else 0)


class Habits:
    """What was learned of one model at one provider, where it does not keep to what every tokenizer keeps to.

    A provider that counts more tokens than a request has bytes, writes more than it was asked to, or charges
    a dearer rate than was expected, is found out by its first such reply; from then on as much is held for it
    as it was seen to use.
    """

    __slots__ = ("cost_per_1024", "input_per_1024", "output_seen", "served", "unpriced")

    def __init__(self) -> None:
        self.input_per_1024 = AS_HELD  # the most tokens of input for 1,024 bytes
        self.cost_per_1024 = AS_HELD  # the most picodollars for 1,024 that the rates say
        self.served: frozenset[str] = frozenset()  # names in its replies, where its own has no price
        self.unpriced = False  # whether a reply came whose name has no price either
        self.output_seen = 0  # the longest answer of one that goes over its maximum

    def applied(self, most: Most) -> Most:
        """The bound as this model keeps it."""
        if self.input_per_1024 == AS_HELD and not self.output_seen:
            return most
        return most._replace(
            tokens_input=-(-most.tokens_input * self.input_per_1024 // AS_HELD),
            tokens_output=max(most.tokens_output, self.output_seen) if most.tokens_output else 0,
        )

    def bound(self, most: Most, cost_most: int, *, has_price: bool) -> "Bound":
        """What a call is held to now: tokens, and picodollars (0 where no budget counts them)."""
        served = None if has_price else self.served
        return Bound(self, most, cost_most, served, self.input_per_1024, self.cost_per_1024)


class Bound(NamedTuple):
    """The most that a call was held to, by the habits that were known when it was."""

    habits: Habits
    most: Most
    cost_most: int
    served: frozenset[str] | None  # the names that it was held for; None: its own has a price
    input_per_1024: int
    cost_per_1024: int

    def learn(self, event: Event) -> None:
        """Take what the call used and cost in the end."""
        usage, most, habits = event.usage, self.most, self.habits
        if self.served is not None and event.usage_source == SOURCE_PROVIDER:
            if event.cost_pico is None:
                habits.unpriced = True
            elif event.model_served:
                habits.served |= {event.model_served}
        used = usage.tokens_input + usage.tokens_cache_read
        if not most.plain or used > most.tokens_input:
            used = tokens_input_total(usage)
            if used > most.tokens_input:
                seen = _raised(self.input_per_1024, used, most.tokens_input)
                habits.input_per_1024 = max(habits.input_per_1024, seen)
        if usage.tokens_output + usage.tokens_reasoning > most.tokens_output:
            habits.output_seen = max(habits.output_seen, tokens_output_total(usage))
        elif (
            self.cost_most
            and (self.served is None or event.model_served in self.served)
            and event.cost_pico is not None
            and event.cost_pico > self.cost_most
        ):
            seen = _raised(self.cost_per_1024, event.cost_pico, self.cost_most)
            habits.cost_per_1024 = max(habits.cost_per_1024, seen)


class Rates:
    """The dearest rates that calls of one model at one provider may pay, from one instant on.

    A model that has no price by its own name has one by the name that its replies give, as deployments and
    aliases have: until a reply has shown it, the dearest that its provider sells; then what has served.
    """

    __slots__ = (
        "_at",
        "_catalogue",
        "_context",
        "_found",
        "_names",
        "_provider",
        "_unasked",
        "habits",
        "own",
    )

    def __init__(
        self,
        catalogue: Catalogue,
        provider: str,
        names: tuple[str, ...],
        *,
        at: InstantUs,
        habits: Habits,
        region: str = "",
        writes_unasked: bool = False,
    ) -> None:
        """`names` are the model's, best first; `writes_unasked`: the provider caches without being asked."""
        self._catalogue = catalogue
        self._provider = provider
        self._names = names
        self._at = at
        self._context = PriceContext(region=region)
        self._unasked = writes_unasked
        self._found: tuple[tuple[frozenset[str], bool], Ceiling | None] | None = None
        self.habits = habits
        self.own = self._ceiling(names)

    def span(self) -> tuple[int, int]:
        """From when to before when they hold; of a model that is not known for certain, for this hour."""
        if self.own is not None:
            return self._catalogue.span(self._provider, self._names, self._context, self._at)
        hour = self._at - self._at % _HOUR_US
        return hour, hour + _HOUR_US

    def guessed(self) -> Ceiling | None:
        """The rates of a model without a price of its own; None where nothing tells."""
        habits = self.habits
        seen = (habits.served, habits.unpriced)
        if self._found is None or self._found[0] != seen:
            self._found = (seen, self._guess())
        return self._found[1]

    @property
    def is_shown(self) -> bool:
        """Whether a reply has shown what the model is."""
        return self.own is not None or self.habits.unpriced or bool(self.habits.served)

    def _guess(self) -> Ceiling | None:
        served = self.habits.served
        if served and len(served) <= _SERVED_MAX:
            shown = [self._ceiling((name, *self._names)) for name in served]
            found = [one for one in shown if one is not None]
            if found:
                return highest(found)
        elif not served and self.habits.unpriced:
            return None
        card = self._catalogue.dearest_card(self._provider, self._context, self._at)
        return None if card is None else ceiling_of(card, writes_unasked=self._unasked)

    def _ceiling(self, names: tuple[str, ...]) -> Ceiling | None:
        card = self._catalogue.card(self._provider, names[0], self._context, self._at, names[1:])
        return None if card is None else ceiling_of(card, writes_unasked=self._unasked)


def _raised(per_1024: int, used: int, held: int) -> int:
    """The ratio with which as much would have been held as was used."""
    return -(-used * per_1024 // max(1, held))
