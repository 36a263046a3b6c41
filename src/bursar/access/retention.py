"""Forgets what is over for long enough: sessions, links, tokens and ways to identity providers."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, delete

from bursar.access.attempts import WINDOW_US
from bursar.access.tables import API_TOKENS, OIDC_STARTS, SESSIONS, SIGN_IN_ATTEMPTS, SIGN_IN_LINKS
from bursar.estate.retention import Retention
from bursar.vocab.instant import InstantUs

_DAY_US: Final = 86_400 * 1_000_000


def forget_access(connection: Connection, kept: Retention, *, now: InstantUs) -> Mapping[str, int]:
    """Delete, in the caller's transaction, what ended longer ago than it is kept; how many rows of what.

    That they were there stays in the audit.
    """
    sessions = now - kept.sessions_days * _DAY_US
    tokens = now - kept.tokens_days * _DAY_US
    links = now - kept.links_days * _DAY_US
    over = {
        "sessions": delete(SESSIONS).where(
            (SESSIONS.c.ends_at_us <= sessions) | (SESSIONS.c.revoked_at_us <= sessions)
        ),
        "api_tokens": delete(API_TOKENS).where(
            (API_TOKENS.c.expires_at_us <= tokens) | (API_TOKENS.c.revoked_at_us <= tokens)
        ),
        "sign_in_links": delete(SIGN_IN_LINKS).where(
            (SIGN_IN_LINKS.c.expires_at_us <= links) | (SIGN_IN_LINKS.c.used_at_us <= links)
        ),
        "oidc_starts": delete(OIDC_STARTS).where(OIDC_STARTS.c.expires_at_us <= now),
        "sign_in_attempts": delete(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.at_us <= now - WINDOW_US),
    }
    return {name: connection.execute(statement).rowcount for name, statement in over.items()}
