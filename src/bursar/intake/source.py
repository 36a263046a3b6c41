"""A named source of events, such as a bill or a made-up history, that numbers what it sends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bursar.vocab.errors import InvalidInput
from bursar.vocab.event import Batch, Event, encode_events

GROUP_EVENTS: Final = 500


class Source:
    """Numbers events from 1 in the order they come, and batches those that the ledger does not have yet.

    A source must give the same events in the same order every time it is read: then what an earlier run has
    delivered, also one that was killed, is passed over by its number and nothing is stored twice.
    """

    def __init__(self, name: str) -> None:
        """`name` stands in the ledger beside the gateway's workers, with a high-water mark of its own."""
        if not name:
            raise InvalidInput("a source of events needs a name")
        self.name = name
        self.seq_last = 0  # the number of the last event that was read
        self.high_water = 0  # the last number that the ledger has, as far as is known
        self._cards_sent: set[str] = set()

    def batch(self, events: Sequence[Event], cards: Mapping[str, bytes]) -> Batch | None:
        """The next events as a batch to deliver; None if there are none or the ledger has them all.

        `cards` are the rate cards (JSON) that events may refer to; each goes with the first batch that is
        sent after it was given.
        """
        seq_first = self.seq_last + 1
        self.seq_last += len(events)
        if not events or self.seq_last <= self.high_water:
            return None
        new_cards = {ref: body for ref, body in cards.items() if ref not in self._cards_sent}
        self._cards_sent.update(new_cards)
        return Batch(
            worker=self.name,
            seq_first=seq_first,
            seq_last=self.seq_last,
            groups=list(_groups(events)),
            cards=new_cards,
        )

    def confirm(self, high_water: int) -> None:
        """The ledger answered that it has everything up to `high_water`."""
        self.high_water = max(self.high_water, high_water)


def _groups(events: Sequence[Event]) -> Iterable[bytes]:
    for start in range(0, len(events), GROUP_EVENTS):
        yield encode_events(events[start : start + GROUP_EVENTS])
