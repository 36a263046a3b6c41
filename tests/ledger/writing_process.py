"""A process that writes to a ledger until it is killed, and says on its output what was acknowledged.

Arguments: folder, the number to begin with. It writes one batch of three calls after another, rolls and
compacts in between, and prints the last number after each receipt.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from ledger_data import NOON, Feed, event, open_ledger


def main(folder: Path, first: int) -> None:
    ledger = open_ledger(folder, roll_after_events=20)
    feed = Feed(ledger, seq=first - 1)
    number = first
    while True:
        feed.send(*(event(number + place, started_at_us=NOON + number * 10**8) for place in range(3)))
        number += 3
        print(number - 1, flush=True)
        if number % 10 == 0:
            ledger.compact_rollups()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
