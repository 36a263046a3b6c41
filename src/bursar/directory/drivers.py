"""What the business does, in numbers: the drivers that use-based budgets move with."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from sqlalchemy import Connection, Engine, select

from bursar.directory import changes
from bursar.directory.changes import AuditRow
from bursar.directory.tables import DRIVERS
from bursar.estate.snapshot import Driver
from bursar.store.state import reading, writing
from bursar.vocab.errors import InvalidInput
from bursar.vocab.instant import InstantUs, format_instant

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_MOST: Final = Decimal(10) ** 15


def set_driver(
    engine: Engine, name: str, value: str, *, valid_from: InstantUs, actor: str, now: InstantUs
) -> Driver:
    """Say what a driver is from an instant on, which may not lie in the future; InvalidInput says why not."""
    driver = Driver(name=name, value=_read(name, value), valid_from_us=valid_from)
    if valid_from > now:
        raise InvalidInput(
            f"{format_instant(valid_from)} is in the future: say what {name} is when that day has come"
        )
    with writing(engine) as connection:
        revision = changes.advance(connection, changes.lock(connection))
        connection.execute(
            DRIVERS.insert().values(
                name=name, value=driver.value, valid_from_us=valid_from, actor=actor, made_at_us=now
            )
        )
        row = AuditRow(
            revision=revision,
            made_at_us=now,
            actor=actor,
            action="driver.set",
            subject=f"driver/{name}",
            detail={"value": driver.value, "valid_from": format_instant(valid_from)},
        )
        changes.append_audit(connection, [row])
    return driver


def list_drivers(engine: Engine) -> list[Driver]:
    """Every value that was ever said, newest first."""
    query = select(DRIVERS).order_by(DRIVERS.c.valid_from_us.desc(), DRIVERS.c.id.desc())
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return [Driver(name=row.name, value=row.value, valid_from_us=row.valid_from_us) for row in rows]


def drivers_in_force(connection: Connection) -> list[Driver]:
    """The newest value of each driver; of two of the same instant the one that was said last."""
    query = select(DRIVERS).order_by(DRIVERS.c.valid_from_us, DRIVERS.c.id)
    newest = {row.name: row for row in connection.execute(query)}
    return [
        Driver(name=name, value=row.value, valid_from_us=row.valid_from_us)
        for name, row in sorted(newest.items())
    ]


def _read(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"the driver name {name!r} cannot be used: letters, digits and . _ -, at most 128")
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number <= _MOST:
        raise InvalidInput(f"{name} is {value!r}: give a decimal number from 0 to {_MOST:f}")
    return f"{number:f}"
