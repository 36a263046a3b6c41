"""The table of this room; `bursar.store.migrations` makes it."""

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from bursar.store.state import METADATA

LEADERS: Final = Table(
    "leaders",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),  # grows by one whenever the holder changes
    Column("expires_at_us", BigInteger, nullable=False),
)
"""One row for each thing that only one process may do."""
