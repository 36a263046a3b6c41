"""Documents as they may be shown: without the secrets that some of them carry."""

import re
from typing import Any, Final

import msgspec

from bursar.estate.channels import Channel
from bursar.estate.document import Document
from bursar.estate.kinds import Provider
from bursar.estate.sign_in import SignIn

HIDDEN: Final = "(hidden)"
_SECRET_HEADER: Final = re.compile(r"auth|key|token|secret|cookie|password", re.IGNORECASE)


def shown(document: Document) -> dict[str, Any]:
    """The document as plain values; literal credentials and URLs of channels, and headers that look like
    secrets, read (hidden)."""
    plain: dict[str, Any] = msgspec.to_builtins(document)
    if isinstance(document, Channel):
        for field in ("url", "secret"):  # the URLs of chats and pagers hold their tokens
            if plain.get(field, "").startswith("literal:"):
                plain[field] = "literal:" + HIDDEN
    if isinstance(document, SignIn) and document.client_secret.startswith("literal:"):
        plain["client_secret"] = "literal:" + HIDDEN
    if isinstance(document, Provider):
        if document.credential.startswith("literal:"):
            plain["credential"] = "literal:" + HIDDEN
        if document.headers:
            plain["headers"] = {
                name: HIDDEN if _SECRET_HEADER.search(name) else value
                for name, value in document.headers.items()
            }
    return plain
