"""One-step answers: links that acknowledge, undo or grant, once, until they expire.

A token is the answer's id and an HMAC-SHA256 over it, by a key that is not in the store; the store holds
the token's SHA-256. So whoever reads the store cannot answer, and a message sent again has the same links.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Connection, Row, select, update

from bursar.alerts.tables import ANSWERS
from bursar.vocab.errors import Conflict, NotFound
from bursar.vocab.instant import InstantUs, format_instant

Act = Literal["acknowledge", "undo", "grant"]
_LIFE_US: Final = 7 * 86_400_000_000
_LABEL: Final = b"bursar alert answers, version 1"


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """What a link does. `amount` is of a grant, in the account's unit."""

    id: str
    alert: str
    channel: str
    act: Act
    amount: int = 0
    expires_at_us: InstantUs
    used_at_us: InstantUs | None = None


class AnswerClosed(Conflict):
    """A link that was used already, or is too old."""

    code = "answer_closed"


def signing_key(secret: str) -> bytes:
    """The key of the tokens, made from a secret that all control planes of an installation share."""
    return hmac.digest(secret.encode(), _LABEL, "sha256")


def token_of(answer_id: str, key: bytes) -> str:
    """The token of an answer; it fits into a URL."""
    signature = hmac.digest(key, answer_id.encode(), "sha256")
    return f"{answer_id}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def expiry(until: InstantUs | None, *, now: InstantUs) -> InstantUs:
    """A link lives a week, or until the period it speaks of is over."""
    longest = InstantUs(now + _LIFE_US)
    return longest if until is None else min(until, longest)


def keep(connection: Connection, answers: list[Answer], key: bytes) -> None:
    """Offer answers, in the transaction that keeps their message."""
    if answers:
        rows = [
            {
                **msgspec.structs.asdict(answer),
                "amount": str(answer.amount),
                "token_sha256": _hash(token_of(answer.id, key)),
            }
            for answer in answers
        ]
        connection.execute(ANSWERS.insert(), rows)


def find(connection: Connection, token: str, key: bytes, *, now: InstantUs) -> Answer:
    """The answer of a token. NotFound if it is none of ours, AnswerClosed if it was used or is too old."""
    answer_id = token.partition(".")[0]
    row = connection.execute(select(ANSWERS).where(ANSWERS.c.token_sha256 == _hash(token))).one_or_none()
    if row is None or not hmac.compare_digest(token.encode(), token_of(answer_id, key).encode()):
        raise NotFound("this link is none of ours: open it as it stands in the message")
    answer = _from_row(row)
    if answer.used_at_us is not None:
        raise AnswerClosed(f"this link was used already, at {format_instant(answer.used_at_us)}")
    if answer.expires_at_us <= now:
        raise AnswerClosed(f"this link was good until {format_instant(answer.expires_at_us)}")
    return answer


def use(connection: Connection, answer: Answer, *, now: InstantUs) -> None:
    """Use a link up, in the transaction of what it does; AnswerClosed if another one was faster."""
    unused = (ANSWERS.c.id == answer.id) & ANSWERS.c.used_at_us.is_(None)
    if connection.execute(update(ANSWERS).where(unused).values(used_at_us=now)).rowcount != 1:
        raise AnswerClosed("this link was used a moment ago")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _from_row(row: Row[Any]) -> Answer:
    return Answer(
        id=row.id,
        alert=row.alert,
        channel=row.channel,
        act=row.act,
        amount=int(row.amount),
        expires_at_us=row.expires_at_us,
        used_at_us=row.used_at_us,
    )
