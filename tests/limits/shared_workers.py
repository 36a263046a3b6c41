"""Workers that share limits, step by step: calls, beats whose answers are late or lost, deaths, clocks."""

import random
from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.pool import StaticPool

from bursar.estate.limits import Limit
from bursar.estate.scope import Facts
from bursar.limits.accounts import Grant
from bursar.limits.index import LimitIndex
from bursar.limits.limiter import Full, Limiter
from bursar.limits.shares import LEASE_US, Renewed
from bursar.limits.store import ShareStore
from bursar.limits.tables import LIMIT_SHARES
from bursar.limits.window import WINDOW_US
from bursar.store.state import METADATA, reading

SECOND: Final = 1_000_000
SIZE: Final = 10
PLACES: Final = 3
FACTS: Final = Facts("search", "answers", "chat", "production", "small", "openai", "key_1", (), {})


def memory_store() -> Engine:
    """SQLite in memory, with this room's tables: the real statements, without a disk to wait for."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    return engine


class OneWorker:
    """A worker as the gateway has it, with a clock of its own and one beat under way at most."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        index: LimitIndex,
        ahead_us: int = 0,
        *,
        lease_us: int = LEASE_US,
        limiter: Limiter | None = None,
    ) -> None:
        self.name = name
        self.limiter = limiter or Limiter(shared=True)
        self.store = ShareStore(engine, name)
        self.index = index
        self.ahead_us = ahead_us
        self.lease_us = lease_us
        self.grants: list[Grant] = []
        self.under_way: tuple[Renewed, int] | None = None
        self.restored = False

    def begin_beat(self, now_us: int) -> None:
        at_us = now_us + self.ahead_us
        reports = self.limiter.report(at_us) if self.restored else []
        self.under_way = self.store.renew(reports, at_us), at_us

    def end_beat(self, now_us: int) -> bool:
        """Whether a share was lowered."""
        assert self.under_way is not None
        (answer, begun_us), self.under_way = self.under_way, None
        if not self.restored:
            self.limiter.restore(answer.found, self.index, now_us + self.ahead_us)
            self.restored = True
        lowered = self.limiter.renewed(answer, now_us + self.ahead_us)
        self.limiter.lease_ends_us = begun_us + self.lease_us
        return lowered

    def beat(self, now_us: int) -> None:
        self.begin_beat(now_us)
        while self.end_beat(now_us):
            self.begin_beat(now_us)

    def admit(self, now_us: int) -> bool:
        found = self.found(now_us)
        if isinstance(found, Grant):
            self.grants.append(found)
        return isinstance(found, Grant)

    def found(self, now_us: int) -> Grant | Full:
        accounts = self.limiter.accounts(self.index.of(FACTS))
        return self.limiter.admit(accounts, 0, now_us + self.ahead_us)

    def end_one(self) -> None:
        if self.grants:
            self.grants.pop(0).end(0)


class Workers:
    """Several of them, and the laws that hold after each step."""

    def __init__(self, *, lease_us: int = LEASE_US, limiter: Callable[[], Limiter] | None = None) -> None:
        self.engine = memory_store()
        self.index = LimitIndex(
            [Limit(name="rate", requests_per_minute=SIZE), Limit(name="places", concurrent=PLACES)]
        )
        self.now_us = 1_000 * SECOND
        self.lease_us = lease_us
        self.limiter = limiter or (lambda: Limiter(shared=True))
        self.workers: list[OneWorker] = []
        self.born = 0
        self.admitted: list[int] = []
        for _ in range(2):
            self.join(0)

    def join(self, ahead_us: int) -> None:
        if len(self.workers) < 4:
            self.born += 1
            worker = OneWorker(
                self.engine,
                f"w{self.born}",
                self.index,
                ahead_us,
                lease_us=self.lease_us,
                limiter=self.limiter(),
            )
            self.workers.append(worker)
            worker.beat(self.now_us)

    def pick(self, number: int) -> OneWorker:
        return self.workers[number % len(self.workers)]

    def call(self, number: int, count: int, *, lasts: bool = False) -> None:
        worker = self.pick(number)
        for _ in range(count):
            if worker.admit(self.now_us):
                self.admitted.append(self.now_us)
                if not lasts:
                    worker.grants.pop().end(0)

    def beat(self, number: int) -> None:
        worker = self.pick(number)
        if worker.under_way is None:
            worker.beat(self.now_us)

    def begin_beat(self, number: int) -> None:
        worker = self.pick(number)
        if worker.under_way is None:
            worker.begin_beat(self.now_us)

    def end_beat(self, number: int, *, lost: bool = False) -> None:
        worker = self.pick(number)
        if worker.under_way is not None:
            if lost:
                worker.under_way = None
            else:
                worker.end_beat(self.now_us)

    def die(self, number: int) -> None:
        if len(self.workers) > 1:
            self.workers.pop(number % len(self.workers))

    def late_answer(self, number: int) -> None:
        """While one waits for the answer to its beat it goes on taking calls, and so do the others."""
        waiting = self.pick(number)
        self.begin_beat(number)
        for _ in range(2):
            for place, worker in enumerate(self.workers):
                if worker is not waiting:
                    self.call(place, SIZE)
                    self.beat(place)
        for place in range(len(self.workers)):
            self.call(place, SIZE)
        self.check()
        self.end_beat(number)

    def pause(self, number: int, rounds: int) -> None:
        """One process stands still while the others go on; then it takes calls before anything else."""
        paused = self.pick(number)
        for _ in range(rounds):
            self.now_us += 4 * SECOND
            for place, worker in enumerate(self.workers):
                if worker is not paused:
                    self.beat(place)
                    self.call(place, 4)
                    self.check()
        self.call(self.workers.index(paused), SIZE)

    def check(self) -> None:
        """No 60 seconds hold more than the limit, and the shares never sum above it."""
        recent = [at for at in self.admitted if self.now_us - at < WINDOW_US]
        assert len(recent) <= SIZE, f"{len(recent)} calls in a minute"
        total = select(LIMIT_SHARES.c.pool, func.sum(LIMIT_SHARES.c.share)).group_by(LIMIT_SHARES.c.pool)
        with reading(self.engine) as connection:
            for pool, shares in connection.execute(total):
                assert shares <= (SIZE if pool.startswith("rate") else PLACES), f"{shares} of {pool}"


def story(seed: int, workers: Workers, *, steps: int = 80) -> None:
    """A random story; the same for the same seed."""
    draw = random.Random(seed)
    for _ in range(steps):
        number = draw.randrange(3)
        match draw.choices(tuple(_WEIGHTS), tuple(_WEIGHTS.values()))[0]:
            case "call":
                workers.call(number, draw.randint(1, 9), lasts=draw.random() < 0.1)
                workers.pick(number).end_one()
            case "beat":
                workers.beat(number)
            case "begin":
                workers.begin_beat(number)
            case "end":
                workers.end_beat(number, lost=draw.random() < 0.2)
            case "time":
                workers.now_us += draw.choice((1, 300, 1000, 3000)) * 1000
            case "rest":
                workers.now_us += draw.choice((6, 20, 45, 80)) * SECOND
            case "late":
                workers.late_answer(number)
            case "pause":
                workers.pause(number, draw.randint(1, 30))
            case "die":
                workers.die(number)
            case "join":
                workers.join(draw.randint(-500, 500) * SECOND)
        workers.check()
    workers.engine.dispose()


_WEIGHTS: Final = {
    "call": 40,
    "beat": 30,
    "begin": 12,
    "end": 12,
    "time": 20,
    "rest": 2,
    "late": 6,
    "pause": 3,
    "die": 2,
    "join": 4,
}
