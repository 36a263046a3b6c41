"""What every wire's listener has in common: it hears a stream's events one by one and keeps the reading."""

from abc import ABC, abstractmethod
from typing import Any

from bursar.metering.reading import Reading

_SILENT_KEYS = frozenset(("id", "type", "role", "index", "object", "status", "name_id", "signature"))


class Listener(ABC):
    """Hears the JSON payloads of one stream; one subclass per wire.

    `wants(data)` says, by byte search alone, whether a piece of the stream can hold something that
    matters; only then is it cut into payloads and each handed to `take`.
    """

    __slots__ = ("_reading", "finished", "first_token_seen")

    def __init__(self) -> None:
        self._reading = Reading()
        self.first_token_seen = False
        self.finished = False

    @abstractmethod
    def wants(self, data: bytes) -> bool:
        """True where `data` may change the reading, or may show the first token."""

    @abstractmethod
    def take(self, payload: bytes) -> None:
        """Hear one payload that may matter; never raises."""

    @abstractmethod
    def shown(self, payload: bytes) -> int:
        """UTF-8 bytes of the output that one payload shows to the user."""

    def reading(self) -> Reading:
        """The reading as far as it is known."""
        return self._reading

    def needs_estimate(self) -> bool:
        """True where the output count is missing, so that what was shown must be counted."""
        return self._reading.usage is None


def bytes_shown(value: Any) -> int:
    """UTF-8 bytes of all text inside `value`, without ids, types and roles."""
    if isinstance(value, str):
        return len(value.encode(errors="replace"))
    if isinstance(value, list):
        return sum(map(bytes_shown, value))
    if isinstance(value, dict):
        return sum(bytes_shown(part) for key, part in value.items() if key not in _SILENT_KEYS)
    return 0
