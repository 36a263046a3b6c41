"""kill -9 of gateway workers and of the control plane, 50 times under load: nothing lost, nothing twice."""

import asyncio
import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import uvloop
from installation import Installation

from bursar.http1 import Client, Origin, Timeouts, UpstreamBroken, UpstreamUnreachable
from bursar.simulate import write_directive

KILLS = 50
CLIENTS = 24
SEED = 20261123


@dataclass
class Account:
    """What the clients saw with their own eyes."""

    completed: dict[str, str] = field(default_factory=dict)  # call id -> cost by the header, "" for streams
    begun: set[str] = field(default_factory=set)  # streams of which at least the headers came
    broken: int = 0
    not_sent: int = 0


async def load(url: str, secret: str, account: Account, stop: threading.Event) -> None:
    origin = Origin.parse(url)
    client = Client()
    headers = f"authorization: Bearer {secret}\r\ncontent-type: application/json\r\n".encode()

    async def one_client(number: int) -> None:
        rng = random.Random(SEED + number)
        while not stop.is_set():
            wish = write_directive(
                input=rng.randint(1, 5000), output=rng.randint(1, 300), chunks=5, chunk_ms=rng.choice((0, 8))
            )
            streamed = b',"stream":true' if rng.random() < 0.5 else b""
            body = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"%b"}]%b}'
            await one_call(body % (wish.encode(), streamed), bool(streamed))

    async def one_call(body: bytes, streamed: bool) -> None:
        try:
            reply = await client.request(
                origin, b"POST", b"/v1/chat/completions", headers, body, Timeouts(first_byte_s=20, idle_s=20)
            )
            call_id = (reply.header(b"x-bursar-call-id") or b"").decode()
            if streamed and reply.status == 200:
                account.begun.add(call_id)
            content = await reply.read(1 << 24)
        except UpstreamUnreachable:
            account.not_sent += 1
            await asyncio.sleep(0.02)
        except UpstreamBroken:
            account.broken += 1
        else:
            assert reply.status == 200, content
            account.completed[call_id] = (reply.header(b"x-bursar-cost-usd") or b"").decode()

    await asyncio.gather(*(one_client(number) for number in range(CLIENTS)))
    client.close()


def kill_at_random(installation: Installation) -> Counter[str]:
    """SIGKILL one process after another, at moments that a seed decides; also while one is starting."""
    rng = random.Random(SEED)
    killed: Counter[str] = Counter()
    while killed.total() < KILLS:
        time.sleep(rng.uniform(0.15, 0.9))
        name = rng.choice(("gateway-0", "gateway-1", "control"))
        with contextlib.suppress(ProcessLookupError, KeyError):
            os.kill(installation.pids()[name], signal.SIGKILL)
            killed[name] += 1
    return killed


def test_every_call_that_a_client_saw_complete_is_in_the_ledger_exactly_once(installation, provider):
    installation.up()
    installation.apply(provider.url)
    secret = installation.key()
    account, stop = Account(), threading.Event()
    loader = threading.Thread(
        target=uvloop.run, args=(load(installation.gateway_url, secret, account, stop),)
    )
    loader.start()
    killed = kill_at_random(installation)
    stop.set()
    loader.join(60)
    assert not loader.is_alive()
    installation.wait_ready()
    installation.wait_delivered()

    stored = installation.all_calls()
    by_id = {call["call_id"]: call for call in stored}
    assert min(killed.values()) >= 5
    assert len(account.completed) > 500
    assert len(by_id) == len(stored), "a call is there twice"
    missing = account.completed.keys() - by_id.keys()
    assert not missing, f"{len(missing)} completed calls are missing"
    missing = account.begun - by_id.keys()
    assert not missing, f"{len(missing)} calls that had begun to answer are missing"
    for call_id, cost in account.completed.items():
        assert by_id[call_id]["status"] == "complete"
        assert not cost or by_id[call_id]["cost_usd"] == cost
    statuses = Counter(call["status"] for call in stored)
    assert statuses["interrupted"] > 0
    # Whatever the provider served, and so may bill, is in the ledger in some state.
    assert len(stored) >= sum(row["calls"] for row in provider.tally()["models"])
    usage = installation.api("/usage", **{"from": "1d"})
    assert usage["total"]["calls"] == len(stored)
