"""The tables of this room; `bursar.store.migrations` makes them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from bursar.store.state import METADATA

_COUNTER: Final = BigInteger().with_variant(Integer(), "sqlite")

REVISION: Final = Table(
    "revision",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
"""One row; every change of estate or keys moves its value on by one."""

ESTATE_VERSIONS: Final = Table(
    "estate_versions",
    METADATA,
    Column("id", _COUNTER, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, ... within (kind, name)
    Column("revision", BigInteger, nullable=False),  # the revision that it came with
    Column("body", Text),  # the document's JSON (`estate.parse.encode`); NULL: removed
    Column("origin", Text, nullable=False),  # file:line, as the applier wrote it
    Column("actor", Text, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    UniqueConstraint("kind", "name", "version"),
)
"""Append-only: the newest version of a (kind, name) is in force."""

KEYS: Final = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("secret_sha256", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("use_case", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("tags", Text, nullable=False),  # JSON object
    Column("may_set", Text, nullable=False),  # JSON list
    Column("models", Text, nullable=False),  # JSON list
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at_us", BigInteger),
    Column("revoked_at_us", BigInteger),
    Column("revoked_by", Text, nullable=False),
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("id", _COUNTER, primary_key=True, autoincrement=True),
    Column("revision", BigInteger, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),  # estate.created, estate.removed, key.created, ...
    Column("subject", Text, nullable=False),  # kind/name or key/id
    Column("detail", Text, nullable=False),  # JSON object; never a secret
    Column("hash", Text, nullable=False),  # of this row and the hash before it: see chain.py
)
"""Append-only: who did what, one row a thing."""

AUDIT_HEAD: Final = Table(
    "audit_head",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("rows", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),  # of the last row
    CheckConstraint("id = 1", name="single"),
)
"""One row: where the chain of the audit ends."""

DRIVERS: Final = Table(
    "drivers",
    METADATA,
    Column("id", _COUNTER, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, index=True),
    Column("value", Text, nullable=False),  # decimal
    Column("valid_from_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
)
"""Append-only: what the business did, from when on."""
APPROVALS: Final = Table(
    "approvals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("open_for", Text, unique=True),  # key, rule and model while it is open; NULL once answered
    Column("state", Text, nullable=False),  # open, granted, declined, ended
    Column("key_id", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("rule", Text, nullable=False),  # policy/NAME or tier/NAME
    Column("model", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("call_id", Text, nullable=False),  # the call that asked first
    Column("approvers", Text, nullable=False),  # JSON list, in the order in which they are asked
    Column("turn", Integer, nullable=False),  # whose turn it is: a place in the list
    Column("asked_at_us", BigInteger, nullable=False),
    Column("turn_at_us", BigInteger, nullable=False),  # since when it is their turn
    Column("decided_at_us", BigInteger),
    Column("decided_by", Text, nullable=False),
    Column("answer", Text, nullable=False),  # why, in the approver's words
    Column("until_us", BigInteger),
    Column("calls_max", BigInteger),
    Column("calls_used", BigInteger, nullable=False),
    Column("cost_max_pico", BigInteger),
    Column("cost_used_pico", BigInteger, nullable=False),
)
"""One row a request. Its answer is in the audit too, which is append-only."""
INTERVENTIONS: Final = Table(
    "interventions",
    METADATA,
    Column("id", Text, primary_key=True),  # the alert and the place of the step in its ladder
    Column("alert", Text, nullable=False),
    Column("budget", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("scope", Text, nullable=False),  # JSON
    Column("step", Text, nullable=False),  # JSON
    Column("since_us", BigInteger, nullable=False),
    Column("until_us", BigInteger),
    Column("undone_at_us", BigInteger),
    Column("undone_by", Text, nullable=False),
    Index("ix_interventions_alert", "alert"),
)
"""Rules that ladders put in force; one that is not undone is in every snapshot."""
