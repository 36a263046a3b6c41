"""The store's side of the protocol: who may spend how much of what. Pure: `store` loads and keeps the rows.

At every moment, for each hard account: spent + external + all leases <= limit, unless usage that nobody could
refuse went over. A worker never spends or holds more than its lease, so what is posted and held never exceeds
the limit. Of an account whose `external` is not known yet nothing is lent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from bursar.budgets.protocol import Answer, Entry, Report, Request, Standing

_SHARES: Final = 2
"""A worker may have this part of its even share of what is available: 1 / (_SHARES x workers)."""

_WORTH: Final = 4
"""A lease smaller than so many of the wishes is not worth giving: then each call is asked for by itself."""


Charge = Literal["lent", "held", "nothing"]
"""What is taken for spent of a worker that is written off: all that it was lent; what its calls held by its
last word; or nothing. What the ledger knows that it spent is charged in any case."""


class WrittenOff(NamedTuple):
    """What became of one lease of a worker that was written off."""

    account: str
    lent: int
    charged: int


@dataclass
class Account:
    """One account as the store keeps it; all in units."""

    id: str
    limit: int
    hard: bool = True
    spent: int = 0
    external: int = 0
    carried: int = 0  # what earlier spans of a rolling budget spent and hold
    uncounted: bool = False  # `external` is not known yet, and somebody is about to count it


@dataclass
class Lease:
    """What a worker may spend of an account: `amount`, of which `held` is in open holds by its own word."""

    amount: int = 0
    held: int = 0
    posted: int = 0  # sum of what the worker posted in this epoch, as last told
    heard_at_us: int = 0


@dataclass
class PurseRow:
    """A worker: its present life (`epoch`), its last report, the last event that it has accounted for."""

    name: str
    epoch: int = 0
    number: int = 0
    seq: int = 0


@dataclass
class Book:
    """The rows that a report touches. `leases` holds every worker's lease of each account that it names."""

    purse: PurseRow
    accounts: dict[str, Account]
    leases: dict[tuple[str, str], Lease] = field(default_factory=dict)  # (account, worker)
    live_after_us: int = 0  # workers heard of since then are alive
    recalled: bool = False  # other workers are asked to return what they have free

    def leased(self, account: str) -> int:
        return sum(lease.amount for (of, _), lease in self.leases.items() if of == account)

    def held(self, account: str) -> int:
        return sum(lease.held for (of, _), lease in self.leases.items() if of == account)

    def available(self, account: str) -> int:
        """What nobody has yet; negative when more was used than there is."""
        row = self.accounts[account]
        return row.limit - row.carried - row.spent - row.external - self.leased(account)

    def lease(self, account: str) -> Lease:
        """This worker's lease of an account, perhaps empty."""
        return self.leases.setdefault((account, self.purse.name), Lease())


def take_report(book: Book, report: Report, *, now_us: int) -> Answer:
    """Post what the worker posted, take back what it no longer wants, grant what fits.

    A report of an earlier life is fenced off, one that is not newer than the last changes nothing.
    """
    purse = book.purse
    if report.epoch != purse.epoch:
        return Answer(report.number, fenced=True, granted=[], refused={}, standings=[])
    if report.number <= purse.number:
        return _answer(book, report, [], {})
    purse.number = report.number
    purse.seq = max(purse.seq, report.seq)
    free: dict[str, int] = {}
    for entry in report.entries:
        free[entry.account] = _settle(book, entry, now_us)
    for name in free:
        free[name] -= _taken_back(book, name, free[name])
    granted, refused = _grant(book, report.requests, free, now_us)
    for entry in report.entries:
        _lend(book, entry, free[entry.account])
    return _answer(book, report, granted, refused)


def start_life(
    book: Book,
    posted: Mapping[str, int],
    held: Mapping[str, int],
    *,
    charged: Mapping[str, int],
    seq: int,
    now_us: int,
) -> int:
    """A worker begins anew: what its last life posted and nobody was told is posted, its leases come home.

    `posted` is the sum by account of the events after the purse's `seq` up to `seq`, `held` what calls of the
    last life hold that are still in flight: it stays theirs. `charged` is what was taken for spent when that
    life was written off: now it is known. Returns the new epoch.
    """
    purse = book.purse
    for account, amount in posted.items():
        book.accounts[account].spent += amount
    for account, amount in charged.items():
        book.accounts[account].spent -= amount
    for key in [key for key in book.leases if key[1] == purse.name]:
        del book.leases[key]
    for account, amount in held.items():
        book.leases[account, purse.name] = Lease(amount, held=amount, heard_at_us=now_us)
    purse.epoch += 1
    purse.number = 0
    purse.seq = max(seq, purse.seq)
    return purse.epoch


def write_off(book: Book, known: Mapping[str, int], charge: Charge) -> list[WrittenOff]:
    """End a worker's life without its word: what it was lent is charged or free again.

    `known` is what the ledger has of what it spent and did not tell. Its `seq` stays, so that its next life
    tells all of it.
    """
    purse = book.purse
    found = []
    for account, name in [key for key in book.leases if key[1] == purse.name]:
        lease = book.leases.pop((account, name))
        charged = _charged(lease, known.get(account, 0), charge)
        book.accounts[account].spent += charged
        if lease.amount or charged:
            found.append(WrittenOff(account, lease.amount, charged))
    purse.epoch += 1
    purse.number = 0
    return found


def _charged(lease: Lease, known: int, charge: Charge) -> int:
    more = {"lent": lease.amount, "held": min(lease.amount, known + lease.held), "nothing": 0}[charge]
    return max(known, more)


def _settle(book: Book, entry: Entry, now_us: int) -> int:
    """Take over what the worker says of an account; what it has free there."""
    account = book.accounts[entry.account]
    lease = book.lease(entry.account)
    account.spent += entry.posted - lease.posted
    lease.posted = entry.posted
    lease.held = entry.held
    lease.heard_at_us = now_us
    # The worker's word is never more than it was lent: it has only spent, released or given up since. Where a
    # call cost more than it held, what is free is negative; its other holds stay covered all the same.
    free = max(0, entry.free)
    lease.amount = entry.held + free
    return free


def _taken_back(book: Book, name: str, free: int) -> int:
    """What a worker must give up because the account has less than it had, as after a lowered limit."""
    taken = max(0, min(free, -book.available(name))) if book.accounts[name].hard else 0
    book.lease(name).amount -= taken
    return taken


def _grant(
    book: Book, requests: Iterable[Request], free: dict[str, int], now_us: int
) -> tuple[list[int], dict[int, str]]:
    """The requests that fit, one after another, each in all of its accounts or in none."""
    granted: list[int] = []
    refused: dict[int, str] = {}
    for request in requests:
        missing = {name: max(0, amount - free.get(name, 0)) for name, amount in request.amounts.items()}
        tight = [name for name, amount in missing.items() if not _fits(book, name, amount)]
        if tight:
            # One that is yet to be counted comes last: that the others are used up is final.
            refused[request.number] = min(tight, key=lambda name: book.accounts[name].uncounted)
            book.recalled |= any(_returning(book, name) > 0 for name in tight)
            continue
        for name, amount in missing.items():
            lease = book.lease(name)
            lease.amount += amount
            lease.heard_at_us = now_us
            free[name] = free.get(name, 0) + amount - request.amounts[name]
            lease.held += request.amounts[name]
        granted.append(request.number)
    return granted, refused


def _fits(book: Book, name: str, missing: int) -> bool:
    """Whether so much more can be had; nothing at all where more was used than there is, or may have been."""
    if book.accounts[name].uncounted:
        return False
    available = book.available(name)
    return available >= missing if missing else available >= 0 or not book.accounts[name].hard


def _lend(book: Book, entry: Entry, free: int) -> None:
    """While plenty is left, give in advance; the only worker gets all there is."""
    available = book.available(entry.account)
    wanted = entry.wish - free
    if wanted <= 0 or available <= 0 or book.accounts[entry.account].uncounted:
        return
    workers = _workers(book, entry.account)
    if workers == 1:
        book.lease(entry.account).amount += available
        return
    share = available // (_SHARES * workers)
    if share >= _WORTH * entry.wish:
        book.lease(entry.account).amount += min(wanted, share)


def _workers(book: Book, account: str) -> int:
    """How many workers share an account: those with a lease, alive or with something of it still in hand."""
    return sum(
        1
        for (of, name), lease in book.leases.items()
        if of == account
        and (name == book.purse.name or lease.amount or lease.heard_at_us >= book.live_after_us)
    )


def _others(book: Book, account: str) -> Iterable[Lease]:
    return (lease for (of, name), lease in book.leases.items() if of == account and name != book.purse.name)


def _returning(book: Book, account: str) -> int:
    """What living workers have free and can return."""
    return sum(
        lease.amount - lease.held
        for lease in _others(book, account)
        if lease.heard_at_us >= book.live_after_us
    )


def _in_doubt(book: Book, account: str) -> int:
    """What is with workers that are silent: some of it may be spent, so none of it may be given away."""
    return sum(lease.amount for lease in _others(book, account) if lease.heard_at_us < book.live_after_us)


def _answer(book: Book, report: Report, granted: list[int], refused: dict[int, str]) -> Answer:
    names = {entry.account for entry in report.entries}
    for request in report.requests:
        names.update(request.amounts)
    return Answer(
        report.number,
        fenced=False,
        granted=granted,
        refused=refused,
        standings=[_standing(book, name) for name in sorted(names)],
    )


def _standing(book: Book, name: str) -> Standing:
    account = book.accounts[name]
    return Standing(
        account=name,
        lease=book.lease(name).amount,
        limit=account.limit - account.carried,
        spent=account.spent + account.external,
        held=book.held(name),
        available=book.available(name),
        returning=_returning(book, name),
        in_doubt=_in_doubt(book, name),
        uncounted=account.uncounted,
    )
