"""What the calls of one caller are paid from: parts of several wallets, set aside together."""

from collections.abc import Mapping
from typing import Final

import msgspec

from bursar.budgets.protocol import Opening, Standing
from bursar.estate.budgets import Unit

Amounts = tuple[int, int, int]
"""Picodollars, tokens, calls: what one call holds, or costs, in every account that counts in that unit."""

PLACES: Final[Mapping[Unit, int]] = {"usd": 0, "tokens": 1, "calls": 2}
"""Where a unit stands among the amounts."""


class Wallet:
    """One account as this worker has it when all pots are gathered in: `held + free` is its lease.

    `posted` has left it. What pots have set aside is neither free nor held here meanwhile.
    """

    __slots__ = (
        "closed",
        "free",
        "hard",
        "held",
        "id",
        "known",
        "opening",
        "place",
        "posted",
        "pots",
        "reported",
        "scarce",
        "standing",
        "touched",
        "wish",
    )

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.id = opening.id
        self.place = PLACES[opening.unit]
        self.hard = opening.hard
        # More was used than there is, or may have been: not even a call that holds nothing may pass.
        self.closed = False
        self.known = False  # the store has the account, so that nothing posted to it can get lost
        self.free = 0
        self.held = 0  # in open holds, or priced and not yet durable
        self.posted = 0  # durable; the sum of this epoch
        self.reported = 0  # of `posted`, what the store has taken over
        self.wish = 0
        self.touched = False  # since the last report
        self.scarce = False  # the store did not give what was wished for: nothing may lie about unused
        self.standing: Standing | None = None
        self.pots: list[Pot] = []  # that may have something of it

    @property
    def quiet(self) -> bool:
        """Nothing in hand and nothing to tell: it can be forgotten."""
        return not (self.held or self.free or self.wish) and self.posted == self.reported


class Pot:
    """The wallets that pay for the calls of one caller, and what was set aside from each of them.

    A call is then held and posted in one step, however many wallets there are; they hear of it when the pot
    is gathered in. Each list has places for picodollars, tokens and calls, counted since then.
    """

    __slots__ = (
        "active",
        "counts_tokens",
        "due",
        "free",
        "life",
        "open",
        "posted",
        "posting",
        "taken",
        "wallets",
    )

    def __init__(self, life: object, wallets: tuple[Wallet, ...]) -> None:
        self.life = life  # the purse that made it: another one of the same worker knows nothing of it
        self.wallets = wallets
        self.counts_tokens = any(wallet.opening.unit == "tokens" for wallet in wallets)
        self.open = False  # something was set aside, so that calls may be held here
        self.active = False  # there is something to gather in
        self.due = False  # there is something that is not yet durable
        self.taken = [0, 0, 0]  # from each wallet
        self.free = [0, 0, 0]  # of it, what no call holds
        self.posting = [0, 0, 0]  # priced, not yet durable
        self.posted = [0, 0, 0]  # durable

    def set_aside(self, amounts: tuple[int, ...]) -> None:
        """Take so much of every wallet."""
        for place, amount in enumerate(amounts):
            self.taken[place] += amount
            self.free[place] += amount
        for wallet in self.wallets:
            wallet.free -= amounts[wallet.place]

    def cover(self, amounts: Amounts) -> None:
        """A hold of an earlier life goes on here."""
        for place, amount in enumerate(amounts):
            self.taken[place] += amount

    def activate(self) -> None:
        """There is something to gather in."""
        self.active = True
        for wallet in self.wallets:
            wallet.pots.append(self)

    def named(self, amounts: Amounts) -> dict[str, int]:
        """What must be there, by account; those that only watch need nothing."""
        return {wallet.id: amounts[wallet.place] for wallet in self.wallets if wallet.hard}


class Hold(msgspec.Struct, gc=False):
    """What is reserved for a call in every account that pays for it, until it is posted or voided."""

    number: int  # in its purse's life
    id: str  # the call's id
    pot: Pot
    amounts: Amounts
    expires_at_us: int
