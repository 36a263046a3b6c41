"""The ladder of a threshold: which of its steps are taken now, and which wait for an answer."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from bursar.estate.budgets import Acknowledge, Notify, Step
from bursar.estate.span import span_us
from bursar.vocab.instant import InstantUs

State = Literal["waiting", "settled", "acknowledged", "lifted"]
"""Waiting for somebody to acknowledge; all steps taken; acknowledged; undone by a grant."""


class Rung(NamedTuple):
    """A step and its place in the ladder."""

    place: int
    step: Step


class Climb(NamedTuple):
    """The steps that are taken now, and where the ladder stands afterwards."""

    taken: tuple[Rung, ...]
    place: int
    state: State
    waits_until_us: InstantUs | None


def climb(
    steps: Sequence[Step],
    *,
    place: int,
    waits_until_us: InstantUs | None,
    is_acknowledged: bool,
    now: InstantUs,
) -> Climb:
    """Go up from `place`: all steps at once, but those behind an ask only when its time is over."""
    if is_acknowledged:
        return Climb((), place, "acknowledged", None)
    if waits_until_us is not None and now < waits_until_us:
        return Climb((), place, "waiting", waits_until_us)
    taken: list[Rung] = []
    for number in range(place, len(steps)):
        step = steps[number]
        taken.append(Rung(number, step))
        if isinstance(step, Acknowledge):
            return Climb(tuple(taken), number + 1, "waiting", InstantUs(now + span_us(step.within)))
    return Climb(tuple(taken), len(steps), "settled", None)


def is_message(step: Step) -> bool:
    """Whether a step only says something; every other one is a rule that comes into force."""
    return isinstance(step, Notify | Acknowledge)
