"""What everybody who watches is told: one look at the stores for all of them, filtered for each in memory.

While somebody listens, a task looks at the number of the newest commit every 250 ms, which takes no time, and
reads what is new once. A listener who does not keep up is told how many calls it missed; what waits for it is
bounded, whatever happens.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from bursar.access import Permission, Principal
from bursar.api.pulse import Pulse
from bursar.api.rates import Rates, rates_of
from bursar.ledger.ledger import Ledger
from bursar.ledger.news import News, seen_of
from bursar.vocab.errors import Unavailable
from bursar.vocab.instant import InstantUs, format_instant
from bursar.vocab.sight import Sight

_log = logging.getLogger(__name__)

LOOK_S: Final = 0.25
RATE_S: Final = 2.0
HEARTBEAT_S: Final = 15.0
LISTENERS_MOST: Final = 200
LISTENERS_OF_ONE: Final = 20
WAITING_MOST: Final = 200
"""Calls that wait for one listener, and that are read in one look."""

MayStill = Callable[[Principal], Principal | None]
"""Who somebody is now, asked again in a thread while they listen; None if they may no longer."""

ToJson = Callable[[Any], bytes]
_CHANGES_NEED: Final[Mapping[str, Permission]] = {
    "estate": "estate.read",
    "budgets": "budgets.read",
    "alerts": "alerts.read",
    "approvals": "approvals.read",
}


class TooManyListeners(Unavailable):
    """As many listen as the process keeps up with."""


class Listener:
    """One who watches: what waits to be told to them, and the wish to be told."""

    def __init__(self, who: Principal, zone: str, after: int) -> None:
        self.who = who
        self.zone = zone
        self.after = after  # the last commit that they know of
        self._calls: list[bytes] = []
        self._more = 0
        self._rate: bytes | None = None
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self.ended = ""

    @property
    def sight(self) -> Sight:
        return self.who.sight("calls.read")

    def take_news(self, calls: Sequence[bytes], seen: int, through: int) -> None:
        """Calls in sight, oldest first, out of `seen` that there were."""
        self._calls += calls
        self._more += seen - len(calls)
        over = len(self._calls) - WAITING_MOST
        if over > 0:
            del self._calls[:over]
            self._more += over
        self.after = through
        if self._calls or self._more:
            self._wake.set()

    def take_rate(self, rate: bytes) -> None:
        """The newest rate; one that was not told yet is forgotten."""
        self._rate = rate
        self._wake.set()

    def take_changes(self, what: Sequence[str]) -> None:
        """What of the stores has changed."""
        allowed = [each for each in what if self.who.may(_CHANGES_NEED[each])]
        self._changed |= dict.fromkeys(allowed)
        if allowed:
            self._wake.set()

    def take_new_roles(self) -> None:
        """What they may see or do has changed."""
        self._changed["me"] = None
        self._wake.set()

    def end(self, why: str) -> None:
        """Nothing follows."""
        self.ended = why
        self._wake.set()

    async def told(self) -> list[tuple[str, bytes]]:
        """What there is to say, as (event, JSON); empty when it is time for a sign of life."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), HEARTBEAT_S)
        self._wake.clear()
        found: list[tuple[str, bytes]] = []
        if self._calls or self._more:
            calls = b",".join(self._calls)
            found.append(("calls", b'{"calls":[%b],"more":%d}' % (calls, self._more)))
            self._calls, self._more = [], 0
        if self._rate is not None:
            found.append(("rate", self._rate))
            self._rate = None
        if self._changed:
            found.append(("changed", msgspec.json.encode({"what": list(self._changed)})))
            self._changed = {}
        return found


class Feed:
    """The listeners of this process. All but the reads runs on the event loop; `close` ends every stream."""

    def __init__(
        self,
        ledger: Ledger,
        engine: Engine,
        *,
        now: Callable[[], InstantUs],
        to_json: ToJson,
        may_still: MayStill = lambda who: who,
    ) -> None:
        self._ledger = ledger
        self._pulse = Pulse(engine)
        self._now = now
        self._to_json = to_json
        self._may_still = may_still
        self._listeners: dict[Listener, bool] = {}  # and whether they have caught up
        self._task: asyncio.Task[None] | None = None
        self._through = 0
        self._closed = False
        self._stop = asyncio.Event()

    def __len__(self) -> int:
        return len(self._listeners)

    async def join(self, who: Principal, zone: str, last_seen: int | None) -> tuple[Listener, bytes]:
        """A new listener and the word that they are greeted with; they go on behind the commit `last_seen`.

        TooManyListeners if there are enough of them.
        """
        self._check_room(who)
        if self._task is None or self._task.done():
            self._through = self._ledger.commit_last
            self._task = asyncio.create_task(self._run())
        ahead = last_seen is None or last_seen > self._through
        listener = Listener(who, zone, self._through if ahead or last_seen is None else last_seen)
        self._listeners[listener] = False
        try:
            revision = await run_in_threadpool(self._pulse.revision)
            # Up to where all the others are; from there on it is told with them, so that nothing is missed.
            while listener.after < self._through:
                self._tell([listener], await self._read(listener.after, self._through))
        except BaseException:
            self.leave(listener)
            raise
        self._listeners[listener] = True
        hello = {"revision": revision, "now": format_instant(self._now()), "time_zone": zone}
        return listener, msgspec.json.encode(hello)

    def leave(self, listener: Listener) -> None:
        """They do not listen any more."""
        self._listeners.pop(listener, None)

    async def close(self) -> None:
        """End every stream and wait until nothing is read any more; nobody may join again."""
        self._closed = True
        for listener in self._listeners:
            listener.end("the server stops")
        self._stop.set()
        if self._task is not None:
            await self._task

    def _check_room(self, who: Principal) -> None:
        if self._closed:
            raise Unavailable("the server stops: connect again in a moment")
        own = sum(each.who.actor == who.actor for each in self._listeners)
        if len(self._listeners) >= LISTENERS_MOST or own >= LISTENERS_OF_ONE:
            raise TooManyListeners(
                f"{len(self._listeners)} listen already, {own} of them by {who.name}: close some,"
                f" at most {LISTENERS_MOST} may, and {LISTENERS_OF_ONE} of one person"
            )

    # -- the one look for all ----------------------------------------------------------------------

    async def _run(self) -> None:
        """Until nobody listens. A look that fails is logged and comes again."""
        rate_due = 0.0
        loop = asyncio.get_running_loop()
        while self._listeners and not self._closed:
            try:
                await self._look()
                if loop.time() >= rate_due:
                    rate_due = loop.time() + RATE_S
                    await self._look_seldom()
            except Exception:
                _log.exception("the live feed could not look")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), LOOK_S)

    async def _look(self) -> None:
        if self._ledger.commit_last > self._through:
            news = await self._read(self._through, self._ledger.commit_last)
            self._through = news.through
            self._tell([each for each, is_there in self._listeners.items() if is_there], news)
            self._pulse.note_calls(bool(news.counts))

    async def _look_seldom(self) -> None:
        await self._check_listeners()
        changed = await run_in_threadpool(self._pulse.changes)
        listeners = list(self._listeners)
        for listener in listeners:
            listener.take_changes(changed)
        zones = tuple({each.zone for each in listeners})
        rates = await run_in_threadpool(rates_of, self._ledger, zones, self._now())
        self._tell_rates(listeners, rates)

    async def _check_listeners(self) -> None:
        """End the streams of those whose session is over, and see what the others may see now."""
        listeners = list(self._listeners)
        found = await run_in_threadpool(lambda: [self._may_still(each.who) for each in listeners])
        for listener, who in zip(listeners, found, strict=True):
            if who is None or not who.may("calls.read"):
                listener.end("the session is over")
            else:
                if who.roles != listener.who.roles:
                    listener.take_new_roles()
                listener.who = who

    async def _read(self, after: int, through: int) -> News:
        return await run_in_threadpool(self._ledger.news, after=after, through=through, limit=WAITING_MOST)

    def _tell(self, listeners: Sequence[Listener], news: News) -> None:
        """Each call is put into JSON once; who sees the same is told the same."""
        whose = [(each.event.team, each.event.product, self._to_json(each)) for each in news.calls]
        by_sight: dict[Sight, tuple[list[bytes], int]] = {}
        for listener in listeners:
            sight = listener.sight
            if sight not in by_sight:
                calls = [text for team, product, text in whose if sight.sees(team=team, product=product)]
                by_sight[sight] = (calls, seen_of(news.counts, sight)[0])
            listener.take_news(*by_sight[sight], news.through)

    def _tell_rates(self, listeners: Sequence[Listener], rates: Rates) -> None:
        known: dict[tuple[Sight, str], bytes] = {}
        for listener in listeners:
            key = (listener.who.sight("usage.read"), listener.zone)
            if key not in known:
                known[key] = msgspec.json.encode(rates.seen(*key))
            listener.take_rate(known[key])
