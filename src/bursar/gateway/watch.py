"""Keeps a worker's world at the newest revision of the estate, by asking the state store."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy

from bursar import directory
from bursar.estate.kinds import Provider
from bursar.estate.snapshot import Snapshot

_log = logging.getLogger(__name__)
_POLL_SECONDS: Final = 0.2
_PAUSE_SECONDS: Final = 0.02


class Watcher:
    """A thread that loads a new snapshot whenever the revision moves; the old world serves meanwhile."""

    def __init__(
        self, engine: sqlalchemy.Engine, also: Sequence[Provider], on_change: Callable[[Snapshot], None]
    ) -> None:
        self._engine = engine
        self._also = also
        self._on_change = on_change
        self._revision = -1
        self._failing = False
        self._stopping = False
        self._wake = threading.Event()
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self, revision: int) -> None:
        self._revision = revision
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    def look_now(self, then: Callable[[], None]) -> None:
        """Ask the store at once; `then` is called, on the watcher's thread, when what it says is in force."""
        self._asked.put(then)
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(_POLL_SECONDS)
            self._wake.clear()
            if self._stopping:
                return
            asked = self._take_asked()
            self._poll()
            for then in asked:
                then()
            if asked:
                time.sleep(_PAUSE_SECONDS)  # whoever guesses keys cannot make the store busy

    def _take_asked(self) -> list[Callable[[], None]]:
        asked: list[Callable[[], None]] = []
        with contextlib.suppress(queue.Empty):
            while True:
                asked.append(self._asked.get_nowait())
        return asked

    def _poll(self) -> None:
        try:
            if directory.revision(self._engine) != self._revision:
                snapshot = directory.snapshot(self._engine, also=self._also)
                self._on_change(snapshot)
                self._revision = snapshot.revision
            self._failing = False
        except Exception as error:  # whatever the store says, calls go on with the world in force
            if not self._failing:
                _log.warning("the state store does not answer, the estate in force stays: %s", error)
            self._failing = True
