"""Grants: temporary increases of a budget, each with its reason, its end and who gave it."""

from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec
from sqlalchemy import Engine, select

from bursar.budgets.amount import in_units, shown
from bursar.budgets.tables import GRANTS, PULSE
from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.directory.estate import documents_in_force
from bursar.estate.budgets import Budget, Unit
from bursar.store.state import reading, writing
from bursar.vocab.errors import InvalidInput, NotFound, near_names
from bursar.vocab.instant import InstantUs, format_instant

_REASON_MAX: Final = 2000
_MOST: Final = Decimal(10) ** 12


class Grant(msgspec.Struct, kw_only=True, frozen=True):
    """One grant; `amount` in the budget's unit, of the value `value` or, if that is empty, of each."""

    id: str
    budget: str
    value: str = ""
    amount: int
    reason: str
    begins_at_us: InstantUs
    ends_at_us: InstantUs
    actor: str
    made_at_us: InstantUs


def give(
    engine: Engine,
    *,
    grant_id: str,
    budget: str,
    value: str,
    amount: str,
    reason: str,
    until: InstantUs,
    actor: str,
    now: InstantUs,
) -> Grant:
    """Add a decimal amount to a budget until an instant; the next call that needs it has it.

    NotFound for a budget that is not declared, InvalidInput for what cannot be used.
    """
    unit = _find(engine, budget).unit
    return give_units(
        engine,
        grant_id=grant_id,
        budget=budget,
        value=value,
        amount=_checked_amount(amount, unit),
        reason=reason,
        until=until,
        actor=actor,
        now=now,
    )


def give_units(
    engine: Engine,
    *,
    grant_id: str,
    budget: str,
    value: str,
    amount: int,
    reason: str,
    until: InstantUs,
    actor: str,
    now: InstantUs,
) -> Grant:
    """The same for an amount in whole units: picodollars, tokens or calls."""
    document = _find(engine, budget)
    grant = Grant(
        id=grant_id,
        budget=budget,
        value=_checked_value(document, value),
        amount=amount,
        reason=_checked_reason(reason),
        begins_at_us=now,
        ends_at_us=_checked_end(until, now),
        actor=actor,
        made_at_us=now,
    )
    with writing(engine) as connection:
        locked = changes.lock(connection)
        connection.execute(GRANTS.insert().values(msgspec.structs.asdict(grant)))
        connection.execute(PULSE.update().values(value=PULSE.c.value + 1))
        row = AuditRow(
            revision=changes.advance(connection, locked),
            made_at_us=now,
            actor=actor,
            action="budget.granted",
            subject=f"budget/{budget}",
            detail={
                "grant": grant_id,
                "value": grant.value,
                "amount": shown(grant.amount, document.unit),
                "until": format_instant(grant.ends_at_us),
                "reason": grant.reason,
            },
        )
        changes.append_audit(connection, [row])
    return grant


def list_grants(engine: Engine, *, budget: str = "") -> list[Grant]:
    """Grants, ended ones too, newest first."""
    query = select(GRANTS).order_by(GRANTS.c.made_at_us.desc(), GRANTS.c.id.desc())
    if budget:
        query = query.where(GRANTS.c.budget == budget)
    with reading(engine) as connection:
        return [Grant(**row._mapping) for row in connection.execute(query)]


def _find(engine: Engine, name: str) -> Budget:
    with reading(engine) as connection:
        documents = documents_in_force(connection)
    budgets = [one for one in documents if isinstance(one, Budget)]
    for budget in budgets:
        if budget.name == name:
            return budget
    near = near_names(name, [budget.name for budget in budgets])
    hint = f"; near it: {', '.join(near)}" if near else ": `bursar budget list` shows them"
    raise NotFound(f"there is no budget {name!r}{hint}")


def _checked_value(budget: Budget, value: str) -> str:
    if value and not budget.each:
        raise InvalidInput(f"the budget {budget.name} is one for all: leave the value {value!r} out")
    return value


def _checked_amount(text: str, unit: Unit) -> int:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 < number <= _MOST:
        raise InvalidInput(f"the amount {text!r} cannot be granted: give a decimal number above 0")
    return in_units(f"{number:f}", unit)


def _checked_reason(reason: str) -> str:
    if not reason.strip() or len(reason) > _REASON_MAX:
        raise InvalidInput(f"say why: a grant needs a reason of at most {_REASON_MAX} characters")
    return reason.strip()


def _checked_end(until: InstantUs, now: InstantUs) -> InstantUs:
    if until <= now:
        raise InvalidInput(f"{format_instant(until)} is not in the future: a grant ends later than now")
    return until
