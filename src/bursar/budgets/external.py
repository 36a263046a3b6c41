"""Usage that no gateway held money for: it counts when it arrives, and can be why a budget is over."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine, select, update

from bursar import directory
from bursar.budgets.matching import Matcher, Payers, declared_of
from bursar.budgets.protocol import Opening
from bursar.budgets.store import accounts_wait, open_accounts, set_counted
from bursar.budgets.tables import ACCOUNTS, EXTERNAL_MARK
from bursar.estate.scope import Facts
from bursar.estate.snapshot import Snapshot
from bursar.jobs import Fence, unfenced
from bursar.ledger.charges import Used
from bursar.ledger.ledger import Ledger
from bursar.store.state import reading, writing
from bursar.vocab.instant import InstantUs

_EVERYTHING: Final = InstantUs(0)
_PERIOD_US: Final = 500_000  # how often usage that passed no gateway is added, if nothing asks for it sooner
TiersOf = Callable[[str, str], tuple[str, ...]]
"""The tiers of a model (its name, its provider)."""


class _Mark(msgspec.Struct, frozen=True):
    commit_no: int
    declared: int  # hash of what the counting depends on
    revision: int  # of the estate that declared it


class Counting:
    """The leader's count: at once when the estate moves or an account waits for it, else now and then."""

    def __init__(self, engine: Engine, ledger: Ledger, tiers_of: Callable[[Snapshot], TiersOf]) -> None:
        self._engine = engine
        self._ledger = ledger
        self._tiers_of = tiers_of
        self._revision = -1
        self._due_us = 0

    def run(self, *, now: InstantUs, fence: Fence) -> None:
        """Look, and count if there is a reason; to be called several times a second."""
        revision = directory.revision(self._engine)
        if now < self._due_us and revision == self._revision and not _anything_waits(self._engine):
            return
        count_external(self._engine, self._ledger, self._tiers_of, now=now, fence=fence)
        self._revision = revision
        self._due_us = now + _PERIOD_US


def count_external(
    engine: Engine,
    ledger: Ledger,
    tiers_of: Callable[[Snapshot], TiersOf],
    *,
    now: InstantUs,
    fence: Fence = unfenced,
) -> int:
    """Add what arrived since the last time to the accounts that pay for it; how many accounts it moved.

    When budgets have changed, all of it is counted anew: a new budget counts what its period has spent so
    far, and only then its accounts lend. Of two that count at once the second finds nothing.
    """
    snapshot = directory.snapshot(engine)
    mark = _read_mark(engine)
    declared = declared_of(snapshot)
    anew = declared != mark.declared
    drivers = {driver.name: Decimal(driver.value) for driver in snapshot.drivers}
    matcher = Matcher(snapshot.budgets, drivers, revision=snapshot.revision, declared=declared)
    since = matcher.earliest(now) if anew else _EVERYTHING
    through, used = mark.commit_no, list[Used]()
    if matcher:
        used, through = ledger.used_since(after=0 if anew else mark.commit_no, since=since)
    changed = 0
    if used or anew:
        openings, external = _external(matcher, used, tiers_of(snapshot))
        # Of a span that began before, only a part was counted: what is known of it stays.
        openings = {name: opening for name, opening in openings.items() if opening.begins_at_us >= since}
        for opening in matcher.standing(now):
            openings.setdefault(opening.id, opening)
        after = _Mark(through, declared, snapshot.revision)
        kept = _keep(engine, mark, after, openings, external, anew=anew, fence=fence)
        if kept is None:
            return 0
        changed = kept
    _let_go(engine, snapshot.revision, fence)
    return changed


def _external(
    matcher: Matcher, used: Iterable[Used], tiers_of: TiersOf
) -> tuple[dict[str, Opening], dict[str, int]]:
    """What each account owes for usage that it was not charged with when it happened."""
    openings: dict[str, Opening] = {}
    external: dict[str, int] = {}
    kind: object = None
    payers: Payers | None = None
    for one in used:  # its neighbours mostly have the same payers, and to find them takes longest
        if payers is None or kind != one.kind or not payers.valid_from_us <= one.at < payers.valid_until_us:
            kind = one.kind
            payers = matcher.payers(_facts(one, tiers_of), one.at)
            openings |= {opening.id: opening for opening in payers.openings}
        for opening in payers.openings:
            if opening.id not in one.accounts:
                external[opening.id] = external.get(opening.id, 0) + one.charged.of(opening.unit)
    return openings, external


def _facts(one: Used, tiers_of: TiersOf) -> Facts:
    return Facts(
        team=one.team,
        product=one.product,
        use_case=one.use_case,
        environment=one.environment,
        model=one.model,
        provider=one.provider,
        key=one.key,
        tiers=tiers_of(one.model, one.provider),
        tags=one.tags,
    )


def _read_mark(engine: Engine) -> _Mark:
    with reading(engine) as connection:
        row = connection.execute(select(EXTERNAL_MARK)).one()
    return _Mark(row.commit_no, row.declared, row.revision)


def _anything_waits(engine: Engine) -> bool:
    with reading(engine) as connection:
        return accounts_wait(connection)


def _let_go(engine: Engine, revision: int, fence: Fence) -> None:
    """Accounts that waited for the count may lend. A transaction of its own, that locks in one order."""
    if _anything_waits(engine):
        with writing(engine) as connection:
            fence(connection)
            set_counted(connection, revision=revision)


def _keep(
    engine: Engine,
    before: _Mark,
    after: _Mark,
    openings: dict[str, Opening],
    external: dict[str, int],
    *,
    anew: bool,
    fence: Fence,
) -> int | None:
    """Write it down; how many accounts it moved, None if somebody else wrote meanwhile."""
    with writing(engine) as connection:
        fence(connection)
        moved = connection.execute(
            update(EXTERNAL_MARK)
            .where(EXTERNAL_MARK.c.commit_no == before.commit_no, EXTERNAL_MARK.c.declared == before.declared)
            .values(commit_no=after.commit_no, declared=after.declared, revision=after.revision)
        )
        if moved.rowcount != 1:
            return None
        open_accounts(connection, list(openings.values()))
        amounts = {name: external.get(name, 0) for name in openings}
        return _add(connection, amounts, anew=anew)


def _add(connection: Connection, amounts: dict[str, int], *, anew: bool) -> int:
    rows = connection.execute(
        select(ACCOUNTS.c.id, ACCOUNTS.c.external)
        .where(ACCOUNTS.c.id.in_(sorted(amounts)))
        .order_by(ACCOUNTS.c.id)
        .with_for_update()
    ).all()
    changed = 0
    for row in rows:
        value = amounts[row.id] if anew else row.external + amounts[row.id]
        if value != row.external:
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == row.id).values(external=value))
            changed += 1
    return changed
