"""What a call may cost at most by a rate card: the bound that a budget reserves before the call is sent."""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Final, NamedTuple

from bursar.catalogue.card import CALLS, CardContent, RateCard, picodollars
from bursar.catalogue.context import STANDARD, PriceContext
from bursar.vocab.money import Picodollars
from bursar.vocab.usage import INPUT_TOKEN_CLASSES, OUTPUT_TOKEN_CLASSES

_PLAIN_INPUT: Final = ("tokens_input", "tokens_cache_read")
# Where providers write to a cache without being asked, as OpenAI does, at a rate of its own since gpt-5.6.
_WRITTEN_INPUT: Final = (*_PLAIN_INPUT, "tokens_cache_write", "tokens_cache_write_30m")
_PLAIN_OUTPUT: Final = ("tokens_output", "tokens_reasoning")


class Most(NamedTuple):
    """The most that a call can consume. `plain`: text only, and no cache is written on purpose.

    `named` are the words by which the request asks for another way of serving than the standard one; `before`
    is the bound without what was learned of the model, where something was.
    """

    tokens_input: int
    tokens_output: int
    plain: bool = True
    images: int = 0
    audio_ms: int = 0
    characters: int = 0
    searches: int = 0
    named: PriceContext = STANDARD
    before: "Most | None" = None


class Ceiling(NamedTuple):
    """The dearest rates of a card, in picodollars x `scale` for one unit; over all its bands."""

    scale: int
    plain_input: int
    plain_output: int
    any_input: int
    any_output: int
    per_call: int
    per_image: int
    per_audio_ms: int
    per_character: int
    per_search: int
    audio_ms_least: int = 0

    def cost(self, most: Most) -> Picodollars:
        """What the call costs at most, rounded up."""
        if most.plain:
            total = (
                most.tokens_input * self.plain_input + most.tokens_output * self.plain_output + self.per_call
            )
        else:
            total = (
                most.tokens_input * self.any_input
                + most.tokens_output * self.any_output
                + most.images * self.per_image
                + (max(most.audio_ms, self.audio_ms_least) if most.audio_ms else 0) * self.per_audio_ms
                + most.characters * self.per_character
                + most.searches * self.per_search
                + self.per_call
            )
        return Picodollars(-(-total // self.scale))

    def output_within(self, most: Most, amount: int) -> int:
        """How many tokens of output an amount pays for when the rest of the call is paid; may be negative."""
        fixed = self.cost(most._replace(tokens_output=0))
        rate = self.plain_output if most.plain else self.any_output
        if rate == 0:
            return most.tokens_output if amount >= fixed else -1
        return (amount - fixed) * self.scale // rate


@lru_cache(maxsize=4096)
def ceiling_of(card: RateCard, *, writes_unasked: bool = False) -> Ceiling:
    """The dearest rates of a card; `writes_unasked`: text is cached though no request says so."""
    content = card.content
    exact = [
        _dearest(content, _WRITTEN_INPUT if writes_unasked else _PLAIN_INPUT),
        _dearest(content, _PLAIN_OUTPUT),
        _dearest(content, INPUT_TOKEN_CLASSES),
        _dearest(content, OUTPUT_TOKEN_CLASSES),
        _dearest(content, (CALLS,)),
        _dearest(content, ("images",)),
        _dearest(content, ("audio_ms",)),
        _dearest(content, ("characters_input",)),
        _dearest(content, ("web_searches", "file_searches", "code_executions")),
    ]
    scale = lcm(*(rate.denominator for rate in exact))
    return _with_rates(scale, (int(rate * scale) for rate in exact), content.audio_ms_least)


def highest(ceilings: Iterable[Ceiling]) -> Ceiling:
    """What holds whichever of some ceilings a call turns out to have: the dearest of each rate."""
    found = tuple(ceilings)
    scale = lcm(*(one.scale for one in found))
    rates = zip(*(tuple(rate * (scale // one.scale) for rate in one[1:-1]) for one in found), strict=True)
    least = max(one.audio_ms_least for one in found)
    return _with_rates(scale, map(max, rates), least)


def _with_rates(scale: int, rates: Iterable[int], audio_ms_least: int) -> Ceiling:
    return Ceiling(scale, *rates)._replace(audio_ms_least=audio_ms_least)


def _dearest(content: CardContent, classes: tuple[str, ...]) -> Fraction:
    rates = [
        picodollars(band.rates[name]) for band in content.bands for name in classes if name in band.rates
    ]
    return max(rates, default=Fraction(0))
