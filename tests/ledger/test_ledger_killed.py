"""kill -9 in the middle of writing: what was acknowledged is there, nothing is there twice."""

import random
import subprocess
import sys
import time
from pathlib import Path

from ledger_data import open_ledger

from bursar.ledger.usage import UsageQuery
from bursar.vocab.instant import InstantUs

ROUNDS = 4


def write_until_killed(folder: Path, first: int, seconds: float) -> int:
    """The last number that the process said was acknowledged, or the one before `first`."""
    program = Path(__file__).with_name("writing_process.py")
    process = subprocess.Popen(
        [sys.executable, str(program), str(folder), str(first)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    acknowledged = int(process.stdout.readline())  # it has begun
    time.sleep(seconds)
    process.kill()
    lines = process.stdout.read().splitlines()
    process.stdout.close()
    process.wait()
    whole = [int(line) for line in lines if line.isdigit()]
    return max([acknowledged, *whole])


def test_no_acknowledged_event_is_lost_and_none_is_there_twice(tmp_path: Path) -> None:
    rng = random.Random(20261123)
    high_water = 0
    for _ in range(ROUNDS):
        acknowledged = write_until_killed(tmp_path, high_water + 1, rng.uniform(0.0, 0.5))
        ledger = open_ledger(tmp_path)
        (worker,) = ledger.workers()
        assert acknowledged <= worker.high_water <= acknowledged + 3
        high_water = worker.high_water
        total = ledger.usage(UsageQuery(start=InstantUs(0), end=InstantUs(2**52))).total
        assert total.figures["calls"] == high_water
        assert [fact.name for fact in ledger.checks() if fact.state != "ok"] == []
        ledger.close()
    assert high_water > 3 * ROUNDS
