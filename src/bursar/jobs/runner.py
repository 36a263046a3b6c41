"""Runs named jobs at their period, each on a thread of its own, while this process leads."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bursar.jobs.leader import Deposed, Fence, Leader
from bursar.vocab.instant import InstantUs

_log = logging.getLogger(__name__)
_STOP_S: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One run of a job: the instant at which it began, and the fence for its transactions."""

    now: InstantUs
    fence: Fence


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something to do every `period_s` seconds, counted from the end of one run to the next one's begin."""

    name: str
    period_s: float
    run: Callable[[Turn], None]


class Runner:
    """Runs jobs from `start` to `stop`; only the leader's jobs do anything."""

    def __init__(
        self, jobs: Sequence[Job], leader: Leader, *, now: Callable[[], InstantUs], renew_s: float = 2.5
    ) -> None:
        """`renew_s` must leave room for some tries within the lease."""
        self._leader = leader
        self._now = now
        self._stopping = threading.Event()
        self._wakes = {job.name: threading.Event() for job in jobs}
        self._threads = [
            threading.Thread(target=self._repeat, args=(job,), name=f"job-{job.name}", daemon=True)
            for job in jobs
        ]
        self._threads.append(threading.Thread(target=self._lead, args=(renew_s,), name="leader", daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all threads and give the lease back; a job that hangs is left behind."""
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        for thread in self._threads:
            thread.join(_STOP_S)
        _guarded("giving the lease back", lambda: self._leader.give_back(self._now()))

    def wake(self, name: str) -> None:
        """Let a job run now instead of at its next period."""
        self._wakes[name].set()

    def _lead(self, renew_s: float) -> None:
        failing = False
        while not self._stopping.is_set():
            failing = not _guarded(
                "the leader's lease", lambda: self._leader.renew(self._now()), again=failing
            )
            self._stopping.wait(renew_s)

    def _repeat(self, job: Job) -> None:
        wake, failing = self._wakes[job.name], False
        while True:
            wake.wait(job.period_s)
            wake.clear()
            if self._stopping.is_set():
                return
            now = self._now()
            if self._leader.leads(now):
                turn = Turn(now=now, fence=self._leader.fence)
                failing = not _guarded(f"the job {job.name}", lambda turn=turn: job.run(turn), again=failing)  # type: ignore[misc]


def _guarded(what: str, run: Callable[[], object], *, again: bool = False) -> bool:
    """Whether it went well; a failure is logged once in a row, with its trace."""
    try:
        run()
    except Deposed as deposed:
        _log.info("%s: %s", what, deposed)
    except Exception as error:  # a job must not end the others, whatever happens in it
        if not again:
            _log.warning("%s failed and will be tried again: %s", what, error, exc_info=True)
        return False
    else:
        if again:
            _log.warning("%s works again", what)
    return True
