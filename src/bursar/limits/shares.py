"""How workers part a pool: who may have how much, by what each of them uses and wants; pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

BEAT_US: Final = 1_000_000
"""How often a worker renews its shares."""

LEASE_US: Final = 5_000_000
"""For how long after a beat a worker may use its shares."""

DEAD_US: Final = 75_000_000
"""For how long a beat must be seen to stand still before others take the shares: the lease, the 60 seconds
in which what was taken counts, and 10 seconds for clocks that do not run alike."""


class Report(NamedTuple):
    """What a worker has of a pool. `want` is what it uses and what it lately had to refuse.

    Without `keep` it uses nothing and gives its share back.
    """

    pool: str
    size: int
    share: int
    used: int
    want: int
    keep: bool = True


class Held(NamedTuple):
    """What the store knows of a worker's part of a pool, as of its last beat."""

    share: int
    want: int
    used: int


class Given(NamedTuple):
    """The share that the store now holds for a worker, the one that it should have, and what nobody uses."""

    share: int
    goal: int
    idle: int


class Found(NamedTuple):
    """What the store holds of a worker's last process."""

    pool: str
    share: int
    used: int


class Renewed(NamedTuple):
    """What the store answers to a beat; `fresh`: it knew nothing of this worker, so its shares are void."""

    fresh: bool
    shares: Mapping[str, Given]
    found: tuple[Found, ...] = ()


def given(report: Report, worker: str, others: Mapping[str, Held], workers: int) -> Given:
    """A worker's next share: up as far as the pool has something free, or down to what is fair.

    `others` are the other holders of the pool, `workers` how many workers are alive, this one included.
    """
    wants = {name: held.want for name, held in others.items()} | {worker: report.want}
    goal = max(fair_share(report.size, worker, wants, workers), report.used)
    free = report.size - report.share - sum(held.share for held in others.values())
    idle = max(0, report.size - report.used - sum(held.used for held in others.values()))
    if goal > report.share:
        return Given(report.share + max(0, min(goal - report.share, free)), goal, idle)
    return Given(report.share, goal, idle)


def fair_share(size: int, worker: str, wants: Mapping[str, int], workers: int) -> int:
    """What a worker should have: what it wants, or an equal part where the wants are more than there is.

    What nobody wants is half given out in equal parts, so that a call finds room at once, and half left
    to whoever asks. A worker alone has all of it.
    """
    left, waiting = size, len(wants)
    fair = 0
    for name, want in sorted(wants.items(), key=lambda item: (item[1], item[0])):
        part = min(want, -(-left // waiting))
        left -= part
        waiting -= 1
        if name == worker:
            fair = part
    return fair + (left if workers <= 1 else left // (2 * workers))


class Watch:
    """Tells which workers are gone: those whose beat this worker has seen stand still for long enough."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    def gone(self, beats: Mapping[str, int], now_us: int) -> set[str]:
        """The workers among `beats` that may use nothing any more, by this worker's own steady clock."""
        seen = {}
        for worker, beat in beats.items():
            before = self._seen.get(worker)
            seen[worker] = before if before is not None and before[0] == beat else (beat, now_us)
        self._seen = seen
        return {worker for worker, (_, since_us) in seen.items() if now_us - since_us >= DEAD_US}
