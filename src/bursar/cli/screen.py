"""The live view of `bursar top`: a picture every second, the last one kept when the control plane is away."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar, Final

from rich.markup import escape
from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, Footer, Sparkline, Static

from bursar.cli.picture import TOP_DIMENSIONS, LastCall, Picture
from bursar.vocab.errors import BursarError

REFRESH_S: Final = 1.0
_TITLES: Final = {"team": "team", "model": "model", "use_case": "use case"}


class TopScreen(App[None]):
    """Asks `take` for a picture again and again, in a thread, never two at once."""

    CSS = """
    #headline { height: 2; padding: 0 1; }
    #spend { height: 4; margin: 0 1; }
    #tops { height: 13; }
    #tops > Vertical { width: 1fr; padding: 0 1; }
    #last { height: 1fr; padding: 0 1; }
    .title { text-style: bold; }
    DataTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("escape", "quit", show=False),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]
    TITLE = "bursar top"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, take: Callable[[], Picture], *, refresh_s: float = REFRESH_S) -> None:
        super().__init__()
        self._take = take
        self._refresh_s = refresh_s
        self._busy = False
        self.picture: Picture | None = None

    def compose(self) -> ComposeResult:
        yield Static("connecting ...", id="headline")
        yield Sparkline([], id="spend")
        with Horizontal(id="tops"):
            for name in TOP_DIMENSIONS:
                with Vertical():
                    yield DataTable(id=f"top-{name}", cursor_type="none", zebra_stripes=True)
        with Vertical(id="last"):
            yield Static("last calls", classes="title")
            yield DataTable(id="calls", cursor_type="none", zebra_stripes=True)
        yield Footer()

    def on_mount(self) -> None:
        for name in TOP_DIMENSIONS:
            self._table(f"top-{name}").add_columns(_TITLES[name], _number("calls"), _number("USD"))
        self._table("calls").add_columns(
            "time", "team", "use case", "model", "status", _number("ms"), _number("USD")
        )
        self._refresh()
        self.set_interval(self._refresh_s, self._refresh)

    def _table(self, name: str) -> "DataTable[str | Text]":
        return self.query_one(f"#{name}", DataTable)

    def _refresh(self) -> None:
        if not self._busy:  # a slow answer is waited for; asking again would only pile up
            self._busy = True
            self._ask()

    @work
    async def _ask(self) -> None:
        try:
            picture = await asyncio.to_thread(self._take)
        except BursarError as error:
            sentence = str(error)
            self._tell(lambda: self._show_away(sentence))
        else:
            self._tell(lambda: self._show(picture))

    def _tell(self, show: Callable[[], None]) -> None:
        self._busy = False
        if self.query("#headline"):  # an answer may come when the screen is being taken down
            show()

    def _show_away(self, sentence: str) -> None:
        seen = f" Shown is what was at {self.picture.at[11:19]} UTC." if self.picture else ""
        self.query_one("#headline", Static).update(f"[bold red]{escape(sentence)}[/]\n{seen}".rstrip())

    def _show(self, picture: Picture) -> None:
        self.picture = picture
        self.query_one("#headline", Static).update(headline(picture))
        # A bar's height is a drawing, not an amount: the one place where money may become a float.
        self.query_one("#spend", Sparkline).data = [
            float(Decimal(usd)) for usd in picture.spend_by_minute_usd
        ]
        for name in TOP_DIMENSIONS:
            rows = self._table(f"top-{name}")
            rows.clear()
            rows.add_rows(
                (escape(row.name), _number(f"{row.calls:,}"), _number(short_usd(row.cost_usd)))
                for row in picture.top[name]
            )
        calls = self._table("calls")
        calls.clear()
        calls.add_rows(map(_call_cells, picture.last_calls))


def headline(picture: Picture) -> str:
    """The two lines above the bars."""
    parts = [
        f"last {picture.window_minutes} minutes: {short_usd(picture.cost_usd)} USD",
        f"{picture.calls:,} calls",
    ]
    if picture.errors:
        parts.append(f"[red]{picture.errors:,} errors[/]")
    if picture.unpriced_calls:
        parts.append(f"[yellow]{picture.unpriced_calls:,} unpriced[/]")
    if picture.partly_unpriced_calls:
        parts.append(f"[yellow]{picture.partly_unpriced_calls:,} partly unpriced[/]")
    now = f"[bold]{short_usd(picture.spend_last_minute_usd)} USD in the last minute[/]"
    return f"{now}   {picture.at[11:19]} UTC\n{'   '.join(parts)}"


def short_usd(text: str | None) -> str:
    """An amount for the eye: at most six places, cents at least; `unpriced` where there is no price."""
    if text is None:
        return "unpriced"
    amount = Decimal(text)
    places = 2 if amount == 0 or abs(amount) >= 100 else 6
    shown = f"{amount:,.{places}f}"
    whole, _, fraction = shown.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _number(text: str) -> Text:
    return Text(text, justify="right")


def _call_cells(call: LastCall) -> tuple[str | Text, ...]:
    return (
        call.started_at[11:19],
        escape(call.team),
        escape(call.use_case),
        escape(call.model),
        call.status,
        _number(f"{call.latency_ms:,.0f}"),
        _number(short_usd(call.cost_usd)),
    )
