"""The demo's present: calls through the real gateway, in the rhythm that the history has."""

import asyncio
import logging
import math
from collections.abc import Callable
from random import Random
from typing import Any, Final

import msgspec

from bursar.demo.calls import DISCONNECT, Call, draw_call
from bursar.demo.draws import draw_count
from bursar.demo.history import CALLS_PER_DAY
from bursar.demo.options import DemoOptions
from bursar.demo.rhythm import DAY_US, busyness
from bursar.demo.sources import SOURCES, Source, calls_per_day, mean_tokens
from bursar.demo.state import DemoState
from bursar.http1 import Client, Origin, Timeouts
from bursar.vocab.errors import Unavailable
from bursar.vocab.instant import InstantUs

_log = logging.getLogger(__name__)

_TIMEOUTS: Final = Timeouts(connect_s=5.0, first_byte_s=180.0, idle_s=180.0)
_REPLY_BYTES_MOST: Final = 64 * 1024 * 1024
_TICK_S: Final = 1.0
_FADE_S: Final = 1200.0
_IN_FLIGHT_MOST: Final = 256
_LATENCY_MOST_US: Final = 45_000_000
_PIECES_MOST: Final = 30
_PROMPT: Final = (
    "You work for the {product} team of a company that makes one thing well. Your task is {use_case}. "
    "Answer briefly, name your sources, and say so when you do not know. "
)
_BYTES_PER_TOKEN: Final = 4


class Live:
    """Sends calls until it is cancelled."""

    def __init__(
        self, options: DemoOptions, state: DemoState, client: Client, now: Callable[[], InstantUs]
    ) -> None:
        self.calls = 0
        self.failed = 0  # could not be sent, or broke without being meant to
        self._options = options
        self._state = state
        self._client = client
        self._now = now
        self._origin = Origin.parse(options.gateway_url)
        self._random = Random(f"{state.seed}/live/{now()}")  # noqa: S311 - a demo, not a secret
        self._means = {source.name: mean_tokens(source, state.seed) for source in SOURCES}
        self._shares = _lively_shares()

    async def run(self) -> None:
        """One tick a second: the calls of each source in that second, spread over it."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                tick = loop.time()
                for source in SOURCES:
                    for _ in range(draw_count(self.rate(source, tick - begun) * _TICK_S, self._random)):
                        if len(running) < _IN_FLIGHT_MOST:
                            task = asyncio.create_task(self._call(source))
                            running.add(task)
                            task.add_done_callback(running.discard)
                await asyncio.sleep(max(0.0, tick + _TICK_S - loop.time()))
        finally:
            for task in running:
                task.cancel()

    def rate(self, source: Source, elapsed_s: float) -> float:
        """Calls a second of a source: its usual ones, and while the demo is fresh some more to look at."""
        usual = calls_per_day(source, CALLS_PER_DAY) / 86_400
        usual *= busyness(source, self._now(), self._end, self._state.seed)
        lively = self._options.calls_per_s * math.exp(-elapsed_s / _FADE_S)
        return usual + lively * self._shares[source]

    @property
    def _end(self) -> InstantUs:
        return InstantUs(self._state.history_end_us)

    async def _call(self, source: Source) -> None:
        await asyncio.sleep(self._random.random() * _TICK_S)
        model = source.model_at((self._end - self._now()) / DAY_US)
        call = draw_call(source, self._means[source.name], model, self._random)
        self.calls += 1
        try:
            await self._send(call, leaves=call.fault == DISCONNECT and self._random.random() < 0.5)
        except Unavailable as error:
            if call.fault != DISCONNECT:
                self.failed += 1
                _log.debug("a demo call failed: %s", error)

    async def _send(self, call: Call, *, leaves: bool) -> None:
        """One call through the gateway; a client that leaves stops reading after the first piece."""
        target, body = request_of(call, leaves=leaves)
        key = self._state.keys[call.source.name].secret
        reply = await self._client.request(
            self._origin, b"POST", target, _headers(call.source, key), body, _TIMEOUTS
        )
        if leaves:
            await reply.next()
            reply.abandon()
        else:
            await reply.read(_REPLY_BYTES_MOST)


def _lively_shares() -> dict[Source, float]:
    """Small sources get more of the extra calls than of the usual ones, so that all of them are seen."""
    roots = {source: math.sqrt(calls_per_day(source, CALLS_PER_DAY)) for source in SOURCES}
    total = sum(roots.values())
    return {source: root / total for source, root in roots.items()}


def _headers(source: Source, key: str) -> bytes:
    name = {"messages": "x-api-key", "generate_content": "x-goog-api-key"}.get(source.operation)
    place = f"{name}: {key}" if name else f"authorization: Bearer {key}"
    return f"content-type: application/json\r\n{place}\r\n".encode("latin-1")


def request_of(call: Call, *, leaves: bool = False) -> tuple[bytes, bytes]:
    """Path and body of a call, with the wish that has the simulated provider answer as drawn."""
    source = call.source
    prompt = _PROMPT.format(product=source.product, use_case=source.use_case)
    # As long as what it will be counted as, so that what a budget holds for it is in proportion.
    size = _BYTES_PER_TOKEN * call.tokens_input
    prompt = (prompt * (size // len(prompt) + 1))[:size]
    text = f"Item {call.latency_us}: {_wish(call, leaves=leaves)}"
    limit = call.output_allowed
    operation = source.operation
    body: dict[str, Any]
    if operation == "generate_content":
        action = "streamGenerateContent?alt=sse" if call.streamed else "generateContent"
        body = {
            "systemInstruction": {"parts": [{"text": prompt}]},
            "contents": [{"role": "user", "parts": [{"text": text}]}],
            "generationConfig": {"maxOutputTokens": limit},
        }
        return f"/v1beta/models/{call.model}:{action}".encode(), msgspec.json.encode(body)
    if operation == "embeddings":
        body = {"model": call.model, "input": f"{prompt}{text}", "dimensions": 64}
        return b"/v1/embeddings", msgspec.json.encode(body)
    if operation == "responses":
        body = {"model": call.model, "instructions": prompt, "input": text, "max_output_tokens": limit}
    elif operation == "messages":
        messages = [{"role": "user", "content": text}]
        body = {"model": call.model, "system": prompt, "messages": messages, "max_tokens": limit}
    else:
        messages = [{"role": "system", "content": prompt}, {"role": "user", "content": text}]
        body = {"model": call.model, "messages": messages, "max_completion_tokens": limit}
    path = {"responses": b"/v1/responses", "messages": b"/v1/messages"}.get(
        operation, b"/v1/chat/completions"
    )
    return path, msgspec.json.encode(body | ({"stream": True} if call.streamed else {}))


def _wish(call: Call, *, leaves: bool) -> str:
    latency_us = min(call.latency_us, _LATENCY_MOST_US)
    pieces = max(1, min(_PIECES_MOST, call.tokens_output - call.tokens_reasoning))
    wishes: dict[str, object] = {
        "input": call.tokens_input,
        "output": call.tokens_output,
        "cached": call.tokens_cached,
        "cache_write": call.tokens_written,
        "reasoning": call.tokens_reasoning,
        "latency_ms": round((call.first_token_us if call.streamed else latency_us) / 1000, 1),
    }
    if call.streamed:
        wishes["chunks"] = pieces
        wishes["chunk_ms"] = round(max(0, latency_us - call.first_token_us) / 1000 / pieces, 1)
    if call.fault and not leaves:
        wishes["error"] = call.fault
        wishes["error_model"] = call.model  # a route may go on to another
    return "[[simulate" + "".join([f" {name}={value}" for name, value in wishes.items() if value]) + "]]"
