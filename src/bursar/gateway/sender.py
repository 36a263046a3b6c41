"""Carries an outbox's events to the control plane: at least once, in order, for as long as it takes."""

import http.client
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec
import zstandard

from bursar.gateway.outbox import Outbox, OutboxReader
from bursar.vocab.event import Batch

_log = logging.getLogger(__name__)
_PATH: Final = "/internal/v1/events"
_POLL_SECONDS: Final = 0.2  # a delivery costs the ledger some ten milliseconds, however few events it has
_BACK_OFF_SECONDS: Final = (0.2, 0.5, 1.0, 2.0)
_BATCH_BYTES: Final = 4 * 1024 * 1024
_TIMEOUT_SECONDS: Final = 30.0
_CHECKPOINT_SECONDS: Final = 1.0
_LOG_BYTES: Final = (
    16 * 1024 * 1024
)  # of the outbox's write-ahead log, from where on it is made to begin anew


class _Reply(msgspec.Struct):
    high_water: int = 0
    expected: int | None = None
    detail: str = ""


_decode = msgspec.json.Decoder(_Reply).decode
_encode = msgspec.msgpack.Encoder().encode


class Sender:
    """A thread of its own with a connection of its own; a control plane that is down only makes it wait."""

    def __init__(self, outbox: Outbox, *, control_url: str, token: str, new_name: Callable[[], str]) -> None:
        self._outbox = outbox
        self._reader = OutboxReader(outbox.path)
        parts = urlsplit(control_url)
        self._secure = parts.scheme == "https"
        self._address = (parts.hostname or "127.0.0.1", parts.port or (443 if self._secure else 80))
        self._path = parts.path.rstrip("/") + _PATH
        self._token = token
        self._new_name = new_name
        self._sent = self._reader.delivered()
        self._cards_sent: set[str] = set()
        self._compress = zstandard.ZstdCompressor(level=1).compress
        self._connection: http.client.HTTPConnection | None = None
        self._stop = threading.Event()
        self._failures = 0
        self._checkpoint_at = 0.0
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Send what is left, if that succeeds at once, and end."""
        self._stop.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.wait(self._pause()):
            self._deliver_all()
            self._checkpoint()
        self._deliver_all()
        self._disconnect()
        self._reader.close()

    def _checkpoint(self) -> None:
        """Keep the outbox's log short; at most once a second, because it syncs the file."""
        now = time.monotonic()
        if now < self._checkpoint_at:
            return
        self._checkpoint_at = now + _CHECKPOINT_SECONDS
        try:
            if self._reader.checkpoint() > _LOG_BYTES:
                self._outbox.end_log()
        except sqlite3.Error as error:
            _log.warning("the outbox %s cannot be checkpointed: %s", self._outbox.path, error)

    def _pause(self) -> float:
        if not self._failures:
            return _POLL_SECONDS
        return _BACK_OFF_SECONDS[min(self._failures, len(_BACK_OFF_SECONDS)) - 1]

    def _deliver_all(self) -> None:
        try:
            while self._deliver():
                self._failures = 0
                self._checkpoint()  # under load there may always be a next batch
        except (OSError, http.client.HTTPException, msgspec.MsgspecError, _NotTaken) as error:
            if not self._failures:
                _log.warning("events wait in the outbox, the control plane does not take them: %s", error)
            self._failures += 1
            self._disconnect()

    def _deliver(self) -> bool:
        """Send the next batch; False when there is nothing to send."""
        groups = self._reader.groups_after(self._sent, max_bytes=_BATCH_BYTES)
        if not groups:
            return False
        cards = {ref: body for ref, body in self._reader.cards().items() if ref not in self._cards_sent}
        batch = Batch(
            worker=self._reader.worker,
            seq_first=groups[0].seq_first,
            seq_last=groups[-1].seq_last,
            groups=[group.body for group in groups],
            cards=cards,
        )
        status, reply = self._post(self._compress(_encode(batch)))
        if status == 409 and reply.expected is not None:
            self._resume_at(reply.expected)
            return True
        if status != 200:
            raise _NotTaken(f"status {status} {reply.detail}".strip())
        self._cards_sent.update(cards)
        self._sent = batch.seq_last
        self._outbox.confirm(batch.seq_last)
        return True

    def _resume_at(self, expected: int) -> None:
        """The ledger has less than was sent: go back, or start a new stream if those rows are gone."""
        if expected > self._reader.delivered():
            self._sent = expected - 1
            self._cards_sent.clear()
            return
        _log.error(
            "the ledger expects event %d of %s, but it had confirmed up to %d: it was replaced by an older "
            "or empty one. What it had is gone; the events since then follow under a new name.",
            expected,
            self._reader.worker,
            self._reader.delivered(),
        )
        self._outbox.restart_stream(self._new_name())
        self._sent = 0
        self._cards_sent.clear()
        raise _NotTaken("the stream starts anew")

    def _post(self, body: bytes) -> tuple[int, _Reply]:
        """Send a batch; a kept connection that has ended meanwhile is no failure: a batch may come twice."""
        kept = self._connection is not None
        try:
            return self._post_once(body)
        except (OSError, http.client.HTTPException):
            self._disconnect()
            if not kept:
                raise
        return self._post_once(body)

    def _post_once(self, body: bytes) -> tuple[int, _Reply]:
        if self._connection is None:
            make = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._connection = make(*self._address, timeout=_TIMEOUT_SECONDS)
        headers = {
            "authorization": f"Bearer {self._token}",
            "content-type": "application/msgpack",
            "content-encoding": "zstd",
        }
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.will_close:
            self._disconnect()
        return response.status, _decode(text) if text[:1] == b"{" else _Reply()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _NotTaken(Exception):
    """The control plane answered, but did not take the batch."""
