"""The tables of this room; `bursar.store.migrations` makes them. Amounts are texts of integers: no database's
own type holds picodollars of every budget exactly."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from bursar.store.state import METADATA

ALERTS: Final = Table(
    "alerts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("budget", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("measure", Text, nullable=False),  # actual or forecast
    Column("percent", Integer, nullable=False),
    Column("occasion_us", BigInteger, nullable=False),  # the period's beginning
    Column("round", Integer, nullable=False),  # 0, and one more after each grant that lifted the last
    Column("until_us", BigInteger),
    Column("crossed_at_us", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # JSON: what was known at the crossing
    Column("granted", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, settled, acknowledged, lifted
    Column("rung", Integer, nullable=False),  # the next step of the ladder
    Column("waits_until_us", BigInteger),
    Column("acknowledged_at_us", BigInteger),
    Column("acknowledged_by", Text, nullable=False),
    Column("causes", Text),  # JSON, once the ledger was asked
    UniqueConstraint("budget", "value", "occasion_us", "measure", "percent", "round"),
    Index("ix_alerts_until_us", "until_us"),
)
"""One row for each crossing in each period: the unique key decides who of several evaluators sends."""

NOTICES: Final = Table(
    "alert_notices",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("asks", Integer, nullable=False),  # 1: wants to be acknowledged
    Column("created_at_us", BigInteger, nullable=False),
    Column("message", Text),  # the message that carries it; NULL: it waits for one
    UniqueConstraint("alert", "rung", "channel"),
    Index("ix_alert_notices_message", "message"),
)
"""What a step wants to be said on a channel."""

MESSAGES: Final = Table(
    "alert_messages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, sent, dead
    Column("content", Text, nullable=False),  # JSON; never a token or a secret
    Column("created_at_us", BigInteger, nullable=False),
    Column("due_at_us", BigInteger, nullable=False),
    Column("claimed_until_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fault", Text, nullable=False),  # why the last attempt failed
    Column("sent_at_us", BigInteger),
    Index("ix_alert_messages_state", "state", "due_at_us"),
    Index("ix_alert_messages_channel", "channel", "created_at_us"),
)
"""The outbox of messages; a dead one was given up and can be sent again."""

ANSWERS: Final = Table(
    "alert_answers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("alert", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("act", Text, nullable=False),  # acknowledge, undo, grant
    Column("amount", Text, nullable=False),  # of a grant
    Column("expires_at_us", BigInteger, nullable=False),
    Column("used_at_us", BigInteger),
)
"""One-step answers that messages offer; a token itself is nowhere in the store."""
