"""What replies teach of models that keep to no price list or tokenizer: holds follow it, and it fades."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, NamedTuple, Protocol

import msgspec

from bursar.catalogue.ceiling import Most
from bursar.vocab.event import SOURCE_PROVIDER, Event
from bursar.vocab.usage import tokens_input_total, tokens_output_total

AS_HELD: Final = 1024
"""A ratio, for 1,024, of a model that uses no more than its calls are held for."""

DAY_US: Final = 24 * 3_600 * 1_000_000
WEEK_US: Final = 7 * DAY_US
CALLS_LEAST: Final = 20
"""With fewer calls a day says little of a model: what was learned of it fades by weeks."""

NAMES_MAX: Final = 64
"""Names under which one model has served; far fewer already make it a router."""

NAME_CHARACTERS: Final = 256
"""No price is known by a longer name."""

MODELS_MAX: Final = 10_000
KEPT_MAX: Final = 2_000
"""Models that are in memory, as callers may invent names, and of which something is kept over a restart."""

_IDLE_MAX: Final = 7  # periods in which a name did not serve, and which it outlasts
_UNPRICED: Final = ""  # in the place of a name: replies that name nothing which has a price

_Ratio = Annotated[int, msgspec.Meta(ge=AS_HELD, le=2**62)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_Name = Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS)]


class Levels(msgspec.Struct, array_like=True, frozen=True):
    """Tokens of input and picodollars for 1,024 that are held, and the longest answer over its maximum."""

    input_per_1024: _Ratio = AS_HELD
    cost_per_1024: _Ratio = AS_HELD
    output_seen: _Count = 0

    def highest(self, other: "Levels") -> "Levels":
        return Levels(
            max(self.input_per_1024, other.input_per_1024),
            max(self.cost_per_1024, other.cost_per_1024),
            max(self.output_seen, other.output_seen),
        )

    def halved(self) -> "Levels":
        """Half as far from what is usual."""
        return Levels(
            AS_HELD + (self.input_per_1024 - AS_HELD) // 2,
            AS_HELD + (self.cost_per_1024 - AS_HELD) // 2,
            self.output_seen // 2,
        )


USUAL: Final = Levels()


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """The habits of one model, as they outlive the process."""

    provider: str
    model: str
    levels: Levels
    recent: Levels
    idle: Annotated[dict[_Name, _Count], msgspec.Meta(max_length=NAMES_MAX)]
    calls: _Count
    since_us: int


class Rated(Protocol):
    """Knows what a bound costs by the rates alone; 0 without any."""

    def by_rates(self, most: Most) -> int: ...


class Habits:
    """What was learned of one model at one provider, where it does not keep to what others keep to.

    A provider that counts more tokens than a request has bytes, writes more than it was asked to, or charges
    a dearer rate than was expected, is found out by its first such reply; from then on as much is held for it
    as it was seen to use. It fades by half in each day in which that did not happen again, or in each week if
    there are few calls; so nothing is forgotten that a model does every day.
    """

    __slots__ = (
        "_calls",
        "_idle",
        "_levels",
        "_recent",
        "_since_us",
        "are_usual",
        "changes",
        "cost_per_1024",
        "input_per_1024",
        "keep_to_bounds",
        "output_seen",
        "served",
        "unpriced",
    )

    def __init__(self, kept: Kept | None = None) -> None:
        self.changes = 0  # how often something was learned, for whoever keeps it
        self._recent = USUAL if kept is None else kept.recent  # the highest in this period
        self._calls = 0 if kept is None else kept.calls  # in this period
        self._since_us = 0 if kept is None else kept.since_us
        self._idle: dict[str, int] = {}
        self._set_levels(USUAL if kept is None else kept.levels)
        self._set_names({} if kept is None else kept.idle)

    def _set_levels(self, levels: Levels) -> None:
        """With them whether the model keeps to its bounds, and whether there is anything to know of it."""
        self._levels = levels
        self.keep_to_bounds = levels == USUAL
        self.input_per_1024 = levels.input_per_1024
        self.cost_per_1024 = levels.cost_per_1024
        self.output_seen = levels.output_seen
        self.are_usual = self.keep_to_bounds and not self._idle

    def _set_names(self, idle: dict[str, int]) -> None:
        """`idle` says of each name in how many whole periods it did not serve."""
        self._idle = idle
        self.served = frozenset(name for name in idle if name)  # where its own name has no price
        self.unpriced = _UNPRICED in idle  # whether a reply came whose name has no price either
        self.are_usual = self.keep_to_bounds and not idle

    def kept(self, provider: str, model: str) -> Kept:
        """All of it, to make them anew from."""
        return Kept(
            provider, model, self._levels, self._recent, dict(self._idle), self._calls, self._since_us
        )

    # -- holding -------------------------------------------------------------------------------------

    def applied(self, most: Most, at_us: int) -> Most:
        """The bound as this model keeps it now."""
        if self.keep_to_bounds:
            return most
        self.fade(at_us)  # also where its calls are refused, so that no one reply refuses them for ever
        return most._replace(
            tokens_input=-(-most.tokens_input * self.input_per_1024 // AS_HELD),
            tokens_output=max(most.tokens_output, self.output_seen) if most.tokens_output else 0,
            before=most,
        )

    def bound(self, most: Most, cost_most: int, rates: Rated, *, has_price: bool) -> "Bound":
        """What a call is held to now: tokens, and picodollars (0 where no budget counts them)."""
        return Bound(self, most, cost_most, None if has_price else self.served, rates)

    # -- learning ------------------------------------------------------------------------------------

    def take_name(self, name: str) -> None:
        """A reply named the model that served, by a name that has a price; or by none that has ("")."""
        if self._idle.get(name) == 0 or len(name) > NAME_CHARACTERS:
            return
        if name in self._idle:
            self._idle[name] = 0
        elif len(self._idle) < NAMES_MAX:
            self._set_names({**self._idle, name: 0})
            self.changes += 1

    def see(self, seen: Levels) -> None:
        """What a call would have had to be held for: from now on as much is held."""
        if seen == USUAL:
            return
        self._recent = self._recent.highest(seen)
        raised = self._levels.highest(seen)
        if raised != self._levels:
            self._set_levels(raised)
            self.changes += 1

    def count(self, at_us: int) -> None:
        """One call more, at this instant; at the end of a period what did not happen again fades."""
        if self._calls == 0 or at_us < self._since_us:  # the first call, or a clock that was set back
            self._since_us = at_us
        self._calls += 1
        self.fade(at_us)

    def fade(self, at_us: int) -> None:
        """End the period if it is over."""
        if at_us - self._since_us < (DAY_US if self._calls >= CALLS_LEAST else WEEK_US):
            return
        self._set_levels(self._levels.halved().highest(self._recent))
        names = {name: idle + 1 for name, idle in self._idle.items() if idle < _IDLE_MAX}
        if names:  # somebody served: without any call nothing is known better than before
            self._set_names(names if self._calls else self._idle)
        self._recent = USUAL
        self._calls = 0
        self._since_us = at_us
        self.changes += 1


class Bound(NamedTuple):
    """The most that a call was held to, by the habits that were known when it was."""

    habits: Habits
    most: Most
    cost_most: int
    served: frozenset[str] | None  # the names that it was held for; None: its own has a price
    rates: Rated

    def learn(self, events: Sequence[Event]) -> None:
        """Take what the call used and cost in the end: its own event last, before it what was beside."""
        habits, event = self.habits, events[-1]
        is_kept = len(events) == 1 and self._is_kept(event)
        if is_kept and self.served is None and habits.are_usual:
            return
        if self.served is not None and event.usage_source == SOURCE_PROVIDER:
            if event.cost_pico is None:
                habits.take_name(_UNPRICED)
            elif event.model_served:
                habits.take_name(event.model_served)
        if not (is_kept and habits.keep_to_bounds):
            habits.see(self._seen(events))
        if not habits.are_usual:
            habits.count(event.finished_at_us)

    def _is_kept(self, event: Event) -> bool:
        """Whether the call used and cost no more than it was held for; quick, for nearly all calls do."""
        usage, most = event.usage, self.most
        if most.plain:
            tokens_input = (
                usage.tokens_input
                + usage.tokens_cache_read
                + usage.tokens_cache_write
                + usage.tokens_cache_write_30m
            )
            tokens_output = usage.tokens_output + usage.tokens_reasoning
        else:
            tokens_input, tokens_output = tokens_input_total(usage), tokens_output_total(usage)
        cost = event.cost_pico
        return (
            tokens_input <= most.tokens_input
            and tokens_output <= most.tokens_output
            and (cost is None or cost <= self.cost_most or not self.cost_most)
        )

    def _seen(self, events: Sequence[Event]) -> Levels:
        """The levels at which the same call, held again, would be held for what it used."""
        most = self._before_habits()
        tokens_input = sum(tokens_input_total(event.usage) for event in events)
        tokens_output = sum(tokens_output_total(event.usage) for event in events)
        used = most._replace(
            tokens_input=max(most.tokens_input, tokens_input),
            tokens_output=max(most.tokens_output, tokens_output),
        )
        return Levels(
            _ratio(tokens_input, most.tokens_input),
            self._cost_ratio(events, used),
            tokens_output if tokens_output > most.tokens_output else 0,
        )

    def _before_habits(self) -> Most:
        """The bound of the request alone; with the shorter answer that it was sent for, where it was."""
        most, before = self.most, self.most.before
        if before is None:
            return most
        return before._replace(tokens_output=min(before.tokens_output, most.tokens_output))

    def _cost_ratio(self, events: Sequence[Event], used: Most) -> int:
        """How much dearer than its tokens say; only a rate that was known when it was held tells that."""
        cost = sum(event.cost_pico or 0 for event in events)
        is_known = self.served is None or events[-1].model_served in self.served
        if not (is_known and self.cost_most and cost):
            return AS_HELD
        return _ratio(cost, self.rates.by_rates(used))


def _ratio(used: int, held: int) -> int:
    """The ratio, for 1,024, at which as much would be held as was used; never below the usual one."""
    return min(2**62, max(AS_HELD, -(-used * AS_HELD // max(1, held))))


class Memory:
    """The habits of all models that this worker has called; it outlives the world."""

    def __init__(self, kept: Iterable[Kept] = ()) -> None:
        self._habits = {(one.provider, one.model): Habits(one) for one in kept}

    def of(self, provider: str, model: str) -> Habits:
        """The habits of a model; of one that was never called, the usual ones."""
        found = self._habits.get((provider, model))
        if found is None:
            if len(self._habits) >= MODELS_MAX:
                unusual = [pair for pair in self._habits.items() if not pair[1].are_usual]
                self._habits = dict(unusual[-MODELS_MAX // 2 :])
            found = self._habits[provider, model] = Habits()
        return found

    @property
    def changes(self) -> int:
        """Moves when something was learned or forgotten."""
        return sum(habits.changes for habits in self._habits.values())

    def kept(self) -> list[Kept]:
        """What is worth keeping, in the order in which the models were first called."""
        unusual = [
            habits.kept(provider, model)
            for (provider, model), habits in self._habits.items()
            if not habits.are_usual
        ]
        return unusual[-KEPT_MAX:]
