"""Keeps a worker's shares of all limits: beats about once a second, and at once when a call finds no room."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bursar.limits.index import LimitIndex
from bursar.limits.limiter import Limiter
from bursar.limits.shares import BEAT_US, LEASE_US, Renewed, Report
from bursar.limits.store import ShareStore

_log = logging.getLogger(__name__)
_GAP_SECONDS: Final = 0.02  # between two beats, however many calls ask
_PATIENCE_SECONDS: Final = 2.0  # a call waits no longer than this for the store


class Keeper:
    """Runs on the event loop; the store is asked on a thread of its own."""

    def __init__(
        self,
        limiter: Limiter,
        store: ShareStore,
        *,
        index: Callable[[], LimitIndex | None],
        steady_us: Callable[[], int],
    ) -> None:
        """`index` gives the limits in force, `steady_us` microseconds of a clock that never steps."""
        self._limiter = limiter
        self._store = store
        self._index = index
        self._steady_us = steady_us
        self._restored = False
        self._begun_us = 0  # when the question that is under way was put; 0 if none is
        self._failing = False
        self._asked = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._thread = ThreadPoolExecutor(1, "limits")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to beat; without limits in force nothing is asked of the store."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def more(self) -> None:
        """Ask the store now; back when it has answered, or does not."""
        if self._begun_us and self._steady_us() - self._begun_us > _PATIENCE_SECONDS * 1_000_000:
            return  # it hangs: nobody need wait for it once more
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(answered)
        self._asked.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(answered, _PATIENCE_SECONDS)

    async def stop(self) -> None:
        """Give back what is not in use; the rest comes free when this worker is seen to be gone."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._restored:
            self._limiter.resign(self._steady_us())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._beat(), _PATIENCE_SECONDS)
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), BEAT_US / 1_000_000)
            self._asked.clear()
            waiting, self._waiting = self._waiting, []
            if self._index() is not None or self._restored:
                await self._beat()
            for answered in waiting:
                if not answered.done():
                    answered.set_result(None)
            await asyncio.sleep(_GAP_SECONDS)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._restored:
            await self._ask(loop, [])
        if self._restored:
            await self._ask(loop, self._limiter.report(self._steady_us()))

    async def _ask(self, loop: asyncio.AbstractEventLoop, reports: Sequence[Report]) -> None:
        begun_us = self._begun_us = self._steady_us()
        try:
            answer = await loop.run_in_executor(self._thread, self._store.renew, reports, begun_us)
        except Exception as error:  # whatever the store says, workers go on until their leases end
            if not self._failing:
                _log.warning("rate limits are not shared with other workers now: %s", error)
            self._failing = True
            return
        finally:
            self._begun_us = 0
        self._failing = False
        self._take(answer, begun_us)

    def _take(self, answer: Renewed, begun_us: int) -> None:
        now_us = self._steady_us()
        if not self._restored:
            self._limiter.restore(answer.found, self._index() or LimitIndex(()), now_us)
            self._restored = True
        if self._limiter.renewed(answer, now_us):
            self._asked.set()  # what was lowered is free for others only when the store knows
        self._limiter.lease_ends_us = begun_us + LEASE_US
