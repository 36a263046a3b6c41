"""The simulated provider as a request handler: paces, breaks and counts the answers it gives."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import BinaryIO, Final, cast

import msgspec

from bursar.http1 import Reply, Request
from bursar.simulate import anthropic, gemini, openai
from bursar.simulate.answer import Answer, answer
from bursar.simulate.directive import HEADER_PREFIX
from bursar.simulate.tally import Row, Tally
from bursar.vocab.instant import InstantUs
from bursar.vocab.options import SimulateOptions

MODELS: Final = (
    "claude-haiku-4-5",
    "claude-sonnet-4-5",
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gpt-4o",
    "gpt-4o-mini",
    "mistral-large-latest",
    "text-embedding-3-small",
)
TALLY_PATH: Final = "/simulate/tally"
_JSON: Final = [(b"content-type", b"application/json")]
_KNOWN_MOST: Final = 1024  # replies kept ready
_KNOWN_BYTES: Final = 64 * 1024  # of a request, and of a reply, that is kept ready
_COUNTED_MOST: Final = 100_000  # requests whose occurrences are counted
_CUT_SECONDS: Final = 0.02  # lets the written half reach the client before the connection breaks

_Key = tuple[str, str, bytes]
GatherRows = Callable[[], Awaitable[list[Row]]]
ClearRows = Callable[[], Awaitable[None]]


async def _no_rows() -> list[Row]:
    return []


async def _nothing() -> None:
    return None


class Provider:
    """Answers requests as `options` say. `log` is unbuffered and gets one JSON line a call.

    `gather` and `clear` reach the tallies of the other workers of the same provider.
    """

    def __init__(
        self,
        options: SimulateOptions,
        *,
        now: Callable[[], InstantUs],
        log: BinaryIO | None = None,
        gather: GatherRows = _no_rows,
        clear: ClearRows = _nothing,
    ) -> None:
        self.tally = Tally()
        self._options = options
        self._now = now
        self._log = log
        self._gather = gather
        self._clear = clear
        self._known: dict[_Key, Answer] = {}
        self._counts: dict[_Key, int] = {}
        # Faults and spread latencies differ from one occurrence of a request to the next.
        self._varies = options.error_rate > 0 or options.latency_spread > 0
        self._checks = bool(options.key) or self._varies

    async def handle(self, request: Request, reply: Reply) -> None:
        """The whole story of one request."""
        key = (request.path, request.query, request.body)
        known = self._known.get(key)
        if known is not None and not _wishes_in_headers(request):
            await self._give(known, reply)
            return
        if request.method != "POST":
            await self._other(request, reply)
            return
        found_or_none = self._answer(key, request)
        if found_or_none is None:
            reply.send(404, _JSON, openai.error(404, f"Unknown request URL: POST {request.path}"))
            return
        await self._give(found_or_none, reply)

    def _answer(self, key: _Key, request: Request) -> Answer | None:
        occurrence = self._occurrence(key) if self._varies else 0
        found = answer(self._options, *key[:2], request.headers, request.body, occurrence)
        if found is not None and not self._checks and _worth_keeping(request, found):
            self._keep(key, found)
        return found

    def _keep(self, key: _Key, found: Answer) -> None:
        if len(self._known) >= _KNOWN_MOST:
            del self._known[next(iter(self._known))]
        self._known[key] = found

    def _occurrence(self, key: _Key) -> int:
        """How often this request came before."""
        if len(self._counts) >= _COUNTED_MOST:
            self._counts.clear()
        count = self._counts.get(key, 0)
        self._counts[key] = count + 1
        return count

    async def _give(self, found: Answer, reply: Reply) -> None:
        row = self._count(found)
        if found.latency_ms:
            await asyncio.sleep(found.latency_ms / 1000)
        if found.cut_after is not None:
            row.cut += 1
            await _send_half(found, reply)
        elif not found.streamed:
            reply.send(found.status, found.headers, found.pieces[0])
        else:
            await _send_stream(found, reply)
        if reply.disconnected:
            row.left += 1

    def _count(self, found: Answer) -> Row:
        if self._log is not None:
            self._log.write(_log_line(found, self._now()))
        return self.tally.add(found)

    async def _other(self, request: Request, reply: Reply) -> None:
        """What is asked with other methods: models, the tally, whether it is there at all."""
        path = request.path
        if path == TALLY_PATH:
            await self._give_tally(request, reply)
        elif path.endswith("/models") and request.method == "GET":
            reply.send(200, _JSON, _models(request))
        elif path in ("/", "/healthz"):
            reply.send(200, _JSON, b'{"status":"ok"}')
        else:
            reply.send(404, _JSON, openai.error(404, f"Unknown request URL: {request.method} {path}"))

    async def _give_tally(self, request: Request, reply: Reply) -> None:
        alone = request.query == "own"
        if request.method == "DELETE":
            self.tally.clear()
            if not alone:
                await self._clear()
            reply.send(200, _JSON, b"{}")
            return
        whole = Tally()
        whole.include(self.tally.rows)
        if not alone:
            whole.include(await self._gather())
        reply.send(200, _JSON, msgspec.json.encode(whole.report()))


def _models(request: Request) -> bytes:
    """The list in the shape of the SDK that asks: the path alone does not say which it is."""
    if request.header(b"anthropic-version") is not None:
        return anthropic.models(MODELS)
    if request.header(b"x-goog-api-key") is not None or request.path.startswith("/v1beta/"):
        return gemini.models(MODELS)
    return openai.models(MODELS)


def _worth_keeping(request: Request, found: Answer) -> bool:
    """Whether the same request shall get this very answer again: it is small, headers had no say in it."""
    return (
        found.status == 200
        and found.for_all_headers
        and len(request.body) <= _KNOWN_BYTES
        and sum(map(len, found.pieces)) <= _KNOWN_BYTES
        and not _wishes_in_headers(request)
    )


def _wishes_in_headers(request: Request) -> bool:
    return any(name.startswith(HEADER_PREFIX) for name, _ in request.headers)


async def _send_stream(found: Answer, reply: Reply) -> None:
    pause = found.chunk_ms / 1000
    reply.start(found.status, found.headers)
    for piece in found.pieces[:-1]:
        reply.write(piece)
        if pause:
            await asyncio.sleep(pause)
        else:
            await reply.drained()
        if reply.disconnected:
            return
    reply.finish(found.pieces[-1])


async def _send_half(found: Answer, reply: Reply) -> None:
    """Break off in the middle of an event, or of the body."""
    whole = cast(int, found.cut_after) - 1
    pause = found.chunk_ms / 1000
    reply.start(found.status, found.headers)
    for piece in found.pieces[:whole]:
        reply.write(piece)
        if pause:
            await asyncio.sleep(pause)
    last = found.pieces[whole]
    reply.write(last[: len(last) // 2])
    await asyncio.sleep(_CUT_SECONDS)
    reply.abort()


def _log_line(found: Answer, now: InstantUs) -> bytes:
    content = {
        "at_us": now,
        "id": found.id,
        "wire": found.wire,
        "operation": found.operation,
        "model": found.model,
        "status": found.status,
        "streamed": found.streamed,
        "cut": found.cut_after is not None,
        "usage": {
            name: count for name in found.usage.__struct_fields__ if (count := getattr(found.usage, name))
        },
    }
    return msgspec.json.encode(content) + b"\n"
