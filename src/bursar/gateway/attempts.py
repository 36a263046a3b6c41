"""Attempts of a route that did not serve: why not, what is kept of them, and how the call goes on."""

from collections.abc import Callable
from typing import Final, NamedTuple, cast

from bursar.gateway.call import Call
from bursar.gateway.decoding import decoded
from bursar.gateway.headers import ReplyHead
from bursar.gateway.journal import NO_SLOT, Journal
from bursar.gateway.outbox import Outbox
from bursar.gateway.paths import Route
from bursar.gateway.refusal import Refusal
from bursar.gateway.routing import cause_of_refusal, cause_of_status, wait_us
from bursar.gateway.settle import Settler
from bursar.gateway.treasury import Treasury
from bursar.gateway.world import Plan, Target
from bursar.http1 import UpstreamBroken, UpstreamReply, UpstreamSilent
from bursar.metering import read_reply
from bursar.vocab.event import ERROR, PARTIAL, Event

_DID: Final = {
    "rate_limited": "takes no more calls now",
    "server_error": "failed",
    "timeout": "did not answer in time",
    "connection": "could not be reached, or the connection broke",
    "budget": "has no budget left for this call",
    "policy": "may not answer this call",
}


class Outcome(NamedTuple):
    """What became of one attempt: a reply or a refusal, and why it does not serve (empty: it does)."""

    reply: UpstreamReply | None
    refusal: Refusal | None
    cause: str

    @staticmethod
    def refused(refusal: Refusal) -> "Outcome":
        """We did not send it, or got no reply."""
        return Outcome(None, refusal, cause_of_refusal(refusal))

    def given(self) -> UpstreamReply:
        """The reply that the client gets, whatever it is; or raise the refusal."""
        if self.refusal is not None:
            raise self.refusal
        return cast(UpstreamReply, self.reply)

    @property
    def met(self) -> bool:
        """Whether it says something of the provider; what we refused ourselves does not."""
        return self.refusal is None or self.refusal.code.startswith("upstream_")

    @property
    def wait_us(self) -> int:
        """How long the provider wants to be left alone, in microseconds; 0 if it does not say."""
        return 0 if self.reply is None else wait_us(self.reply.header(b"retry-after"))


class Attempts:
    """Keeps what was sent in vain: the provider may bill it."""

    def __init__(
        self,
        settler: Settler,
        journal: Journal,
        outbox: Outbox,
        next_id: Callable[[], str],
        limit_bytes: int,
        treasury: Treasury | None = None,
    ) -> None:
        """`limit_bytes` bounds a reply that is kept until it is sure to serve."""
        self._settler = settler
        self._journal = journal
        self._outbox = outbox
        self._next_id = next_id
        self._limit_bytes = limit_bytes
        self._treasury = treasury

    async def outcome(self, call: Call, reply: UpstreamReply) -> Outcome:
        """Wait until the reply is sure to serve: all of it, or the first part of a stream."""
        cause = cause_of_status(reply.status)
        try:
            if call.streams(reply.status, ReplyHead(reply.headers)):
                await reply.begun()
            else:
                await reply.gather(self._limit_bytes)
        except UpstreamSilent:
            cause = cause or "timeout"
        except UpstreamBroken:
            cause = cause or "connection"
        return Outcome(reply, None, cause)

    def leave(
        self, call: Call, route: Route, plan: Plan, target: Target, outcome: Outcome, then: Target
    ) -> None:
        """Record the attempt if its provider may bill it, and let the call go on to `then`."""
        slot, call.slot = call.slot, NO_SLOT
        sent = slot != NO_SLOT and not (outcome.refusal and outcome.refusal.code == "upstream_unreachable")
        beside = self._settled(call, route, target, outcome) if sent else []
        event = call.leave_attempt(self._next_id())
        hold, call.hold = call.hold, None
        if sent:
            self._settler.tally.settled(event)
            self._journal.rewrite(slot, event)
            self._outbox.append(slot, *beside, event, hold=hold)
        else:
            self._journal.free(slot)
            if hold is not None and self._treasury is not None:
                self._treasury.void(hold)
        call.event.flags = [*dict.fromkeys([*call.event.flags, "fallback", f"fallback_on_{outcome.cause}"])]
        call.advise(
            f"route {plan.name}: {target.model} at {target.provider.document.name} {_DID[outcome.cause]}, "
            f"so {then.model} at {then.provider.document.name} was asked"
        )

    def _settled(self, call: Call, route: Route, target: Target, outcome: Outcome) -> list[Event]:
        """What the failed attempt cost, as its provider says; the events beside the attempt's own."""
        event, reply = call.event, outcome.reply
        event.flags = [*event.flags, "attempt_failed"]
        if reply is None:  # no reply came; it is estimated already
            event.http_status = 502
            return []
        event.http_status = reply.status
        reading = None
        if outcome.cause == cause_of_status(reply.status):
            event.status = ERROR
            head = ReplyHead(reply.headers)
            body = reply.take() if reply.complete else b""
            event.bytes_reply = len(body)
            if route.metered:
                reading = read_reply(route.wire, route.operation, decoded(body, head.content_encoding), {})
        else:
            event.status = PARTIAL
            event.flags = [*event.flags, "upstream_broken"]
        return [one for one in self._settler.settle(call, route, target, reading) if one is not event]
