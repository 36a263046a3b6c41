"""Which wires of providers can answer a caller's wire without translation."""

from collections.abc import Iterable
from typing import Final

ANSWERED_BY: Final[dict[str, tuple[str, ...]]] = {
    "openai": ("openai", "azure"),
    "azure": ("azure", "openai"),
    "anthropic": ("anthropic",),
    "gemini": ("gemini",),
}
"""A caller's wire, and the wires of the providers that understand it."""


def have_a_caller(wires: Iterable[str]) -> bool:
    """Whether some caller's wire is answered by every one of these provider wires."""
    wanted = set(wires)
    return any(wanted <= set(answering) for answering in ANSWERED_BY.values())
