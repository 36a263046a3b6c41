"""The tables of this room; `bursar.store.migrations` makes them. No secret is in them, only hashes."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from bursar.store.state import METADATA

_COUNTER: Final = BigInteger().with_variant(Integer(), "sqlite")

PEOPLE: Final = Table(
    "people",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("email", Text, unique=True),  # lower case; NULL: none
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),  # active, disabled
    Column("issuer", Text),  # of OIDC; NULL for who signs in by link
    Column("subject", Text),
    Column("roles", Text, nullable=False),  # JSON list: given by an administrator
    Column("roles_by_groups", Text, nullable=False),  # JSON list: as of the last sign-in by OIDC
    Column("created_at_us", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_seen_at_us", BigInteger),
    UniqueConstraint("issuer", "subject"),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("previous_sha256", Text, unique=True),  # of the token before
    Column("previous_until_us", BigInteger),  # NULL: until the new one has been seen
    Column("csrf", Text, nullable=False),  # what unsafe requests must repeat; useless without the token
    Column("person", Text, nullable=False, index=True),
    Column("created_at_us", BigInteger, nullable=False),
    Column("rotated_at_us", BigInteger, nullable=False),
    Column("last_seen_at_us", BigInteger, nullable=False),
    Column("ends_at_us", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("revoked_at_us", BigInteger),
)

SIGN_IN_LINKS: Final = Table(
    "sign_in_links",
    METADATA,
    Column("token_sha256", Text, primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("made_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("used_at_us", BigInteger),
)

API_TOKENS: Final = Table(
    "api_tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("secret_sha256", Text, nullable=False, unique=True),
    Column("person", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("only", Text),  # JSON list of permissions; NULL: all that the person may
    Column("created_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("revoked_at_us", BigInteger),
    Column("last_used_at_us", BigInteger),
)

SIGN_IN_ATTEMPTS: Final = Table(
    "sign_in_attempts",
    METADATA,
    Column("id", _COUNTER, primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("account", Text, nullable=False),  # a person's id, or issuer and subject; empty: not known
    Index("ix_sign_in_attempts_address", "address", "at_us"),
    Index("ix_sign_in_attempts_account", "account", "at_us"),
)
"""Tries that failed in the last minutes; `attempts.note` keeps the table short."""

OIDC_STARTS: Final = Table(
    "oidc_starts",
    METADATA,
    Column("state_sha256", Text, primary_key=True),
    Column("browser_sha256", Text, nullable=False),  # of the cookie that the browser got
    Column("address", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),  # of PKCE
    Column("next", Text, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
)
"""Ways to an identity provider that somebody set out on; a row is taken away by the first who comes back."""
