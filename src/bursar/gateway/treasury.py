"""A worker's money: reserves what a call may cost, posts what it cost, talks to the budget store."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from bursar.budgets.amount import FLAG_ASIDE, charge
from bursar.budgets.pot import PLACES, Amounts, Hold, Pot
from bursar.budgets.protocol import Answer, LongHolds, Request, Standing
from bursar.budgets.purse import Purse
from bursar.budgets.store import BudgetStore
from bursar.vocab.errors import BursarError
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs

_log = logging.getLogger(__name__)

_BREATH_SECONDS: Final = 0.01
"""Between two reports: what calls need meanwhile goes together."""

_PULSE_SECONDS: Final = 0.1
"""How often a worker that has something looks whether others ask for it."""

_PATIENCE_SECONDS: Final = 3.0
"""How long a call waits for money that others are asked to return, and for an account to be counted."""

_COUNT_SECONDS: Final = 0.03
"""How often a call that waits for a new account to be counted asks whether it is."""

_HOLDS_SECONDS: Final = 0.9
"""How often the holds of long calls are told: with nearly every regular report, not with each of many."""

_LONG_US: Final = 1_000_000
_HOLDS_MOST: Final = 200

_REST_SECONDS: Final = 1.0
"""How long the store is left alone after it did not answer."""


class Shortage(NamedTuple):
    """Why a call is not paid for: the account in which it does not fit, and how that stands.

    `unreachable`: the store did not answer, and the leases are used up.
    """

    account: str
    standing: Standing | None
    unreachable: bool = False


class _Ended(NamedTuple):
    """A life that the store has ended: its last event, and what its calls in flight held by then."""

    seq: int
    held: Mapping[str, int]


class _Waiting:
    """A call that waits for the store."""

    __slots__ = ("amounts", "call_id", "expires_at_us", "future", "pot", "request", "until")

    def __init__(
        self,
        call_id: str,
        pot: Pot,
        amounts: Amounts,
        *,
        expires_at_us: int,
        request: Request,
        until: float,
        future: "asyncio.Future[Hold | Shortage]",
    ) -> None:
        self.call_id = call_id
        self.pot = pot
        self.amounts = amounts
        self.expires_at_us = expires_at_us
        self.request = request
        self.until = until
        self.future = future


class Treasury:
    """All of it on the event loop; only the store's transactions run on a thread."""

    def __init__(
        self,
        purse: Purse,
        store: BudgetStore,
        *,
        new_life: Callable[[int, Mapping[str, int]], int],
        stored: Callable[[], int],
        now: Callable[[], InstantUs],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """`now` is the clock by which holds expire, `stored` the number of the last event in the outbox.

        `new_life` begins one, on a thread, when the store has ended the last: it tells what that one spent up
        to an event and what its calls hold still, by account, and returns the new epoch.
        """
        self.purse = purse
        self._store = store
        self._new_life = new_life
        self._stored = stored
        self._ended: _Ended | None = None  # while the life of `purse` has not begun
        self._now = now
        self._loop = loop
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="treasury")
        self._waiting: dict[int, _Waiting] = {}
        self._wake = asyncio.Event()
        self._pulse = -1
        self._reported_at = 0.0
        self._tell_holds_at = 0.0
        self._failing = False
        self._task: asyncio.Task[None] | None = None
        self.reported_seq = purse.seq  # the store has accounted for the events up to here

    # -- for calls -------------------------------------------------------------------------------------

    def now_us(self) -> int:
        """A clock that never steps, in microseconds."""
        return int(self._loop.time() * 1_000_000)

    def reserve_now(self, call_id: str, pot: Pot, amounts: Amounts, *, expires_at_us: int) -> Hold | None:
        """Hold the amounts within the leases, in one step; None if the store must be asked."""
        return self.purse.reserve(call_id, pot, amounts, now_us=self.now_us(), expires_at_us=expires_at_us)

    async def reserve(
        self, call_id: str, pot: Pot, amounts: Amounts, *, expires_at_us: int
    ) -> Hold | Shortage:
        """Ask the store, and wait a little for what others return."""
        request = self.purse.next_request(pot.named(amounts))
        waiting = _Waiting(
            call_id,
            pot,
            amounts,
            expires_at_us=expires_at_us,
            request=request,
            until=self._loop.time() + _PATIENCE_SECONDS,
            future=self._loop.create_future(),
        )
        self._waiting[request.number] = waiting
        self._wake.set()
        try:
            return await waiting.future
        finally:
            self._waiting.pop(request.number, None)

    def post(self, hold: Hold, events: Sequence[Event]) -> None:
        """What a call cost, as its events say; they are made durable with the group that is put together."""
        if len(events) == 1:
            event = events[0]
            tokens = charge(event, "tokens") if hold.pot.counts_tokens else 0
            costs = (event.cost_pico or 0, tokens, 0 if FLAG_ASIDE in event.flags else 1)
        else:
            usd, tokens, calls = (sum([charge(event, unit) for event in events]) for unit in PLACES)
            costs = (usd, tokens, calls)
        self.purse.post(hold, costs)

    def void(self, hold: Hold) -> None:
        """Nothing was sent, so nothing was consumed."""
        self.purse.void(hold)
        self._wake_if_scarce(hold)

    def durable(self, seq: int) -> None:
        """All events up to `seq` are on disk, and with them whatever was posted."""
        if self.purse.durable(seq=seq):
            self._wake.set()  # near the end others wait for what these calls did not use

    def _wake_if_scarce(self, hold: Hold) -> None:
        """Near the end others wait for what this call did not use."""
        if any(wallet.scarce for wallet in hold.pot.wallets):
            self._wake.set()

    def kept_after(self) -> int:
        """Events up to here need not be kept for the budgets' sake."""
        untold = self.purse.wallets or self._ended is not None
        return self.reported_seq if untold else self.purse.seq

    # -- with the store --------------------------------------------------------------------------------

    def start(self) -> None:
        self._task = self._loop.create_task(self._run())

    async def stop(self) -> None:
        """Tell the store what was posted, and give everything back."""
        if self._task is not None:
            self._task.cancel()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._exchange(give_back=True, last=True)
        except (TimeoutError, BursarError) as error:
            _log.warning("what budgets are owed is told after the next start: %s", error)
        self._pool.shutdown(wait=False)

    async def _run(self) -> None:
        while True:
            await self._wait_for_reason()
            self._wake.clear()
            for hold in self.purse.expire(now_us=self._now()):
                _log.error("the call %s never ended; what was held for it is free again", hold.id)
            try:
                give_back = await self._recalled()
                if give_back or self._waiting or self._owes():
                    await self._exchange(give_back=give_back)
                self._failing = False
            except Exception as error:  # whatever the store says, calls go on within the leases
                if not self._failing:
                    _log.warning("the budget store does not answer, leases are used up: %s", error)
                self._failing = True
                self._give_up_waiting()
                await asyncio.sleep(_REST_SECONDS)
            await asyncio.sleep(_BREATH_SECONDS)

    async def _wait_for_reason(self) -> None:
        """A call that waits, money that others wait for, or time to say that we are alive."""
        try:
            async with asyncio.timeout(_PULSE_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _recalled(self) -> bool:
        """Whether others have asked for what is free since the last look."""
        if not self.purse.wallets:
            return False
        pulse = await self._loop.run_in_executor(self._pool, self._store.pulse)
        moved, self._pulse = pulse != self._pulse, pulse
        return moved

    def _owes(self) -> bool:
        """Whether a report is due: leases are renewed well before they end, posts told within a second."""
        if not self.purse.wallets:
            return False
        return any(wallet.scarce for wallet in self.purse.wallets.values()) or self._due(_REST_SECONDS)

    def _due(self, seconds: float) -> bool:
        return self._loop.time() - self._reported_at >= seconds

    async def _exchange(self, *, give_back: bool, last: bool = False) -> None:
        if self._ended is not None:
            await self._begin_life(self._ended)
        waiting = list(self._waiting.values())
        for each in waiting:  # a wallet may have been forgotten since the call began to wait
            each.pot = self.purse.pot(wallet.opening for wallet in each.pot.wallets)
        report = self.purse.report(
            [each.request for each in waiting],
            now_us=self.now_us(),
            give_back=give_back,
            last=last,
            holds=self._long_holds(),
        )
        answer = await self._loop.run_in_executor(self._pool, self._store.report, report)
        self._reported_at = self._loop.time()
        if answer.fenced:
            await self._begin_life(self._end_life())
            self._wake.set()
            return
        keep = {wallet.id for each in waiting for wallet in each.pot.wallets}
        self.purse.apply(report, answer, keep=keep)
        self.reported_seq = report.seq
        self._serve(waiting, answer)

    def _long_holds(self) -> LongHolds | None:
        """What people may want to see one by one, once a second: calls that last."""
        if self._loop.time() < self._tell_holds_at:
            return None
        self._tell_holds_at = self._loop.time() + _HOLDS_SECONDS
        return self.purse.long_holds(begun_before_us=self._now() - _LONG_US, most=_HOLDS_MOST)

    def _end_life(self) -> _Ended:
        """The store has ended this life: in one step, all that comes from now on belongs to the next.

        An event is stored and posted in one step too. So what the last life spent is what the outbox has up
        to here, and calls in flight go on with what they hold.
        """
        _log.warning("the budget store has ended the leases of %s; a new life begins", self.purse.name)
        ended = self._ended = _Ended(self._stored(), self.purse.held())
        self.purse = self.purse.next_life(seq=ended.seq)
        return ended

    async def _begin_life(self, ended: _Ended) -> None:
        """If the store does not answer, it is tried again before the next report."""
        epoch = await self._loop.run_in_executor(self._pool, self._new_life, ended.seq, ended.held)
        self.purse.epoch = epoch
        self.reported_seq = ended.seq
        self._ended = None

    def _serve(self, waiting: Sequence[_Waiting], answer: Answer) -> None:
        standings = {standing.account: standing for standing in answer.standings}
        granted = set(answer.granted)
        for each in waiting:
            if each.future.done():
                continue
            number = each.request.number
            if number in granted:
                self._take_granted(each)
            elif number in answer.refused:
                self._take_refused(each, standings[answer.refused[number]])

    def _take_granted(self, waiting: _Waiting) -> None:
        hold = self.reserve_now(
            waiting.call_id, waiting.pot, waiting.amounts, expires_at_us=waiting.expires_at_us
        )
        if hold is not None:
            waiting.future.set_result(hold)
        else:
            self._wake.set()  # a lease that ended meanwhile: the next report renews it

    def _take_refused(self, waiting: _Waiting, standing: Standing) -> None:
        """Final, unless others return something, or the account is about to be counted.

        Then it is asked again until that has come or time is up.
        """
        if self._loop.time() < waiting.until:
            if standing.uncounted:
                self._loop.call_later(_COUNT_SECONDS, self._wake.set)
                return
            if standing.returning > 0:
                self._wake.set()
                return
        waiting.future.set_result(Shortage(standing.account, standing))

    def _give_up_waiting(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.future.done():
                waiting.future.set_result(Shortage("", None, unreachable=True))
