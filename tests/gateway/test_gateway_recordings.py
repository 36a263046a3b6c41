"""What real providers once answered passes the running gateway: same bytes, same order, their own usage."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from recordings import FOLDER, PLACES, Exchange, Place, Totals, all_exchanges, totals_said
from running import SECRET, RunningGateway, estate, running_gateway
from upstream import serving

from bursar.estate.kinds import Model, Provider
from bursar.http1 import Client, Origin, Reply, Request, Timeouts
from bursar.vocab.usage import Usage, tokens_input_total, tokens_output_total

_ATTEMPTS_AT_ONCE = 8
_FRAMING = {"content-length", "transfer-encoding", "connection", "keep-alive"}
_NOT_SENT = _FRAMING | {"host", "accept-encoding", "authorization", "api-key", "x-api-key", "x-goog-api-key"}
_NOT_COMPARED = _FRAMING | {"set-cookie", "content-encoding"}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no recordings at {FOLDER}: set BURSAR_DATA to the shared data"
)


class RecordedUpstream:
    """Answers the request whose `x-recording` names an exchange with what was recorded, in odd pieces."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self._exchanges = exchanges
        self.got: dict[int, Request] = {}

    async def handle(self, request: Request, reply: Reply) -> None:
        number = int(request.header(b"x-recording") or b"")
        exchange = self._exchanges[number]
        self.got[number] = request
        headers = [(n.encode(), v.encode()) for n, v in exchange.headers if n.lower() not in _FRAMING]
        if not exchange.streamed:
            reply.send(exchange.status, headers, exchange.body)
            return
        reply.start(exchange.status, headers)
        for piece in _pieces(exchange.body, random.Random(number)):
            reply.write(piece)
            await asyncio.sleep(0)
        reply.finish()


def _pieces(data: bytes, rng: random.Random) -> Iterator[bytes]:
    while data:
        size = rng.choice((7, 100, 1400, 5000))
        yield data[:size]
        data = data[size:]


class Came(tuple[int, list[tuple[bytes, bytes]], bytes]):
    """Status, headers and body as the gateway's client got them."""

    __slots__ = ()


async def _send_all(gateway: RunningGateway, exchanges: list[Exchange]) -> list[Came]:
    client = Client()
    origin = Origin.parse(gateway.url)
    free = asyncio.Semaphore(_ATTEMPTS_AT_ONCE)

    async def send(number: int, exchange: Exchange) -> Came:
        lines = [(n, v) for n, v in exchange.request_headers if n.lower() not in _NOT_SENT]
        lines += [("authorization", f"Bearer {SECRET}"), ("x-recording", str(number))]
        block = "".join(f"{name}: {value}\r\n" for name, value in lines).encode()
        target = f"{exchange.path}?{exchange.query}" if exchange.query else exchange.path
        async with free:
            reply = await client.request(
                origin,
                b"POST",
                target.encode(),
                block,
                exchange.request,
                Timeouts(first_byte_s=20, idle_s=20),
            )
            return Came((reply.status, reply.headers, await reply.read(10**8)))

    try:
        return await asyncio.gather(*(send(n, exchange) for n, exchange in enumerate(exchanges)))
    finally:
        client.close()


def _estate_of(place: Place, upstream: str, base: str, exchanges: list[Exchange]) -> Any:
    provider = Provider(
        name=place.name,
        wire=place.wire,
        base_url=upstream + base,
        credential="literal:upstream-secret",
        catalogue=place.catalogue,
    )
    names = sorted({exchange.model for exchange in exchanges})
    models = tuple(Model(name=name, provider=place.name) for name in names)
    return estate(upstream, providers=(provider,), models=models, prices=())


@pytest.mark.parametrize("place", PLACES, ids=[place.name for place in PLACES])
def test_recorded_exchanges_pass_unchanged_and_metered_as_the_provider_said(
    place: Place, tmp_path: Any, record_property: Callable[[str, object], None]
) -> None:
    exchanges = all_exchanges()[0][place.name]
    assert exchanges, "no recording is of this place: has the list of places changed?"
    count: Counter[str] = Counter()
    faults: list[str] = []
    for number, base in enumerate(sorted({exchange.base for exchange in exchanges})):
        group = [exchange for exchange in exchanges if exchange.base == base]
        folder = tmp_path / str(number)
        folder.mkdir()
        recorded = RecordedUpstream(group)
        with (
            serving(recorded.handle) as upstream,
            running_gateway(folder, _estate_of(place, upstream, base, group)) as gateway,
        ):
            came = asyncio.run(_send_all(gateway, group))
            events = {event.call_id: event for event in gateway.events()}
        assert len(events) == len(group)
        for index, exchange in enumerate(group):
            call_id = _header(came[index][1], b"x-bursar-call-id")
            wrong = _faults_of(exchange, came[index], recorded.got.get(index), events[call_id], count)
            count["passed"] += not wrong
            faults += [f"{exchange.name}: {fault}" for fault in wrong]
    record_property("report", _line(place.name, len(exchanges), count))
    assert not faults, "\n".join(faults[:20])


def test_every_other_recording_is_left_out_for_a_reason(
    record_property: Callable[[str, object], None],
) -> None:
    found, left = all_exchanges()
    served = sum(len(group) for group in found.values())
    whole = served + sum(left.values())
    record_property("report", f"gateway recordings: {served} of {whole} are on wires that the gateway serves")
    for reason, number in left.items():
        record_property("report", f"gateway recordings: left out {number}: {reason}")
    assert served > 800


def _line(name: str, whole: int, count: Counter[str]) -> str:
    passed = count.pop("passed")
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(count.items()))
    return f"gateway recordings: {name}: {passed} of {whole} passed ({kinds})"


def _faults_of(
    exchange: Exchange, came: Came, got: Request | None, event: Any, count: Counter[str]
) -> list[str]:
    faults: list[str] = []

    def expect(what: str, is_: object, should_be: object) -> None:
        if is_ != should_be:
            faults.append(f"{what} is {str(is_)[:300]!r} instead of {str(should_be)[:300]!r}")

    status, headers, body = came
    injected = "usage_injected" in event.flags
    count["streams" if exchange.streamed else "whole replies"] += 1
    expect("the status", status, exchange.status)
    if injected and exchange.streamed:
        expect("the stream", body, _without_usage_chunk(exchange))
    else:
        expect("the body", body, exchange.body)
    expect("the headers", _comparable(headers), _comparable(exchange.headers))
    assert got is not None
    expect("the upstream's path", got.path, _recorded_path(exchange))
    expect("the upstream's body", _as_asked(got.body, injected), _as_asked(exchange.request, injected))
    said = totals_said(exchange)
    if exchange.status >= 400:
        count["errors"] += 1
        expect("an error's state", (event.status, event.cost_pico), ("error", 0))
        return faults
    expect("the state", event.status, "complete")
    if event.operation == "images":
        expect("the pictures", event.usage, Usage(images=len(json.loads(exchange.text)["data"])))
    elif said is None:
        count["estimated"] += 1
        expect("the source", event.usage_source, "estimated")
        expect("the estimate", event.usage.tokens_input > 0, True)
    else:
        count["with the provider's usage"] += 1
        expect("the source", event.usage_source, "provider")
        expect("the usage", _totals(event.usage), said)
    if event.cost_pico is None:
        count["unpriced"] += 1
    return faults


def _recorded_path(exchange: Exchange) -> str:
    if exchange.base.endswith("/v1"):
        return exchange.base.removesuffix("/v1") + exchange.path
    if exchange.base:
        return exchange.base + exchange.path[exchange.path.index("/", 1) :]
    return exchange.path


def _totals(usage: Usage) -> Totals:
    read = usage.tokens_cache_read + usage.tokens_cache_read_audio + usage.tokens_cache_read_image
    write = usage.tokens_cache_write + usage.tokens_cache_write_5m + usage.tokens_cache_write_1h
    return Totals(tokens_input_total(usage), tokens_output_total(usage), read, write, usage.tokens_reasoning)


def _without_usage_chunk(exchange: Exchange) -> bytes:
    """What the caller, who did not ask for usage, would have got: all events but the one that only has it."""
    kept = []
    for event in exchange.text.split(b"\n\n"):
        data = event.removeprefix(b"data: ")
        chunk = json.loads(data) if data.startswith(b"{") else {}
        if not (chunk.get("choices") == [] and chunk.get("usage")):
            kept.append(event)
    return b"\n\n".join(kept)


def _as_asked(body: bytes, injected: bool) -> object:
    """Bytes must be the same, except where usage was asked for: then everything else."""
    if not injected:
        return body
    asked = json.loads(body)
    asked.pop("stream_options", None)
    return asked


def _header(headers: list[tuple[bytes, bytes]], name: bytes) -> str:
    return next(value for key, value in headers if key.lower() == name).decode()


def _comparable(headers: list[Any]) -> list[tuple[str, str]]:
    texts = [(n.decode(), v.decode()) if isinstance(n, bytes) else (n, v) for n, v in headers]
    return [
        (name, value)
        for name, value in texts
        if name.lower() not in _NOT_COMPARED and not name.startswith("x-bursar-")
    ]
