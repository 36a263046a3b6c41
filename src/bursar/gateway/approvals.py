"""The desk where calls ask for an approval: the state store's answers, off the event loop."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import sqlalchemy

from bursar import directory
from bursar.directory import Approval, Wanted
from bursar.vocab.instant import InstantUs
from bursar.vocab.money import Picodollars

_REMEMBERED_US: Final = 2_000_000
_REMEMBERED_MAX: Final = 10_000

_Answer = TypeVar("_Answer")


class Desk:
    """Asks the state store in a thread of its own; what was asked a moment ago is not asked again."""

    def __init__(
        self,
        engine: sqlalchemy.Engine,
        *,
        console_url: str,
        new_id: Callable[[], str],
        now: Callable[[], InstantUs],
    ) -> None:
        self._engine = engine
        self._console_url = console_url
        self._new_id = new_id
        self._now = now
        self._thread = ThreadPoolExecutor(1, "approvals")
        self._asked: OrderedDict[tuple[int, str, str, str], tuple[int, Approval]] = OrderedDict()

    def url(self, approval: Approval) -> str:
        """Where a request can be read and answered."""
        return f"{self._console_url}/api/v1/approvals/{approval.id}"

    async def ask(self, wanted: Wanted, revision: int) -> Approval:
        """The request of a key for a rule and a model: there is one, however many calls ask.

        An answer moves the estate's revision, so what is remembered is of one revision.
        """
        now = self._now()
        place = (revision, wanted.key_id, wanted.rule, wanted.model)
        before = self._asked.get(place)
        if before is not None and before[0] > now:
            return before[1]
        found = await self._in_thread(
            partial(directory.request_approval, self._engine, wanted, request_id=self._new_id(), now=now)
        )
        self._asked[place] = (now + _REMEMBERED_US, found)
        if len(self._asked) > _REMEMBERED_MAX:
            self._asked.popitem(last=False)
        return found

    async def use(self, grant_id: str) -> bool:
        """Count a call against a grant; False if nothing is left of it."""
        return await self._in_thread(partial(directory.use_grant, self._engine, grant_id, now=self._now()))

    def charge(self, grant_id: str, cost_pico: int) -> None:
        """Count what a call cost against a grant; nobody waits for it."""
        self._thread.submit(directory.charge_grant, self._engine, grant_id, Picodollars(cost_pico))

    def close(self) -> None:
        """Let what was begun end."""
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
