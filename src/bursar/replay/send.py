"""Sends the rows of a trace as calls, at most so many at once, until each has been seen complete."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from bursar.http1 import Client, Timeouts, UpstreamBroken, UpstreamReply, UpstreamUnreachable
from bursar.replay.rates import Rates
from bursar.replay.tally import Completed, Tally
from bursar.replay.trace import Row
from bursar.replay.whereabouts import Whereabouts
from bursar.replay.wires import Said, Tokens, body_of, key_headers, read_stream, read_whole, target_of
from bursar.vocab.errors import InvalidInput
from bursar.vocab.options import ReplayOptions

_CALL_ID: Final = b"x-bursar-call-id"
_COST: Final = b"x-bursar-cost-usd"
_REPLY_BYTES_MOST: Final = 64 * 1024 * 1024
_TIMEOUTS: Final = Timeouts(connect_s=5.0, first_byte_s=600.0, idle_s=300.0)
# Statuses that another try may turn into a reply; every other refusal would come again.
_PASSING: Final = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))
_TRIES_MOST: Final = 10  # of one row that is answered with such a status
_BREAKS_MOST: Final = 100  # of one row whose replies break off
_PAUSE_FIRST_S: Final = 0.05
_PAUSE_MOST_S: Final = 2.0
# With these the whole trace would be refused: better to stop at the first.
_HOPELESS: Final = frozenset((401, 404))


class Sender:
    """One replay: the story of each row is in `_complete`."""

    def __init__(
        self,
        options: ReplayOptions,
        rates: Rates | None,
        whereabouts: Whereabouts,
        *,
        on_completed: Callable[[Completed], None] = lambda _: None,
    ) -> None:
        self.tally = Tally()
        self._options = options
        self._rates = rates
        self._where = whereabouts
        self._on_completed = on_completed
        self._client = Client()
        self._target = target_of(options.wire, options.model, stream=options.stream)
        self._headers = _header_block(options)
        self._read: Callable[[bytes], Said] = read_stream if options.stream else read_whole

    async def run(self, rows: Sequence[Row]) -> None:
        """Send all rows; InvalidInput if the gateway refuses the key or the model."""
        self.tally.rows = len(rows)
        queue = iter(rows)
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, min(self._options.concurrency, len(rows)))):
                    group.create_task(self._work(queue, begun))
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        finally:
            self.tally.waited_s = self._where.waited_s
            self._client.close()

    async def _work(self, queue: Iterator[Row], begun: float) -> None:
        """Take one row after the other; a row that is not due yet is waited for."""
        loop = asyncio.get_running_loop()
        speed = self._options.speed
        for row in queue:
            if speed is not None:
                early_s = begun + row.at_s / speed - loop.time()
                if early_s > 0:
                    await asyncio.sleep(early_s)
            await self._complete(row)

    async def _complete(self, row: Row) -> None:
        """Send a row until its whole reply was seen; each try is a call of its own to the gateway."""
        tally = self.tally
        body = body_of(self._options.wire, self._options.model, row, stream=self._options.stream)
        pause = _PAUSE_FIRST_S
        refusals = breaks = 0
        while True:
            generation = self._where.generation
            tally.tries += 1
            try:
                status, done, content = await self._try(row, body)
            except UpstreamUnreachable:
                tally.unreachable += 1
                await self._where.lost(generation)
                continue
            except UpstreamBroken:
                tally.broken += 1
                breaks += 1
                if breaks >= _BREAKS_MOST:
                    tally.refuse(0, "the reply broke off each time")
                    return
                await asyncio.sleep(pause)
                pause = min(2 * pause, _PAUSE_MOST_S)
                continue
            if done is not None:
                tally.add(done)
                self._on_completed(done)
                return
            refusals += 1
            if status not in _PASSING or refusals >= _TRIES_MOST:
                self._give_up(status, content)
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _PAUSE_MOST_S)

    async def _try(self, row: Row, body: bytes) -> tuple[int, Completed | None, bytes]:
        """One call: its status, what it completed, and the body of a refusal."""
        origin = self._where.origin
        begun = time.perf_counter()
        reply = await self._client.request(
            origin, b"POST", origin.path.encode() + self._target, self._headers, body, _TIMEOUTS
        )
        content = await reply.read(_REPLY_BYTES_MOST)
        if reply.status != 200:
            return reply.status, None, content
        said = self._read(content)
        if not said.ended:
            raise UpstreamBroken("the reply ended before the wire says that it is at its end")
        latency_us = round((time.perf_counter() - begun) * 1e6)
        return 200, self._completed(row, reply, said.tokens, latency_us), b""

    def _completed(self, row: Row, reply: UpstreamReply, tokens: Tokens | None, latency_us: int) -> Completed:
        cost = _header_cost(reply)
        if self._rates is not None and tokens is not None:
            own = self._rates.cost(tokens)
            if cost is not None and own != cost:
                self.tally.disagreements += 1
            cost = own if cost is None else cost
        call_id = (reply.header(_CALL_ID) or b"").decode("latin-1")
        return Completed(row.number, call_id, cost, tokens, latency_us)

    def _give_up(self, status: int, content: bytes) -> None:
        sentence = _sentence(content)
        if status in _HOPELESS:
            raise InvalidInput(f"the gateway refused with {status}: {sentence}")
        self.tally.refuse(status, sentence)


def _header_cost(reply: UpstreamReply) -> Decimal | None:
    text = reply.header(_COST)
    if text is None:
        return None
    try:
        return Decimal(text.decode("ascii"))
    except (InvalidOperation, UnicodeDecodeError):
        return None  # a word such as `unpriced`


def _header_block(options: ReplayOptions) -> bytes:
    headers = [("content-type", "application/json"), ("user-agent", "bursar-replay")]
    headers += key_headers(options.wire, options.key)
    for header in options.headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or "\n" in header or "\r" in header:
            raise InvalidInput(f"--header {header!r}: write name: value")
        headers.append((name.strip().lower(), value.strip()))
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")


class _ErrorContent(msgspec.Struct):
    message: str = ""


class _Error(msgspec.Struct):
    error: _ErrorContent


def _sentence(content: bytes) -> str:
    """The message of an error reply, which every wire puts in the same place."""
    try:
        return msgspec.json.decode(content, type=_Error).error.message
    except msgspec.MsgspecError:
        return content[:200].decode("utf-8", "replace")


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single error of a group: the others are the same, met by other calls in flight."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
