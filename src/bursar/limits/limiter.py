"""Admits calls within the limits that match them: in one step, all of them or none."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from bursar.estate.limits import Limit
from bursar.limits.accounts import Account, Grant
from bursar.limits.index import LimitIndex, Match
from bursar.limits.meters import Meter, RateMeter
from bursar.limits.shares import Found, Renewed, Report

ASK_AGAIN_US: Final = 500_000
_SOON_US: Final = 1_000_000


class Full(NamedTuple):
    """A limit has no room: which figure of it, what this worker has in use, and when there may be room.

    `short` says that it is only this worker's share that is used up, so that the state store may have more.
    `lost`: the store did not answer until this worker's lease was over.
    """

    limit: Limit
    value: str
    meter: Meter
    used: int
    wait_us: int
    short: bool
    lost: bool


class Limiter:
    """All accounts of one worker.

    `lease_ends_us` is None where this worker shares with nobody. Otherwise accounts begin without a share,
    and no share counts from that instant on.
    """

    def __init__(self, *, shared: bool = False) -> None:
        self.lease_ends_us: int | None = 0 if shared else None
        self.version = 0  # moves on whenever a call may have other accounts than before
        self._leaving = False
        self._accounts: dict[tuple[str, str], Account] = {}

    def accounts(self, matches: Sequence[Match]) -> tuple[Account, ...]:
        """The accounts of a call; the same for the next one with these matches while `version` stays."""
        return tuple([self._account(match) for match in matches])

    def _account(self, match: Match) -> Account:
        key = (match.limit.name, match.value)
        account = self._accounts.get(key)
        whole = self.lease_ends_us is None
        if account is None or not account.follows(match.limit, whole=whole):
            account = self._accounts[key] = Account(match.limit, match.value, whole=whole)
            self.version += 1
        return account

    def admit(self, accounts: Sequence[Account], tokens: int, now_us: int) -> Grant | Full:
        """Take what the call needs in every account, or say which one has no room and take nothing.

        `tokens` is what the call may use at most, as far as one can tell; one that may use more than a whole
        limit needs all of it.
        """
        if self.lease_ends_us is not None and now_us >= self.lease_ends_us:
            return self._admit_unasked(accounts, tokens, now_us)
        ends = False
        for account in accounts:
            if not account.has_room(tokens, now_us):
                return _refused(accounts, tokens, now_us)
            ends = ends or account.ends
        return Grant(accounts, tokens, now_us) if ends else Grant.of_requests(accounts, now_us)

    def _admit_unasked(self, accounts: Sequence[Account], tokens: int, now_us: int) -> Grant | Full:
        """The lease is over: what the limits say for this case. Before the first lease all must ask."""
        for account in accounts:
            if self.lease_ends_us == 0 or account.limit.on_store_loss == "refuse":
                meter, amount = next(account.needs(tokens))
                meter.missing += amount
                used = meter.used(now_us)
                return Full(account.limit, account.value, meter, used, _SOON_US, short=True, lost=True)
        return Grant(accounts, tokens, now_us, unchecked=True)

    # -- shares ----------------------------------------------------------------------------------------

    def report(self, now_us: int) -> list[Report]:
        """What this worker has of every pool, uses and wants; accounts that nobody uses are given back."""
        reports: list[Report] = []
        for key, account in list(self._accounts.items()):
            made = [_report(meter, now_us) for meter in account.meters]
            if self._leaving:
                made = [one._replace(size=one.share) for one in made]
            if not any(one.want for one in made):
                del self._accounts[key]
                self.version += 1
                made = [one._replace(share=0, keep=False) for one in made]
            reports += made
        return reports

    def renewed(self, answer: Renewed, now_us: int) -> bool:
        """Take the shares that the store has given; whether one was lowered, which the store should know."""
        lowered = False
        for meter in self._meters():
            if answer.fresh:
                meter.share = 0
            given = answer.shares.get(meter.pool)
            if given is not None:
                meter.idle = given.idle
                meter.asked_us = now_us if given.share < given.goal else -ASK_AGAIN_US
                share = min(given.share, max(given.goal, meter.used(now_us)), meter.size)
                lowered |= share < given.share
                meter.share = share
        return lowered

    def restore(self, found: Iterable[Found], index: LimitIndex, now_us: int) -> None:
        """Go on where the last process of this worker stood at its last beat."""
        for row in found:
            name, kind, value = row.pool.split("|", 2)
            limit = index.by_name.get(name)
            if limit is None:
                continue
            for meter in self._account(Match(limit, value)).meters:
                if meter.kind == kind:
                    meter.share = row.share
                    if isinstance(meter, RateMeter):
                        meter.take(row.used, now_us)

    def resign(self, now_us: int) -> None:
        """Keep of every share only what is in use, and ask for no more: this worker ends."""
        self._leaving = True
        for meter in self._meters():
            meter.share = min(meter.share, meter.used(now_us))

    def _meters(self) -> Iterator[Meter]:
        for account in self._accounts.values():
            yield from account.meters


def _report(meter: Meter, now_us: int) -> Report:
    used = meter.used(now_us)
    want = min(meter.size, used + meter.missing)
    report = Report(meter.pool, meter.size, meter.share, used, want)
    meter.missing = 0
    return report


def _refused(accounts: Sequence[Account], tokens: int, now_us: int) -> Full:
    """Which limit has no room: of several one that the store cannot help, then the one that takes longest."""
    full: list[Full] = []
    for account in accounts:
        for meter, amount in account.needs(tokens):
            # The call needs all of them, so what has room is not given back meanwhile.
            meter.missing = max(meter.missing, amount)
            if meter.used(now_us) + amount > meter.share:
                full.append(_full(account, meter, amount, now_us))
    return min(full, key=lambda one: (one.short, -one.wait_us))


def _full(account: Account, meter: Meter, amount: int, now_us: int) -> Full:
    meter.missing += amount
    elsewhere = meter.share < meter.size
    wait_us = meter.room_us(amount, now_us)
    if wait_us is None or (elsewhere and meter.idle >= amount):
        wait_us = min(_SOON_US, wait_us or _SOON_US)
    short = elsewhere and now_us - meter.asked_us >= ASK_AGAIN_US
    return Full(account.limit, account.value, meter, meter.used(now_us), wait_us, short, lost=False)
