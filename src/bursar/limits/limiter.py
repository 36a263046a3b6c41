"""Admits calls within the limits that match them: in one step, all of them or none."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from bursar.estate.limits import Limit
from bursar.limits.index import LimitIndex, Match
from bursar.limits.meters import KINDS, Kind, Meter, PlaceMeter, RateMeter
from bursar.limits.shares import Found, Renewed, Report
from bursar.limits.window import Entry

_ASK_AGAIN_US: Final = 500_000
_SOON_US: Final = 1_000_000
_SIZES: Final = {
    "requests": "requests_per_minute",
    "tokens": "tokens_per_minute",
    "concurrent": "concurrent",
}


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


class Grant:
    """What one call took; ended once, with the tokens that it really used."""

    __slots__ = ("_places", "_tokens", "unchecked")

    def __init__(self) -> None:
        self._places: list[PlaceMeter] = []
        self._tokens: list[tuple[RateMeter, Entry, int]] = []
        self.unchecked = False  # a limit was passed over, because the state store could not be asked

    @property
    def counts_tokens(self) -> bool:
        return bool(self._tokens)

    def took(self, meter: Meter, amount: int, now_us: int) -> None:
        if isinstance(meter, PlaceMeter):
            meter.taken += 1
            self._places.append(meter)
        else:
            entry = meter.take(amount, now_us)
            if meter.kind == "tokens":
                self._tokens.append((meter, entry, amount))

    def end(self, tokens: int) -> None:
        """The call is over. A second end does nothing."""
        for place in self._places:
            place.taken -= 1
        for meter, entry, estimated in self._tokens:
            meter.window.correct(entry, tokens - estimated)
        self._places = []
        self._tokens = []


class Account:
    """One limit for one value: its meters."""

    __slots__ = ("limit", "meters")

    def __init__(self, limit: Limit, value: str, *, whole: bool) -> None:
        self.limit = limit
        self.meters: list[Meter] = []
        for kind in KINDS:
            if size := getattr(limit, _SIZES[kind]):
                meter = PlaceMeter if kind == "concurrent" else RateMeter
                pool = pool_name(limit.name, kind, value)
                self.meters.append(meter(kind, pool, size, size if whole else 0))

    def follows(self, limit: Limit, *, whole: bool) -> bool:
        """Take over a changed document; False if it measures something else now."""
        if limit is self.limit:
            return True
        sizes = {kind: getattr(limit, _SIZES[kind]) for kind in KINDS}
        if {meter.kind for meter in self.meters} != {kind for kind in KINDS if sizes[kind]}:
            return False
        for meter in self.meters:
            meter.size = sizes[meter.kind]
            meter.share = meter.size if whole else min(meter.share, meter.size)
        self.limit = limit
        return True


def pool_name(limit: str, kind: Kind, value: str) -> str:
    """What the workers call a pool; a limit's name holds no `|`."""
    return f"{limit}|{kind}|{value}"


class Limiter:
    """All accounts of one worker.

    `lease_ends_us` is None where this worker shares with nobody. Otherwise accounts begin without a share,
    and no share counts from that instant on.
    """

    def __init__(self, *, shared: bool = False) -> None:
        self.lease_ends_us: int | None = 0 if shared else None
        self._leaving = False
        self._accounts: dict[tuple[str, str], Account] = {}

    def admit(self, matches: Sequence[Match], tokens: int, now_us: int) -> Grant | Full:
        """Take what the call needs in every account, or say which one has no room and take nothing.

        `tokens` is what the call may use at most, as far as one can tell; one that may use more than a whole
        limit needs all of it.
        """
        grant = Grant()
        taking: list[tuple[Meter, int]] = []
        full: list[Full] = []
        lost = self.lease_ends_us is not None and now_us >= self.lease_ends_us
        for match in matches:
            allowed = lost and match.limit.on_store_loss == "allow_and_flag" and self.lease_ends_us != 0
            grant.unchecked |= allowed
            for meter in self._account(match).meters:
                amount = min(tokens, meter.size) if meter.kind == "tokens" else 1
                taking.append((meter, amount))
                if not allowed and (lost or meter.used(now_us) + amount > meter.share):
                    full.append(_full(match, meter, amount, now_us, lost=lost))
        if full:
            for meter, amount in taking:  # a call needs all of them, so what has room is not given back yet
                meter.missing = max(meter.missing, amount)
            return min(full, key=lambda one: (one.short, -one.wait_us))
        for meter, amount in taking:
            grant.took(meter, amount, now_us)
        return grant

    def _account(self, match: Match) -> Account:
        key = (match.limit.name, match.value)
        account = self._accounts.get(key)
        whole = self.lease_ends_us is None
        if account is None or not account.follows(match.limit, whole=whole):
            account = self._accounts[key] = Account(match.limit, match.value, whole=whole)
        return account

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
                meter.asked_us = now_us if given.share < given.goal else -_ASK_AGAIN_US
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


def _full(match: Match, meter: Meter, amount: int, now_us: int, *, lost: bool) -> Full:
    meter.missing += amount
    elsewhere = meter.share < meter.size
    wait_us = meter.room_us(amount, now_us)
    if wait_us is None or lost or (elsewhere and meter.idle >= amount):
        wait_us = min(_SOON_US, wait_us or _SOON_US)
    short = lost or (elsewhere and now_us - meter.asked_us >= _ASK_AGAIN_US)
    return Full(match.limit, match.value, meter, meter.used(now_us), wait_us, short, lost)
