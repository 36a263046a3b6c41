"""One call while it is in the gateway: the request, the reply, and the event that is being made."""

import asyncio
import time
from operator import attrgetter
from typing import Final, cast

import msgspec

from bursar.budgets.pot import Hold
from bursar.estate.snapshot import Grant as Approved
from bursar.gateway.ask import Ask
from bursar.gateway.habits import Bound
from bursar.gateway.headers import ReplyHead, Sent
from bursar.gateway.journal import NO_SLOT
from bursar.gateway.paths import Route, wire_of
from bursar.gateway.world import Plan
from bursar.http1 import Reply, Request, UpstreamReply
from bursar.limits.accounts import Grant
from bursar.vocab.errors import check
from bursar.vocab.event import Event
from bursar.vocab.instant import InstantUs
from bursar.vocab.usage import TOKEN_CLASSES

_STREAMED_TYPES: Final = (
    b"text/event-stream",
    b"application/x-ndjson",
    b"audio/",
    b"application/octet-stream",
)


class Call:
    """Mutable while the call lasts; `event` is what remains of it."""

    __slots__ = (
        "_begun",
        "_loop",
        "_streams_by_path",
        "_unsent",
        "_unsent_us",
        "advice",
        "approval",
        "ask",
        "bound",
        "event",
        "grant",
        "hold",
        "output_held",
        "output_limit",
        "plan",
        "reply",
        "request",
        "sent",
        "slot",
        "usage_injected",
        "wire",
    )

    def __init__(
        self,
        request: Request,
        reply: Reply,
        route: Route | None,
        *,
        call_id: str,
        now: InstantUs,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._loop = loop
        self._begun = time.perf_counter_ns()
        self.request = request
        self.reply = reply
        self.sent = Sent.of(request)
        self.ask = _NO_ASK
        # The most tokens of the answer, where less than asked may be had.
        self.output_limit: int | None = None
        # The most tokens of the answer that budgets hold money for.
        self.output_held: int | None = None
        self.approval: Approved | None = None  # that it goes on, where its cost counts against it
        self.slot = NO_SLOT
        self.hold: Hold | None = None  # what is reserved for it in its budgets
        self.bound: Bound | None = None  # that it is held to; what it uses is learned from
        self.usage_injected = False
        self.plan: Plan | None = None  # where a declared route leads; None for a plain model
        self.grant: Grant | None = None  # what it took of rate limits
        self.advice = ""  # what there is to say of this call, for a header
        self._streams_by_path = route is not None and route.streamed  # Gemini's, also as a JSON array
        if route is None:
            self.wire = wire_of(request.path, frozenset(name for name, _ in request.headers))
            self.event = Event(call_id=call_id, started_at_us=now, finished_at_us=now, wire=self.wire)
        else:
            self.wire = route.wire
            self.event = Event(
                call_id=call_id,
                started_at_us=now,
                finished_at_us=now,
                wire=route.wire,
                operation=route.operation,
                bytes_request=len(request.body),
            )

    def limit_output(self, most: int) -> bool:
        """Let the answer have at most so many tokens; whether that is less than it could have had."""
        asked = self.ask.output_max(self.event.operation)
        before = min([limit for limit in (asked, self.output_limit) if limit is not None], default=None)
        if before is not None and before <= most:
            return False
        self.output_limit = most
        return True

    def caller(self) -> tuple[object, ...]:
        """Whose call it is, for memories that requests share whose heads differ, as by the id of a trace."""
        event = self.event
        tags = tuple(sorted(event.tags.items())) if event.tags else ()
        return (event.key_id, event.team, event.product, event.use_case, event.environment, tags)

    def elapsed_us(self) -> int:
        """Microseconds since the request was read, by a clock that never steps."""
        return (time.perf_counter_ns() - self._begun) // 1000

    def advise(self, sentence: str) -> None:
        """Say one thing more in `x-bursar-advice`."""
        self.advice = f"{self.advice}; {sentence}" if self.advice else sentence

    def end_grant(self) -> None:
        """Give back the place of a call that is over, and count the tokens that it really used."""
        grant, self.grant = self.grant, None
        if grant is not None:
            grant.end(sum(_tokens(self.event.usage)) if grant.counts_tokens else 0)

    def begin_attempt(self) -> None:
        """Remember the event as it is, in case that the target which is tried next does not serve."""
        self._unsent: Event | None = msgspec.structs.replace(self.event)
        self._unsent_us = self.elapsed_us()

    def leave_attempt(self, attempt_id: str) -> Event:
        """Take the attempt off as an event of its own, linked to the call, which goes on with a fresh one."""
        check(self._unsent is not None, "an attempt is left that was not begun")
        self.end_grant()
        self.output_limit = self.output_held = self.approval = self.bound = None
        event, self.event = self.event, cast(Event, self._unsent)
        event.linked_call_id, event.call_id = event.call_id, attempt_id
        event.started_at_us += self._unsent_us
        event.latency_us = self.elapsed_us() - self._unsent_us
        event.finished_at_us = event.started_at_us + event.latency_us
        self.usage_injected = False
        return event

    def streams(self, status: int, head: ReplyHead) -> bool:
        """Whether the reply comes in pieces that the client should see at once."""
        return status < 400 and (head.content_type.startswith(_STREAMED_TYPES) or self._streams_by_path)

    def guard(self, upstream: UpstreamReply, read_on_s: float) -> None:
        """When the client leaves, read the provider's reply on to its usage, but only for so long."""
        if upstream.complete:
            return

        def give_up_later() -> None:
            self._loop.call_later(read_on_s, upstream.abandon)

        if self.reply.disconnected:
            give_up_later()
        else:
            self.reply.on_disconnect = give_up_later


_NO_ASK: Final = Ask()
_tokens: Final = attrgetter(*TOKEN_CLASSES)
