"""Keeps a worker's world at the newest revision of the estate, by asking the state store."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy

from bursar import directory
from bursar.estate.kinds import Provider
from bursar.estate.snapshot import Snapshot

_log = logging.getLogger(__name__)
_POLL_SECONDS: Final = 0.2


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
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self, revision: int) -> None:
        self._revision = revision
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
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
