"""The rate card: everything that prices one call, as integers, named by its content."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from hashlib import sha256
from math import lcm
from typing import Final

import msgspec

from bursar.catalogue.classes import TEXT_PARENTS
from bursar.catalogue.context import FLAG_PREPAID
from bursar.vocab.errors import InvalidInput
from bursar.vocab.money import PICODOLLARS_PER_USD, Picodollars, round_to_picodollars
from bursar.vocab.usage import INPUT_TOKEN_CLASSES, USAGE_CLASSES, Usage

CALLS: Final = "calls"
"""The class of what is paid once for each call, beside the classes of Usage."""

FREE_CLASSES: Final = frozenset(("web_fetches",))
"""Counted for information; no provider charges for them beyond their tokens."""

PLACES_PERIODIC: Final = 30
"""Decimal places of a line whose exact amount has no end, such as a third of a cent."""

INCLUDED: Final = "included"
"""The key of a rate of nothing for what another price covers."""

_INPUT_CLASSES_FIRST: Final = len(INPUT_TOKEN_CLASSES)
_AUDIO_MS: Final = USAGE_CLASSES.index("audio_ms")
_astuple = msgspec.structs.astuple
_multiply = operator.mul


class Rate(msgspec.Struct, frozen=True, array_like=True):
    """`usd` dollars (decimal text) for `per` units; `key` is the price that it comes from."""

    usd: str
    per: int
    key: str


class Band(msgspec.Struct, frozen=True):
    """Rates by usage class for calls with more than `input_over` input tokens; all their tokens pay them."""

    input_over: int
    rates: dict[str, Rate]


class CardContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rate card says, as it is stored. Bands ascend; the first is over -1, so that it always fits."""

    name: str
    bands: list[Band]
    flags: list[str] = []
    audio_ms_least: int = 0


class Line(msgspec.Struct, frozen=True):
    """One class of one call: quantity x rate_usd / per = amount_usd. No rate: `rate_usd` is empty.

    `amount_usd` is exact decimal text; where it has no end it has 30 places. `borrowed` says that sound,
    pictures or film were charged at the price of text, because the model has no price for them.
    """

    usage_class: str
    quantity: int
    rate_usd: str
    per: int
    priced_as: str
    amount_usd: str
    borrowed: bool = False


_FREE: Final = Rate("0", 1, "free")
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(CardContent).decode


@dataclass(frozen=True, slots=True, eq=False)
class RateCard:
    """Prices calls by integer arithmetic. `ref` names the content: same content, same ref.

    `flags` are facts to put on every event that it prices, such as a tier whose price is not known.
    """

    ref: str
    flags: tuple[str, ...]
    content: CardContent
    _rates: tuple[int, ...] = field(repr=False)  # picodollars x _scale per unit, by USAGE_CLASSES
    _per_call: int = field(repr=False)
    _scale: int = field(repr=False)
    _longer: tuple[tuple[int, tuple[int, ...], int], ...] = field(repr=False)  # longest first
    _unusual: Callable[[tuple[int, ...]], tuple[int, ...]] = field(repr=False)  # of what has no own rate
    _nothing: tuple[int, ...] = field(repr=False)  # what `_unusual` gives for most calls

    @classmethod
    def of(cls, content: CardContent) -> "RateCard":
        """Compile what a card says."""
        data = _encode(content)
        scale = lcm(
            *(picodollars(rate).denominator for band in content.bands for rate in band.rates.values())
        )
        first, *longer = content.bands
        unusual = [name for name in USAGE_CLASSES if _is_unusual(name, content.bands)]
        return cls(
            ref=f"{content.name}#{sha256(data).hexdigest()[:12]}",
            flags=tuple(content.flags),
            content=content,
            _rates=_vector(first, scale),
            _per_call=_per_call(first, scale),
            _scale=scale,
            _longer=tuple(
                (band.input_over, _vector(band, scale), _per_call(band, scale)) for band in reversed(longer)
            ),
            _unusual=_counts_of(unusual),
            _nothing=_counts_of(unusual)((0,) * len(USAGE_CLASSES)),
        )

    @classmethod
    def from_json(cls, data: bytes) -> "RateCard":
        """The card of `to_json`; InvalidInput if the bytes are no card."""
        try:
            content = _decode(data)
            return cls.of(content)
        except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
            raise InvalidInput(f"these bytes are not a rate card: {error}") from error

    def to_json(self) -> bytes:
        """The content as canonical JSON, from which `ref` is made."""
        return _encode(self.content)

    def cost(self, usage: Usage) -> Picodollars:
        """What the call costs, rounded once at the end; classes without a rate add nothing."""
        return self.cost_of_counts(_astuple(usage))

    def cost_of_counts(self, counts: tuple[int, ...]) -> Picodollars:
        """`cost` of the quantities in the order of USAGE_CLASSES."""
        rates = self._rates
        fixed = self._per_call
        if self._longer:
            rates, fixed = self._band(counts)
        if self.content.audio_ms_least:
            counts = self._least_audio(counts)
        total = sum(map(_multiply, counts, rates), fixed)
        if self._scale == 1:
            return Picodollars(total)
        return round_to_picodollars(total, self._scale)

    def is_usual(self, counts: tuple[int, ...]) -> bool:
        """Whether nothing was consumed that is `unpriced` or `borrowed`: the quick answer for most calls."""
        return self._unusual(counts) == self._nothing

    def unpriced(self, usage: Usage) -> tuple[str, ...]:
        """The classes that the call consumed and that this card has no rate for."""
        rates = self.content.bands[0].rates
        return tuple(
            name
            for name in USAGE_CLASSES
            if getattr(usage, name) and name not in rates and name not in FREE_CLASSES
        )

    def borrowed(self, usage: Usage) -> tuple[str, ...]:
        """The classes of sound, pictures and film that the call consumed and that pay the price of text."""
        rates = self._band_of(_astuple(usage)).rates
        return tuple(name for name in TEXT_PARENTS if getattr(usage, name) and _is_borrowed(name, rates))

    def lines(self, usage: Usage) -> list[Line]:
        """The arithmetic of `cost`, class by class; the amounts sum to the cost before its rounding."""
        counts = _astuple(usage)
        rates = self._band_of(counts).rates
        if self.content.audio_ms_least:
            counts = self._least_audio(counts)
        quantities = dict(zip(USAGE_CLASSES, counts, strict=True))
        if CALLS in rates:
            quantities[CALLS] = 1
        return [_line(name, quantity, rates) for name, quantity in quantities.items() if quantity]

    def _band_of(self, counts: tuple[int, ...]) -> Band:
        total = sum(counts[:_INPUT_CLASSES_FIRST])
        return max((one for one in self.content.bands if total > one.input_over), key=_over)

    def _band(self, counts: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
        total = sum(counts[:_INPUT_CLASSES_FIRST])
        for input_over, rates, per_call in self._longer:
            if total > input_over:
                return rates, per_call
        return self._rates, self._per_call

    def _least_audio(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        if not 0 < counts[_AUDIO_MS] < self.content.audio_ms_least:
            return counts
        return (*counts[:_AUDIO_MS], self.content.audio_ms_least, *counts[_AUDIO_MS + 1 :])


def _counts_of(names: list[str]) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    """A quick reader of some classes of the quantities of a call."""
    if not names:
        return lambda counts: ()
    places = [USAGE_CLASSES.index(name) for name in names]
    read: Callable[[tuple[int, ...]], tuple[int, ...]] = operator.itemgetter(*places, places[0])
    return read  # the first place twice: of a single one itemgetter would give no tuple


def _is_unusual(name: str, bands: list[Band]) -> bool:
    if name in FREE_CLASSES:
        return False
    return name not in bands[0].rates or any(_is_borrowed(name, band.rates) for band in bands)


def _is_borrowed(name: str, rates: Mapping[str, Rate]) -> bool:
    """Whether a class pays the very price that text pays; a rate of nothing is no loan."""
    rate = rates.get(name)
    if rate is None or rate.key in (INCLUDED, FLAG_PREPAID):
        return False
    return any(rate.key == rates[text].key for text in TEXT_PARENTS.get(name, ()) if text in rates)


def _over(band: Band) -> int:
    return band.input_over


def picodollars(rate: Rate) -> Fraction:
    """What one unit costs, exactly."""
    return Fraction(rate.usd) * PICODOLLARS_PER_USD / rate.per


def _vector(band: Band, scale: int) -> tuple[int, ...]:
    return tuple(_scaled(band.rates.get(name), scale) for name in USAGE_CLASSES)


def _per_call(band: Band, scale: int) -> int:
    return _scaled(band.rates.get(CALLS), scale)


def _scaled(rate: Rate | None, scale: int) -> int:
    return int(picodollars(rate) * scale) if rate is not None else 0


def _line(name: str, quantity: int, rates: Mapping[str, Rate]) -> Line:
    rate = rates.get(name, _FREE if name in FREE_CLASSES else None)
    if rate is None:
        return Line(name, quantity, "", 0, "", "0")
    amount = _amount(quantity, rate)
    return Line(name, quantity, rate.usd, rate.per, rate.key, amount, _is_borrowed(name, rates))


def _amount(quantity: int, rate: Rate) -> str:
    with localcontext() as context:
        context.prec = 100
        amount = Decimal(rate.usd) * quantity / rate.per
        if amount * rate.per != Decimal(rate.usd) * quantity:
            amount = round(amount, PLACES_PERIODIC)
        return f"{amount.normalize():f}"
