"""Takes the usage chunk out of an OpenAI chat stream that the caller did not ask for."""

import re
from typing import Final

_END: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_NO_CHOICES: Final = re.compile(rb'"choices"\s*:\s*\[\s*\]')
_USAGE: Final = re.compile(rb'"usage"\s*:\s*\{')
_HELD_MOST: Final = 1024 * 1024


class UsageChunkFilter:
    """Passes whole server-sent events on, except the one that only carries usage."""

    def __init__(self) -> None:
        self._held = b""
        self.removed = False

    def feed(self, data: bytes) -> bytes:
        """The events completed by `data` that the caller should see; a begun one is held."""
        data = self._held + data if self._held else data
        ends = [match.end() for match in _END.finditer(data)]
        if not ends:
            self._held = b"" if len(data) > _HELD_MOST else data
            return data if not self._held else b""
        whole, self._held = data[: ends[-1]], data[ends[-1] :]
        if not _NO_CHOICES.search(whole):
            return whole
        kept = []
        start = 0
        for end in ends:
            event = whole[start:end]
            start = end
            if _NO_CHOICES.search(event) and _USAGE.search(event):
                self.removed = True
            else:
                kept.append(event)
        return b"".join(kept)

    def rest(self) -> bytes:
        """What is held when the stream ends in mid-event."""
        held, self._held = self._held, b""
        return held
