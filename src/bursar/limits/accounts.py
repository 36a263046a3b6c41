"""Accounts: one limit for one value, and what a call takes of several of them."""

from collections.abc import Iterator, Sequence
from typing import Final

from bursar.estate.limits import Limit
from bursar.limits.meters import KINDS, Kind, Meter, PlaceMeter, RateMeter
from bursar.limits.window import Entry

_SIZES: Final = {
    "requests": "requests_per_minute",
    "tokens": "tokens_per_minute",
    "concurrent": "concurrent",
}


class Account:
    """The meters of a limit for one value of its `each`."""

    __slots__ = ("ends", "limit", "meters", "places", "requests", "tokens", "value")

    def __init__(self, limit: Limit, value: str, *, whole: bool) -> None:
        """With `whole` this worker has all of the limit, otherwise nothing until it is given a share."""
        self.limit = limit
        self.value = value
        sizes = _sizes(limit)
        pools = {kind: f"{limit.name}|{kind}|{value}" for kind in KINDS}  # a limit's name holds no `|`
        shares = sizes if whole else dict.fromkeys(KINDS, 0)
        self.requests, self.tokens = (
            RateMeter(kind, pools[kind], sizes[kind], shares[kind]) if sizes[kind] else None
            for kind in KINDS[:2]
        )
        self.places = (
            PlaceMeter("concurrent", pools["concurrent"], sizes["concurrent"], shares["concurrent"])
            if sizes["concurrent"]
            else None
        )
        # Whether it matters when a call ends: a request has been made, and stays so.
        self.ends = self.tokens is not None or self.places is not None
        every: tuple[Meter | None, ...] = (self.requests, self.tokens, self.places)
        self.meters: list[Meter] = [meter for meter in every if meter is not None]

    def follows(self, limit: Limit, *, whole: bool) -> bool:
        """Take over a changed document; False if it measures something else now."""
        if limit is self.limit:
            return True
        sizes = _sizes(limit)
        if {meter.kind for meter in self.meters} != {kind for kind in KINDS if sizes[kind]}:
            return False
        for meter in self.meters:
            meter.size = sizes[meter.kind]
            meter.share = meter.size if whole else min(meter.share, meter.size)
        self.limit = limit
        return True

    def has_room(self, tokens: int, now_us: int) -> bool:
        """Whether a call fits; written out, because every call comes by."""
        requests, places, counted = self.requests, self.places, self.tokens
        if requests is not None and requests.window.used(now_us) >= requests.share:
            return False
        if places is not None and places.taken >= places.share:
            return False
        return counted is None or counted.window.used(now_us) + min(tokens, counted.size) <= counted.share

    def needs(self, tokens: int) -> Iterator[tuple[Meter, int]]:
        """What a call takes of each meter."""
        for meter in self.meters:
            yield meter, min(tokens, meter.size) if meter.kind == "tokens" else 1


class Grant:
    """What one call took; ended once, with the tokens that it really used.

    `unchecked`: a limit was passed over, because the state store could not be asked.
    """

    __slots__ = ("_accounts", "_tokens", "unchecked")

    def __init__(
        self, accounts: Sequence[Account], tokens: int, now_us: int, *, unchecked: bool = False
    ) -> None:
        self.unchecked = unchecked
        self._accounts = accounts
        self._tokens: list[tuple[RateMeter, Entry, int]] | None = None
        for account in accounts:
            if account.requests is not None:
                account.requests.window.take(1, now_us)
            if account.places is not None:
                account.places.taken += 1
            if (counted := account.tokens) is not None:
                amount = min(tokens, counted.size)
                taken = (counted, counted.window.take(amount, now_us), amount)
                if self._tokens is None:
                    self._tokens = [taken]
                else:
                    self._tokens.append(taken)

    @property
    def counts_tokens(self) -> bool:
        return self._tokens is not None

    @staticmethod
    def of_requests(accounts: Sequence[Account], now_us: int) -> "Grant":
        """What a call took where only requests are counted: it has no end, so all of them are the same."""
        for account in accounts:
            if account.requests is not None:
                account.requests.window.take(1, now_us)
        return _ENDLESS

    def end(self, tokens: int) -> None:
        """The call is over. A second end does nothing."""
        for account in self._accounts:
            if account.places is not None:
                account.places.taken -= 1
        if self._tokens is not None:
            for meter, entry, estimated in self._tokens:
                meter.window.correct(entry, tokens - estimated)
        self._accounts = ()
        self._tokens = None


_ENDLESS: Final = Grant((), 0, 0)


def _sizes(limit: Limit) -> dict[Kind, int]:
    return {kind: getattr(limit, _SIZES[kind]) for kind in KINDS}
