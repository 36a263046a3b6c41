"""A worker's side of the protocol: what it may spend, holds and has posted. Pure, and it never waits.

All of it happens on one thread, so that a reservation in several wallets is one step: all or none.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Final

import msgspec

from bursar.budgets.protocol import Answer, Entry, Opening, Report, Request, Standing

_WISH_CALLS: Final = 16
"""A worker would like to have free what so many of its dearest recent calls hold."""

UNBORN: Final = -1
"""The epoch of a purse whose life the store has not begun."""

_WISH_FADES: Final = 2
"""With each report the wish of an idle account is divided by this: nothing lies about unused."""


class Wallet:
    """One account as this worker has it: `held + free + posting` is its lease; `posted` has left it."""

    __slots__ = (
        "closed",
        "free",
        "hard",
        "held",
        "id",
        "known",
        "opening",
        "posted",
        "posting",
        "reported",
        "scarce",
        "standing",
        "touched",
        "unit",
        "wish",
    )

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.id = opening.id
        self.unit = opening.unit
        self.hard = opening.hard
        # More was used than there is, or may have been: not even a call that holds nothing may pass.
        self.closed = False
        self.known = False  # the store has the account, so that nothing posted to it can get lost
        self.free = 0
        self.held = 0
        self.posting = 0  # priced, not yet durable
        self.posted = 0  # durable; the sum of this epoch
        self.reported = 0  # of `posted`, what the store has taken over
        self.wish = 0
        self.touched = False  # since the last report
        self.scarce = False  # the store did not give what was wished for: nothing may lie about unused
        self.standing: Standing | None = None

    @property
    def quiet(self) -> bool:
        """Nothing in hand and nothing to tell: it can be forgotten."""
        return not (self.held or self.posting or self.free or self.wish) and self.posted == self.reported


class Hold(msgspec.Struct, gc=False):
    """What is reserved for a call in every account that pays for it, until it is posted or voided."""

    id: str  # the call's id
    wallets: tuple[Wallet, ...]
    amounts: tuple[int, ...]
    expires_at_us: int
    life: "Purse"
    open: bool = True


class Purse:
    """Every wallet of one worker. Amounts are integers in each account's unit; clocks come as arguments."""

    def __init__(self, name: str, *, epoch: int, seq: int, lease_us: int) -> None:
        self.name = name
        self.epoch = epoch
        self.seq = seq  # the last event that is durable and in `posted`
        self.usable_until_us = 0  # by a clock that never steps; after it the leases may not be used
        self.wallets: dict[str, Wallet] = {}
        self.holds: dict[str, Hold] = {}  # open ones, by call
        self.forgotten = 0  # wallets dropped; whoever remembers some must ask again when it moves
        self._posted: dict[str, int] = {}  # what forgotten wallets had posted: the sums go on
        self._lease_us = lease_us
        self._number = 0  # of the last report
        self._taken = False  # its answer has been taken: one that comes twice changes nothing
        self._openings: dict[str, Opening] = {}  # not yet known to the store, or changed
        self._sent: dict[str, Entry] = {}
        self._sent_at_us = 0
        self._numbers = 0

    def wallet(self, opening: Opening) -> Wallet:
        """The wallet of an account; a changed opening is told to the store with the next report."""
        wallet = self.wallets.get(opening.id)
        if wallet is None:
            wallet = self.wallets[opening.id] = Wallet(opening)
            wallet.posted = wallet.reported = self._posted.get(opening.id, 0)
            self._openings[opening.id] = opening
        elif wallet.opening != opening and opening.revision >= wallet.opening.revision:
            wallet.opening = opening
            wallet.hard = opening.hard
            self._openings[opening.id] = opening
        return wallet

    # -- holds ---------------------------------------------------------------------------------------

    def reserve(
        self,
        call_id: str,
        wallets: tuple[Wallet, ...],
        amounts: tuple[int, ...],
        *,
        now_us: int,
        expires_at_us: int,
    ) -> Hold | None:
        """Hold the amounts, all or none; None where a lease does not reach: then the store must be asked."""
        if now_us >= self.usable_until_us:
            return None
        for wallet, amount in zip(wallets, amounts, strict=True):
            if not wallet.known or (wallet.hard and (wallet.free < amount or wallet.closed)):
                return None
        return self._hold(call_id, wallets, amounts, expires_at_us)

    def _hold(
        self, call_id: str, wallets: tuple[Wallet, ...], amounts: tuple[int, ...], expires_at_us: int
    ) -> Hold:
        for wallet, amount in zip(wallets, amounts, strict=True):
            wallet.held += amount
            wallet.free -= amount
            wallet.touched = True
            if wallet.wish < amount * _WISH_CALLS:
                wallet.wish = amount * _WISH_CALLS
        hold = self.holds[call_id] = Hold(call_id, wallets, amounts, expires_at_us, self)
        return hold

    def reserve_unchecked(
        self, call_id: str, wallets: tuple[Wallet, ...], amounts: tuple[int, ...], *, expires_at_us: int
    ) -> Hold:
        """Hold what no lease covers, because the budget says so while the store cannot be asked."""
        return self._hold(call_id, wallets, amounts, expires_at_us)

    def next_life(self, *, seq: int) -> "Purse":
        """A purse without leases that goes on with the calls in flight; its epoch is yet to be given.

        `seq` is the last event that is not this new life's to tell.
        """
        purse = Purse(self.name, epoch=UNBORN, seq=seq, lease_us=self._lease_us)
        purse._numbers = self._numbers
        for hold in list(self.holds.values()):
            purse._adopt(hold)
        return purse

    def _adopt(self, hold: Hold) -> None:
        """Go on with a hold of an earlier life, in wallets of this one."""
        hold.life.holds.pop(hold.id, None)
        hold.life = self
        hold.wallets = tuple([self.wallet(wallet.opening) for wallet in hold.wallets])
        if hold.open:
            self.holds[hold.id] = hold
            for wallet, amount in zip(hold.wallets, hold.amounts, strict=True):
                wallet.held += amount
                wallet.touched = True

    def held(self) -> dict[str, int]:
        """What calls in flight hold in hard accounts."""
        return {name: wallet.held for name, wallet in self.wallets.items() if wallet.hard and wallet.held}

    def post(self, hold: Hold, costs: Sequence[int]) -> None:
        """Replace a hold by what the call cost; it is posted when `durable` says that its event is kept."""
        if hold.life is not self:  # it had expired in an earlier life; what it cost is told in this one
            self._adopt(hold)
        amounts = hold.amounts
        if not hold.open:  # it had expired: what was held is free already, what it cost is owed all the same
            amounts = (0,) * len(amounts)
        hold.open = False
        self.holds.pop(hold.id, None)
        for wallet, amount, cost in zip(hold.wallets, amounts, costs, strict=True):
            wallet.held -= amount
            wallet.posting += cost
            wallet.free += amount - cost
            wallet.touched = True

    def void(self, hold: Hold) -> None:
        """Give a hold back: nothing was consumed."""
        self.post(hold, (0,) * len(hold.amounts))

    def expire(self, *, now_us: int) -> list[Hold]:
        """Take back holds whose calls never ended; what they cost, if anything, is found by the ledger."""
        late = [hold for hold in self.holds.values() if hold.expires_at_us <= now_us]
        for hold in late:
            self.void(hold)
        return late

    def durable(self, *, seq: int) -> bool:
        """All events up to `seq` are kept: what was posted may be told. Whether others wait to hear of it."""
        scarce = False
        for wallet in self.wallets.values():
            if wallet.posting:
                wallet.posted += wallet.posting
                wallet.posting = 0
                scarce |= wallet.scarce
        if seq > self.seq:
            self.seq = seq
        return scarce

    # -- talking to the store ------------------------------------------------------------------------

    def report(
        self, requests: Iterable[Request], *, now_us: int, give_back: bool = False, last: bool = False
    ) -> Report:
        """What to tell the store now; with `give_back` nothing that is free is kept.

        With `last` nothing more is wished for.
        What is not kept is given up here and now, whether or not the report arrives.
        """
        asked = list(requests)
        for wallet in self.wallets.values() if last else ():
            wallet.wish = 0
        named = {account for request in asked for account in request.amounts}
        entries = [
            self._entry(wallet, give_back=give_back and wallet.id not in named)
            for wallet in self.wallets.values()
        ]
        self._number += 1
        self._taken = False
        self._sent = {entry.account: entry for entry in entries}
        self._sent_at_us = now_us
        return Report(
            purse=self.name,
            epoch=self.epoch,
            number=self._number,
            seq=self.seq,
            entries=entries,
            requests=asked,
            openings=list(self._openings.values()),
        )

    def _entry(self, wallet: Wallet, *, give_back: bool) -> Entry:
        idle = not wallet.touched
        wallet.touched = False
        if idle:
            wallet.wish //= _WISH_FADES
        if not wallet.hard:
            wallet.free = 0
            return Entry(wallet.id, wallet.posted, 0, 0)
        if wallet.free > 0:  # a deficit cannot be given back
            most = 0 if give_back or wallet.scarce else wallet.wish if idle else wallet.free
            wallet.free = min(wallet.free, most)
        return Entry(wallet.id, wallet.posted, wallet.held + wallet.posting, wallet.free, wallet.wish)

    def apply(self, report: Report, answer: Answer, *, keep: Container[str] = ()) -> None:
        """Take over what the store gave. A fenced answer ends this life: nothing may be spent any more.

        `keep` are accounts that calls wait for: their wallets are not forgotten, though nothing is in them.
        """
        if answer.fenced:
            self.usable_until_us = 0
            return
        if answer.number != self._number or self._taken:
            return
        self._taken = True
        self.usable_until_us = self._sent_at_us + self._lease_us
        for opening in report.openings:
            if self._openings.get(opening.id) is opening:
                del self._openings[opening.id]
            if opening.id in self.wallets:
                self.wallets[opening.id].known = True
        for standing in answer.standings:
            self._take_standing(standing)
        for name in [name for name, wallet in self.wallets.items() if wallet.quiet and name not in keep]:
            self._posted[name] = self.wallets.pop(name).posted
            self.forgotten += 1

    def _take_standing(self, standing: Standing) -> None:
        wallet = self.wallets.get(standing.account)
        if wallet is None:
            return
        wallet.standing = standing
        sent = self._sent.get(standing.account)
        if sent is None:
            return
        wallet.reported = sent.posted
        if wallet.hard:
            wallet.free += standing.lease - (sent.held + sent.free)
            wallet.scarce = wallet.free < wallet.wish
            wallet.closed = standing.available < 0 or standing.uncounted

    def next_request(self, amounts: dict[str, int]) -> Request:
        """A numbered request; numbers are never used twice in a life."""
        self._numbers += 1
        return Request(self._numbers, amounts)
