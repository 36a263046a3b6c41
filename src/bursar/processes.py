"""Starts, watches and restarts child processes; knows no domain word."""

import ctypes
import logging
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

_log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG: Final = 1
_POLL_SECONDS: Final = 0.05
_BACK_OFF_SECONDS: Final = (0.0, 0.0, 0.1, 0.2, 0.5, 1.0)
_STEADY_SECONDS: Final = 3.0
_TERM_SECONDS: Final = 15.0
_HOPELESS_STARTS: Final = 5


def die_with_parent() -> None:
    """Have the kernel end this process when its parent dies, so that a killed parent leaves no orphan."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def listen(host: str, port: int, *, backlog: int = 4096) -> socket.socket:
    """A listening socket that children inherit, so that a restart loses no connection in the queue."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(backlog)
    listener.setblocking(False)
    return listener


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A child process to keep alive."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    inherited: tuple[int, ...] = ()  # file descriptors


class _Child:
    def __init__(self, part: Part) -> None:
        self.part = part
        self.failures = 0
        self.refusals = 0
        self.start_at = 0.0
        self.started_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, now: float) -> None:
        self.started_at = now
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, *self.part.arguments],
            env=dict(self.part.environment),
            pass_fds=self.part.inherited,
            stdin=subprocess.DEVNULL,
        )

    @property
    def hopeless(self) -> bool:
        """It ended by itself, with an error, right after each of its starts; nothing outside killed it."""
        return self.refusals >= _HOPELESS_STARTS

    def ended(self, code: int, now: float) -> None:
        self.process = None
        self.refusals = self.refusals + 1 if code > 0 and now - self.started_at < _STEADY_SECONDS else 0
        self.failures = 0 if now - self.started_at > _STEADY_SECONDS else self.failures + 1
        wait = _BACK_OFF_SECONDS[min(self.failures, len(_BACK_OFF_SECONDS) - 1)]
        self.start_at = now + wait
        _log.warning("%s ended with %s; starting it again in %.1f s", self.part.name, _exit_text(code), wait)


def _exit_text(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"code {code}"


class Supervisor:
    """Keeps parts alive until it is told to stop, by SIGINT, SIGTERM or `stop`."""

    def __init__(self, parts: Sequence[Part], *, on_change: Callable[[Mapping[str, int]], None]) -> None:
        """`on_change` gets the process ids by part name whenever one starts."""
        self._children = [_Child(part) for part in parts]
        self._on_change = on_change
        self._stopping = False
        self.gave_up = ""  # the part that cannot be started

    def stop(self) -> None:
        self._stopping = True

    def run(self, *, every_poll: Callable[[], None] = lambda: None) -> None:
        """Start all parts and watch them; returns when stopped and all children have ended."""
        previous = {
            number: signal.signal(number, lambda *_: self.stop())
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            while not self._stopping:
                self._poll(time.monotonic())
                every_poll()
                time.sleep(_POLL_SECONDS)
        finally:
            self._end_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _poll(self, now: float) -> None:
        changed = False
        for child in self._children:
            if child.process is not None and (code := child.process.poll()) is not None:
                child.ended(code, now)
                if child.hopeless:
                    self.gave_up = child.part.name
                    self.stop()
                    return
            if child.process is None and now >= child.start_at:
                child.start(now)
                changed = True
        if changed:
            self._on_change({c.part.name: c.process.pid for c in self._children if c.process is not None})

    def _end_all(self) -> None:
        """The first part listed ends last: the others may still have something to tell it."""
        for child in self._children[1:]:
            if child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + _TERM_SECONDS
        for child in reversed(self._children):
            if child.process is None:
                continue
            child.process.terminate()
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def raise_file_limit() -> None:
    """As many open connections as the system allows this process."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
