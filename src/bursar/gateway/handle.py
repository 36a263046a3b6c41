"""The way of one call: who, where to, may it, pass through, how much, what it costs, durable, reply."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import zip_longest
from typing import Final
from urllib.parse import unquote

from bursar.gateway import listing
from bursar.gateway.ask import (
    MODEL_CHARACTERS,
    is_multipart,
    read_ask,
    with_fields,
    with_form_model,
    with_output_max,
    with_usage_in_stream,
)
from bursar.gateway.attempts import Attempts, Outcome
from bursar.gateway.call import Call
from bursar.gateway.caller import Caller, check_live, find_key
from bursar.gateway.cutting import FLAG_CUT_AT_HOLD
from bursar.gateway.exhausted import BudgetExhausted
from bursar.gateway.govern import Governor, no_budgets
from bursar.gateway.habits import Memory
from bursar.gateway.headers import ReplyHead, header_text
from bursar.gateway.journal import NO_SLOT, Journal
from bursar.gateway.limiting import Places
from bursar.gateway.outbox import Outbox
from bursar.gateway.paths import SERVED, Route, find_route
from bursar.gateway.paying import Paying
from bursar.gateway.refusal import Refusal, refusal_body, refusal_headers
from bursar.gateway.relay import StreamRelay
from bursar.gateway.repeats import TOLD_SECONDS, Repeats
from bursar.gateway.routing import Routing
from bursar.gateway.settle import Settler, take_estimate
from bursar.gateway.tally import Tally
from bursar.gateway.treasury import Treasury
from bursar.gateway.whole import WholeReply, withhold
from bursar.gateway.world import Plan, Target, World, may_use, without_key
from bursar.http1 import Client, Reply, Request, UpstreamBroken, UpstreamReply, UpstreamUnreachable
from bursar.limits.limiter import Limiter
from bursar.metering import fingerprints_of
from bursar.vocab.errors import InvariantBroken, near_names
from bursar.vocab.event import COMPLETE, ERROR, PARTIAL, SOURCE_NONE, Event
from bursar.vocab.ids import IdSource
from bursar.vocab.instant import InstantUs

_log = logging.getLogger(__name__)

_REPLY_MOST_BYTES: Final = 512 * 1024 * 1024
_LINKS_MAX: Final = 100_000
_ASKED_MOST: Final = 10**12  # whatever number a caller writes
_JSON: Final = (b"content-type", b"application/json")


# What a moment ago may have been true: the estate is polled, and a script makes a key and uses it at once.
_MAY_BE_NEW: Final = frozenset(("key_unknown", "model_not_found", "model_ambiguous", "tag_value_unknown"))


async def _nothing_newer() -> None:
    """Where nobody watches the estate, the world in force is the newest."""


class Gateway:
    """Everything a worker's calls share."""

    def __init__(
        self,
        *,
        world: World,
        client: Client,
        outbox: Outbox,
        journal: Journal,
        ids: IdSource,
        now: Callable[[], InstantUs],
        steady_us: Callable[[], int],
        disconnect_read_s: float,
        treasury: Treasury | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._settler = Settler(world, outbox.remember_card, ids)
        self._treasury = treasury
        self._memory = memory or Memory()
        self.governor = Governor()
        self._settler.charge = self.governor.charge
        self._paying = self._pay_by(world)
        self._routing = Routing()
        self._attempts = Attempts(self._settler, journal, outbox, ids.next, _REPLY_MOST_BYTES, treasury)
        self._client = client
        self._outbox = outbox
        self._journal = journal
        self._ids = ids
        self._now = now
        self._disconnect_read_s = disconnect_read_s
        self._repeats = Repeats()
        self._telling = False
        self.places = Places(Limiter(), steady_us)
        self.look_again: Callable[[], Awaitable[None]] = _nothing_newer
        self._loop = asyncio.get_running_loop()
        self._links: OrderedDict[str, str] = OrderedDict()

    @property
    def world(self) -> World:
        """What is declared; replaced as a whole when the estate changes."""
        return self._settler.world

    @world.setter
    def world(self, world: World) -> None:
        self._settler.world = world
        self._paying = self._pay_by(world)

    def _pay_by(self, world: World) -> Paying | None:
        """The budgets of a world; None where there are none, so that calls are not asked."""
        if self._treasury is None or not world.budgets:
            self.governor.budgets_used = no_budgets
            return None
        paying = Paying(self._treasury, world, world.drivers, self._memory)
        paying.lets_in = partial(self.governor.lets_in, world)
        self.governor.budgets_used = paying.used
        return paying

    @property
    def tally(self) -> Tally:
        """This worker's counters."""
        return self._settler.tally

    @tally.setter
    def tally(self, tally: Tally) -> None:
        self._settler.tally = tally

    # -- the story -----------------------------------------------------------------------------------

    async def handle(self, request: Request, reply: Reply) -> None:
        """Every branch that a request can take."""
        route = find_route(request.path)
        if route is None and request.path in ("/healthz", "/readyz", "/metrics"):
            self._answer_probe(request, reply)
            return
        now = self._now()
        call = Call(request, reply, route, call_id=self._ids.at(now), now=now, loop=self._loop)
        try:
            if route is None:
                await self._answer_listing(call)
                return
            try:
                target = self._admit(call, route)
            except Refusal as refusal:
                if refusal.code not in _MAY_BE_NEW:
                    raise
                await self.look_again()
                target = self._admit(call, route)
            if call.plan is None:
                try:
                    target, upstream = await self._attempt(call, route, target)
                except BudgetExhausted as refusal:
                    target, upstream = await self._attempt_instead(call, route, refusal)
            else:
                target, upstream = await self._attempt_in_turn(call, route, call.plan)
            head = ReplyHead(upstream.headers)
            if call.streams(upstream.status, head):
                await self._relay_stream(call, route, target, upstream, head)
            else:
                await self._relay_whole(call, route, target, upstream, head)
        except Refusal as refusal:
            await self._refuse(call, refusal)
        except Exception:
            self._keep_failed(call)
            raise
        finally:
            if call.grant is not None and not reply.deferred:
                call.end_grant()

    def _admit(self, call: Call, route: Route) -> Target:
        """Who is calling, with which tags, for which model; Refusal says why not."""
        world, request, event = self.world, call.request, call.event
        sent = call.sent
        if route.wire == "gemini" and "key=" in request.query:
            request.query, query_key = without_key(request.query)
            sent.secret = sent.secret or unquote(query_key).encode()
        caller = sent.owner(world)
        _identify(event, caller)
        key = caller.key
        check_live(key, event.started_at_us)
        if request.method != "POST":
            raise Refusal(405, "method_not_allowed", f"{request.path} takes POST, not {request.method}.")
        if request.fault == "body_too_large":
            raise Refusal(
                413,
                "body_too_large",
                "The request body is over this gateway's limit. Send less, use the provider's file "
                "API, or raise BURSAR_BODY_LIMIT_BYTES.",
            )
        if sent.tags:
            _identify(event, sent.caller(world))
        call.ask = ask = read_ask(request.body, sent.content_type)
        limit = ask.output_max(event.operation)
        if limit is not None:
            event.output_tokens_asked = min(limit * ask.n, _ASKED_MOST)
        asked = route.model or call.ask.model
        name = asked[:MODEL_CHARACTERS]
        event.model_requested = name
        if not name:
            raise Refusal(400, "model_missing", 'The request names no model. Add "model" to the JSON body.')
        if name != asked:
            raise Refusal(
                400, "model_invalid", f"A model's name has at most {MODEL_CHARACTERS} characters. Shorten it."
            )
        if not may_use(key, name):
            raise Refusal(
                403,
                "model_not_allowed",
                f"The key {key.id} may not use {name!r}, only {', '.join(key.models)}.",
            )
        if world.routes and (plan := world.plan(route, name)) is not None:
            call.plan = plan
            return plan.targets[0]
        return world.target(route, name)

    async def _attempt_in_turn(self, call: Call, route: Route, plan: Plan) -> tuple[Target, UpstreamReply]:
        """The first target of a route that answers, and its reply; nothing of it has reached the client yet.

        When none does, what became of the last attempt is the call's end.
        """
        targets = self._routing.targets(plan, call.event.call_id, self._now())
        for target, then in zip_longest(targets, targets[1:]):
            call.begin_attempt()
            asked = target
            try:
                asked, upstream = await self._attempt(call, route, target)
                call.guard(upstream, self._disconnect_read_s)
                outcome = await self._attempts.outcome(call, upstream)
            except Refusal as refusal:
                outcome = Outcome.refused(refusal)
            if outcome.met:
                self._routing.tried(plan, target, outcome.cause, self._now(), outcome.wait_us)
            if then is None or outcome.cause not in plan.fallback_on or call.reply.disconnected:
                if isinstance(outcome.refusal, BudgetExhausted):
                    return await self._attempt_instead(call, route, outcome.refusal)
                return asked, outcome.given()
            self._attempts.leave(call, route, plan, asked, outcome, then)
        raise InvariantBroken(f"the route {plan.name} has no target")

    async def _attempt_instead(
        self, call: Call, route: Route, refusal: BudgetExhausted
    ) -> tuple[Target, UpstreamReply]:
        """One try at the model that a used-up budget names for that case."""
        return await self._attempt(call, route, self._instead(call, route, refusal))

    def _instead(self, call: Call, route: Route, refusal: BudgetExhausted) -> Target:
        """The cheaper target that a used-up budget names; the refusal itself where it names none."""
        asked = call.event.model
        key = call.sent.owner(self.world).key
        if not refusal.instead or refusal.instead == asked or not may_use(key, refusal.instead):
            raise refusal
        try:
            target = self.world.target(route, refusal.instead)
        except Refusal:
            raise refusal from None
        call.end_grant()  # its place in the rate limits; the other model takes its own
        call.event.flags = [*call.event.flags, "rerouted", "rerouted_by_budget"]
        call.advise(f"{asked} no longer fits into the budget, so {target.model} was asked")
        return target

    async def _attempt(self, call: Call, route: Route, target: Target) -> tuple[Target, UpstreamReply]:
        """One try at one target: may it, can it, note it in the journal, send it; Refusal if no reply came.

        What depends on the model that serves is decided here, and decided anew for every target of a route; a
        rule may send the call to another target, which is returned with the reply.
        """
        request, event = call.request, call.event
        if target.provider.fault:
            raise Refusal(503, "provider_misconfigured", target.provider.fault)
        event.model = target.model
        event.provider = target.provider.document.name
        event.region = target.provider.document.region
        world = self.world
        if world.rules is not None and not self.governor.is_silent(world.rules, call, target):
            target = await self.governor.govern(world, world.rules, call, route, target)
        if world.limits is not None and (full := self.places.take(call, world, world.limits, target)):
            await self.places.take_or_refuse(call, world, world.limits, target, full)
        body = self._body_for(call, route, target)
        event.fingerprint_request, event.fingerprint_prefix = fingerprints_of(
            route.operation, call.ask, request.body
        )
        self._link(call)
        if self._outbox.fault:
            raise Refusal(
                503,
                "outbox_unwritable",
                f"Calls cannot be recorded now ({self._outbox.fault}), so none are sent. Free disk space at "
                "the gateway's home, or tell its operator.",
            )
        if self._paying is not None and not self._paying.pay_now(call, route, target, body):
            body = await self._paying.pay(call, route, target, body)
        call.slot = self._journal.open(event)
        if call.slot == NO_SLOT:
            raise Refusal(503, "too_many_calls", "Too many calls are in flight here. Try again in a moment.")
        provider = target.provider
        at, lines = call.sent.way(route, target, request.path, request.query)
        try:
            return target, await self._client.request(
                provider.origin, b"POST", at, lines, body, provider.timeouts
            )
        except UpstreamUnreachable as error:
            raise Refusal(
                502,
                "upstream_unreachable",
                f"The provider {event.provider} cannot be reached: {error}. Nothing was sent; try again.",
            ) from error
        except UpstreamBroken as error:
            event.status = PARTIAL
            event.flags = [*event.flags, "upstream_broken"]
            if route.metered:
                take_estimate(event, None, request.body)
                self._settler.price(event, target.upstream_model)
            raise Refusal(
                502,
                "upstream_broken",
                f"The provider {event.provider} took the call but sent no reply: {error}. It may bill it.",
            ) from error

    async def _relay_whole(
        self, call: Call, route: Route, target: Target, upstream: UpstreamReply, head: ReplyHead
    ) -> None:
        """A reply that is read to its end; then it is settled, made durable and sent with its group."""
        event = call.event
        event.http_status = upstream.status
        call.guard(upstream, self._disconnect_read_s)
        try:
            body = upstream.take() if upstream.complete else await upstream.read(_REPLY_MOST_BYTES)
        except UpstreamBroken as error:
            event.status = PARTIAL
            event.flags = [*event.flags, "upstream_broken"]
            if not await self._record(call, self._settler.settle(call, route, target, None)):
                withhold(call)
            self._send_refusal(
                call, Refusal(502, "upstream_broken", f"{error}. The provider may bill the call.")
            )
            return
        event.bytes_reply = len(body)
        self._time(call)
        call.reply.deferred = True
        self._outbox.add(WholeReply(self._settler, call, route, target, upstream.status, head, body))

    async def _relay_stream(
        self, call: Call, route: Route, target: Target, upstream: UpstreamReply, head: ReplyHead
    ) -> None:
        """Pass pieces on as they come; hold the wire's end back until the event is durable."""
        event, reply = call.event, call.reply
        event.streamed = True
        event.http_status = upstream.status
        relay = StreamRelay(call, route, head)
        reply.start_lines(upstream.status, relay.lines)
        call.guard(upstream, self._disconnect_read_s)
        broken = False
        while not relay.finished:
            try:
                data = await upstream.next()
                out = relay.take(data) if data else b""
            except UpstreamBroken:
                broken = True
                break
            if not data:
                break
            if not relay.finished:
                reply.write(out)
                await reply.drained()
        if broken and not relay.finished:
            event.status = PARTIAL
            event.flags = [*event.flags, "client_disconnected" if reply.disconnected else "upstream_broken"]
        elif reply.disconnected:
            event.flags = [*event.flags, "client_disconnected"]
        reading = relay.reader.close()
        if relay.cut:
            event.status = PARTIAL
            event.flags = [*event.flags, FLAG_CUT_AT_HOLD]
        made = call.output_held if relay.cut else None
        events = self._settler.settle(call, route, target, reading, output_made=made)
        if relay.cut:
            upstream.abandon()
            relay.end_early()
        if not await self._record(call, events):
            withhold(call)
        if broken or reply.finished:  # finished: given up, because the event could not be recorded
            upstream.abandon()
            reply.abort()
            return
        if relay.cut:
            reply.finish(relay.held)
        else:
            await _pass_rest(upstream, reply, relay)

    async def _refuse(self, call: Call, refusal: Refusal) -> None:
        """Our own answer; recorded when we know whose call it was."""
        event = call.event
        event.http_status = refusal.status
        if event.status == COMPLETE:
            event.status = ERROR
        event.flags = [*event.flags, f"refused_{refusal.code}"]
        self.tally.refused(refusal.code)
        # What was not sent need not wait for a full disk: it cost nothing, and the caller should know.
        if event.key_id and not (self._outbox.fault and call.slot == NO_SLOT):
            if event.usage_source == SOURCE_NONE:
                event.cost_pico = event.cost_list_pico = 0
            if event.usage_source == SOURCE_NONE and call.hold is not None:
                self._void(call)
            if call.slot == NO_SLOT and not self._repeats.is_single(event, refusal.code):
                self._tell_later()
            elif not await self._record(call, [event]):
                withhold(call)
        self._send_refusal(call, refusal)

    def _tell_later(self) -> None:
        """Refusals that were only counted become one event in a while."""
        if not self._telling:
            self._telling = True
            self._loop.call_later(TOLD_SECONDS, self.tell_repeats)

    def tell_repeats(self) -> None:
        """Record how many refusals were only counted, one event for each key and reason."""
        self._telling = False
        for event in self._repeats.told(self._now()):
            self._outbox.append(NO_SLOT, event)

    # -- settling ------------------------------------------------------------------------------------

    def _time(self, call: Call) -> None:
        event = call.event
        event.latency_us = call.elapsed_us()
        event.finished_at_us = event.started_at_us + event.latency_us

    def _record(self, call: Call, events: list[Event]) -> "asyncio.Future[bool]":
        """Hand events to the outbox; ends when they are durable, or with False when that takes too long.

        Without it the client must not see a finished reply.
        """
        self._time(call)
        self._settler.tally.settled(call.event)
        slot, call.slot = call.slot, NO_SLOT
        hold, call.hold = call.hold, None
        if call.bound is not None:
            call.bound.learn(events)
        return self._outbox.append(slot, *events, hold=hold)

    def _void(self, call: Call) -> None:
        """Nothing was consumed: what was held is free again, and no budget has this call."""
        hold, call.hold = call.hold, None
        call.event.budgets = ""
        call.event.held_pico = None
        if hold is not None and self._treasury is not None:
            self._treasury.void(hold)

    def _keep_failed(self, call: Call) -> None:
        """A fault of ours must not lose a call that was sent: the provider may bill it."""
        if call.slot != NO_SLOT:
            event = call.event
            event.status = PARTIAL
            event.flags = [*event.flags, "gateway_failed"]
            self._record(call, [event])

    # -- smaller parts -------------------------------------------------------------------------------

    def _body_for(self, call: Call, route: Route, target: Target) -> bytes:
        """The caller's own bytes, save a renamed model, a lower limit, and the usage of a stream."""
        body = call.request.body
        ask = call.ask
        # Where the path names the model, so does the provider's; an OpenAI one knows no such path.
        in_body = not route.model or target.provider.document.wire == "openai"
        if in_body and ask.model != target.upstream_model:
            if is_multipart(call.sent.content_type):
                body = with_form_model(body, target.upstream_model) if ask.model else body
            else:
                body = with_fields(body, {"model": target.upstream_model})
        if route.operation in ("chat", "completions") and ask.stream and not ask.wants_usage:
            body = with_usage_in_stream(body)
            call.usage_injected = True
            call.event.flags = [*call.event.flags, "usage_injected"]
        if call.output_limit is not None:
            body = with_output_max(route, body, ask, call.output_limit)
        return body

    def _link(self, call: Call) -> None:
        """Remember the first call of an Idempotency-Key, and name it in the later ones."""
        sent = call.sent.idempotency_key
        if not sent:
            return
        event = call.event
        event.idempotency_hash = hashlib.blake2b(
            event.key_id.encode() + b"\0" + sent, digest_size=16
        ).hexdigest()
        first = self._links.setdefault(event.idempotency_hash, event.call_id)
        if first != event.call_id:
            event.linked_call_id = first
        elif len(self._links) > _LINKS_MAX:
            self._links.popitem(last=False)

    def _send_refusal(self, call: Call, refusal: Refusal) -> None:
        if call.reply.finished:
            return
        headers = [_JSON, (b"x-bursar-call-id", call.event.call_id.encode())]
        if call.advice:
            headers.append((b"x-bursar-advice", header_text(call.advice)))
        if refusal.status == 405:
            headers.append((b"allow", b"POST" if call.event.operation else b"GET, HEAD"))
        headers += refusal_headers(refusal)
        call.reply.send(refusal.status, headers, refusal_body(call.wire, refusal, call.event.call_id))

    async def _answer_listing(self, call: Call) -> None:
        """The models that a key may use, in the wire's own shape; anything else is not served."""
        request = call.request
        asked = listing.asked_model(request.path)
        if asked is None:
            near = near_names(request.path, SERVED)
            hint = f" Did you mean {near[0]}?" if near else f" Served are: {', '.join(SERVED)}."
            raise Refusal(404, "path_not_found", f"Nothing is served at {request.path}.{hint}")
        request.query, query_key = without_key(request.query)
        secret = call.sent.secret or unquote(query_key).encode()
        if secret and self.world.key_of(secret) is None:
            await self.look_again()
        key = find_key(self.world, secret)
        check_live(key, call.event.started_at_us)
        if request.method not in ("GET", "HEAD"):
            raise Refusal(405, "method_not_allowed", f"{request.path} takes GET, not {request.method}.")
        wire = listing.wire_of_listing(request.path, call.wire)
        body = listing.model_list(self.world.models_for(key, wire), wire, asked)
        call.reply.send(200, [_JSON, (b"x-bursar-call-id", call.event.call_id.encode())], body)

    def _answer_probe(self, request: Request, reply: Reply) -> None:
        if request.path == "/metrics":
            body = self.tally.prometheus(self._outbox.fault)
            reply.send(200, [(b"content-type", b"text/plain; version=0.0.4")], body)
        elif request.path == "/readyz" and self._outbox.fault:
            reply.send(503, [_JSON], b'{"status":"outbox unwritable"}')
        else:
            reply.send(200, [_JSON], b'{"status":"ok"}')


def _identify(event: Event, caller: Caller) -> None:
    event.key_id = caller.key.id
    event.team = caller.team
    event.product = caller.product
    event.use_case = caller.use_case
    event.environment = caller.environment
    event.tags = caller.tags


async def _pass_rest(upstream: UpstreamReply, reply: Reply, relay: StreamRelay) -> None:
    """Send what was held back, and whatever follows the wire's end, then end the reply."""
    if upstream.ended:
        reply.finish(relay.held + relay.rest())
        return
    reply.write(relay.held)
    try:
        while data := await upstream.next():
            reply.write(relay.after_end(data))
            await reply.drained()
    except UpstreamBroken:
        reply.abort()
        return
    reply.finish(relay.rest())
