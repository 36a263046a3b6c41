"""A whole reply between its arrival and its way out: settled with its group, sent when that is durable."""

import logging
from collections.abc import Sequence
from typing import Final

from bursar.catalogue import FLAG_PARTLY_UNPRICED
from bursar.gateway.call import Call
from bursar.gateway.decoding import decoded
from bursar.gateway.headers import ReplyHead, advice_line
from bursar.gateway.journal import NO_SLOT
from bursar.gateway.paths import Route
from bursar.gateway.settle import Settler
from bursar.gateway.world import Target
from bursar.metering import read_reply
from bursar.vocab.event import ERROR, PARTIAL, Event
from bursar.vocab.money import Picodollars, usd_text

_log = logging.getLogger(__name__)
_NO_HEADERS: Final[dict[str, str]] = {}


class WholeReply:
    """The outbox asks for its events and tells when they are durable."""

    __slots__ = (
        "_body",
        "_call",
        "_head",
        "_route",
        "_settler",
        "_status",
        "_target",
        "_treasury",
        "hold",
        "slot",
    )

    def __init__(
        self,
        settler: Settler,
        call: Call,
        route: Route,
        target: Target,
        status: int,
        head: ReplyHead,
        body: bytes,
    ) -> None:
        self._settler = settler
        self._call = call
        self._route = route
        self._target = target
        self._status = status
        self._head = head
        self._body = body
        self.slot, call.slot = call.slot, NO_SLOT
        self.hold, call.hold = call.hold, None

    def events(self) -> Sequence[Event]:
        """The priced event, and what is billed beside it; a fault of ours does not lose the call."""
        event = self._call.event
        try:
            events = self._settled()
        except Exception:
            _log.exception("the call %s could not be settled", event.call_id)
            event.status = PARTIAL
            event.flags = [*event.flags, "gateway_failed"]
            events = [event]
        self._settler.tally.settled(event)
        if self._call.bound is not None:
            self._call.bound.learn(events)
        if self._call.grant is not None:
            self._call.end_grant()
        return events

    def _settled(self) -> list[Event]:
        event, head, route = self._call.event, self._head, self._route
        if not 200 <= self._status < 300:
            event.status = ERROR
        elif head.content_type.startswith(b"text/html"):
            # A login page or a proxy's notice: whoever answered, it was no model.
            event.status = ERROR
            event.flags = [*event.flags, "reply_unrecognised"]
        reading = None
        if route.metered:
            text = decoded(self._body, head.content_encoding)
            reading = read_reply(route.wire, route.operation, text, _NO_HEADERS)
        return self._settler.settle(self._call, route, self._target, reading)

    def durable(self, kept: bool) -> None:
        """Send the reply; or break it off, if there is no knowing when the event will be durable."""
        reply = self._call.reply
        if reply.finished:
            return
        if not kept:
            withhold(self._call)
            return
        try:
            reply.send_lines(self._status, self._head.lines() + _our_lines(self._call), self._body)
        except Exception:
            _log.exception("the reply to the call %s could not be sent", self._call.event.call_id)
            reply.abort()


def withhold(call: Call) -> None:
    """The event stays queued and in the journal; only this client's reply is given up."""
    call.reply.abort()
    _log.error("the call %s could not be recorded in time; its reply was withheld", call.event.call_id)


def _our_lines(call: Call) -> bytes:
    """The reply headers that we add to the provider's own."""
    event = call.event
    lines = f"x-bursar-call-id: {event.call_id}\r\n".encode()
    if event.cost_pico is None:
        call.advise(
            f"unpriced: no price is known for {event.model} at {event.provider}; add a `kind: price` document"
        )
    else:
        lines += f"x-bursar-cost-usd: {usd_text(Picodollars(event.cost_pico))}\r\n".encode()
        if event.flags and FLAG_PARTLY_UNPRICED in event.flags:
            call.advise(
                f"partly unpriced: some of what was used has no rate for {event.model} at {event.provider}, "
                f"so the call costs more than x-bursar-cost-usd; `bursar call {event.call_id}` names it"
            )
    return lines + advice_line(call.advice) if call.advice else lines
