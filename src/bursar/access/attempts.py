"""How often somebody may fail to sign in: counted by address and by account, over a few minutes."""

import ipaddress
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select, true

from bursar.access.tables import SIGN_IN_ATTEMPTS
from bursar.store.state import reading
from bursar.vocab.errors import BursarError
from bursar.vocab.instant import InstantUs

WINDOW_US: Final = 600 * 1_000_000
FAILURES_BY_ADDRESS: Final = 20
FAILURES_BY_ACCOUNT: Final = 10
ROWS_MOST: Final = 5_000
"""More than this are never kept: the oldest go first."""

RECORDED_MOST: Final = 200
"""So many refusals in ten minutes are written into the audit, which nobody may fill at will."""


class TooManyAttempts(BursarError):
    """So many tries have failed that the next ones are not looked at."""

    code = "too_many_attempts"


def check_attempts(engine: Engine, *, address: str, account: str = "", now: InstantUs) -> None:
    """TooManyAttempts if an address, or an account, has failed too often in the last ten minutes."""
    with reading(engine) as connection:
        by_address = _count(connection, SIGN_IN_ATTEMPTS.c.address == network(address), now)
        by_account = _count(connection, SIGN_IN_ATTEMPTS.c.account == account, now) if account else 0
    if by_address >= FAILURES_BY_ADDRESS or by_account >= FAILURES_BY_ACCOUNT:
        raise TooManyAttempts(
            "too many tries to sign in have failed: wait ten minutes, then take a new link",
            retry_after_s=WINDOW_US // 1_000_000,
        )


def note_failure(connection: Connection, *, address: str, account: str, now: InstantUs) -> bool:
    """Keep a failed try, in the caller's transaction, and forget those that count no more.

    Whether there are few enough of them to write this one into the audit.
    """
    table = SIGN_IN_ATTEMPTS
    row = {"at_us": now, "address": network(address), "account": account}
    newest = connection.execute(table.insert().values(row)).inserted_primary_key
    last = int(newest[0]) if newest else 0
    over = (table.c.at_us <= now - WINDOW_US) | (table.c.id <= last - ROWS_MOST)
    connection.execute(delete(table).where(over))
    return _count(connection, true(), now) <= RECORDED_MOST


def network(address: str) -> str:
    """What counts as one address: of IPv6 a /64, because whoever has one address has them all."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return ""
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    if mapped.version == 4:
        return str(mapped)
    return str(ipaddress.ip_network((int(mapped), 64), strict=False))


def _count(connection: Connection, condition: ColumnElement[bool], now: InstantUs) -> int:
    query = select(func.count()).where(condition, SIGN_IN_ATTEMPTS.c.at_us > now - WINDOW_US)
    return int(connection.execute(query).scalar_one())
