"""The live view shows the newest picture, and keeps the last one while the control plane is away."""

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot
from textual.widgets import DataTable, Sparkline, Static

from bursar.cli.picture import LastCall, Picture, TopRow
from bursar.cli.screen import TopScreen, headline, short_usd
from bursar.vocab.errors import Unavailable


def picture(calls: int = 3, **fields: object) -> Picture:
    last = LastCall(
        call_id="c1",
        started_at="2026-11-23T09:00:01.000000Z",
        team="[search]",
        use_case="chat",
        model="gpt-4o-mini",
        status="complete",
        cost_usd=None,
        latency_ms=1234.5,
    )
    row = TopRow(name="[search]", calls=calls, cost_usd="0.000489")
    known: dict[str, object] = {
        "at": "2026-11-23T09:00:02.000000Z",
        "window_minutes": 3,
        "spend_last_minute_usd": "0.000489",
        "spend_by_minute_usd": ("0", "1.5", "0.000489"),
        "calls": calls,
        "cost_usd": "1.500489",
        "errors": 0,
        "unpriced_calls": 1,
        "partly_unpriced_calls": 0,
        "top": {"team": (row,), "model": (row, row), "use_case": ()},
        "last_calls": (last,),
    }
    return Picture(**{**known, **fields})  # type: ignore[arg-type]


class Source:
    """Gives what `answer` says, a picture or an error, and counts how often it was asked."""

    def __init__(self, answer: Callable[[], Picture]) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self) -> Picture:
        self.asked += 1
        return self.answer()


def away() -> Picture:
    raise Unavailable("bursar is not running for the home ./bursar-home: start it with `bursar up`")


async def settle(pilot: Pilot[None], source: Source) -> None:
    """Until the screen has asked twice more and shown what it was told."""
    target = source.asked + 2
    for _ in range(200):
        await pilot.pause(0.02)
        if source.asked >= target:
            break
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def text_of(screen: TopScreen, name: str) -> str:
    return str(screen.query_one(f"#{name}", Static).render())


def rows_of(screen: TopScreen, name: str) -> list[list[str]]:
    rows = screen.query_one(f"#{name}", DataTable)
    return [[str(cell) for cell in rows.get_row_at(place)] for place in range(rows.row_count)]


def test_the_screen_shows_the_picture_and_escapes_names() -> None:
    async def story() -> None:
        source = Source(picture)
        screen = TopScreen(source, refresh_s=0.05)
        async with screen.run_test(size=(120, 40)) as pilot:
            await settle(pilot, source)
            assert "0.000489 USD in the last minute" in text_of(screen, "headline")
            assert "1 unpriced" in text_of(screen, "headline")
            assert len(rows_of(screen, "top-model")) == 2
            assert rows_of(screen, "top-team")[0][1:] == ["3", "0.000489"]
            assert rows_of(screen, "calls")[0][-1] == "unpriced"
            assert list(screen.query_one("#spend", Sparkline).data or []) == [0.0, 1.5, 0.000489]
            await pilot.press("q")

    asyncio.run(story())


def test_a_control_plane_that_goes_away_is_announced_and_its_return_noticed() -> None:
    async def story() -> None:
        source = Source(picture)
        screen = TopScreen(source, refresh_s=0.05)
        async with screen.run_test(size=(120, 40)) as pilot:
            await settle(pilot, source)
            source.answer = away
            await settle(pilot, source)
            assert "start it with `bursar up`" in text_of(screen, "headline")
            assert "what was at 09:00:02 UTC" in text_of(screen, "headline")
            assert len(rows_of(screen, "top-team")) == 1
            source.answer = lambda: picture(calls=7)
            await settle(pilot, source)
            assert "7 calls" in text_of(screen, "headline")
            assert rows_of(screen, "top-team")[0][1] == "7"

    asyncio.run(story())


def test_the_screen_starts_even_when_nothing_answers_yet() -> None:
    async def story() -> None:
        source = Source(away)
        screen = TopScreen(source, refresh_s=0.05)
        async with screen.run_test(size=(80, 24)) as pilot:
            await settle(pilot, source)
            assert "bursar is not running" in text_of(screen, "headline")

    asyncio.run(story())


def test_the_headline_names_errors_only_when_there_are_some() -> None:
    assert "errors" not in headline(picture())
    assert "12 errors" in headline(picture(errors=12))
    assert "partly" not in headline(picture())
    assert "2 partly unpriced" in headline(picture(partly_unpriced_calls=2))


def test_amounts_are_shortened_for_the_eye_and_never_to_nothing_that_costs() -> None:
    assert short_usd("0") == "0.00"
    assert short_usd("0.000489") == "0.000489"
    assert short_usd("12.5") == "12.50"
    assert short_usd("1234.567") == "1,234.57"
    assert short_usd(None) == "unpriced"
