"""What workers and the state store say to each other about money: records only."""

import msgspec

from bursar.estate.budgets import Unit


class Opening(msgspec.Struct, frozen=True, gc=False):
    """All that the store must know to keep an account; sent with the first request that needs it.

    `amount` is what the budget document gives at estate revision `revision`; grants and what is carried over
    are added by the store. `before` are the accounts of earlier spans: of a rolling budget those whose
    spending counts in this span too, of one that rolls over the last one, whose rest is added. `declared` is
    the hash of what said who pays for what: usage that passed no gateway is counted by it.
    """

    id: str
    budget: str
    value: str
    owner: str
    unit: Unit
    hard: bool
    begins_at_us: int
    ends_at_us: int
    amount: int
    revision: int
    rolling: bool = False
    roll_over: bool = False
    before: tuple[str, ...] = ()
    declared: int = 0


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One account as a worker sees it.

    `posted` is the sum of what it ever posted there in this epoch, `held` its open holds, `free` what is left
    of its lease and still wanted; `wish` is how much it would like to have free.
    """

    account: str
    posted: int
    held: int
    free: int
    wish: int = 0


class Request(msgspec.Struct, frozen=True, gc=False):
    """What one waiting call needs: an amount in each of its accounts, all or none."""

    number: int
    amounts: dict[str, int]


class OpenHold(msgspec.Struct, frozen=True, gc=False):
    """A call in flight and what is held for it: picodollars, tokens, calls; the clock is that of all."""

    call_id: str
    since_us: int
    expires_at_us: int
    amounts: tuple[int, int, int]
    accounts: tuple[str, ...]


class LongHolds(msgspec.Struct, frozen=True, gc=False):
    """The oldest open holds of a worker, of calls that last; `more` is how many further ones there are."""

    holds: tuple[OpenHold, ...]
    more: int


class Report(msgspec.Struct, frozen=True, gc=False):
    """What a worker tells the store and asks of it; `seq` is the last event that is in what it posted.

    `holds` are told now and then, for people to see; None leaves those that were told last.
    """

    purse: str
    epoch: int
    number: int
    seq: int
    entries: list[Entry]
    requests: list[Request]
    openings: list[Opening]
    holds: LongHolds | None = None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """An account after a report, and `lease`: what the worker may now spend or hold there.

    `returning` is what other workers have free and are asked to return, `in_doubt` what is with workers that
    have not been heard of for longer than a lease lasts. `uncounted`: what the period had spent before the
    account was there is not counted yet, so nothing of it is given away.
    """

    account: str
    lease: int
    limit: int
    spent: int
    held: int
    available: int
    returning: int
    in_doubt: int
    uncounted: bool = False


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What the store says; `granted` are the requests that fit. `fenced`: the worker's epoch is over."""

    number: int
    fenced: bool
    granted: list[int]
    refused: dict[int, str]  # request -> the account in which it does not fit
    standings: list[Standing]
