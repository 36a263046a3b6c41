"""Channels: the ways on which people and programs are told of something."""

from typing import Annotated, Final

from msgspec import Meta

from bursar.estate.document import Document, Values

WEBHOOK_SCHEMES: Final = ("webhook+https", "webhook+http")
"""What the URL of our own signed webhook begins with; every other scheme is one of Apprise."""


class Channel(Document, kw_only=True, frozen=True, tag_field="kind", tag="channel"):
    """A way to reach people or a program: chat, e-mail, a pager, a signed webhook."""

    KIND = "channel"

    url: Annotated[
        str,
        Meta(
            pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|literal:.+)$",
            max_length=2000,
            description="Where its URL is: env:NAME, file:PATH or literal:URL. The URL is one of Apprise "
            "(slack://, msteams://, mailtos://, pagerduty:// ...), or webhook+https://HOST/PATH for a signed "
            "webhook.",
        ),
    ]
    secret: Annotated[
        str,
        Meta(
            pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|literal:.+|none)$",
            max_length=2000,
            description="Where the secret is that signs a webhook: env:NAME, file:PATH or literal:SECRET.",
        ),
    ] = "none"  # noqa: S105 - says that there is none
    for_owners: Annotated[
        Values, Meta(description="Owners who are reached here, by name; `*` and `?` stand for others.")
    ] = []
    reaches: Annotated[
        Values, Meta(description="People and roles who are reached here; a step may name them in `to`.")
    ] = []
    default: Annotated[bool, Meta(description="Whether owners come here whom no other channel reaches.")] = (
        False
    )
    digest_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            description="After a message, what follows within so many seconds comes together in the next.",
        ),
    ] = 60


def is_webhook(url: str) -> bool:
    """Whether a URL is one of our own signed webhook."""
    return url.partition("://")[0].lower() in WEBHOOK_SCHEMES
