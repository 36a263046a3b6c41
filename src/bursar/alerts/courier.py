"""The job that delivers messages: several at once, on threads of its own, never two at once on a channel."""

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
from sqlalchemy import Engine

from bursar import directory
from bursar.alerts import doors, outbox
from bursar.alerts.answers import token_of
from bursar.alerts.backoff import ATTEMPTS_MOST, wait_us
from bursar.alerts.content import Content, payload_of, text_of
from bursar.alerts.doors import ReadSecret
from bursar.alerts.outbox import Message
from bursar.alerts.outgoing import NotDelivered, Outgoing
from bursar.estate.channels import Channel
from bursar.jobs import Turn
from bursar.vocab.errors import BursarError, NotFound, near_names
from bursar.vocab.instant import InstantUs

_log = logging.getLogger(__name__)
_THREADS: Final = 8
_LOOK_AT_MOST: Final = 100


class Links(msgspec.Struct, kw_only=True, frozen=True):
    """The URLs in messages. `base` is where people reach the control plane; `key` signs answers."""

    base: str
    key: bytes

    def answer(self, answer_id: str) -> str:
        return f"{self.base}/api/v1/alerts/answer/{token_of(answer_id, self.key)}"

    def details(self, alert_id: str) -> str:
        return f"{self.base}/api/v1/alerts/{alert_id}"


class Courier:
    """Takes messages from the outbox to the other side. A slow channel holds up no other one."""

    def __init__(
        self,
        engine: Engine,
        links: Links,
        *,
        read_secret: ReadSecret,
        now: Callable[[], InstantUs],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._engine = engine
        self._links = links
        self._read_secret = read_secret
        self._now = now
        self._random_bytes = random_bytes
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="courier")
        self._lock = threading.Lock()
        self._busy: set[str] = set()  # channels
        self._is_warm = False
        self._closing = False

    def deliver(self, turn: Turn) -> None:
        """Start the delivery of what is due; returns without waiting for it."""
        self._warm()
        self._start(turn.now)

    def _start(self, now: InstantUs) -> None:
        for message in outbox.due(self._engine, limit=_LOOK_AT_MOST, now=now):
            if self._begin(message.channel):
                with contextlib.suppress(RuntimeError):  # it was closed in this moment
                    self._pool.submit(self._one, message)

    def _warm(self) -> None:
        if not self._is_warm and directory.snapshot(self._engine).channels:
            self._pool.submit(doors.warm)
        self._is_warm = True

    def close(self) -> None:
        """Wait for what is under way."""
        with self._lock:
            self._closing = True
        self._pool.shutdown(wait=True)

    def _begin(self, channel: str) -> bool:
        with self._lock:
            if self._closing or channel in self._busy or len(self._busy) >= _THREADS:
                return False
            self._busy.add(channel)
            return True

    def _one(self, message: Message) -> None:
        try:
            if outbox.claim(self._engine, message, now=self._now()):
                self._send(message)
        except Exception:  # a thread of the pool has nobody who would say so; the claim runs out
            _log.warning("message %s cannot be delivered now", message.id, exc_info=True)
        finally:
            self._end(message.channel)

    def _end(self, channel: str) -> None:
        """Go on with what came for the channel meanwhile; after a failure of the store, at the next turn."""
        with self._lock:
            self._busy.discard(channel)
        with contextlib.suppress(BursarError):
            self._start(self._now())

    def _send(self, message: Message) -> None:
        try:
            channel = channel_named(self._engine, message.channel)
            doors.send(channel, outgoing(message, self._links, now=self._now()), self._read_secret)
        except (NotDelivered, NotFound) as fault:
            self._note_failed(message, str(fault))
        except Exception as error:  # a service of a third party may raise anything, and quote the URL in it
            self._note_failed(message, f"it failed with {type(error).__name__}")
        else:
            outbox.note_sent(self._engine, message.id, now=self._now())

    def _note_failed(self, message: Message, fault: str) -> None:
        attempts = message.attempts + 1
        dead = attempts >= ATTEMPTS_MOST
        again_at = InstantUs(self._now() + wait_us(attempts, self._random_bytes(2)))
        _log.warning("message %s to channel %s: attempt %d: %s", message.id, message.channel, attempts, fault)
        outbox.note_failed(
            self._engine, message.id, fault, state="dead" if dead else "waiting", due_at_us=again_at
        )


def channel_named(engine: Engine, name: str) -> Channel:
    """The channel as it is declared now; NotFound with the near name if there is none."""
    channels = {channel.name: channel for channel in directory.snapshot(engine).channels}
    if name not in channels:
        near = near_names(name, channels, count=1)
        hint = f"; did you mean {near[0]!r}?" if near else ": declare a `kind: channel` document"
        raise NotFound(f"there is no channel {name!r}{hint}")
    return channels[name]


def outgoing(message: Message, links: Links, *, now: InstantUs) -> Outgoing:
    """A message with its links, ready to be sent."""
    return _outgoing(message.id, message.channel, message.content, links, now)


def _outgoing(message_id: str, channel: str, content: Content, links: Links, now: InstantUs) -> Outgoing:
    payload = payload_of(content, links.answer, links.details, message=message_id, channel=channel)
    return Outgoing(
        id=message_id,
        title=content.title,
        text=text_of(content, links.answer, links.details),
        payload=msgspec.json.encode(payload),
        now=now,
    )


def trial(channel: str, message_id: str, links: Links, *, now: InstantUs) -> Outgoing:
    """What `bursar channel test` sends."""
    return _outgoing(message_id, channel, Content(title="A test of Bursar's alerts"), links, now)
