"""A message on its way out: what every door is given, and what it says when the message did not arrive."""

from dataclasses import dataclass

from bursar.vocab.errors import BursarError
from bursar.vocab.instant import InstantUs


class NotDelivered(BursarError):
    """The other side did not take the message; the sentence holds no secret."""

    code = "not_delivered"


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message in both its forms; `id` stays the same when it is sent again."""

    id: str
    title: str
    text: str
    payload: bytes  # JSON
    now: InstantUs
