"""The most that a call can consume, from its request alone and without a tokenizer."""

import re
from typing import Final, NamedTuple

from bursar.catalogue.ceiling import Most
from bursar.catalogue.outputs import output_tokens_max
from bursar.gateway.ask import Ask
from bursar.gateway.paths import Route
from bursar.vocab.event import Event
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

    __slots__ = ("cost_per_1024", "cost_seen", "input_per_1024", "output_seen")

    def __init__(self) -> None:
        self.input_per_1024 = AS_HELD  # the most tokens of input for 1,024 bytes
        self.cost_per_1024 = AS_HELD  # the most picodollars for 1,024 that the rates say
        self.cost_seen = 0  # of a model whose price is known only by the name that its replies give
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
        return Bound(self, most, cost_most, has_price, self.input_per_1024, self.cost_per_1024)


class Bound(NamedTuple):
    """The most that a call was held to, by the habits that were known when it was."""

    habits: Habits
    most: Most
    cost_most: int
    has_price: bool
    input_per_1024: int
    cost_per_1024: int

    def learn(self, event: Event) -> None:
        """Take what the call used and cost in the end."""
        usage, most, habits = event.usage, self.most, self.habits
        if not self.has_price and event.cost_pico:
            habits.cost_seen = max(habits.cost_seen, event.cost_pico)
        used = usage.tokens_input + usage.tokens_cache_read
        is_longer = False
        if not most.plain or used > most.tokens_input:
            used = tokens_input_total(usage)
            is_longer = used > most.tokens_input
            if is_longer:
                seen = _raised(self.input_per_1024, used, most.tokens_input)
                habits.input_per_1024 = max(habits.input_per_1024, seen)
        if usage.tokens_output + usage.tokens_reasoning > most.tokens_output:
            habits.output_seen = max(habits.output_seen, tokens_output_total(usage))
        elif (
            not is_longer  # more tokens cost more: that is no dearer rate, and both would multiply
            and self.cost_most
            and self.has_price
            and event.cost_pico is not None
            and event.cost_pico > self.cost_most
        ):
            seen = _raised(self.cost_per_1024, event.cost_pico, self.cost_most)
            habits.cost_per_1024 = max(habits.cost_per_1024, seen)


def _raised(per_1024: int, used: int, held: int) -> int:
    """The ratio with which as much would have been held as was used."""
    return -(-used * per_1024 // max(1, held))
