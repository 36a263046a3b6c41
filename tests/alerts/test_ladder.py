"""The ladder: everything at once up to an ask, what is behind it only if nobody answers in time."""

from alert_worlds import NOW, SECOND_US
from hypothesis import given
from hypothesis import strategies as st

from bursar.alerts.ladder import climb
from bursar.estate.budgets import Acknowledge, Clamp, Notify, Step, Stop
from bursar.vocab.instant import InstantUs

ASK = Acknowledge(within="15m")
QUARTER_US = 900 * SECOND_US


def test_steps_without_an_ask_are_taken_at_once() -> None:
    steps = (Notify(), Clamp(output_tokens_max=100), Stop())
    found = climb(steps, place=0, waits_until_us=None, is_acknowledged=False, now=NOW)
    assert [rung.step for rung in found.taken] == list(steps)
    assert (found.state, found.place) == ("settled", 3)


def test_what_stands_behind_an_ask_waits_and_is_taken_when_nobody_answers() -> None:
    steps = (Notify(), ASK, Stop())
    first = climb(steps, place=0, waits_until_us=None, is_acknowledged=False, now=NOW)
    assert [rung.step for rung in first.taken] == [Notify(), ASK]
    assert (first.state, first.waits_until_us) == ("waiting", NOW + QUARTER_US)
    early = InstantUs(NOW + QUARTER_US - 1)
    waiting = climb(steps, place=2, waits_until_us=first.waits_until_us, is_acknowledged=False, now=early)
    assert (waiting.taken, waiting.state) == ((), "waiting")
    late = InstantUs(NOW + QUARTER_US)
    over = climb(steps, place=2, waits_until_us=first.waits_until_us, is_acknowledged=False, now=late)
    assert [rung.step for rung in over.taken] == [Stop()]


def test_an_answer_ends_the_ladder() -> None:
    late = InstantUs(NOW + 10 * QUARTER_US)
    found = climb(
        (ASK, Stop()), place=1, waits_until_us=InstantUs(NOW + QUARTER_US), is_acknowledged=True, now=late
    )
    assert (found.taken, found.state) == ((), "acknowledged")


STEPS: st.SearchStrategy[Step] = st.sampled_from([Notify(), ASK, Stop(), Clamp(output_tokens_max=5)])


@given(steps=st.lists(STEPS, max_size=8), pauses=st.lists(st.integers(0, 2 * QUARTER_US), max_size=30))
def test_without_answers_every_step_is_taken_once_and_in_order(steps: list[Step], pauses: list[int]) -> None:
    now, place, waits_until, taken = NOW, 0, None, []
    for pause in [0, *pauses, *[QUARTER_US] * 9]:
        now = InstantUs(now + pause)
        found = climb(steps, place=place, waits_until_us=waits_until, is_acknowledged=False, now=now)
        taken += [rung.step for rung in found.taken]
        place, waits_until = found.place, found.waits_until_us
    assert taken == steps
