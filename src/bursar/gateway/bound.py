"""The most that a call can consume, from its request alone and without a tokenizer."""

import re
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from bursar.catalogue import STANDARD, Catalogue, PriceContext, RateCard
from bursar.catalogue.ceiling import Ceiling, Most, ceiling_of, highest
from bursar.catalogue.context import DECIDED_LATER, outcomes
from bursar.catalogue.outputs import Reach, output_tokens_max, window_tokens
from bursar.gateway.ask import Ask, makes_text
from bursar.gateway.habits import Habits
from bursar.gateway.paths import Route
from bursar.gateway.rounds import calls_most, tokens_read
from bursar.vocab.instant import InstantUs

# A token of a byte-level vocabulary is at least one byte, so a text has no more tokens than bytes. What a
# vendor writes around tools (instructions on how to call them) is not in the request.
_TOOLS_TOKENS: Final = 1_024
# Pictures have as many tokens as they have tiles, whatever their bytes (OpenAI, guide to images, 11/2026: up
# to 2,833 + 8 x 5,667 for the small models).
_PICTURES: Final = (b'"image_url"', b'"input_image"', b'"image"', b'"inlineData"', b'"inline_data"')
_PICTURE_TOKENS: Final = 50_000
# What is named by a reference may be as long as a model can read.
_REFERENCES: Final = (
    b'"file_id"',
    b'"input_file"',
    b'"previous_response_id"',
    b'"conversation"',
    b'"fileData"',
    b'"file_data"',
    b'"cachedContent"',
    b'"cached_content"',
    b'"document"',
    b'"item_reference"',
    b'"pmpt_',
)
# The same words where they do refer: a tool may have a parameter of that name, and SDKs write null.
_REFERS: Final = re.compile(
    rb'"type"\s*:\s*"(?:document|input_file|item_reference)"'
    rb'|"(?:file_id|previous_response_id|cachedContent|cached_content)"\s*:\s*"'
    rb'|"conversation"\s*:\s*(?:"|\{\s*"id")'
    rb'|"(?:fileData|file_data)"\s*:\s*["{]'
    rb'|"pmpt_'
)
# The names of tools that a provider runs itself, or how they begin: whether they are given is read then.
_TOOLS: Final = (
    b'"web_search',
    b'"web_fetch',
    b'"file_search"',
    b'"fileSearch"',
    b'"googleSearch',
    b'"google_search',
    b'"googleMaps"',
    b'"urlContext"',
    b'"url_context"',
    b'"code_interpreter"',
    b'"code_execution',
    b'"codeExecution"',
    b'"image_generation"',
    b'"mcp',
)
_SPEECH_TOKENS: Final = 200_000
# Other classes than plain text, or a cache that is written on purpose at a dearer rate.
_DEARER: Final = (b'"cache_control"', b'"input_audio"', b'"modalities"', b'"responseModalities"')


def _any_of(words: Iterable[bytes]) -> re.Pattern[bytes]:
    """Finds any of some words that begin with a quote; by their first letters, which is twice as quick."""
    rests: dict[bytes, list[bytes]] = {}
    for word in words:
        rests.setdefault(word[1:2], []).append(re.escape(word[2:]))
    return re.compile(
        b'"(?:' + b"|".join(first + b"(?:" + b"|".join(rest) + b")" for first, rest in rests.items()) + b")"
    )


# All of them in one pass: most requests hold none.
_UNUSUAL: Final = _any_of((*_PICTURES, *_REFERENCES, *_TOOLS, *_DEARER))
_IMAGE_TOKENS: Final = 16_384
_HOUR_US: Final = 3_600 * 1_000_000
_NAMED_MAX: Final = 64  # words that callers invent are forgotten
_SERVED_MAX: Final = 16  # more models under one name: a router, of which any may be next
_NO_OUTPUT: Final = frozenset(("embeddings", "moderations", "count_tokens"))


def most_of(route: Route, ask: Ask, body: bytes, reach: Reach) -> Most:
    """The bound of a call: output by the caller's maximum or the model's, input by the request's bytes."""
    tokens = len(body)
    if ask.tools:
        tokens += _TOOLS_TOKENS
    if route.operation == "images":
        return Most(tokens, _IMAGE_TOKENS * ask.n, plain=False, images=ask.n)
    if route.operation == "audio":
        # Speech is recorded with eight kilobits a second or more: a byte for each millisecond.
        return Most(tokens, _SPEECH_TOKENS, plain=False, audio_ms=len(body), characters=len(body))
    output = 0
    if route.operation not in _NO_OUTPUT:
        output = (ask.output_max(route.operation) or reach.output) * ask.n
    most = (
        Most(tokens, output)
        if _UNUSUAL.search(body) is None
        else _unusual(route, ask, body, tokens, output, reach)
    )
    named = ask.way
    return most if named is STANDARD else most._replace(named=named)


def _unusual(route: Route, ask: Ask, body: bytes, tokens: int, output: int, reach: Reach) -> Most:
    """The bound of a request that holds more than text.

    What it names by a reference is as long as the model can read; what it brings itself may be longer than
    we know the model to read, and is then believed.
    """
    pictures = sum(body.count(word) for word in _PICTURES)
    tokens += pictures * _PICTURE_TOKENS
    calls, refers = 0, False
    if makes_text(route):  # an embedding reads what it was sent, and no more
        calls, refers = calls_most(route, ask), _REFERS.search(body) is not None
    if refers:
        tokens = max(tokens, reach.window)
    plain = not (pictures or refers or calls or any(word in body for word in _DEARER))
    return Most(tokens_read(tokens, calls, reach.window), output, plain=plain, searches=calls)


class Rates:
    """The dearest rates that calls of one model at one provider may pay, from one instant on.

    They are over every way of serving that a request may lead to. A model that has no price by its own name
    has one by the name that its replies give, as deployments and aliases have: until a reply has shown it,
    the dearest that its provider sells; then what has served.
    """

    __slots__ = (
        "_at",
        "_catalogue",
        "_found",
        "_names",
        "_provider",
        "_region",
        "_seen",
        "_unasked",
        "habits",
        "own",
        "reach",
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
        self._region = region
        self._unasked = writes_unasked
        self._found: dict[PriceContext, Ceiling | None] = {}
        self._seen = (habits.served, habits.unpriced)
        self.habits = habits
        self.own = self._by_names(names, STANDARD)  # of the standard way; None: the names have no price
        card = catalogue.card(provider, names[0], PriceContext(region=region), at, names[1:])
        window = window_tokens(catalogue.window(provider, names), card)
        self.reach = Reach(window, output_tokens_max(names[0]))

    def span(self) -> tuple[int, int]:
        """From when to before when they hold; of a model that is not known for certain, for this hour."""
        if self.own is None:
            hour = self._at - self._at % _HOUR_US
            return hour, hour + _HOUR_US
        anyhow = PriceContext(service_tier="auto")
        spans = [
            self._catalogue.span(self._provider, self._names, way, self._at)
            for way in self._ways(self._names, anyhow)
        ]
        return max(start for start, _ in spans), min(end for _, end in spans)

    def of(self, named: PriceContext) -> Ceiling | None:
        """The rates of requests that name these words; None where nothing tells any."""
        seen = (self.habits.served, self.habits.unpriced)
        if seen != self._seen or len(self._found) >= _NAMED_MAX:
            self._found.clear()
            self._seen = seen
        if named not in self._found:
            self._found[named] = self._by_names(self._names, named) or self._guess(named)
        return self._found[named]

    @property
    def is_shown(self) -> bool:
        """Whether it is known what the model is, by its name or by a reply."""
        return self.own is not None or self.habits.unpriced or bool(self.habits.served)

    def _guess(self, named: PriceContext) -> Ceiling | None:
        served = self.habits.served
        if not served and self.habits.unpriced:
            return None
        if len(served) <= _SERVED_MAX:
            shown = [self._by_names((name, *self._names), named) for name in served]
            if found := [one for one in shown if one is not None]:
                return highest(found)
        cards = (
            self._catalogue.dearest_card(self._provider, way, self._at) for way in self._ways(None, named)
        )
        return self._highest(cards)

    def _by_names(self, names: tuple[str, ...], named: PriceContext) -> Ceiling | None:
        ways = self._ways(names, named)
        return self._highest(
            self._catalogue.card(self._provider, names[0], way, self._at, names[1:]) for way in ways
        )

    def _ways(self, names: tuple[str, ...] | None, named: PriceContext) -> tuple[PriceContext, ...]:
        """How a request may be served; with the region of the target, which no request changes."""
        named = replace(named, region=self._region)
        is_open = named.service_tier.strip().lower() in DECIDED_LATER
        return outcomes(named, self._catalogue.tiers(self._provider, names) if is_open else ())

    def _highest(self, cards: Iterable[RateCard | None]) -> Ceiling | None:
        found = [ceiling_of(card, writes_unasked=self._unasked) for card in cards if card is not None]
        return highest(found) if found else None
