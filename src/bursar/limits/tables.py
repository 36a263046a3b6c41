"""The tables of this room; `bursar.store.migrations` makes them."""

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from bursar.store.state import METADATA

LIMIT_WORKERS: Final = Table(
    "limit_workers",
    METADATA,
    Column("worker", Text, primary_key=True),
    Column("beat", BigInteger, nullable=False),  # another, larger one with every sign of life
)
"""The workers that share limits."""

LIMIT_SHARES: Final = Table(
    "limit_shares",
    METADATA,
    Column("pool", Text, primary_key=True),  # limit|kind|value
    Column("worker", Text, primary_key=True),
    Column("share", BigInteger, nullable=False),  # of all workers together at most the limit
    Column("used", BigInteger, nullable=False),  # at the last beat
    Column("want", BigInteger, nullable=False),
)
"""Who may use how much of which pool."""
