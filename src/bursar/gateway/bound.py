"""The most that a call can consume, from its request alone and without a tokenizer."""

import re
from typing import Final, NamedTuple

from bursar.catalogue.ceiling import Most
from bursar.catalogue.outputs import output_tokens_max
from bursar.gateway.ask import Ask
from bursar.gateway.paths import Route
from bursar.vocab.usage import Usage, tokens_input_total, tokens_output_total

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
        output = (ask.output_max or output_tokens_max(model)) * ask.n
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

    A provider that counts more tokens than a request has bytes, or writes more than it was asked to, is found
    out by its first such reply; from then on as much is held for it as it was seen to use.
    """

    __slots__ = ("input_per_1024", "output_seen")

    def __init__(self) -> None:
        self.input_per_1024 = 1024  # the most tokens of input for 1,024 held ones
        self.output_seen = 0  # the longest answer of one that goes over its maximum

    def applied(self, most: Most) -> Most:
        """The bound as this model keeps it."""
        if self.input_per_1024 == 1024 and not self.output_seen:
            return most
        return most._replace(
            tokens_input=-(-most.tokens_input * self.input_per_1024 // 1024),
            tokens_output=max(most.tokens_output, self.output_seen) if most.tokens_output else 0,
        )

    def learn(self, most: Most, usage: Usage) -> None:
        """What a call used whose bound was `most`."""
        used = usage.tokens_input + usage.tokens_cache_read
        if not most.plain or used > most.tokens_input:
            self._learn_input(most, tokens_input_total(usage))
        if usage.tokens_output + usage.tokens_reasoning > most.tokens_output:
            self.output_seen = max(self.output_seen, tokens_output_total(usage))

    def _learn_input(self, most: Most, used: int) -> None:
        held = max(1, most.tokens_input)
        if used > held:
            self.input_per_1024 = -(-used * self.input_per_1024 // held)


class Bound(NamedTuple):
    """The most that a call was held to, and where to learn from what it used."""

    habits: Habits
    most: Most

    def learn(self, usage: Usage) -> None:
        """Take the usage of the call."""
        self.habits.learn(self.most, usage)
