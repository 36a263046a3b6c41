"""A worker's side of the protocol: what it may spend, holds and has posted. Pure, and it never waits.

All of it happens on one thread, so that a reservation in several wallets is one step: all or none. While
plenty is left, calls are held in pots, which set aside a part of each wallet; near the end in the wallets
themselves.
"""

from collections.abc import Container, Iterable
from itertools import islice
from typing import Final

from bursar.budgets.pot import Amounts, Hold, Pot, Wallet
from bursar.budgets.protocol import (
    Answer,
    Entry,
    LongHolds,
    OpenHold,
    Opening,
    Report,
    Request,
    Standing,
)
from bursar.vocab.ids import instant_of

UNBORN: Final = -1
"""The epoch of a purse whose life the store has not begun."""

_WISH_CALLS: Final = 16
"""A worker would like to have free what so many of its dearest recent calls hold."""

_WISH_FADES: Final = 2
"""With each report the wish of an idle account is divided by this: nothing lies about unused."""

_ASIDE_CALLS: Final = 64
_ASIDE_SHIFT: Final = 2
"""A pot sets aside what so many calls hold, and no more than this part (1 / 2**shift) of what is free."""

_AMPLE: Final = 1 << 62
_NOTHING: Final = (0, 0, 0)


class Purse:
    """Every wallet of one worker. Amounts are integers in each account's unit; clocks come as arguments."""

    def __init__(self, name: str, *, epoch: int, seq: int, lease_us: int) -> None:
        self.name = name
        self.epoch = epoch
        self.seq = seq  # the last event that is durable and in `posted`
        self.usable_until_us = 0  # by a clock that never steps; after it the leases may not be used
        self.wallets: dict[str, Wallet] = {}
        self.holds: dict[int, Hold] = {}  # open ones, by their numbers
        self.forgotten = 0  # wallets dropped; whoever remembers some must ask again when it moves
        self._active: list[Pot] = []
        self._due: list[Pot] = []
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

    def pot(self, openings: Iterable[Opening]) -> Pot:
        """A new pot of the wallets of these accounts."""
        return Pot(self, tuple([self.wallet(opening) for opening in openings]))

    # -- holds ---------------------------------------------------------------------------------------

    def reserve(
        self, call_id: str, pot: Pot, amounts: Amounts, *, now_us: int, expires_at_us: int
    ) -> Hold | None:
        """Hold the amounts, all or none; None where a lease does not reach: then the store must be asked."""
        if now_us >= self.usable_until_us:
            return None
        usd, tokens, calls = amounts
        free = pot.free
        if (
            (pot.open and usd <= free[0] and tokens <= free[1] and calls <= free[2])
            or self._fill(pot, amounts)
            or self._take_exactly(pot, amounts)
        ):
            return self._hold(call_id, pot, amounts, expires_at_us)
        return None

    def reserve_unchecked(self, call_id: str, pot: Pot, amounts: Amounts, *, expires_at_us: int) -> Hold:
        """Hold what no lease covers, because the budget says so while the store cannot be asked."""
        self._take(pot, amounts, amounts)
        return self._hold(call_id, pot, amounts, expires_at_us)

    def _hold(self, call_id: str, pot: Pot, amounts: Amounts, expires_at_us: int) -> Hold:
        free = pot.free
        free[0] -= amounts[0]
        free[1] -= amounts[1]
        free[2] -= amounts[2]
        self._numbers = number = self._numbers + 1
        hold = self.holds[number] = Hold(number, call_id, pot, amounts, expires_at_us)
        return hold

    def _fill(self, pot: Pot, amounts: Amounts) -> bool:
        """While plenty is left, set aside for many calls at once; False near the end."""
        aside = [_AMPLE, _AMPLE, _AMPLE]
        for wallet in pot.wallets:
            if not wallet.known:
                return False
            if wallet.hard:
                place = wallet.place
                most = min(wallet.free >> _ASIDE_SHIFT, amounts[place] * _ASIDE_CALLS)
                if wallet.scarce or wallet.closed or most < amounts[place]:
                    return False
                aside[place] = min(aside[place], most)
        self._take(pot, tuple(aside), amounts)
        pot.open = True
        return True

    def _take_exactly(self, pot: Pot, amounts: Amounts) -> bool:
        """What this call needs and no more, of all that the leases have."""
        for wallet in pot.wallets:
            if wallet.hard and wallet.free < amounts[wallet.place]:
                self._gather(wallet.pots)
            if not wallet.known or (wallet.hard and (wallet.free < amounts[wallet.place] or wallet.closed)):
                return False
        self._take(pot, amounts, amounts)
        return True

    def _take(self, pot: Pot, aside: tuple[int, ...], amounts: Amounts) -> None:
        self._activate(pot)
        pot.set_aside(aside)
        for wallet in pot.wallets:
            wallet.touched = True
            wallet.wish = max(wallet.wish, amounts[wallet.place] * _WISH_CALLS)

    def _activate(self, pot: Pot) -> None:
        if not pot.active:
            pot.activate()
            self._active.append(pot)

    def next_life(self, *, seq: int) -> "Purse":
        """A purse without leases that goes on with the calls in flight; its epoch is yet to be given.

        `seq` is the last event that is not this new life's to tell.
        """
        purse = Purse(self.name, epoch=UNBORN, seq=seq, lease_us=self._lease_us)
        purse._numbers = self._numbers
        for hold in self.holds.values():
            purse._adopt(hold)
        self.holds = {}
        return purse

    def _adopt(self, hold: Hold) -> None:
        """Go on with an open hold of an earlier life, in wallets of this one."""
        hold.pot = self.pot(wallet.opening for wallet in hold.pot.wallets)
        hold.pot.cover(hold.amounts)
        self._activate(hold.pot)
        self.holds[hold.number] = hold

    def held(self) -> dict[str, int]:
        """What calls in flight hold in hard accounts."""
        found: dict[str, int] = {}
        for hold in self.holds.values():
            for name, amount in hold.pot.named(hold.amounts).items():
                found[name] = found.get(name, 0) + amount
        return found

    def long_holds(self, *, begun_before_us: int, most: int) -> LongHolds:
        """The oldest holds of calls that began before an instant; all are kept in the order of their age."""
        found: list[OpenHold] = []
        for hold in islice(self.holds.values(), most):
            since = instant_of(hold.id)
            if since >= begun_before_us:
                return LongHolds(tuple(found), 0)
            accounts = tuple(wallet.id for wallet in hold.pot.wallets)
            found.append(OpenHold(hold.id, since, hold.expires_at_us, hold.amounts, accounts))
        return LongHolds(tuple(found), len(self.holds) - len(found))

    def post(self, hold: Hold, costs: Amounts) -> None:
        """Replace a hold by what the call cost; it is posted when `durable` says that its event is kept."""
        if hold.pot.life is not self:  # it had expired in an earlier life; what it cost is told in this one
            hold.pot = self.pot(wallet.opening for wallet in hold.pot.wallets)
        amounts = hold.amounts
        if self.holds.pop(hold.number, None) is None:
            amounts = _NOTHING  # it had expired: what was held is free already, what it cost is owed
        self._post(hold.pot, amounts, costs)

    def _post(self, pot: Pot, amounts: Amounts, costs: Amounts) -> None:
        free, posting = pot.free, pot.posting
        free[0] += amounts[0] - costs[0]
        free[1] += amounts[1] - costs[1]
        free[2] += amounts[2] - costs[2]
        posting[0] += costs[0]
        posting[1] += costs[1]
        posting[2] += costs[2]
        if not pot.active:
            self._activate(pot)
        if not pot.due:
            pot.due = True
            self._due.append(pot)
        if free[0] < 0 or free[1] < 0 or free[2] < 0:  # it cost more than it held: the wallets must know now
            self._take_in(pot)

    def void(self, hold: Hold) -> None:
        """Give a hold back: nothing was consumed."""
        self.post(hold, _NOTHING)

    def expire(self, *, now_us: int) -> list[Hold]:
        """Take back holds whose calls never ended; what they cost, if anything, is found by the ledger."""
        late = [hold for hold in self.holds.values() if hold.expires_at_us <= now_us]
        for hold in late:
            self.void(hold)
        return late

    def durable(self, *, seq: int) -> bool:
        """All events up to `seq` are kept: what was posted may be told. Whether others wait to hear of it."""
        scarce = False
        for pot in self._due:
            pot.due = False
            for place, amount in enumerate(pot.posting):
                pot.posted[place] += amount
                pot.posting[place] = 0
            self._activate(pot)
            scarce = scarce or any(wallet.scarce for wallet in pot.wallets)
        self._due.clear()
        if seq > self.seq:
            self.seq = seq
        return scarce

    def gather(self) -> None:
        """Tell every wallet what became of what was set aside; what of it is free is the wallet's again."""
        self._gather(self._active)
        for wallet in self.wallets.values():
            wallet.pots.clear()

    def _gather(self, pots: list[Pot]) -> None:
        for pot in pots:
            if pot.active:
                self._take_in(pot)
        pots.clear()

    def _take_in(self, pot: Pot) -> None:
        pot.active = pot.open = False
        for wallet in pot.wallets:
            mine = self.wallets.get(wallet.id) or self.wallet(wallet.opening)  # it may have been forgotten
            place = wallet.place
            free, posted = pot.free[place], pot.posted[place]
            mine.free += free
            mine.held += pot.taken[place] - free - posted
            mine.posted += posted
        for place in range(len(_NOTHING)):
            pot.taken[place] = pot.free[place] = pot.posted[place] = 0

    # -- talking to the store ------------------------------------------------------------------------

    def report(
        self,
        requests: Iterable[Request],
        *,
        now_us: int,
        give_back: bool = False,
        last: bool = False,
        holds: LongHolds | None = None,
    ) -> Report:
        """What to tell the store now; with `give_back` nothing that is free is kept.

        With `last` nothing more is wished for.
        What is not kept is given up here and now, whether or not the report arrives.
        """
        asked = list(requests)
        self.gather()
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
            holds=holds,
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
        return Entry(wallet.id, wallet.posted, wallet.held, wallet.free, wallet.wish)

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
        self.gather()
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
