"""Finds the gateway, notices when it is away, and waits until it is back."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bursar.config import Home
from bursar.http1 import Origin
from bursar.vocab.errors import NotFound, Unavailable

_PAUSE_FIRST_S: Final = 0.05
_PAUSE_MOST_S: Final = 1.0
_CONNECT_S: Final = 2.0


class Whereabouts:
    """The gateway's address, read anew from run.json when it was away, because it may come back elsewhere."""

    def __init__(
        self, home: Path, gateway_url: str, *, patience_s: float, say: Callable[[str], None]
    ) -> None:
        self._home = Home(home)
        self._given = gateway_url
        self._patience_s = patience_s
        self._say = say
        self._search: asyncio.Task[None] | None = None
        self._generation = 0
        self.waited_s = 0.0
        self.origin = Origin.parse(self._url())

    @property
    def generation(self) -> int:
        """Grows each time the gateway was lost and found; a loss reported of an older one is no news."""
        return self._generation

    async def lost(self, generation: int) -> None:
        """Return when the gateway takes connections again.

        `generation` is what it was when the failed call was sent. Unavailable if patience runs out.
        """
        if self._search is None:
            if generation != self._generation:
                return
            self._search = asyncio.create_task(self._wait_until_back())
        # One search serves all callers, and the end of one of them must not end it.
        await asyncio.shield(self._search)

    async def _wait_until_back(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        pause = _PAUSE_FIRST_S
        said = False
        try:
            while not await self._there():
                away_s = loop.time() - begun
                if away_s > self._patience_s:
                    raise Unavailable(
                        f"the gateway at {self._url_or_last()} was away for {self._patience_s:g} s: "
                        "start it with `bursar up` and replay again"
                    )
                if not said and away_s > _PAUSE_MOST_S / 2:
                    self._say(f"the gateway at {self._url_or_last()} is away: waiting for it")
                    said = True
                await asyncio.sleep(pause)
                pause = min(2 * pause, _PAUSE_MOST_S)
        finally:
            away_s = loop.time() - begun
            self.waited_s += away_s
            self._generation += 1
            self._search = None
        if said:
            self._say(f"the gateway is back after {away_s:.1f} s")

    async def _there(self) -> bool:
        """Whether something takes connections where run.json says the gateway is."""
        try:
            self.origin = Origin.parse(self._url())
            async with asyncio.timeout(_CONNECT_S):
                _, writer = await asyncio.open_connection(self.origin.host, self.origin.port)
        except (OSError, NotFound, TimeoutError):
            return False
        writer.close()
        return True

    def _url(self) -> str:
        if self._given:
            return self._given
        run = self._home.read_run()
        if run is None:
            raise NotFound(
                f"no running gateway is known in {self._home.path}: start one with `bursar up`, "
                "or name one with --gateway-url"
            )
        return run.gateway_url

    def _url_or_last(self) -> str:
        return f"http://{self.origin.authority}"
